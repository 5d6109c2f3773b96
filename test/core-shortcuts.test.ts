/**
 * Interrupts, IRETs and segment loads that were fast a moment ago (cpu/shortcuts.ts): the tables, the stack or the
 * registers have changed since, and the next one has to notice (SDM 3A 5.8, 6.12, 6.13; SDM 2 IRET, MOV).
 */
import { describe, expect, it } from 'vitest';
import { Status } from './support/core.ts';
import {
  CODE_AT,
  DATA_AT,
  descriptor,
  GDT,
  gate,
  IDT,
  ProtectedSystem,
  Sel,
  STACK0,
  STACK3,
} from './support/protected.ts';

const HLT = 0xf4;
const NOP = 0x90;
const IRET = 0xcf;
const INT40 = [0xcd, 0x40];
const HANDLER = CODE_AT + 0x100;
const HANDLER_CODE = 0x40;
const USER_GATE = gate(HANDLER_CODE, HANDLER, 0xee);
const FLAT = { limit: 0xfffff, flags: 0xc };
const CODE0 = { ...FLAT, access: 0x9b };
const DATA3 = { ...FLAT, access: 0xf3 };

/** Ran `int 40h` and the IRET behind it, from ring 3 to a code segment of its own in ring 0 and back; the next follows. */
function warm(cpl: 0 | 3 = 3, code: readonly number[] = [...INT40, ...INT40, HLT]): ProtectedSystem {
  const system = new ProtectedSystem(code, { cpl });
  system.setDescriptor(HANDLER_CODE, descriptor(CODE0));
  system.setGate(0x40, cpl ? USER_GATE : gate(Sel.CODE0, HANDLER, 0x8e));
  system.core.ram[HANDLER] = IRET;
  expect(system.run(2)).toBe(Status.Continue);
  expect(system.eip).toBe(CODE_AT + 2);
  return system;
}

