/** Task switches through TSS descriptors and task gates (SDM 3A chapter 7). */
import { describe, expect, it } from 'vitest';
import { CODE_AT, gate, GDT, ProtectedSystem, SECOND_TSS, Sel, TSS } from './support/protected.ts';

const HLT = 0xf4;
const TASK = CODE_AT + 0x400;
const TASK_STACK = 0x7000;
const u16 = (v: number): number[] => [v & 255, v >> 8];
const u32 = (v: number): number[] => [...u16(v & 0xffff), ...u16(v >>> 16)];
/** Offsets in a 32-bit TSS. */
const At = {
  link: 0,
  cr3: 0x1c,
  eip: 0x20,
  eflags: 0x24,
  eax: 0x28,
  esp: 0x38,
  es: 0x48,
  cs: 0x4c,
  ss: 0x50,
  ds: 0x54,
};
const BUSY = 2;

/** `code` in the first task; the second one is `task`, with EAX 0xcafe. */
function twoTasks(code: number[], task: number[] = [HLT]): ProtectedSystem {
  const system = new ProtectedSystem(code);
  const { ram } = system;
  ram.setUint32(SECOND_TSS + At.eip, TASK, true);
  ram.setUint32(SECOND_TSS + At.eflags, 2, true);
  ram.setUint32(SECOND_TSS + At.eax, 0xcafe, true);
  ram.setUint32(SECOND_TSS + At.esp, TASK_STACK, true);
  for (const field of [At.es, At.ss, At.ds]) ram.setUint32(SECOND_TSS + field, Sel.DATA0, true);
  ram.setUint32(SECOND_TSS + At.cs, Sel.CODE0, true);
  system.core.ram.set(task, TASK);
  return system;
}
const typeOf = (system: ProtectedSystem, selector: number): number => system.ram.getUint8(GDT + selector + 5) & 0xf;
const farJump = [0xea, ...u32(0), ...u16(Sel.SECOND_TSS)];
const farCall = [0x9a, ...u32(0), ...u16(Sel.SECOND_TSS)];

describe('JMP to a TSS', () => {
  it('saves one task and loads the other', () => {
    const system = twoTasks(farJump).setRegisters({ ebx: 0x1234 }).runToHlt();
    expect(system.eip).toBe(TASK + 1);
    expect(system.reg(0)).toBe(0xcafe);
    expect(system.reg(4)).toBe(TASK_STACK);
    expect(system.ram.getUint32(TSS + At.eip, true)).toBe(CODE_AT + 7);
    expect(system.ram.getUint32(TSS + 0x34, true)).toBe(0x1234);
    expect(system.ram.getUint16(TSS + At.cs, true)).toBe(Sel.CODE0);
    expect(system.selector('TR')).toBe(Sel.SECOND_TSS);
  });
  it('moves the busy mark, sets CR0.TS, leaves NT clear', () => {
    const system = twoTasks(farJump).runToHlt();
    expect(typeOf(system, Sel.TSS) & BUSY).toBe(0);
    expect(typeOf(system, Sel.SECOND_TSS) & BUSY).toBe(BUSY);
    expect(system.core.state('S_CR0') & 8n).toBe(8n);
    expect(system.core.exports.eflags() & 0x4000).toBe(0);
  });
  it('to a busy task is #GP with its selector', () => {
    const system = new ProtectedSystem([0xea, ...u32(0), ...u16(Sel.TSS)]);
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: Sel.TSS, eip: CODE_AT });
  });
});

describe('CALL to a TSS', () => {
  it('links back, and IRET returns', () => {
    // iretd in the task; the first task goes on with hlt
    const system = twoTasks([...farCall, HLT], [0xcf]);
    system.run(1);
    expect(system.core.exports.eflags() & 0x4000).toBe(0x4000);
    expect(system.ram.getUint16(SECOND_TSS, true)).toBe(Sel.TSS);
    expect(typeOf(system, Sel.TSS) & BUSY).toBe(BUSY);
    system.runToHlt();
    expect(system.eip).toBe(CODE_AT + 8);
    expect(system.selector('TR')).toBe(Sel.TSS);
    expect(typeOf(system, Sel.SECOND_TSS) & BUSY).toBe(0);
    // The task's next entry is where it left
    expect(system.ram.getUint32(SECOND_TSS + At.eip, true)).toBe(TASK + 1);
    expect(system.ram.getUint32(SECOND_TSS + At.eflags, true) & 0x4000).toBe(0);
  });
});

describe('task gates', () => {
  it('an interrupt through one switches tasks', () => {
    const system = twoTasks([0xcd, 0x40]);
    system.setGate(0x40, gate(Sel.SECOND_TSS, 0, 0x85));
    system.runToHlt();
    expect(system.eip).toBe(TASK + 1);
    expect(system.ram.getUint32(TSS + At.eip, true)).toBe(CODE_AT + 2);
  });
  it('an exception’s error code goes onto the new task’s stack', () => {
    // mov ds, ax with a bad selector
    const system = twoTasks([0x8e, 0xd8]).setRegisters({ eax: 0x103 });
    system.setGate(13, gate(Sel.SECOND_TSS, 0, 0x85));
    system.runToHlt();
    expect(system.reg(4)).toBe(TASK_STACK - 4);
    expect(system.ram.getUint32(TASK_STACK - 4, true)).toBe(0x100);
    expect(system.ram.getUint32(TSS + At.eip, true)).toBe(CODE_AT);
  });
});

describe('a bad new task', () => {
  it('with a segment that cannot be loaded is #TS in the new task', () => {
    const system = twoTasks(farJump);
    system.ram.setUint32(SECOND_TSS + At.ds, 0x103, true);
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 10, errorCode: 0x100, eip: TASK });
    expect(system.selector('TR')).toBe(Sel.SECOND_TSS);
  });
  it('with a TSS below its minimal size is #TS in the old one', () => {
    const system = twoTasks(farJump);
    system.ram.setUint8(GDT + Sel.SECOND_TSS, 0x66);
    expect(system.runToException()).toMatchObject({ vector: 10, errorCode: Sel.SECOND_TSS, eip: CODE_AT });
    expect(system.selector('TR')).toBe(Sel.TSS);
  });
});
