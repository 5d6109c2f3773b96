/** Rings: changing them, and what each may do (SDM 3A chapter 5). */
import { describe, expect, it } from 'vitest';
import { Status } from './support/core.ts';
import {
  CODE_AT,
  DATA_AT,
  descriptor,
  gate,
  HANDLERS,
  ProtectedSystem,
  SECOND_TSS,
  Sel,
  STACK0,
  STACK3,
  TSS,
} from './support/protected.ts';

const HLT = 0xf4;
const NOP = 0x90;
const u16 = (v: number): number[] => [v & 255, v >> 8];
const u32 = (v: number): number[] => [...u16(v & 0xffff), ...u16(v >>> 16)];

describe('from ring 3 to ring 0', () => {
  it('an interrupt switches to the stack of the TSS and saves the old one', () => {
    const system = new ProtectedSystem([0xcd, 0x40], { cpl: 3 });
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 0x40, eip: CODE_AT + 2, cs: Sel.CODE3, esp: STACK3, ss: Sel.DATA3 });
    expect(system.reg(4)).toBe(STACK0 - 20);
    expect(system.selector('SS')).toBe(Sel.DATA0);
    expect(system.selector('CS')).toBe(Sel.CODE0);
  });
  it('a TSS with a bad stack segment is #TS with its selector', () => {
    const system = new ProtectedSystem([0xcd, 0x40], { cpl: 3 });
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    system.ram.setUint32(TSS + 8, Sel.DATA3, true);
    // No handler of ring 0 can be entered with this TSS: #TS gets a task of its own
    system.setGate(10, gate(Sel.SECOND_TSS, 0, 0x85));
    const { ram } = system;
    ram.setUint32(SECOND_TSS + 0x20, HANDLERS, true);
    ram.setUint32(SECOND_TSS + 0x38, 0x7000, true);
    for (const [at, selector] of [
      [0x48, Sel.DATA0],
      [0x4c, Sel.CODE0],
      [0x50, Sel.DATA0],
      [0x54, Sel.DATA0],
    ] as const) {
      ram.setUint32(SECOND_TSS + at, selector, true);
    }
    expect(system.run()).toBe(Status.Halted);
    expect(system.selector('TR')).toBe(Sel.SECOND_TSS);
    // EXT is clear: the program asked for the interrupt
    expect(ram.getUint32(0x7000 - 4, true)).toBe(Sel.DATA3 & ~3);
    expect(ram.getUint32(TSS + 0x20, true)).toBe(CODE_AT);
  });
  it('a call gate copies parameters, and RET n drops them on both stacks', () => {
    // push 11111111; push 22222222; callf FREE:0; int 41 (to see the stack); ...
    const code = [
      0x68,
      ...u32(0x11111111),
      0x68,
      ...u32(0x22222222),
      0x9a,
      ...u32(0),
      ...u16(Sel.FREE | 3),
      0xcd,
      0x41,
    ];
    const system = new ProtectedSystem(code, { cpl: 3 });
    const target = CODE_AT + 0x100;
    system.setDescriptor(Sel.FREE, gate(Sel.CODE0, target, 0xec, 2));
    system.setGate(0x41, gate(Sel.CODE0, HANDLERS + 0x41, 0xee));
    system.core.ram.set([0xca, 8, 0], target); // retf 8
    system.run(3);
    expect(system.eip).toBe(target);
    const at = system.reg(4);
    expect(at).toBe(STACK0 - 24);
    const frame = Array.from({ length: 6 }, (_, i) => system.ram.getUint32(at + i * 4, true));
    expect(frame).toEqual([CODE_AT + 17, Sel.CODE3, 0x22222222, 0x11111111, STACK3 - 8, Sel.DATA3]);
    expect(system.runToException()).toMatchObject({ vector: 0x41, cs: Sel.CODE3, esp: STACK3, ss: Sel.DATA3 });
  });
  it('a call gate above its DPL is #GP with its selector', () => {
    const system = new ProtectedSystem([0x9a, ...u32(0), ...u16(Sel.FREE | 3)], { cpl: 3 });
    system.setDescriptor(Sel.FREE, gate(Sel.CODE0, CODE_AT, 0x8c));
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: Sel.FREE, eip: CODE_AT });
  });
  it('SYSENTER and SYSEXIT load flat segments', () => {
    const kernel = CODE_AT + 0x200;
    // The MSRs are written in ring 0
    const setup: number[] = [];
    for (const [msr, value] of [
      [0x174, Sel.CODE0],
      [0x175, STACK0 - 0x100],
      [0x176, kernel],
    ] as const) {
      setup.push(0xb9, ...u32(msr), 0xb8, ...u32(value), 0x31, 0xd2, 0x0f, 0x30);
    }
    // iretd to ring 3 at CODE_AT + 0x300: sysenter
    setup.push(0x6a, Sel.DATA3, 0x68, ...u32(STACK3), 0x6a, 2, 0x6a, Sel.CODE3, 0x68, ...u32(CODE_AT + 0x300), 0xcf);
    const system = new ProtectedSystem(setup);
    system.core.ram.set([0x0f, 0x34], CODE_AT + 0x300);
    // mov edx, CODE_AT + 0x310; mov ecx, STACK3; sysexit
    system.core.ram.set([0xba, ...u32(CODE_AT + 0x310), 0xb9, ...u32(STACK3), 0x0f, 0x35], kernel);
    system.core.ram.set([0xcd, 0x42], CODE_AT + 0x310);
    system.setGate(0x42, gate(Sel.CODE0, HANDLERS + 0x42, 0xee));
    const frame = system.runToException();
    expect(frame).toMatchObject({ vector: 0x42, eip: CODE_AT + 0x312, cs: Sel.CODE3, esp: STACK3, ss: Sel.DATA3 });
  });
});

