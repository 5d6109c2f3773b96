/**
 * When an interrupt that waits is taken (SDM 3A 6.8; SDM 2 STI, MOV, POP, POPF, IRET). The serial port raises it in the
 * middle of an instruction: switching its transmitter interrupt on while the transmitter is empty does.
 */
import { describe, expect, it } from 'vitest';
import { Status } from './support/core.ts';
import { CODE_AT, gate, HANDLERS, ProtectedSystem, Sel, STACK0 } from './support/protected.ts';

const NOP = 0x90;
const CLI = 0xfa;
const STI = 0xfb;
const HLT = 0xf4;
const MOV_SS = [0x8e, 0xd0]; // mov ss, ax
const IRQ4 = 0x24;
const ENABLE = 2;

const u32 = (v: number): number[] => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24];
const out = (port: number, value: number): number[] => [0x66, 0xba, port & 255, port >> 8, 0xb0, value, 0xee];
/** The interrupt controller at vector 20h with line 4 open, OUT2 of the serial port, and its interrupt off. */
const SET_UP = [
  ...[out(0x20, 0x11), out(0x21, 0x20), out(0x21, 4), out(0x21, 1), out(0x21, 0xef)].flat(),
  ...[out(0x3fc, 8), out(0x3f9, 0)].flat(),
];
const RAISE = out(0x3f9, ENABLE);
const pushIf = [0x68, ...u32(0x202)];
const POPF = 0x9d;

/** Where the handler will return to, as an offset in `code` that follows the set-up. */
function interrupted(code: readonly number[], eflags = 2): number {
  const system = new ProtectedSystem([...SET_UP, ...code]);
  system.core.exports.setEflags(eflags);
  system.setRegisters({ eax: Sel.DATA0 });
  const frame = system.runToException();
  expect(frame.vector).toBe(IRQ4);
  return frame.eip - CODE_AT - SET_UP.length;
}
/** `mov eax, DATA0`: the set-up uses AL. */
const stack = [0xb8, ...u32(Sel.DATA0)];

describe('an interrupt that waits while interrupts are off', () => {
  const waiting = [...RAISE, ...stack];
  const at = waiting.length;
  it('is taken one instruction after STI', () => {
    expect(interrupted([...waiting, STI, NOP, NOP, HLT])).toBe(at + 2);
    // From code that is warm already: the loop comes by here five times with interrupts off
    const loop = [0xb9, ...u32(5), STI, CLI, 0xe2, 0xfc];
    expect(interrupted([...loop, ...waiting, STI, NOP, NOP, HLT])).toBe(loop.length + at + 2);
  });
  it('is not taken between STI and CLI', () => {
    expect(interrupted([...waiting, STI, CLI, NOP, STI, NOP, HLT])).toBe(at + 5);
  });
  it('is not held off by an STI that changes nothing', () => {
    expect(interrupted([...waiting, STI, STI, NOP, NOP, HLT])).toBe(at + 2);
  });
  it('is taken right after POPF', () => {
    expect(interrupted([...waiting, ...pushIf, POPF, NOP, HLT])).toBe(at + pushIf.length + 1);
  });
  it('is taken right after IRET', () => {
    // push 202; push cs; call $+5; add dword ptr [esp], 5; iret
    const frame = [...pushIf, 0x0e, 0xe8, ...u32(0), 0x83, 0x04, 0x24, 5, 0xcf];
    expect(interrupted([...waiting, ...frame, NOP, HLT])).toBe(at + frame.length);
  });
  it('wakes the processor from the HLT that follows STI', () => {
    expect(interrupted([...waiting, STI, HLT, NOP])).toBe(at + 2);
  });
});

describe('an interrupt that an instruction raises', () => {
  it('is taken after it when interrupts are on', () => {
    expect(interrupted([STI, NOP, ...RAISE, NOP, NOP, HLT])).toBe(2 + RAISE.length);
  });
  it('is not held off by shadows that are over', () => {
    expect(interrupted([STI, NOP, NOP, NOP, ...RAISE, NOP, NOP, HLT])).toBe(4 + RAISE.length);
    const load = [...stack, ...MOV_SS, STI];
    expect(interrupted([...load, NOP, ...RAISE, NOP, NOP, HLT])).toBe(load.length + 1 + RAISE.length);
    expect(interrupted([STI, ...stack, ...MOV_SS, ...RAISE, NOP, NOP, HLT])).toBe(
      1 + stack.length + MOV_SS.length + RAISE.length,
    );
  });
  it('is taken after the instruction behind MOV SS, when that one raises it', () => {
    // mov ebx, ss; mov al, 2; mov ss, ebx; out dx, al
    const raise = [0x66, 0xba, 0xf9, 0x03, 0x8c, 0xd3, 0xb0, ENABLE, 0x8e, 0xd3, 0xee];
    expect(interrupted([STI, NOP, ...raise, NOP, NOP, HLT])).toBe(2 + raise.length);
  });
  it('finds the same shadows when each instruction is a run of its own', () => {
    const code = [...RAISE, STI, NOP, NOP, HLT];
    const system = new ProtectedSystem([...SET_UP, ...code]);
    for (let i = 0; i < 60 && system.run(1) === Status.Continue; i++);
    const esp = system.reg(4);
    expect(esp).toBe(STACK0 - 12);
    expect(system.ram.getUint32(esp, true)).toBe(CODE_AT + SET_UP.length + RAISE.length + 2);
  });
});

describe('POPF', () => {
  it('with TF traps after the next instruction', () => {
    const code = [0x68, ...u32(0x102), POPF, NOP, NOP, HLT];
    expect(new ProtectedSystem(code).runToException()).toMatchObject({ vector: 1, eip: CODE_AT + 7 });
  });
  it('with AC makes the next misaligned access of ring 3 an #AC', () => {
    // mov eax, [20001]; push 40002; popf; mov eax, [20001]
    const load = [0xa1, ...u32(0x20001)];
    const system = new ProtectedSystem([...load, 0x68, ...u32(0x40002), POPF, ...load], { cpl: 3 });
    expect(system.runToException()).toMatchObject({ vector: 17, eip: CODE_AT + 11, errorCode: 0 });
  });
  it('in ring 3 leaves IF and IOPL as IOPL says', () => {
    const flagsAfter = (iopl: number): number => {
      const system = new ProtectedSystem([0x68, ...u32(0x3202), POPF, 0xcd, 0x40], { cpl: 3, iopl });
      system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
      return system.runToException().eflags & 0x3200;
    };
    expect(flagsAfter(0)).toBe(0);
    expect(flagsAfter(3)).toBe(0x3200);
  });
});