describe('the next interrupt from ring 3', () => {
  const next = (change: (system: ProtectedSystem) => void): unknown => {
    const system = warm();
    change(system);
    return system.runToException();
  };
  const withGate = (value: bigint): unknown => next((system) => system.setGate(0x40, value));
  const withCode = (change: Partial<Parameters<typeof descriptor>[0]>): unknown =>
    next((system) => system.setDescriptor(HANDLER_CODE, descriptor({ ...CODE0, ...change })));
  const at = { eip: CODE_AT + 2, cs: Sel.CODE3 };

  it('sees the gate as it is now', () => {
    expect(withGate(gate(HANDLER_CODE, HANDLER, 0x6e))).toMatchObject({ ...at, vector: 11, errorCode: 0x202 });
    expect(withGate(gate(HANDLER_CODE, HANDLER, 0x8e))).toMatchObject({ ...at, vector: 13, errorCode: 0x202 });
    expect(withGate(gate(HANDLER_CODE, HANDLER, 0xec))).toMatchObject({ ...at, vector: 13, errorCode: 0x202 });
    expect(withGate(gate(0, HANDLER, 0xee))).toMatchObject({ ...at, vector: 13, errorCode: 0 });
    expect(withGate(gate(0x100, HANDLER, 0xee))).toMatchObject({ ...at, vector: 13, errorCode: 0x100 });
    expect(withGate(gate(HANDLER_CODE | 4, HANDLER, 0xee))).toMatchObject({ ...at, vector: 13, errorCode: 0x44 });
  });
  it('sees the limit of the IDT and of the GDT as they are now', () => {
    const limit = (name: string, value: number) => (system: ProtectedSystem) => system.core.setState32(name, value);
    expect(next(limit('S_IDT_LIMIT', 0x40 * 8 + 6))).toMatchObject({ ...at, vector: 13, errorCode: 0x202 });
    expect(next(limit('S_GDT_LIMIT', HANDLER_CODE + 6))).toMatchObject({ ...at, vector: 13, errorCode: HANDLER_CODE });
  });
  it('sees the code segment as it is now', () => {
    expect(withCode({ access: 0x1b })).toMatchObject({ ...at, vector: 11, errorCode: HANDLER_CODE });
    expect(withCode({ access: 0x93 })).toMatchObject({ ...at, vector: 13, errorCode: HANDLER_CODE });
    expect(withCode({ limit: 0x100, flags: 4 })).toMatchObject({ ...at, vector: 13, errorCode: 0 });
  });
  it('goes to a code segment with a base', () => {
    const system = warm();
    system.setDescriptor(HANDLER_CODE, descriptor({ ...CODE0, base: 0x1000 }));
    system.core.ram[HANDLER + 0x1000] = HLT;
    expect(system.run()).toBe(Status.Halted);
    expect(system.eip).toBe(HANDLER + 1);
  });
  it('marks the code segment accessed', () => {
    const system = warm();
    system.setDescriptor(HANDLER_CODE, descriptor({ ...CODE0, access: 0x9a }));
    system.run(1);
    expect(system.core.ram[GDT + HANDLER_CODE + 5]).toBe(0x9b);
  });
  it('takes the stack from the TSS as it is now, across a page too', () => {
    for (const esp of [0x7ff4, 0x7008, 0x7000]) {
      const system = warm();
      system.ram.setUint32(0x3004, esp, true);
      system.run(1);
      expect(system.reg(4)).toBe(esp - 20);
      const frame = Array.from({ length: 5 }, (_, i) => system.ram.getUint32(esp - 20 + i * 4, true));
      expect(frame).toEqual([CODE_AT + 4, Sel.CODE3, 2, STACK3, Sel.DATA3]);
      expect(system.run(1)).toBe(Status.Continue);
      expect([system.eip, system.reg(4), system.selector('SS')]).toEqual([CODE_AT + 4, STACK3, Sel.DATA3]);
    }
  });
  it('pushes 16 bits through a 16-bit gate', () => {
    const system = warm();
    system.setGate(0x40, gate(HANDLER_CODE, HANDLER, 0xe6));
    system.core.ram[HANDLER] = HLT;
    // The offset of such a gate has 16 bits
    system.core.ram[HANDLER & 0xffff] = HLT;
    expect(system.run()).toBe(Status.Halted);
    expect([system.eip, system.reg(4)]).toEqual([(HANDLER & 0xffff) + 1, STACK0 - 10]);
  });
});

describe('the next interrupt within ring 0', () => {
  it('works on the stack as it is now', () => {
    // A stack with a base; one across a page; one of 16 bits
    const frameAt = (change: (system: ProtectedSystem) => void): [number, number] => {
      const system = warm(0);
      change(system);
      system.core.exports.refresh();
      system.core.ram[HANDLER] = HLT;
      expect(system.run()).toBe(Status.Halted);
      const { base } = system.core.segment(2);
      const eip = system.ram.getUint32(Number(base) + system.reg(4), true);
      return [system.reg(4), eip];
    };
    const ss = { selector: Sel.DATA0, base: 0x400, limit: 0xffffffff, access: 0xc093 };
    expect(frameAt((s) => s.core.setSegment(2, ss))).toEqual([STACK0 - 12, CODE_AT + 4]);
    expect(frameAt((s) => s.setRegisters({ esp: 0x7008 }))).toEqual([0x7008 - 12, CODE_AT + 4]);
    expect(frameAt((s) => s.core.setSegment(2, { ...ss, access: 0x8093 }))).toEqual([STACK0 - 12, CODE_AT + 4]);
  });
  it('leaves IF through a trap gate and keeps ID', () => {
    const system = warm(0);
    system.setGate(0x40, gate(Sel.CODE0, HANDLER, 0x8f));
    system.core.exports.setEflags(0x200202);
    system.run(1);
    expect(system.core.exports.eflags()).toBe(0x200202);
    expect(system.ram.getUint32(STACK0 - 4, true)).toBe(0x200202);
  });
});

