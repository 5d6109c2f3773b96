/** Exceptions: which, where, with which error code (SDM 3A chapter 6). */
import { describe, expect, it } from 'vitest';
import { Status } from './support/core.ts';
import {
  CODE_AT,
  DATA_AT,
  descriptor,
  gate,
  HANDLERS,
  IDT,
  ProtectedSystem,
  Sel,
  STACK0,
} from './support/protected.ts';

const NOP = 0x90;
const UD2 = [0x0f, 0x0b];
const HLT = 0xf4;
const INT3 = 0xcc;

describe('faults leave EIP at the instruction, traps after it', () => {
  it('#DE: division by zero', () => {
    // xor ecx, ecx; div ecx
    const frame = new ProtectedSystem([NOP, 0x31, 0xc9, 0xf7, 0xf1]).runToException();
    expect(frame).toMatchObject({ vector: 0, eip: CODE_AT + 3, cs: Sel.CODE0 });
  });
  it('#DE: quotient too big changes nothing', () => {
    // div cl with AX / CL > 255
    const system = new ProtectedSystem([0xf6, 0xf1]).setRegisters({ eax: 0x1234, ecx: 1 });
    expect(system.runToException()).toMatchObject({ vector: 0, eip: CODE_AT });
    expect(system.reg(0)).toBe(0x1234);
  });
  it('#UD: UD2, and LOCK where it may not stand', () => {
    expect(new ProtectedSystem([NOP, ...UD2]).runToException()).toMatchObject({ vector: 6, eip: CODE_AT + 1 });
    // lock add eax, ecx; lock nop; lock cmp [eax], ecx
    for (const code of [
      [0xf0, 0x01, 0xc8],
      [0xf0, NOP],
      [0xf0, 0x39, 0x08],
    ]) {
      expect(new ProtectedSystem(code).runToException()).toMatchObject({ vector: 6, eip: CODE_AT });
    }
  });
  it('#BP and #OF: after the instruction', () => {
    expect(new ProtectedSystem([INT3]).runToException()).toMatchObject({ vector: 3, eip: CODE_AT + 1 });
    // mov al, 7f; inc al; into
    const into = new ProtectedSystem([0xb0, 0x7f, 0xfe, 0xc0, 0xce]).runToException();
    expect(into).toMatchObject({ vector: 4, eip: CODE_AT + 5 });
  });
  it('#BR: BOUND', () => {
    const system = new ProtectedSystem([0x62, 0x0d, DATA_AT & 255, DATA_AT >> 8, DATA_AT >> 16, 0]);
    system.ram.setInt32(DATA_AT, -5, true);
    system.ram.setInt32(DATA_AT + 4, 5, true);
    expect(system.setRegisters({ ecx: 6 }).runToException()).toMatchObject({ vector: 5, eip: CODE_AT });
  });
  it('#NM: x87 with CR0.TS, WAIT only with MP too', () => {
    const TS = 8n;
    const with_ = (code: number[], bits: bigint): ProtectedSystem =>
      new ProtectedSystem(code).configure((core) => core.setState('S_CR0', (core.state('S_CR0') & ~2n) | bits));
    expect(with_([0xd9, 0xe8], TS).runToException()).toMatchObject({ vector: 7, eip: CODE_AT });
    expect(with_([0x9b], TS | 2n).runToException()).toMatchObject({ vector: 7, eip: CODE_AT });
    expect(with_([0x9b, HLT], TS).runToHlt().eip).toBe(CODE_AT + 2);
  });
  it('#GP: an instruction longer than 15 bytes', () => {
    const ok = [...Array<number>(14).fill(0x2e), NOP, HLT];
    expect(new ProtectedSystem(ok).runToHlt().eip).toBe(CODE_AT + 16);
    const long = [...Array<number>(15).fill(0x2e), NOP];
    expect(new ProtectedSystem(long).runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT });
  });
  it('#AC: at CPL 3 with CR0.AM and EFLAGS.AC only', () => {
    // mov eax, [DATA_AT + 1]
    const code = [0xa1, 1, DATA_AT >> 8, DATA_AT >> 16, 0, ...UD2];
    const system = (cpl: 0 | 3): ProtectedSystem =>
      new ProtectedSystem(code, { cpl }).configure((core) => core.exports.setEflags(2 | (1 << 18)));
    expect(system(3).runToException()).toMatchObject({ vector: 17, errorCode: 0, eip: CODE_AT });
    expect(system(0).runToException()).toMatchObject({ vector: 6 });
  });
});

