/** Virtual-8086 mode: entering and leaving it, and what IOPL lets it do (SDM 3A chapter 20). */
import { describe, expect, it } from 'vitest';
import { CODE_AT, gate, HANDLERS, ProtectedSystem, Sel, STACK0, TSS } from './support/protected.ts';

const HLT = 0xf4;
const VM = 0x20000;
const IF = 0x200;
const TF = 0x100;
const NT = 0x4000;
const RF = 0x10000;
const V86_SEGMENT = 0x3000;
const V86_CODE = V86_SEGMENT * 16;
const V86_SP = 0xf00;
const u16 = (v: number): number[] => [v & 255, v >> 8];
const u32 = (v: number): number[] => [...u16(v & 0xffff), ...u16(v >>> 16)];
const push = (v: number): number[] => [0x68, ...u32(v)];

/** Ring 0 enters virtual-8086 mode by IRETD and runs `code` there. */
function v86(code: readonly number[], { iopl = 0, eflags = 0, ip = 0x10 } = {}): ProtectedSystem {
  const frame = [
    ...push(0x6000), // GS
    ...push(0x5000), // FS
    ...push(0x4000), // DS
    ...push(0x4800), // ES
    ...push(V86_SEGMENT), // SS
    ...push(V86_SP),
    ...push(VM | (iopl << 12) | eflags),
    ...push(V86_SEGMENT), // CS
    ...push(ip),
  ];
  const system = new ProtectedSystem([...frame, 0xcf]);
  system.core.ram.set(code, V86_CODE + ip);
  return system;
}
/** The doublewords from ESP up. */
function stack(system: ProtectedSystem, count: number): number[] {
  const esp = system.reg(4);
  return Array.from({ length: count }, (_, i) => system.ram.getUint32(esp + 4 * i, true));
}

describe('IRETD with VM in the flags', () => {
  it('loads all segments as real mode does', () => {
    const system = v86([0x90]);
    system.run(11);
    const { core } = system;
    expect(core.exports.eflags() & VM).toBe(VM);
    expect(core.state32('S_CPL')).toBe(3);
    const segments = [0, 1, 2, 3, 4, 5].map((s) => core.segment(s));
    expect(segments.map((s) => s.selector)).toEqual([0x4800, V86_SEGMENT, V86_SEGMENT, 0x4000, 0x5000, 0x6000]);
    for (const s of segments) expect(s).toMatchObject({ base: BigInt(s.selector * 16), limit: 0xffff, access: 0xf3 });
    expect(system.reg(4)).toBe(V86_SP);
    expect(system.eip).toBe(0x11);
  });
  it('to an IP above FFFF is #GP(0) in ring 0', () => {
    const frame = v86([HLT], { ip: 0x12345 }).runToException();
    expect(frame).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 45, cs: Sel.CODE0 });
  });
  it('below ring 0 does not leave protected mode', () => {
    // CPL 3: pushes flags with VM, CS, EIP, IRETD: a return to the same ring, VM ignored
    const code = [...push(VM | 2), ...push(Sel.CODE3), ...push(CODE_AT + 0x40), 0xcf];
    const system = new ProtectedSystem(code, { cpl: 3 });
    system.core.ram.set([0xcd, 0x40], CODE_AT + 0x40);
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 0x40, cs: Sel.CODE3, eip: CODE_AT + 0x42 });
    expect(frame.eflags & VM).toBe(0);
  });
});

