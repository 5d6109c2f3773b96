/** Gates, far transfers and tasks of 16 bits, and what is wrong with a stack or a link (SDM 3A 5.8, 7.2, 21). */
import { describe, expect, it } from 'vitest';
import { CODE_AT, descriptor, gate, GDT, HANDLERS, ProtectedSystem, SECOND_TSS, Sel, STACK0, STACK3, TSS } from './support/protected.ts'; // prettier-ignore

const HLT = 0xf4;
const u16 = (v: number): number[] => [v & 255, v >> 8];
const u32 = (v: number): number[] => [...u16(v & 0xffff), ...u16(v >>> 16)];
const farCall = (selector: number): number[] => [0x9a, ...u32(0), ...u16(selector)];
const farJump = (selector: number): number[] => [0xea, ...u32(0), ...u16(selector)];
const TARGET = CODE_AT + 0x100;
const FREE2 = Sel.FREE + 8;
const words = (system: ProtectedSystem, at: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => system.ram.getUint16(at + 2 * i, true));

describe('call gates', () => {
  it('of 16 bits push words and copy words', () => {
    // push word 1111; push word 2222; callf FREE
    const code = [0x66, 0x68, ...u16(0x1111), 0x66, 0x68, ...u16(0x2222), ...farCall(Sel.FREE | 3)];
    const system = new ProtectedSystem(code, { cpl: 3 });
    system.setDescriptor(FREE2, descriptor({ base: CODE_AT, limit: 0xffff, access: 0x9b }));
    system.setDescriptor(Sel.FREE, gate(FREE2, 0xdead0100, 0xe4, 2));
    system.core.ram[TARGET] = HLT;
    system.runToHlt();
    expect(system.reg(4)).toBe(STACK0 - 12);
    expect(words(system, STACK0 - 12, 6)).toEqual([0xf, Sel.CODE3, 0x2222, 0x1111, (STACK3 - 4) & 0xffff, Sel.DATA3]);
    expect(system.eip).toBe(0x101);
  });
  it('a jump through one must not change the ring', () => {
    const system = new ProtectedSystem(farJump(Sel.FREE | 3), { cpl: 3 });
    system.setDescriptor(Sel.FREE, gate(Sel.CODE0, TARGET, 0xec));
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: Sel.CODE0 });
    const same = new ProtectedSystem(farJump(Sel.FREE));
    same.setDescriptor(Sel.FREE, gate(Sel.CODE0, TARGET, 0x8c));
    same.core.ram[TARGET] = HLT;
    expect(same.runToHlt().eip).toBe(TARGET + 1);
  });
  it('in the ring of the caller they need no other stack', () => {
    const system = new ProtectedSystem(farCall(Sel.FREE));
    system.setDescriptor(Sel.FREE, gate(Sel.CODE0, TARGET, 0x8c, 5));
    system.core.ram[TARGET] = HLT;
    system.runToHlt();
    expect(system.reg(4)).toBe(STACK0 - 8);
    expect(words(system, STACK0 - 8, 4)).toEqual([7, 1, Sel.CODE0, 0]);
  });
  it('absent gates and absent code are #NP with their selector', () => {
    const absent = new ProtectedSystem(farCall(Sel.FREE));
    absent.setDescriptor(Sel.FREE, gate(Sel.CODE0, TARGET, 0x0c));
    expect(absent.runToException()).toMatchObject({ vector: 11, errorCode: Sel.FREE });
    const code = new ProtectedSystem(farCall(Sel.FREE));
    code.setDescriptor(Sel.FREE, gate(FREE2, TARGET, 0x8c));
    code.setDescriptor(FREE2, descriptor({ limit: 0xfffff, access: 0x1b, flags: 0xc }));
    expect(code.runToException()).toMatchObject({ vector: 11, errorCode: FREE2 });
  });
  it('an inner stack without room is #SS with its selector, a short TSS #TS', () => {
    const inner = (change: (system: ProtectedSystem) => void): ProtectedSystem => {
      const system = new ProtectedSystem(farCall(Sel.FREE | 3), { cpl: 3 });
      // Ring 1 code and its stack; exceptions go to ring 0
      system.setDescriptor(0x50, descriptor({ limit: 0xfffff, access: 0xbb, flags: 0xc }));
      system.setDescriptor(0x58, descriptor({ limit: 0xfff, access: 0xb3, flags: 0x4 }));
      system.setDescriptor(Sel.FREE, gate(0x50, TARGET, 0xec));
      system.ram.setUint32(TSS + 12, 0x1000, true);
      system.ram.setUint32(TSS + 16, 0x59, true);
      change(system);
      return system;
    };
    const full = inner((s) => s.ram.setUint32(TSS + 12, 12, true));
    expect(full.runToException()).toMatchObject({ vector: 12, errorCode: 0x58, esp: STACK3, eip: CODE_AT });
    const nullStack = inner((s) => s.ram.setUint32(TSS + 16, 0, true));
    expect(nullStack.runToException()).toMatchObject({ vector: 10, errorCode: 0 });
    const otherRing = inner((s) => s.ram.setUint32(TSS + 16, 0x58, true));
    expect(otherRing.runToException()).toMatchObject({ vector: 10, errorCode: 0x58 });
    const short = inner((s) =>
      s.configure((c) => c.setSegment(7, { selector: Sel.TSS, base: TSS, limit: 16, access: 0x8b })),
    );
    expect(short.runToException()).toMatchObject({ vector: 10, errorCode: Sel.TSS });
  });
});

