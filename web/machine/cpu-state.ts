/**
 * Registers of the core, typed. Reads are right between two calls of `run`. After writes call `commit()`, from which
 * the core derives mode, segment windows and TLB anew.
 */
import type { GeneralRegister, Registers, SegmentName, SegmentRegister } from './types.ts';
import type { AddressName, Core } from './core.ts';

/** In encoding order. */
export const GENERAL = [
  'rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15',
] as const satisfies readonly GeneralRegister[]; // prettier-ignore
export const SEGMENTS = [
  'es', 'cs', 'ss', 'ds', 'fs', 'gs', 'ldtr', 'tr',
] as const satisfies readonly SegmentName[]; // prettier-ignore

/** A Segment struct (assembly/cpu/state.ts): offsets of its fields, and its size. */
export const SEGMENT = { base: 0, safeEnd: 8, limit: 16, access: 20, selector: 24, size: 32 } as const;

export type Register64 = 'rip' | 'cr0' | 'cr2' | 'cr3' | 'cr4' | 'efer';
const REGISTER64: Readonly<Record<Register64, AddressName>> = {
  rip: 'S_RIP',
  cr0: 'S_CR0',
  cr2: 'S_CR2',
  cr3: 'S_CR3',
  cr4: 'S_CR4',
  efer: 'S_EFER',
};

export class CpuState {
  private readonly core: Core;
  private readonly view: DataView;

  constructor(core: Core) {
    this.core = core;
    this.view = new DataView(core.memory.buffer);
  }

  general(name: GeneralRegister): bigint {
    return this.view.getBigUint64(this.core.at.REGS + 8 * GENERAL.indexOf(name), true);
  }
  setGeneral(name: GeneralRegister, value: bigint | number): void {
    this.view.setBigUint64(this.core.at.REGS + 8 * GENERAL.indexOf(name), BigInt(value), true);
  }
  get(name: Register64): bigint {
    return this.view.getBigUint64(this.core.at[REGISTER64[name]], true);
  }
  set(name: Register64, value: bigint | number): void {
    this.view.setBigUint64(this.core.at[REGISTER64[name]], BigInt(value), true);
  }
  segment(name: SegmentName): SegmentRegister {
    const at = this.segmentAt(name);
    return {
      selector: this.view.getUint32(at + SEGMENT.selector, true),
      base: this.view.getBigUint64(at + SEGMENT.base, true),
      limit: this.view.getUint32(at + SEGMENT.limit, true),
      access: this.view.getUint32(at + SEGMENT.access, true),
    };
  }
  setSegment(name: SegmentName, value: SegmentRegister): void {
    const at = this.segmentAt(name);
    this.view.setUint32(at + SEGMENT.selector, value.selector, true);
    this.view.setBigUint64(at + SEGMENT.base, value.base, true);
    this.view.setUint32(at + SEGMENT.limit, value.limit, true);
    this.view.setUint32(at + SEGMENT.access, value.access, true);
  }
  setDescriptorTable(table: 'gdt' | 'idt', base: number, limit: number): void {
    const [baseAt, limitAt] = this.tableAt(table);
    this.view.setBigUint64(baseAt, BigInt(base), true);
    this.view.setUint32(limitAt, limit, true);
  }
  setEflags(value: number): void {
    this.core.functions.setEflags(value);
  }
  get cpl(): number {
    return this.view.getUint32(this.core.at.S_CPL, true);
  }
  set cpl(value: number) {
    this.view.setUint32(this.core.at.S_CPL, value, true);
  }
  /** Ends a series of writes. */
  commit(): void {
    this.core.functions.refresh();
  }

  /** All of them at once, as plain data. */
  snapshot(): Registers {
    return {
      general: record(GENERAL, (name) => this.general(name)),
      segments: record(SEGMENTS, (name) => this.segment(name)),
      rip: this.get('rip'),
      eflags: this.core.functions.eflags() >>> 0,
      cpl: this.cpl,
      cr0: this.get('cr0'),
      cr2: this.get('cr2'),
      cr3: this.get('cr3'),
      cr4: this.get('cr4'),
      efer: this.get('efer'),
      gdt: this.descriptorTable('gdt'),
      idt: this.descriptorTable('idt'),
    };
  }

  private segmentAt(name: SegmentName): number {
    return this.core.at.SEGMENTS + SEGMENT.size * SEGMENTS.indexOf(name);
  }
  private tableAt(table: 'gdt' | 'idt'): [number, number] {
    const { at } = this.core;
    return table === 'gdt' ? [at.S_GDT_BASE, at.S_GDT_LIMIT] : [at.S_IDT_BASE, at.S_IDT_LIMIT];
  }
  private descriptorTable(table: 'gdt' | 'idt'): { base: bigint; limit: number } {
    const [baseAt, limitAt] = this.tableAt(table);
    return { base: this.view.getBigUint64(baseAt, true), limit: this.view.getUint32(limitAt, true) };
  }
}

function record<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>;
}
