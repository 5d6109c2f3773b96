/**
 * Interrupts, IRETs and system calls many times over, so that translated code has the handler in the loop that calls it
 * (SDM 3A 5.8.7, 6.8, 6.12; SDM 2 INT, IRET, SYSENTER, SYSEXIT): what an unusual one does to it in the middle.
 */
import { describe, expect, it } from 'vitest';
import { Status } from './support/core.ts';
import { CODE_AT, gate, GDT, IDT, ProtectedSystem, Sel, STACK0, STACK3, descriptor } from './support/protected.ts';

const HLT = 0xf4;
const NOP = 0x90;
const INC_EAX = 0x40;
const IRET = 0xcf;
const INT40 = [0xcd, 0x40];
const HANDLER = CODE_AT + 0x100;
const OTHER = CODE_AT + 0x180;
const TIMES = 1000;
/** The time around at which something happens: EAX counts them. */
const EVENT = 700;
const OF_EVENT = { eax: EVENT, ebp: TIMES + 1 - EVENT };

const u32 = (v: number): number[] => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24];
/** `body` as often as EBP says. */
const loop = (body: readonly number[]): number[] => {
  const length = body.length + 7;
  return [...body, 0x4d, 0x0f, 0x85, ...u32(-length)];
};
/** Only the event's time around. */
const once = (code: readonly number[]): number[] => [0x3d, ...u32(EVENT), 0x75, code.length, ...code];
/** or dword ptr [esp + 8], bits: the image of EFLAGS. */
const orFlags = (bits: number): number[] => [0x81, 0x4c, 0x24, 8, ...u32(bits)];
const movAddress = (at: number, value: number): number[] => [0xc7, 0x05, ...u32(at), ...u32(value)];

interface Options {
  cpl?: 0 | 3;
  body?: readonly number[];
  before?: readonly number[];
}
/** A loop around `int 40h`, whose handler counts in EAX. */
function looping(
  handler: readonly number[] = [],
  { cpl = 0, body = INT40, before = [] }: Options = {},
): ProtectedSystem {
  const system = new ProtectedSystem([...before, ...loop(body), HLT], { cpl });
  system.setGate(0x40, gate(Sel.CODE0, HANDLER, 0xee));
  system.core.ram.set([INC_EAX, ...handler, IRET], HANDLER);
  return system.setRegisters({ ebp: TIMES });
}
const counters = (system: ProtectedSystem): { eax: number; ebp: number } => ({
  eax: system.reg(0),
  ebp: system.reg(5),
});
/** Ring 3 ends with the #GP of HLT. */
function finish(system: ProtectedSystem): void {
  expect(system.run(40 * TIMES)).toBe(Status.Halted);
}

