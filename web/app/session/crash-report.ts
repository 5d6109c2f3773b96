/** A crash as text that a visitor can paste into a report: what the core said, the registers, the last trace records. */
import { type CrashReport, describeLockstep, type CpuTraceRecord, type Registers } from '../../client/index.ts';
import type { GuestAbout } from './guest.ts';

const hex = (value: bigint | number, digits = 16) => value.toString(16).padStart(digits, '0');

function describe(record: CpuTraceRecord): string {
  switch (record.kind) {
    case 'undefined-opcode': {
      const text = Array.from(record.bytes, (byte) => hex(byte, 2)).join(' ');
      return `undefined opcode, ${record.mode}-bit code: ${text}`;
    }
    case 'triple-fault':
      return `triple fault at ${hex(record.rip)}, vector ${record.vector}`;
    case 'other':
      return `record ${record.code}: ${hex(record.a, 8)} ${hex(record.b)}`;
  }
}

function describeRegisters(registers: Registers): string[] {
  const { general, segments, rip, eflags, cpl, cr0, cr2, cr3, cr4, efer } = registers;
  const pairs: [string, string][] = Object.entries(general).map(([name, value]) => [name, hex(value)]);
  pairs.push(['rip', hex(rip)], ['eflags', hex(eflags, 8)], ['cpl', String(cpl)], ['efer', hex(efer)]);
  pairs.push(['cr0', hex(cr0)], ['cr2', hex(cr2)], ['cr3', hex(cr3)], ['cr4', hex(cr4)]);
  const lines: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const row = pairs.slice(i, i + 2).map(([name, value]) => `${name.padEnd(6)} ${value.padEnd(16)}`);
    lines.push(row.join('  ').trimEnd());
  }
  for (const [name, segment] of Object.entries(segments)) {
    lines.push(
      `${name.padEnd(6)} ${hex(segment.selector, 4)} base ${hex(segment.base)} limit ${hex(segment.limit, 8)}`,
    );
  }
  return lines;
}

export function crashText(report: CrashReport, guest: GuestAbout | undefined, agent: string): string {
  const lines = [
    `DomZero: the machine crashed: ${report.message}`,
    `guest  ${guest?.name ?? '-'}`,
    `browser ${agent}`,
    '',
  ];
  if (report.lockstep) lines.push(...describeLockstep(report.lockstep), '');
  lines.push(...(report.registers ? describeRegisters(report.registers) : ['registers: lost with the Worker']));
  if (report.trace.length > 0) lines.push('', ...report.trace.slice(-16).map(describe));
  if (report.stack) lines.push('', report.stack);
  return lines.join('\n');
}