describe('far transfers to code', () => {
  it('beyond its limit are #GP(0), and push nothing', () => {
    const system = new ProtectedSystem([0x9a, ...u32(0x2000), ...u16(Sel.FREE)]);
    system.setDescriptor(Sel.FREE, descriptor({ limit: 0x1fff, access: 0x9b, flags: 0x4 }));
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT });
    expect(system.reg(4)).toBe(STACK0 - 16);
  });
  it('a null selector is #GP(0), data #GP with the selector', () => {
    expect(new ProtectedSystem(farJump(3)).runToException()).toMatchObject({ vector: 13, errorCode: 0 });
    expect(new ProtectedSystem(farJump(Sel.DATA0)).runToException()).toMatchObject({
      vector: 13,
      errorCode: Sel.DATA0,
    });
  });
  it('mark the descriptor as accessed', () => {
    const system = new ProtectedSystem([0xea, ...u32(TARGET), ...u16(Sel.FREE)]);
    system.setDescriptor(Sel.FREE, descriptor({ limit: 0xfffff, access: 0x9a, flags: 0xc }));
    system.core.ram[TARGET] = HLT;
    system.runToHlt();
    expect(system.ram.getUint8(GDT + Sel.FREE + 5)).toBe(0x9b);
  });
  it('through the LDT', () => {
    const system = new ProtectedSystem([0xb8, ...u32(Sel.FREE), 0x0f, 0x00, 0xd0, 0xea, ...u32(TARGET), ...u16(0xc)]);
    system.setDescriptor(Sel.FREE, descriptor({ base: 0x4000, limit: 0xf, access: 0x82 }));
    system.ram.setBigUint64(0x4008, descriptor({ limit: 0xfffff, access: 0x9b, flags: 0xc }), true);
    system.core.ram[TARGET] = HLT;
    expect(system.runToHlt().selector('CS')).toBe(0xc);
    const beyond = new ProtectedSystem([0xb8, ...u32(Sel.FREE), 0x0f, 0x00, 0xd0, ...farJump(0x14)]);
    beyond.setDescriptor(Sel.FREE, descriptor({ base: 0x4000, limit: 0xf, access: 0x82 }));
    expect(beyond.runToException()).toMatchObject({ vector: 13, errorCode: 0x14 });
  });
});