describe.each([0, 3] as const)('a loop of interrupts in ring %i', (cpl) => {
  it('runs to its end, and an instruction counts as one', () => {
    const system = looping([], { cpl });
    const before = system.core.exports.instructions();
    expect(system.run(5 * TIMES)).toBe(Status.Continue);
    expect(system.core.exports.instructions() - before).toBe(5 * TIMES);
    expect([system.eip, system.reg(4)]).toEqual([CODE_AT + INT40.length + 7, cpl ? STACK3 : STACK0]);
    expect(counters(system)).toEqual({ eax: TIMES, ebp: 0 });
    expect(system.core.exports.eflags()).toBe(0x46);
  });
  it('can be left and entered everywhere', () => {
    const system = looping([], { cpl });
    let left = 5 * TIMES;
    for (let n = 1; left > 0; n = (n * 7 + 3) % 61) {
      const budget = Math.min(left, n + 1);
      expect(system.run(budget)).toBe(Status.Continue);
      left -= budget;
    }
    expect(counters(system)).toEqual({ eax: TIMES, ebp: 0 });
    expect(system.eip).toBe(CODE_AT + INT40.length + 7);
  });
  it('keeps the registers', () => {
    const system = looping([], { cpl, body: [0x41, ...INT40, 0x43] });
    system.setRegisters({ ecx: 5, ebx: 6, edi: 7, esi: 8, edx: 9 });
    finish(system);
    expect([1, 3, 7, 6, 2].map((r) => system.reg(r))).toEqual([TIMES + 5, TIMES + 6, 7, 8, 9]);
  });
  it('pushes the flags, and pops them', () => {
    // cmp ebp, 500; int 40h; adc edi, 0. Handler: mov ecx, [esp + 8]; and ecx, 1; add ebx, ecx
    const body = [0x81, 0xfd, ...u32(500), ...INT40, 0x83, 0xd7, 0];
    const system = looping([0x8b, 0x4c, 0x24, 8, 0x83, 0xe1, 1, 0x01, 0xcb], { cpl, body });
    finish(system);
    expect([system.reg(3), system.reg(7)]).toEqual([499, 499]);
  });
  it('takes whatever flags the handler leaves, such as no result has too', () => {
    // int 40h; pushfd; pop ecx; setz dl; sets dh; xor cl, bl; and ecx, 0d5h; or esi, ecx
    const compare = [0x9c, 0x59, 0x0f, 0x94, 0xc2, 0x0f, 0x98, 0xc6, 0x30, 0xd9, 0x81, 0xe1, ...u32(0xd5), 0x09, 0xce];
    // mov cl, bl; shr cl, n; and cl, 1; xor cl, dl or dh; movzx ecx, cl; or esi, ecx
    const bit = (n: number, set: number): number[] => [
      ...[0x88, 0xd9, 0xc0, 0xe9, n, 0x80, 0xe1, 1, 0x30, 0xc1 | (set << 3), 0x0f, 0xb6, 0xc9, 0x09, 0xce],
    ];
    const body = [...INT40, ...compare, ...bit(6, 2), ...bit(7, 6), 0xfe, 0xc3];
    // mov [esp + 8], bl
    const system = looping([0x88, 0x5c, 0x24, 8], { cpl, body });
    finish(system);
    expect(counters(system)).toEqual({ eax: TIMES, ebp: 0 });
    expect(system.reg(6)).toBe(0);
  });
  it('traps after the next instruction when TF is popped', () => {
    const system = looping(once(orFlags(0x100)), { cpl });
    expect(system.runToException()).toMatchObject({ vector: 1, eip: CODE_AT + 3, cs: cpl ? Sel.CODE3 : Sel.CODE0 });
    expect(counters(system)).toEqual({ ...OF_EVENT, ebp: OF_EVENT.ebp - 1 });
  });
  it('forgets RF with the next instruction, and keeps NT and ID', () => {
    // or edi, [esp + 8]
    const system = looping([0x0b, 0x7c, 0x24, 8, ...orFlags(0x10000), ...once(orFlags(0x204000))], { cpl });
    finish(system);
    expect(system.reg(7) & 0x214000).toBe(0x204000);
  });
  it('takes an interrupt that waits when IF is popped', () => {
    const system = looping(once(orFlags(0x200)), { cpl: 0, before: waiting });
    const frame = system.run() === Status.Halted ? system.reg(4) : 0;
    expect(frame).toBe(STACK0 - 12);
    expect(system.ram.getUint32(frame, true)).toBe(CODE_AT + waiting.length + 2);
    expect(counters(system)).toEqual(OF_EVENT);
  });
  it('follows a gate that changes', () => {
    const change = movAddress(IDT + 0x40 * 8, (Sel.CODE0 << 16) | (OTHER & 0xffff));
    const system = looping(once(change), { cpl });
    system.core.ram.set([0x43, IRET], OTHER);
    finish(system);
    expect([system.reg(0), system.reg(3)]).toEqual([EVENT, TIMES - EVENT]);
  });
  it('follows a handler that changes', () => {
    // mov byte ptr [HANDLER], 43h: inc ebx
    const system = looping(once([0xc6, 0x05, ...u32(HANDLER), 0x43]), { cpl });
    finish(system);
    expect([system.reg(0), system.reg(3)]).toEqual([EVENT, TIMES - EVENT]);
  });
  it('returns to where the frame says', () => {
    // add dword ptr [esp], 7: over DEC and JNZ
    const system = looping(once([0x83, 0x04, 0x24, 7]), { cpl });
    finish(system);
    expect(counters(system)).toEqual(OF_EVENT);
  });
  it('fails when the gate is gone', () => {
    const system = looping(once(movAddress(IDT + 0x40 * 8 + 4, 0x6e00)), { cpl });
    expect(system.runToException()).toMatchObject({ vector: 11, errorCode: 0x202, eip: CODE_AT });
    expect(counters(system)).toEqual({ ...OF_EVENT, ebp: OF_EVENT.ebp - 1 });
  });
  it('fails when the code segment to return to is gone', () => {
    const selector = cpl ? Sel.CODE3 & ~3 : Sel.CODE0;
    const access = cpl ? 0x7b : 0x1b;
    const high = Number(descriptor({ limit: 0xfffff, flags: 0xc, access }) >> 32n);
    const system = looping(once(movAddress(GDT + selector + 4, high)), { cpl });
    if (cpl) expect(system.runToException()).toMatchObject({ vector: 11, errorCode: selector, eip: HANDLER + 18 });
    // The handlers' segment has gone as well
    else expect(system.run(), 'shutdown').toBe(Status.Reset);
  });
  it('goes through handlers within handlers', () => {
    const system = looping([0xcd, 0x41], { cpl });
    system.setGate(0x41, gate(Sel.CODE0, OTHER, 0x8e));
    system.core.ram.set([0x43, 0xcd, 0x42, IRET, NOP, NOP, NOP, NOP, 0x41, IRET], OTHER);
    system.setGate(0x42, gate(Sel.CODE0, OTHER + 8, 0x8e));
    finish(system);
    expect([0, 3, 1].map((r) => system.reg(r))).toEqual([TIMES, TIMES, TIMES]);
  });
  it('has its stack in a page with code', () => {
    const system = looping([], { cpl });
    system.ram.setUint32(0x3004, HANDLER + 0x800, true);
    system.setRegisters({ esp: HANDLER + 0x800 });
    finish(system);
    expect(counters(system)).toEqual({ eax: TIMES, ebp: 0 });
    // In ring 3 that of HLT's #GP was the last one
    const eip = system.ram.getUint32(HANDLER + 0x800 - (cpl ? 20 : 12), true);
    expect(eip).toBe(CODE_AT + (cpl ? 9 : 2));
  });
});