describe('the next IRET', () => {
  /** In the handler, with a frame that can be changed; `at` is ESP. */
  const inHandler = (cpl: 0 | 3): { system: ProtectedSystem; at: number } => {
    const system = warm(cpl, [...INT40, ...INT40, NOP, NOP, HLT]);
    system.run(1);
    expect(system.eip).toBe(HANDLER);
    return { system, at: system.reg(4) };
  };
  /** The exception after word `index` of the frame was changed. */
  const changed = (cpl: 0 | 3, index: number, value: number): unknown => {
    const { system, at } = inHandler(cpl);
    system.ram.setUint32(at + index * 4, value, true);
    return system.runToException();
  };
  const here = { eip: HANDLER };

  it('checks CS', () => {
    expect(changed(3, 1, 0)).toMatchObject({ ...here, vector: 13, errorCode: 0 });
    expect(changed(3, 1, Sel.DATA3)).toMatchObject({ ...here, vector: 13, errorCode: Sel.DATA3 & ~3 });
    expect(changed(3, 1, Sel.CODE0 | 3)).toMatchObject({ ...here, vector: 13, errorCode: Sel.CODE0 });
    expect(changed(0, 1, Sel.CODE3 & ~3)).toMatchObject({ ...here, vector: 13, errorCode: Sel.CODE3 & ~3 });
    expect(changed(0, 1, 0x1000)).toMatchObject({ ...here, vector: 13, errorCode: 0x1000 });
  });
  it('checks SS', () => {
    expect(changed(3, 4, 0)).toMatchObject({ ...here, vector: 13, errorCode: 0 });
    expect(changed(3, 4, Sel.DATA0 | 3)).toMatchObject({ ...here, vector: 13, errorCode: Sel.DATA0 });
    expect(changed(3, 4, Sel.DATA3 & ~3)).toMatchObject({ ...here, vector: 13, errorCode: Sel.DATA3 & ~3 });
    expect(changed(3, 4, Sel.CODE3)).toMatchObject({ ...here, vector: 13, errorCode: Sel.CODE3 & ~3 });
  });
  it('sees a descriptor that is gone', () => {
    const { system } = inHandler(3);
    system.setDescriptor(Sel.DATA3 & ~3, descriptor({ ...DATA3, access: 0x73 }));
    expect(system.runToException()).toMatchObject({ ...here, vector: 12, errorCode: Sel.DATA3 & ~3 });
  });
  it('traps with TF after the next instruction, in either ring', () => {
    for (const cpl of [0, 3] as const)
      expect(changed(cpl, 2, 0x102)).toMatchObject({ vector: 1, eip: CODE_AT + 5, cs: cpl ? Sel.CODE3 : Sel.CODE0 });
  });
  it('to the previous task with NT', () => {
    const { system } = inHandler(0);
    system.core.exports.setEflags(0x4002);
    // The back link of the TSS is null
    expect(system.runToException()).toMatchObject({ ...here, vector: 10, errorCode: 0 });
  });
  it('to virtual-8086 mode', () => {
    const { system, at } = inHandler(0);
    [0x10, Sel.CODE0, 0x20002, 0x1000, 0x700, 1, 2, 3, 4].forEach((word, i) => {
      system.ram.setUint32(at + i * 4, word, true);
    });
    system.run(1);
    expect(system.core.exports.eflags() & 0x20000).toBe(0x20000);
    expect([system.eip, system.selector('CS'), system.selector('ES'), system.selector('GS')]).toEqual([
      0x10,
      Sel.CODE0,
      1,
      4,
    ]);
  });
  it('takes from ring 3 what it may not see, and leaves it IF and IOPL only as it may', () => {
    const { system, at } = inHandler(3);
    system.ram.setUint32(at + 8, 0x3202, true);
    system.configure((core) => core.setSegment(3, { selector: Sel.DATA0, base: 0, limit: 0xffffffff, access: 0xc093 }));
    system.run(1);
    expect([system.selector('DS'), system.selector('ES')]).toEqual([0, Sel.DATA3]);
    // Ring 0 set them; an IRET of ring 3 itself must not
    expect(system.core.exports.eflags() & 0x3200).toBe(0x3200);
    const user = new ProtectedSystem([0x68, 2, 0x32, 0, 0, 0x0e, 0x68, HANDLER & 255, HANDLER >> 8, 1, 0, IRET], {
      cpl: 3,
    });
    user.run(4);
    expect([user.eip, user.core.exports.eflags()]).toEqual([HANDLER, 2]);
  });
});