describe('LLDT and LTR', () => {
  const load = (modrm: number, selector: number): ProtectedSystem =>
    new ProtectedSystem([0xb8, ...u32(selector), 0x0f, 0x00, modrm, HLT]);
  it('LTR marks an available TSS as busy; a busy one is #GP', () => {
    const system = load(0xd8, Sel.SECOND_TSS).runToHlt();
    expect(system.ram.getUint8(GDT + Sel.SECOND_TSS + 5)).toBe(0x8b);
    expect(system.core.segment(7)).toMatchObject({ selector: Sel.SECOND_TSS, base: BigInt(SECOND_TSS), limit: 0x67 });
    expect(load(0xd8, Sel.TSS).runToException()).toMatchObject({ vector: 13, errorCode: Sel.TSS });
    expect(load(0xd8, 0).runToException()).toMatchObject({ vector: 13, errorCode: 0 });
  });
  it('LLDT takes an LDT, or null', () => {
    expect(load(0xd0, 0).runToHlt().selector('LDTR')).toBe(0);
    expect(load(0xd0, Sel.DATA0).runToException()).toMatchObject({ vector: 13, errorCode: Sel.DATA0 });
    const absent = load(0xd0, Sel.FREE);
    absent.setDescriptor(Sel.FREE, descriptor({ limit: 0xf, access: 0x02 }));
    expect(absent.runToException()).toMatchObject({ vector: 11, errorCode: Sel.FREE });
  });
});

describe('IRET with NT', () => {
  // push flags with NT; popf; iret
  const nested = [0x68, ...u32(0x4002), 0x9d, 0xcf];
  it.each([
    ['a null link', 0],
    ['a link into the LDT', 0x34],
    ['a link to a task that is not busy', Sel.SECOND_TSS],
  ])('%s is #TS', (_, link) => {
    const system = new ProtectedSystem(nested);
    system.ram.setUint16(TSS, link, true);
    expect(system.runToException()).toMatchObject({ vector: 10, errorCode: link, eip: CODE_AT + 6 });
  });
});

describe('16-bit tasks', () => {
  const TASK = CODE_AT + 0x400;
  /** The second task has a 16-bit TSS (SDM 3A figure 7-10) and 16-bit code based at CODE_AT. */
  function task16(code: readonly number[], task: readonly number[]): ProtectedSystem {
    const system = new ProtectedSystem(code);
    const { ram } = system;
    system.setDescriptor(Sel.SECOND_TSS, descriptor({ base: SECOND_TSS, limit: 0x2b, access: 0x81 }));
    system.setDescriptor(Sel.FREE, descriptor({ base: CODE_AT, limit: 0xffff, access: 0x9b }));
    system.setDescriptor(FREE2, descriptor({ limit: 0xffff, access: 0x93 }));
    const put = (at: number, v: number): void => ram.setUint16(SECOND_TSS + at, v, true);
    put(0x0e, 0x400);
    put(0x10, 0x0002);
    put(0x12, 0xbeef);
    put(0x1a, 0x7000);
    put(0x22, FREE2);
    put(0x24, Sel.FREE);
    put(0x26, FREE2);
    put(0x28, FREE2);
    system.core.ram.set(task, TASK);
    return system;
  }
  it('run, and save their state in 44 bytes', () => {
    // the task: mov cx, 1234; iret; the first task: call; hlt
    const system = task16([...farCall(Sel.SECOND_TSS), HLT], [0xb9, 0x34, 0x12, 0xcf]);
    system.ram.setUint32(SECOND_TSS + 0x2c, 0x5a5a5a5a, true);
    system.run(1);
    expect(system.core.segment(1)).toMatchObject({ selector: Sel.FREE, base: BigInt(CODE_AT) });
    expect(system.reg(0) & 0xffff).toBe(0xbeef);
    expect(system.ram.getUint16(SECOND_TSS, true)).toBe(Sel.TSS);
    expect(system.selector('FS')).toBe(0);
    system.runToHlt();
    expect(system.eip).toBe(CODE_AT + 8);
    expect(system.ram.getUint16(SECOND_TSS + 0x14, true)).toBe(0x1234);
    expect(system.ram.getUint16(SECOND_TSS + 0x0e, true)).toBe(0x404);
    expect(system.ram.getUint32(SECOND_TSS + 0x2c, true)).toBe(0x5a5a5a5a);
    expect(system.selector('TR')).toBe(Sel.TSS);
  });
  it('below 44 bytes are #TS', () => {
    const system = task16(farJump(Sel.SECOND_TSS), [HLT]);
    system.ram.setUint8(GDT + Sel.SECOND_TSS, 0x2a);
    expect(system.runToException()).toMatchObject({ vector: 10, errorCode: Sel.SECOND_TSS, eip: CODE_AT });
  });
});