/** The serial port's interrupt waits at the controller, which has it at vector 24h. */
const out = (port: number, value: number): number[] => [0x66, 0xba, port & 255, port >> 8, 0xb0, value, 0xee];
const waiting = [
  ...[out(0x20, 0x11), out(0x21, 0x20), out(0x21, 4), out(0x21, 1), out(0x21, 0xef)].flat(),
  ...[out(0x3fc, 8), out(0x3f9, 0), out(0x3f9, 2)].flat(),
  ...[0x31, 0xc0], // xor eax, eax
];

describe('a loop of SYSENTER and SYSEXIT', () => {
  const wrmsr = (msr: number, value: number): number[] => [
    ...[0xb9, ...u32(msr), 0xb8, ...u32(value), 0x31, 0xd2, 0x0f, 0x30],
  ];
  const SET_UP = [
    ...[...wrmsr(0x174, Sel.CODE0), ...wrmsr(0x175, STACK0), ...wrmsr(0x176, HANDLER), 0x31, 0xc0],
    ...[0xb9, ...u32(STACK3), 0xba, ...u32(CODE_AT + 0x80), 0x0f, 0x35],
  ];
  const RETURN = [0xb9, ...u32(STACK3), 0xba, ...u32(CODE_AT + 0x82), 0x0f, 0x35];
  /** mov ecx, STACK3; mov edx, next; sysexit */
  const calling = (handler: readonly number[] = []): ProtectedSystem => {
    const system = new ProtectedSystem(SET_UP);
    system.core.ram.set([...loop([0x0f, 0x34]), HLT], CODE_AT + 0x80);
    system.core.ram.set([INC_EAX, ...handler, ...RETURN], HANDLER);
    return system.setRegisters({ ebp: TIMES });
  };
  it('runs to its end', () => {
    const system = calling();
    const last = system.runToException();
    expect(last).toMatchObject({ vector: 13, eip: CODE_AT + 0x89, cs: Sel.CODE3, ss: Sel.DATA3, esp: STACK3 });
    expect(counters(system)).toEqual({ eax: TIMES, ebp: 0 });
  });
  it('fails when the MSR becomes null', () => {
    // xor eax, eax; xor edx, edx; mov ecx, 174h; wrmsr
    const clear = [0x31, 0xc0, 0x31, 0xd2, 0xb9, ...u32(0x174), 0x0f, 0x30];
    const system = calling(once(clear));
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: HANDLER + 29, cs: Sel.CODE0 });
    expect(system.reg(5)).toBe(OF_EVENT.ebp);
  });
});