describe('segments', () => {
  const movDs = [0x8e, 0xd8]; // mov ds, ax
  const movSs = [0x8e, 0xd0]; // mov ss, ax
  const load = (code: number[], selector: number, value?: bigint): ProtectedSystem => {
    const system = new ProtectedSystem([...code, HLT]).setRegisters({ eax: selector });
    if (value !== undefined) system.setDescriptor(selector, value);
    return system;
  };
  const data = { limit: 0xfffff, flags: 0xc };

  it('#GP with the selector: not data, or beyond the table', () => {
    expect(load(movDs, 0x103).runToException()).toMatchObject({ vector: 13, errorCode: 0x100 });
    expect(load(movDs, Sel.TSS).runToException()).toMatchObject({ vector: 13, errorCode: Sel.TSS });
    expect(load(movDs, 0x44).runToException()).toMatchObject({ vector: 13, errorCode: 0x44 });
  });
  it('#NP for data, #SS for the stack, that are not present', () => {
    const absent = descriptor({ ...data, access: 0x13 });
    expect(load(movDs, Sel.FREE, absent).runToException()).toMatchObject({ vector: 11, errorCode: Sel.FREE });
    expect(load(movSs, Sel.FREE, absent).runToException()).toMatchObject({ vector: 12, errorCode: Sel.FREE });
  });
  it('SS: null, read-only, or another privilege is #GP', () => {
    expect(load(movSs, 0).runToException()).toMatchObject({ vector: 13, errorCode: 0 });
    const readOnly = descriptor({ ...data, access: 0x91 });
    expect(load(movSs, Sel.FREE, readOnly).runToException()).toMatchObject({ vector: 13, errorCode: Sel.FREE });
    expect(load(movSs, Sel.DATA3).runToException()).toMatchObject({ vector: 13, errorCode: Sel.DATA3 & ~3 });
  });
  it('loading sets the accessed bit', () => {
    const system = load(movDs, Sel.FREE, descriptor({ ...data, access: 0x92 })).runToHlt();
    expect(system.core.ram[0x1000 + Sel.FREE + 5]).toBe(0x93);
  });
  it('a null DS loads, and faults when it is used', () => {
    // mov ds, ax; mov cl, [0]
    const system = new ProtectedSystem([...movDs, 0x8a, 0x0d, 0, 0, 0, 0]).setRegisters({ eax: 3 });
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 2 });
  });
  it('limits: the last byte is inside, one more is #GP(0)', () => {
    const small = descriptor({ base: DATA_AT, limit: 0xff, access: 0x93, flags: 4 });
    // mov ds, ax; mov ecx, [ebx]
    const access = (ebx: number): ProtectedSystem =>
      load([...movDs, 0x8b, 0x0b], Sel.FREE, small).setRegisters({ ebx });
    expect(access(0xfc).runToHlt().eip).toBe(CODE_AT + 5);
    expect(access(0xfd).runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 2 });
    expect(access(0xfffffffe).runToException()).toMatchObject({ vector: 13, errorCode: 0 });
  });
  it('expand-down: valid above the limit', () => {
    const down = descriptor({ base: DATA_AT, limit: 0xff, access: 0x97, flags: 4 });
    const access = (ebx: number): ProtectedSystem => load([...movDs, 0x8b, 0x0b], Sel.FREE, down).setRegisters({ ebx });
    expect(access(0x100).runToHlt().eip).toBe(CODE_AT + 5);
    expect(access(0xff).runToException()).toMatchObject({ vector: 13, errorCode: 0 });
  });
  it('writes to read-only data and to code are #GP(0)', () => {
    for (const access of [0x91, 0x9b]) {
      const segment = descriptor({ ...data, access });
      // mov ds, ax; mov [ebx], ecx
      const system = load([...movDs, 0x89, 0x0b], Sel.FREE, segment).setRegisters({ ebx: DATA_AT });
      expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 2 });
    }
  });
  it('the stack beyond its limit is #SS(0)', () => {
    const small = descriptor({ limit: 0x7fff, access: 0x93, flags: 4 });
    const push = load([...movSs, 0x50], Sel.FREE, small).setRegisters({ esp: 0x9000 });
    // The handler's frame cannot be pushed either: #DF, and its frame neither
    expect(push.run()).toBe(Status.Reset);
  });
  it('MOV SS holds off the single-step trap for one instruction', () => {
    // mov ss, ax; nop; nop with TF set
    const system = load([...movSs, NOP, NOP], Sel.DATA0).configure((core) => core.exports.setEflags(0x102));
    expect(system.runToException()).toMatchObject({ vector: 1, eip: CODE_AT + 3 });
  });
});

