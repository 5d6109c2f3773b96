/**
 * A small 32-bit protected-mode system for tests of what only a whole processor does: privilege, exceptions, tasks.
 * Every vector has a handler that halts with interrupts off, so that a test runs until HLT and looks at the frame.
 */
import { Core, coreModule, enterProtected, flat, RAM_BYTES, Segments, Status } from './core.ts';

export const GDT = 0x1000;
export const IDT = 0x2000;
export const TSS = 0x3000;
export const SECOND_TSS = 0x3200;
export const HANDLERS = 0x5000;
export const STACK0 = 0x8000;
export const STACK3 = 0x9000;
export const CODE_AT = 0x10000;
export const DATA_AT = 0x20000;

/** Selectors of the GDT's descriptors; FREE and what follows is the test's own. */
export const Sel = {
  CODE0: 0x08,
  DATA0: 0x10,
  CODE3: 0x1b,
  DATA3: 0x23,
  TSS: 0x28,
  SECOND_TSS: 0x30,
  FREE: 0x40,
} as const;
/** Vectors with an error code (SDM 3A table 6-1). */
const WITH_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);

const HLT = 0xf4;

export interface Descriptor {
  base?: number;
  limit: number;
  /** Type, S, DPL and P: bits 40..47. */
  access: number;
  /** AVL, L, D/B and G: bits 52..55. */
  flags?: number;
}
export function descriptor({ base = 0, limit, access, flags = 0 }: Descriptor): bigint {
  const low = (limit & 0xffff) | ((base & 0xffff) * 0x10000);
  const high = ((base >>> 16) & 0xff) | (access << 8) | (limit & 0xf0000) | (flags << 20) | ((base & 0xff000000) >>> 0);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
/** A gate: type and DPL in `access`, `parameters` for call gates. */
export function gate(selector: number, offset: number, access: number, parameters = 0): bigint {
  const low = (offset & 0xffff) | (selector * 0x10000);
  const high = (offset & 0xffff0000) | (access << 8) | parameters;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** What an exception handler found. */
export interface Frame {
  vector: number;
  errorCode?: number;
  eip: number;
  cs: number;
  eflags: number;
  /** Only after a change of privilege. */
  esp: number;
  ss: number;
}

export class ProtectedSystem {
  readonly core = new Core(RAM_BYTES, coreModule());
  readonly ram: DataView;

  constructor(code: readonly number[], { cpl = 0, iopl = 0 }: { cpl?: 0 | 3; iopl?: number } = {}) {
    const { core } = this;
    this.ram = new DataView(core.ram.buffer, core.ram.byteOffset, core.ram.byteLength);
    const all = { limit: 0xfffff, flags: 0xc };
    this.setDescriptor(Sel.CODE0, descriptor({ ...all, access: 0x9b }));
    this.setDescriptor(Sel.DATA0, descriptor({ ...all, access: 0x93 }));
    this.setDescriptor(Sel.CODE3, descriptor({ ...all, access: 0xfb }));
    this.setDescriptor(Sel.DATA3, descriptor({ ...all, access: 0xf3 }));
    this.setDescriptor(Sel.TSS, descriptor({ base: TSS, limit: 0x67, access: 0x8b }));
    this.setDescriptor(Sel.SECOND_TSS, descriptor({ base: SECOND_TSS, limit: 0x67, access: 0x89 }));
    for (let vector = 0; vector < 256; vector++) {
      core.ram[HANDLERS + vector] = HLT;
      this.setGate(vector, gate(Sel.CODE0, HANDLERS + vector, 0x8e));
    }
    this.ram.setUint32(TSS + 4, STACK0, true);
    this.ram.setUint32(TSS + 8, Sel.DATA0, true);
    this.ram.setUint16(TSS + 0x66, 0x68, true);
    this.enter(cpl);
    core.ram.set(code, CODE_AT);
    core.rip = CODE_AT;
    core.exports.setEflags(2 | (iopl << 12));
    core.exports.refresh();
  }

  private enter(cpl: 0 | 3): void {
    const { core } = this;
    const segments = flat(32, cpl);
    const code = segments.CS;
    const data = segments.DS;
    if (!code || !data) throw new Error('flat() names CS and DS');
    const user = { ...data, selector: cpl ? Sel.DATA3 : Sel.DATA0 };
    enterProtected(core, {
      mode: 32,
      cpl,
      segments: {
        CS: { ...code, selector: cpl ? Sel.CODE3 : Sel.CODE0 },
        SS: user,
        DS: user,
        ES: user,
        TR: { selector: Sel.TSS, base: TSS, limit: 0x67, access: 0x8b },
      },
    });
    core.setState('S_GDT_BASE', GDT);
    core.setState32('S_GDT_LIMIT', 0xff);
    core.setState('S_IDT_BASE', IDT);
    core.setState32('S_IDT_LIMIT', 0x7ff);
    core.setGpr(4, BigInt(cpl ? STACK3 : STACK0));
  }

  setDescriptor(selector: number, value: bigint): void {
    this.ram.setBigUint64(GDT + (selector & ~7), value, true);
  }
  setGate(vector: number, value: bigint): void {
    this.ram.setBigUint64(IDT + vector * 8, value, true);
  }
  /** Changes CPU state behind the core's back. */
  configure(change: (core: Core) => void): this {
    change(this.core);
    this.core.exports.refresh();
    return this;
  }
  setRegisters(values: Partial<Record<'eax' | 'ecx' | 'edx' | 'ebx' | 'esp' | 'ebp' | 'esi' | 'edi', number>>): this {
    const order = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
    order.forEach((name, i) => {
      const value = values[name];
      if (value !== undefined) this.core.setGpr(i, BigInt(value >>> 0));
    });
    return this;
  }
  reg(index: number): number {
    return Number(this.core.gpr(index) & 0xffffffffn);
  }
  get eip(): number {
    return Number(this.core.rip);
  }
  selector(name: keyof typeof Segments): number {
    return this.core.segment(Segments[name]).selector;
  }

  /** Runs until something ends it; the status. */
  run(budget = 10_000): number {
    return this.core.exports.run(0, budget);
  }
  /** Runs into HLT in the program itself. */
  runToHlt(): this {
    const status = this.run();
    if (status !== Status.Halted) throw new Error(`run ended with status ${status} at ${this.eip.toString(16)}`);
    const handler = this.eip - 1 - HANDLERS;
    if (handler >= 0 && handler < 256) throw new Error(`exception ${handler}: ${JSON.stringify(this.frame())}`);
    return this;
  }
  /** Runs into an exception's or interrupt's handler; its frame. */
  runToException(): Frame {
    const status = this.run();
    const handler = this.eip - 1 - HANDLERS;
    if (status !== Status.Halted || handler < 0 || handler > 255) {
      throw new Error(`no exception: status ${status} at ${this.eip.toString(16)}`);
    }
    return this.frame();
  }
  private frame(): Frame {
    const vector = this.eip - 1 - HANDLERS;
    let at = this.reg(4);
    const next = (): number => this.ram.getUint32((at += 4) - 4, true);
    const errorCode = WITH_CODE.has(vector) ? { errorCode: next() } : {};
    return { vector, ...errorCode, eip: next(), cs: next() & 0xffff, eflags: next(), esp: next(), ss: next() & 0xffff };
  }
}