describe.each([0, 3] as const)('a loop of segment loads in ring %i', (cpl) => {
  const FS = 0x48;
  const AT = 0x20000;
  const data = { limit: 0xfffff, flags: 0xc, access: 0xf3 };
  const high = (change: Partial<Parameters<typeof descriptor>[0]>): number =>
    Number(descriptor({ ...data, base: AT, ...change }) >> 32n);
  /** `body` a thousand times with the event in ring 0; FS, or what `body` loads, at 20000h. */
  const loading = (body: readonly number[], event: readonly number[]): ProtectedSystem => {
    const system = looping(once(event), { cpl, body: [...INT40, ...body] });
    system.setDescriptor(FS, descriptor({ ...data, base: AT }));
    system.ram.setUint32(AT, 1, true);
    system.ram.setUint32(AT + 0x10000, 2, true);
    return system.setRegisters({ ebp: TIMES, ecx: FS | 3 });
  };
  const MOV_FS = [0x8e, 0xe1, 0x64, 0x03, 0x1d, 0, 0, 0, 0]; // mov fs, ecx; add ebx, fs:[0]
  const POP_GS = [0x51, 0x0f, 0xa9, 0x65, 0x03, 0x1d, 0, 0, 0, 0]; // push ecx; pop gs; add ebx, gs:[0]
  // push ds; mov ds, ecx; add ebx, [0]; pop ds: in between the code has another shape
  const MOV_DS = [0x1e, 0x8e, 0xd9, 0x03, 0x1d, 0, 0, 0, 0, 0x1f];
  const PUSH_POP = [0x51, 0x1f, 0x03, 0x1d, 0, 0, 0, 0, 0x16, 0x1f]; // push ecx; pop ds; add ebx, [0]; push ss; pop ds

  it.each([
    ['MOV FS', MOV_FS],
    ['POP GS', POP_GS],
    ['MOV DS', MOV_DS],
    ['POP DS', PUSH_POP],
  ])('%s sees the base as it is', (_, body) => {
    // The base is 30000h from then on
    const system = loading(body, [0x36, 0xc6, 0x05, ...u32(GDT + FS + 4), 3]);
    finish(system);
    expect(counters(system)).toEqual({ eax: TIMES, ebp: 0 });
    expect(system.reg(3)).toBe(EVENT - 1 + 2 * (TIMES - EVENT + 1));
    expect([system.reg(4), system.selector('DS')]).toEqual([cpl ? STACK0 - 24 : STACK0, cpl ? Sel.DATA3 : Sel.DATA0]);
  });
  it.each([
    ['MOV FS', MOV_FS, 2],
    ['POP GS', POP_GS, 3],
    ['MOV DS', MOV_DS, 3],
    ['POP DS', PUSH_POP, 3],
  ])('%s of a segment that is gone fails', (_, body, eip) => {
    const event = [0x36, 0xc7, 0x05, ...u32(GDT + FS + 4), ...u32(high({ access: 0x73 }))];
    const system = loading(body, event);
    expect(system.runToException()).toMatchObject({ vector: 11, errorCode: FS, eip: CODE_AT + eip });
    expect(counters(system)).toEqual(OF_EVENT);
    expect(system.reg(3)).toBe(EVENT - 1);
  });
});