describe('delivery', () => {
  it('an interrupt gate clears IF, a trap gate does not; both clear TF', () => {
    const through = (access: number): number => {
      const system = new ProtectedSystem([0xcd, 0x40]).configure((core) => core.exports.setEflags(0x302 & ~0x100));
      system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, access));
      const status = system.run();
      expect(status).toBe(access === 0x8e ? Status.Halted : Status.Idle);
      return system.core.exports.eflags() & 0x300;
    };
    expect(through(0x8e)).toBe(0);
    expect(through(0x8f)).toBe(0x200);
  });
  it('16-bit gates push 16-bit frames', () => {
    const system = new ProtectedSystem([0xcd, 0x40]);
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0x86));
    expect(system.run()).toBe(Status.Halted);
    expect(system.reg(4)).toBe(STACK0 - 6);
    expect(system.ram.getUint16(STACK0 - 4, true)).toBe(Sel.CODE0);
  });
  it('INT n: the gate has to exist, be a gate, be present, and admit the caller', () => {
    const int = (value: bigint, cpl: 0 | 3 = 0): unknown => {
      const system = new ProtectedSystem([0xcd, 0x40], { cpl });
      system.setGate(0x40, value);
      return system.runToException();
    };
    expect(int(0n)).toMatchObject({ vector: 13, errorCode: 0x202, eip: CODE_AT });
    expect(int(gate(Sel.CODE0, 0x5000, 0x0e))).toMatchObject({ vector: 11, errorCode: 0x202 });
    expect(int(gate(Sel.CODE0, 0x5000, 0x8e), 3)).toMatchObject({ vector: 13, errorCode: 0x202, cs: Sel.CODE3 });
    const shortTable = new ProtectedSystem([0xcd, 0x41]).configure((c) => c.setState32('S_IDT_LIMIT', 0x20f - 8));
    expect(shortTable.runToException()).toMatchObject({ vector: 13, errorCode: 0x20a });
  });
  it('a bad code segment behind the gate: its selector', () => {
    const behind = (selector: number): unknown => {
      const system = new ProtectedSystem([0xcd, 0x40]);
      system.setGate(0x40, gate(selector, 0x5000, 0x8e));
      return system.runToException();
    };
    expect(behind(0)).toMatchObject({ vector: 13, errorCode: 0 });
    expect(behind(Sel.DATA0)).toMatchObject({ vector: 13, errorCode: Sel.DATA0 });
  });
  it('an exception while delivering an exception sets EXT in the code', () => {
    // #UD whose gate is not present: #NP(6 * 8 + IDT + EXT)
    const system = new ProtectedSystem(UD2);
    system.setGate(6, gate(Sel.CODE0, HANDLERS + 6, 0x0e));
    expect(system.runToException()).toMatchObject({ vector: 11, errorCode: 0x33, eip: CODE_AT });
  });
  it('two contributory exceptions make #DF(0), a third resets', () => {
    const twice = new ProtectedSystem([0x8e, 0xd8]).setRegisters({ eax: Sel.TSS });
    twice.setGate(13, gate(Sel.CODE0, HANDLERS + 13, 0x0e));
    expect(twice.runToException()).toMatchObject({ vector: 8, errorCode: 0 });

    const thrice = new ProtectedSystem([0x8e, 0xd8]).setRegisters({ eax: Sel.TSS });
    thrice.core.ram.fill(0, IDT, IDT + 0x800);
    expect(thrice.run()).toBe(Status.Reset);
  });
  it('#DE is contributory too', () => {
    // Its gate is not present
    const system = new ProtectedSystem([0x31, 0xc9, 0xf7, 0xf1]);
    system.setGate(0, gate(Sel.CODE0, HANDLERS, 0x0e));
    expect(system.runToException()).toMatchObject({ vector: 8, errorCode: 0 });
  });
});