describe('an interrupt from virtual-8086 mode', () => {
  it('goes to ring 0, saves the segments above the frame, and leaves them null', () => {
    const system = v86([0xcd, 0x40], { iopl: 3, eflags: IF | NT });
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 0x40, eip: 0x12, cs: V86_SEGMENT, esp: V86_SP, ss: V86_SEGMENT });
    expect(frame.eflags & (VM | IF | NT | RF)).toBe(VM | IF | NT);
    expect(stack(system, 9).slice(5)).toEqual([0x4800, 0x4000, 0x5000, 0x6000]);
    expect(system.reg(4)).toBe(STACK0 - 36);
    expect((['ES', 'DS', 'FS', 'GS'] as const).map((s) => system.selector(s))).toEqual([0, 0, 0, 0]);
    expect(system.core.exports.eflags() & (VM | IF | TF | NT)).toBe(0);
    expect(system.core.state32('S_CPL')).toBe(0);
    expect(system.selector('SS')).toBe(Sel.DATA0);
  });
  it('INT n with IOPL below 3 is #GP(0), INT3 is not', () => {
    const blocked = v86([0xcd, 0x40], { iopl: 2 });
    blocked.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    const frame = blocked.runToException();
    expect(frame).toMatchObject({ vector: 13, errorCode: 0, eip: 0x10, cs: V86_SEGMENT });
    expect(frame.eflags & (VM | RF)).toBe(VM | RF);
    const breakpoint = v86([0xcc], { iopl: 0 });
    breakpoint.setGate(3, gate(Sel.CODE0, HANDLERS + 3, 0xee));
    expect(breakpoint.runToException()).toMatchObject({ vector: 3, eip: 0x11, cs: V86_SEGMENT });
  });
  it('through a gate below DPL 3 is #GP with the vector', () => {
    const system = v86([0xcd, 0x40], { iopl: 3 });
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0x40 * 8 + 2 });
  });
  it('to a handler that is not in ring 0 is #GP with its selector', () => {
    const system = v86([0xcd, 0x40], { iopl: 3 });
    system.setGate(0x40, gate(Sel.CODE3, HANDLERS + 0x40, 0xee));
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: Sel.CODE3 & ~3, cs: V86_SEGMENT });
  });
  it('and IRETD from the handler returns to it', () => {
    // int 40; hlt: the handler at 40 returns; HLT at CPL 3 is #GP
    const system = v86([0xcd, 0x40, HLT], { iopl: 3 });
    system.setGate(0x40, gate(Sel.CODE0, CODE_AT + 0x80, 0xee));
    system.core.ram[CODE_AT + 0x80] = 0xcf;
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 13, errorCode: 0, eip: 0x12, cs: V86_SEGMENT, esp: V86_SP });
    expect(stack(system, 10).slice(6)).toEqual([0x4800, 0x4000, 0x5000, 0x6000]);
  });
});

describe('instructions that IOPL guards', () => {
  const sensitive: Record<string, number[]> = {
    CLI: [0xfa],
    STI: [0xfb],
    PUSHF: [0x9c],
    POPF: [0x9d],
    IRET: [0xcf],
  };
  it.each(Object.entries(sensitive))('%s is #GP(0) with IOPL below 3', (_, code) => {
    expect(v86(code, { iopl: 2 }).runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: 0x10 });
  });
  it('with IOPL 3 they work, and IOPL itself stays', () => {
    // cli; pushf; pop ax; xor ax, 3200 (IF on, IOPL off); push ax; popf; pushf; pop bx; hlt
    const code = [0xfa, 0x9c, 0x58, 0x35, 0x00, 0x32, 0x50, 0x9d, 0x9c, 0x5b, HLT];
    const system = v86(code, { iopl: 3, eflags: IF });
    expect(system.runToException()).toMatchObject({ vector: 13, eip: 0x10 + code.length - 1 });
    expect(system.reg(3) & 0x3200).toBe(0x3200);
    expect(system.reg(0) & 0x3200).toBe(0x200);
  });
  it('IRET pops a real-mode frame', () => {
    const system = v86([0xcf], { iopl: 3 });
    // flags with IF, CS = 3100, IP = 0020
    for (const [i, v] of [0x20, 0x3100, IF].entries()) system.ram.setUint16(V86_CODE + V86_SP + 2 * i, v, true);
    system.core.ram[0x31000 + 0x20] = HLT;
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 13, cs: 0x3100, eip: 0x20, esp: V86_SP + 6 });
    expect(frame.eflags & (VM | IF | 0x3000)).toBe(VM | IF | 0x3000);
  });
});

describe('other limits', () => {
  it('ports follow the I/O bitmap even with IOPL 3', () => {
    const system = v86([0xe4, 0x80], { iopl: 3 });
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: 0x10 });
    const open = v86([0xe4, 0x80, HLT], { iopl: 0 });
    open.configure((core) => core.setSegment(7, { selector: Sel.TSS, base: TSS, limit: 0x8f, access: 0x8b }));
    expect(open.runToException()).toMatchObject({ vector: 13, eip: 0x12 });
  });
  it('LLDT, VERR, LAR and ARPL are #UD', () => {
    const codes = [[0x0f, 0x00, 0xd0], [0x0f, 0x00, 0xe0], [0x0f, 0x02, 0xc0], [0x63, 0xc0]]; // prettier-ignore
    for (const code of codes) expect(v86(code).runToException()).toMatchObject({ vector: 6, eip: 0x10 });
  });
  it('segments end at FFFF', () => {
    // mov eax, [0000ffff] with a 32-bit address
    const code = [0x67, 0x66, 0xa1, ...u32(0xffff)];
    expect(v86(code).runToException()).toMatchObject({ vector: 13, errorCode: 0 });
  });
  it('loads segment registers from any value', () => {
    const system = v86([0xb8, 0x34, 0x12, 0x8e, 0xd8, HLT]); // mov ax, 1234; mov ds, ax
    system.run(12);
    expect(system.core.segment(3)).toMatchObject({ selector: 0x1234, base: 0x12340n, limit: 0xffff });
  });
});