describe('from ring 0 to ring 3', () => {
  const toRing3 = (eflags: number): number[] => [
    0x6a,
    Sel.DATA3,
    0x68,
    ...u32(STACK3),
    0x68,
    ...u32(eflags),
    0x6a,
    Sel.CODE3,
    0x68,
    ...u32(CODE_AT + 0x100),
    0xcf,
  ];
  it('IRET loads SS:ESP, and nulls data segments of ring 0', () => {
    const system = new ProtectedSystem(toRing3(0x202));
    system.core.ram.set([0xcd, 0x40], CODE_AT + 0x100);
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    const frame = system.runToException();
    expect(frame).toMatchObject({ cs: Sel.CODE3, ss: Sel.DATA3, esp: STACK3, eip: CODE_AT + 0x102 });
    expect(system.selector('DS')).toBe(0);
    expect(system.selector('ES')).toBe(0);
  });
  it('IRET in ring 3 changes neither IOPL nor IF', () => {
    // pushfd; or dword [esp], 3200; popfd; pushfd; pop eax; int 40
    const system = new ProtectedSystem([0x9c, 0x81, 0x0c, 0x24, ...u32(0x3200), 0x9d, 0x9c, 0x58, 0xcd, 0x40], {
      cpl: 3,
    });
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    system.runToException();
    expect(system.reg(0) & 0x3200).toBe(0);
  });
  it('a return to an inner ring is #GP', () => {
    // push cs0; push eip; retf
    const system = new ProtectedSystem([0x6a, Sel.CODE0, 0x68, ...u32(CODE_AT), 0xcb], { cpl: 3 });
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: Sel.CODE0, eip: CODE_AT + 7 });
  });
});