describe('debug registers', () => {
  const EXECUTE = 0n;
  const WRITE = 1n;
  const ACCESS = 3n;
  const armed = (code: number[], address: number, kind: bigint, length: bigint): ProtectedSystem =>
    new ProtectedSystem(code).configure((core) => {
      core.setState('S_DR0', address);
      core.setState('S_DR7', 0x401n | (kind << 16n) | (length << 18n));
    });
  const movStore = [0x89, 0x0d, 0, DATA_AT >> 8, DATA_AT >> 16, 0]; // mov [DATA_AT], ecx
  const movLoad = [0x8b, 0x0d, 0, DATA_AT >> 8, DATA_AT >> 16, 0];

  it('single step: a trap after each instruction, BS in DR6, TF clear in the handler', () => {
    const system = new ProtectedSystem([NOP, NOP]).configure((core) => core.exports.setEflags(0x102));
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 1, eip: CODE_AT + 1 });
    expect(frame.eflags & 0x100).toBe(0x100);
    expect(system.core.exports.eflags() & 0x100).toBe(0);
    expect(system.core.state('S_DR6') & 0x4000n).toBe(0x4000n);
  });
  it('an instruction breakpoint is a fault, and RF passes it', () => {
    const system = armed([NOP, NOP, HLT], CODE_AT + 1, EXECUTE, 0n);
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 1, eip: CODE_AT + 1 });
    expect(system.core.state('S_DR6') & 0xfn).toBe(1n);
    expect(frame.eflags & 0x10000).toBe(0x10000);
    const passing = armed([NOP, HLT], CODE_AT, EXECUTE, 0n).configure((core) => core.exports.setEflags(0x10002));
    expect(passing.runToHlt().eip).toBe(CODE_AT + 2);
  });
  it('data breakpoints trap after the access', () => {
    expect(armed([...movStore, NOP], DATA_AT, WRITE, 3n).runToException()).toMatchObject({
      vector: 1,
      eip: CODE_AT + 6,
    });
    expect(armed([...movLoad, NOP], DATA_AT, ACCESS, 3n).runToException()).toMatchObject({
      vector: 1,
      eip: CODE_AT + 6,
    });
    expect(armed([...movLoad, HLT], DATA_AT, WRITE, 3n).runToHlt().eip).toBe(CODE_AT + 7);
    expect(armed([...movStore, HLT], DATA_AT + 4, WRITE, 3n).runToHlt().eip).toBe(CODE_AT + 7);
  });
  it('DR7.GD guards the debug registers', () => {
    // mov eax, dr0
    const system = new ProtectedSystem([0x0f, 0x21, 0xc0]).configure((core) => core.setState('S_DR7', 0x2400n));
    expect(system.runToException()).toMatchObject({ vector: 1, eip: CODE_AT });
    expect(system.core.state('S_DR6') & 0x2000n).toBe(0x2000n);
  });
});
