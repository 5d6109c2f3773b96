/** A report of engine 'lockstep' as text, with what to do next. */
import { hex } from '../guest-memory.ts';
import type { LockstepDifference, LockstepReport, LockstepStep } from '../types.ts';

const NARROWER = 100;

/** A report as lines of text: where, what differs, the code there. */
export function describeLockstep(report: LockstepReport): string[] {
  const { differences, more, chunkFrom, rip } = report;
  const path = report.path.map(describeStep);
  return [
    describeRange(report),
    ...differences.map((difference) => `  ${describeDifference(difference)}`),
    ...(more ? [`  and ${more} words more`] : []),
    `before the last chunk, at instruction ${chunkFrom}, RIP was ${hex(rip)}; the code around it:`,
    `  ${describeCode(report)}`,
    ...(path.length ? ['the interpreter has executed since (the last ones):', ...path] : []),
    `the console's last line: ${JSON.stringify(report.console)}`,
    ...nextStep(report),
  ];
}
function describeRange({ from, to }: LockstepReport): string {
  if (from < to) return `interpreter and translator agreed at instruction ${from} and differ at ${to}:`;
  return `interpreter and translator differ at instruction ${to} already, where comparing began:`;
}
/** 'rax interpreter 0x1 translator 0x2' */
export function describeDifference({ what, interpreter, translator }: LockstepDifference): string {
  return `${what} interpreter ${hex(interpreter)} translator ${hex(translator)}`;
}

/** How another run from the start, which goes the same way, comes closer. */
function nextStep({ from, to, chunkFrom, options }: LockstepReport): string[] {
  if (from === to) return ['run again with an earlier --lockstep-from'];
  const [inMemory, chunk] = [from < chunkFrom, to - chunkFrom];
  const again = 'run again with';
  if (inMemory && to - from > options.chunk) {
    const memory = Math.max(options.chunk, Math.ceil((to - from) / NARROWER));
    return [`memory is compared more rarely; ${again} --lockstep-from ${from} --lockstep-memory ${memory}`];
  }
  if (chunk <= 1) return ['the instruction at RIP made the difference'];
  return [
    `${again} --lockstep-from ${chunkFrom} --lockstep-chunk ${Math.ceil(chunk / 2)}, and so on with half as many. When the`,
    'difference is gone, the last chunk was the block: shorter ones are interpreted by both',
  ];
}
/** With a bracket before RIP. */
function describeCode({ code, codeAt, linear }: LockstepReport): string {
  if (!code.length) return 'not mapped';
  const before = Number(linear - codeAt);
  return `${hex(codeAt)}: ${bytesOf(code.subarray(0, before))} [${hex(linear)}] ${bytesOf(code.subarray(before))}`;
}
function describeStep({ rip, bytes }: LockstepStep): string {
  return `  ${hex(rip)}: ${bytesOf(bytes)}`;
}
function bytesOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