describe('the next load of a segment register', () => {
  const LOAD = [0x8e, 0xe0]; // mov fs, ax
  const READ = [0x64, 0xa1, 0, 0, 0, 0]; // mov eax, fs:[0]
  const FS = 0x48;
  const next = (
    cpl: 0 | 3,
    after: readonly number[],
    change: Partial<Parameters<typeof descriptor>[0]>,
  ): ProtectedSystem => {
    const system = new ProtectedSystem([...LOAD, ...LOAD, ...after], { cpl });
    system.setRegisters({ eax: FS | cpl });
    const data = { ...FLAT, base: DATA_AT, access: 0xf3 };
    system.setDescriptor(FS, descriptor(data));
    system.run(1);
    expect(system.selector('FS')).toBe(FS | cpl);
    system.setDescriptor(FS, descriptor({ ...data, ...change }));
    return system;
  };
  it('sees the base, the limit and the rights as they are now', () => {
    const moved = next(3, [...READ, NOP], { base: DATA_AT + 0x100 });
    moved.ram.setUint32(DATA_AT + 0x100, 0x12345678, true);
    moved.run(2);
    expect(moved.reg(0)).toBe(0x12345678);
    const short = next(3, READ, { limit: 2, flags: 4 }).runToException();
    expect(short).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 4 });
    const down = next(3, READ, { access: 0xf7 }).runToException();
    expect(down).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 4 });
  });
  it('refuses what may not be loaded any more', () => {
    const at = { eip: CODE_AT + 2 };
    expect(next(3, [], { access: 0x73 }).runToException()).toMatchObject({ ...at, vector: 11, errorCode: FS });
    expect(next(3, [], { access: 0x93 }).runToException()).toMatchObject({ ...at, vector: 13, errorCode: FS });
    expect(next(0, [], { access: 0x99 }).runToException()).toMatchObject({ ...at, vector: 13, errorCode: FS });
    const outside = next(0, [], {});
    outside.core.setState32('S_GDT_LIMIT', FS + 6);
    expect(outside.runToException()).toMatchObject({ ...at, vector: 13, errorCode: FS });
  });
  it('marks the segment accessed', () => {
    const system = next(3, [], { access: 0xf2 });
    system.run(1);
    expect(system.core.ram[GDT + FS + 5]).toBe(0xf3);
  });
  it('of null leaves a segment that nothing can use', () => {
    const system = new ProtectedSystem([...LOAD, 0x31, 0xc0, ...LOAD, ...READ]);
    system.setRegisters({ eax: Sel.DATA0 });
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 6 });
  });
  it('from the GDT never means descriptor 0, whatever lies there', () => {
    const system = new ProtectedSystem([0x31, 0xc0, ...LOAD, ...READ]);
    system.setDescriptor(0, descriptor(CODE0));
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 4 });
    const int = warm();
    int.setGate(0x40, gate(0, HANDLER, 0xee));
    int.setDescriptor(0, descriptor(CODE0));
    expect(int.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 2 });
  });
});

describe('a page that the TLB has forgotten', () => {
  it('is walked again for gates and descriptors', () => {
    // Two tables at the other end of a page border
    const system = warm();
    system.core.setState('S_IDT_BASE', IDT + 0x1000 - 0x40 * 8 - 4);
    system.setGate(0x40, 0n);
    system.ram.setBigUint64(IDT + 0x1000 - 4, USER_GATE, true);
    system.run(1);
    expect(system.eip).toBe(HANDLER);
  });
});