describe('what ring 3 may not', () => {
  const denied: Record<string, number[]> = {
    HLT: [HLT],
    'MOV EAX, CR0': [0x0f, 0x20, 0xc0],
    'MOV CR3, EAX': [0x0f, 0x22, 0xd8],
    'MOV DR0, EAX': [0x0f, 0x23, 0xc0],
    LGDT: [0x0f, 0x01, 0x15, ...u32(DATA_AT)],
    LIDT: [0x0f, 0x01, 0x1d, ...u32(DATA_AT)],
    LLDT: [0x0f, 0x00, 0xd0],
    LTR: [0x0f, 0x00, 0xd8],
    LMSW: [0x0f, 0x01, 0xf0],
    CLTS: [0x0f, 0x06],
    INVD: [0x0f, 0x08],
    WBINVD: [0x0f, 0x09],
    INVLPG: [0x0f, 0x01, 0x38],
    RDMSR: [0x0f, 0x32],
    WRMSR: [0x0f, 0x30],
    CLI: [0xfa],
    STI: [0xfb],
    'IN AL, 80h': [0xe4, 0x80],
    'OUT DX, AL': [0xee],
    INS: [0x6c],
  };
  it.each(Object.entries(denied))('%s', (_, code) => {
    expect(new ProtectedSystem(code, { cpl: 3 }).runToException()).toMatchObject({
      vector: 13,
      errorCode: 0,
      eip: CODE_AT,
    });
  });
  it('IOPL 3 admits CLI and ports', () => {
    const system = new ProtectedSystem([0xfa, 0xe4, 0x80, 0xfb, HLT], { cpl: 3, iopl: 3 });
    expect(system.runToException()).toMatchObject({ vector: 13, eip: CODE_AT + 4 });
  });
  it('the I/O bitmap admits single ports; a wide access needs all its bits', () => {
    const access = (code: number[]): number => {
      const system = new ProtectedSystem([...code, 0x0f, 0x0b], { cpl: 3 });
      system.configure((core) => core.setSegment(7, { selector: Sel.TSS, base: TSS, limit: 0x8f, access: 0x8b }));
      for (let i = 0; i < 0x28; i++) system.ram.setUint8(TSS + 0x68 + i, 0xff);
      system.ram.setUint8(TSS + 0x68 + 0x10, 0xfe); // port 80h only
      return system.runToException().vector;
    };
    expect(access([0xe4, 0x80])).toBe(6);
    expect(access([0xe4, 0x81])).toBe(13);
    expect(access([0xe5, 0x80])).toBe(13);
    // Beyond the bitmap's end
    expect(access([0x66, 0xba, 0x40, 0x01, 0xec])).toBe(13);
  });
  it('RDTSC and RDPMC obey CR4', () => {
    const tsd = new ProtectedSystem([0x0f, 0x31], { cpl: 3 }).configure((core) => core.setState('S_CR4', 4n));
    expect(tsd.runToException()).toMatchObject({ vector: 13, errorCode: 0 });
    expect(new ProtectedSystem([0x0f, 0x31, 0x0f, 0x0b], { cpl: 3 }).runToException()).toMatchObject({ vector: 6 });
  });
  it('data and code of ring 0 are out of reach', () => {
    // mov ds, ax
    const load = new ProtectedSystem([0x8e, 0xd8], { cpl: 3 }).setRegisters({ eax: Sel.DATA0 });
    expect(load.runToException()).toMatchObject({ vector: 13, errorCode: Sel.DATA0 });
    const jump = new ProtectedSystem([0xea, ...u32(CODE_AT), ...u16(Sel.CODE0)], { cpl: 3 });
    expect(jump.runToException()).toMatchObject({ vector: 13, errorCode: Sel.CODE0 });
  });
  it('conforming code runs at the caller’s ring', () => {
    const system = new ProtectedSystem([0xea, ...u32(CODE_AT + 0x40), ...u16(Sel.FREE)], { cpl: 3 });
    system.setDescriptor(Sel.FREE, descriptor({ limit: 0xfffff, access: 0x9f, flags: 0xc }));
    system.core.ram[CODE_AT + 0x40] = HLT;
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 0x40, cs: Sel.FREE | 3 });
  });
});

describe('pointer validation', () => {
  const run = (code: number[], eax: number): ProtectedSystem =>
    new ProtectedSystem([...code, HLT]).setRegisters({ eax, ecx: 0 }).runToHlt();
  const ZF = 0x40;
  it('LAR and LSL read what a selector names', () => {
    const lar = run([0x0f, 0x02, 0xc8], Sel.DATA3);
    expect(lar.reg(1)).toBe(0x00c0f300);
    expect(lar.core.exports.eflags() & ZF).toBe(ZF);
    expect(run([0x0f, 0x03, 0xc8], Sel.DATA3).reg(1)).toBe(0xffffffff);
    expect(run([0x0f, 0x03, 0xc8], Sel.TSS).reg(1)).toBe(0x67);
    expect(run([0x0f, 0x02, 0xc8], 0x100).core.exports.eflags() & ZF).toBe(0);
  });
  it('VERR and VERW', () => {
    const flags = (modrm: number, selector: number): number =>
      run([0x0f, 0x00, modrm], selector).core.exports.eflags() & ZF;
    expect(flags(0xe0, Sel.CODE0)).toBe(ZF);
    expect(flags(0xe8, Sel.CODE0)).toBe(0);
    expect(flags(0xe8, Sel.DATA0)).toBe(ZF);
    expect(flags(0xe0, Sel.TSS)).toBe(0);
    expect(flags(0xe0, 0)).toBe(0);
  });
  it('ARPL raises the RPL', () => {
    // arpl ax, cx with ECX = 0 (RPL 0): no change; then with RPL 3
    const same = run([0x63, 0xc8], 0x11);
    expect(same.reg(0)).toBe(0x11);
    expect(same.core.exports.eflags() & ZF).toBe(0);
    const raised = new ProtectedSystem([0x63, 0xc8, HLT]).setRegisters({ eax: 0x11, ecx: 3 }).runToHlt();
    expect(raised.reg(0)).toBe(0x13);
    expect(raised.core.exports.eflags() & ZF).toBe(ZF);
  });
});

describe('HLT', () => {
  it('with interrupts on is idle, with interrupts off is the end', () => {
    const halt = (eflags: number): number =>
      new ProtectedSystem([HLT, NOP]).configure((core) => core.exports.setEflags(eflags)).run();
    expect(halt(0x202)).toBe(Status.Idle);
    expect(halt(0x002)).toBe(Status.Halted);
  });
});