describe('32-bit tasks', () => {
  const At = { cr3: 0x1c, eip: 0x20, eflags: 0x24, esp: 0x38, es: 0x48, cs: 0x4c, ss: 0x50, ds: 0x54, ldt: 0x60, trap: 0x64 } as const; // prettier-ignore
  function task32(change: (put: (at: number, v: number) => void, system: ProtectedSystem) => void): ProtectedSystem {
    const system = new ProtectedSystem(farJump(Sel.SECOND_TSS));
    const put = (at: number, v: number): void => system.ram.setUint32(SECOND_TSS + at, v, true);
    put(At.eip, TARGET);
    put(At.eflags, 2);
    put(At.esp, 0x7000);
    put(At.cs, Sel.CODE0);
    for (const s of [At.es, At.ss, At.ds]) put(s, Sel.DATA0);
    change(put, system);
    system.core.ram[TARGET] = HLT;
    return system;
  }
  it('the T bit traps before the first instruction, with BT', () => {
    const system = task32((put) => put(At.trap, 1));
    expect(system.runToException()).toMatchObject({ vector: 1, eip: TARGET });
    expect(system.core.state('S_DR6') & 0x8000n).toBe(0x8000n);
  });
  it('local breakpoints end, global ones stay', () => {
    const system = task32(() => undefined).configure((core) => core.setState('S_DR7', 0x503n));
    system.runToHlt();
    expect(system.core.state('S_DR7')).toBe(0x402n);
  });
  it('bad segments are #TS, #NP or #SS with their selectors, in the new task', () => {
    const cases: [at: number, selector: number, vector: number, code: number][] = [
      [At.ldt, Sel.DATA0, 10, Sel.DATA0],
      [At.cs, Sel.DATA0, 10, Sel.DATA0],
      [At.cs, 0, 10, 0],
      [At.ss, Sel.DATA3, 10, Sel.DATA3 & ~3],
      [At.ds, Sel.FREE, 11, Sel.FREE],
      [At.ss, Sel.FREE, 12, Sel.FREE],
    ];
    for (const [at, selector, vector, errorCode] of cases) {
      const system = task32((put, s) => {
        put(at, selector);
        s.setDescriptor(Sel.FREE, descriptor({ limit: 0xfffff, access: 0x13, flags: 0xc }));
        // Without a stack of its own the new task cannot take it: a third task does
        s.setGate(vector, gate(FREE2, 0, 0x85));
        s.setDescriptor(FREE2, descriptor({ base: 0x3400, limit: 0x67, access: 0x89 }));
        for (let i = 0; i < 0x68; i += 4) s.ram.setUint32(0x3400 + i, s.ram.getUint32(SECOND_TSS + i, true), true);
        s.ram.setUint32(0x3400 + At.eip, HANDLERS + vector, true);
        for (const [field, good] of [[At.cs, Sel.CODE0], [At.ss, Sel.DATA0], [At.ds, Sel.DATA0], [At.ldt, 0]] as const) {
          s.ram.setUint32(0x3400 + field, good, true);
        } // prettier-ignore
      });
      system.run();
      expect([vector, system.eip]).toEqual([vector, HANDLERS + vector + 1]);
      expect(system.ram.getUint32(system.reg(4), true)).toBe(errorCode);
      expect(system.ram.getUint16(0x3400, true)).toBe(Sel.SECOND_TSS);
      expect(system.ram.getUint32(SECOND_TSS + At.eip, true)).toBe(TARGET);
    }
  });
  it('an instruction pointer beyond the code segment is #GP(0) in the new task', () => {
    const system = task32((put, s) => {
      put(At.cs, Sel.FREE);
      s.setDescriptor(Sel.FREE, descriptor({ limit: 0xfff, access: 0x9b, flags: 0x4 }));
    });
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: TARGET, cs: Sel.FREE });
  });
  it('into virtual-8086 mode', () => {
    const system = task32((put) => {
      put(At.eflags, 0x20002);
      put(At.cs, 0x3000);
      put(At.eip, 0x10);
      for (const s of [At.es, At.ss, At.ds]) put(s, 0x4000);
      // Ring 0 of the new task
      put(4, STACK0);
      put(8, Sel.DATA0);
    });
    system.core.ram[0x30010] = HLT;
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 13, eip: 0x10, cs: 0x3000, ss: 0x4000, esp: 0x7000 });
    expect(frame.eflags & 0x20000).toBe(0x20000);
  });
});
