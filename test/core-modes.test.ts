/** Modes and how the processor gets from one to the other, by code alone (SDM 3A 9.8, 9.9, table 9-1). */
import { describe, expect, it } from 'vitest';
import { CODE, Core, coreModule, cpuReal, GPR, RAM_BYTES, Status } from './support/core.ts';
import { descriptor, gate } from './support/protected.ts';

const HLT = 0xf4;
const PAGING = 0x80000000n;
const EFER_LMA = 0x400n;
const u16 = (v: number): number[] => [v & 255, v >> 8];
const u32 = (v: number): number[] => [...u16(v & 0xffff), ...u16(v >>> 16)];
const run = (core: Core, budget = 1000): number => core.exports.run(0, budget);
const ramView = (core: Core): DataView => new DataView(core.ram.buffer, core.ram.byteOffset, core.ram.byteLength);

describe('after RESET (SDM 3A table 9-1)', () => {
  const core = new Core(RAM_BYTES, coreModule());
  it('execution starts at FFFFFFF0', () => {
    expect(core.rip).toBe(0xfff0n);
    expect(core.segment(1)).toEqual({ selector: 0xf000, base: 0xffff0000n, limit: 0xffff, access: 0x93 });
  });
  it('registers', () => {
    expect(core.state('S_CR0')).toBe(0x60000010n);
    expect(core.exports.eflags()).toBe(2);
    expect(core.state('S_DR6')).toBe(0xffff0ff0n);
    expect(core.state('S_DR7')).toBe(0x400n);
    expect(core.gpr(GPR.rdx) >> 8n).toBe(6n); // family 6
    for (const s of [0, 2, 3, 4, 5]) {
      expect(core.segment(s)).toEqual({ selector: 0, base: 0n, limit: 0xffff, access: 0x93 });
    }
    expect(core.state32('S_IDT_LIMIT')).toBe(0xffff);
    expect(core.fpu).toMatchObject({ control: 0x40, status: 0 });
  });
});

describe('real mode', () => {
  const vector = (core: Core, n: number, segment: number, offset: number): void => {
    ramView(core).setUint32(n * 4, segment * 0x10000 + offset, true);
  };
  it('INT goes through the vector table with a frame of three words', () => {
    const core = cpuReal([0xfb, 0xcd, 0x40], { eflags: 0x302 & ~0x100 }); // sti; int 40
    vector(core, 0x40, 0x2000, 0x10);
    core.ram[0x20010] = HLT;
    expect(run(core)).toBe(Status.Halted);
    expect(core.segment(1)).toMatchObject({ selector: 0x2000, base: 0x20000n });
    const sp = Number(core.gpr(GPR.rsp));
    const frame = [0, 1, 2].map((i) => ramView(core).getUint16(sp + 2 * i, true));
    expect(frame).toEqual([3, CODE >> 4, 0x202]);
    expect(core.exports.eflags() & 0x300).toBe(0);
  });
  it('a fault pushes the address of its instruction and no error code', () => {
    const core = cpuReal([0x90, 0x31, 0xc9, 0xf7, 0xf1]); // nop; xor cx, cx; div cx
    vector(core, 0, 0x2000, 0);
    core.ram[0x20000] = HLT;
    run(core);
    expect(ramView(core).getUint16(Number(core.gpr(GPR.rsp)), true)).toBe(3);
    expect(core.gpr(GPR.rsp)).toBe(0x9000n - 6n);
  });
  it('IRET undoes it', () => {
    const core = cpuReal([0xcd, 0x40, HLT]);
    vector(core, 0x40, 0x2000, 0);
    core.ram[0x20000] = 0xcf;
    run(core);
    expect(core.rip).toBe(3n);
    expect(core.gpr(GPR.rsp)).toBe(0x9000n);
  });
  it('a vector beyond the limit is #GP, and without room for that the processor shuts down', () => {
    const core = cpuReal([0xcd, 0x40]);
    vector(core, 13, 0x2000, 0);
    core.ram[0x20000] = HLT;
    core.setState32('S_IDT_LIMIT', 0xff);
    run(core);
    expect(core.rip).toBe(1n);
    const shut = cpuReal([0xcd, 0x40]);
    shut.setState32('S_IDT_LIMIT', 0x1f);
    expect(run(shut)).toBe(Status.Reset);
  });
  it('a word at FFFF is beyond the segment', () => {
    const core = cpuReal([0xa1, 0xff, 0xff]);
    vector(core, 13, 0x2000, 0);
    core.ram[0x20000] = HLT;
    run(core);
    expect(core.segment(1).selector).toBe(0x2000);
  });
  it('MOV CS is #UD, and so are the instructions about descriptors', () => {
    for (const code of [[0x8e, 0xc8], [0x0f, 0x00, 0xd0], [0x0f, 0x02, 0xc0], [0x63, 0xc0]]) {
      expect(cpuReal(code).exports.step()).toBe(6);
    } // prettier-ignore
  });
});

const GDT = 0x1000;
const GDT_POINTER = 0xff0;
/** A GDT of code and data, 16 and 32 bit, and a pointer to it for LGDT. */
function withTables(core: Core): Core {
  const ram = ramView(core);
  const put = (selector: number, value: bigint): void => {
    ram.setBigUint64(GDT + selector, value, true);
  };
  put(0x08, descriptor({ limit: 0xfffff, access: 0x9b, flags: 0xc })); // code 32
  put(0x10, descriptor({ limit: 0xfffff, access: 0x93, flags: 0xc })); // data 32
  put(0x18, descriptor({ base: CODE, limit: 0xffff, access: 0x9b })); // code 16
  put(0x20, descriptor({ limit: 0xffff, access: 0x93 })); // data 16
  put(0x28, descriptor({ limit: 0xfffff, access: 0x9b, flags: 0xa })); // code 64
  put(0x30, descriptor({ base: 0x3000, limit: 0x67, access: 0x89 })); // TSS, 16 bytes
  put(0x38, 0n);
  put(0x40, descriptor({ limit: 0xfffff, access: 0xf3, flags: 0xc })); // data, ring 3
  ram.setUint16(GDT_POINTER, 0x47, true);
  ram.setUint32(GDT_POINTER + 2, GDT, true);
  return core;
}
/** lgdt [GDT_POINTER]; mov eax, cr0; or al, 1; mov cr0, eax; jmp dword 08:offset */
const toProtected = (offset: number): number[] => [
  0x0f, 0x01, 0x16, ...u16(GDT_POINTER), 0x0f, 0x20, 0xc0, 0x0c, 1, 0x0f, 0x22, 0xc0, 0x66, 0xea, ...u32(offset), 8, 0,
]; // prettier-ignore
const PROTECTED = CODE + 0x100;
const dataSegments = [0x66, 0xb8, 0x10, 0, 0x8e, 0xd8, 0x8e, 0xd0]; // mov ax, 10; mov ds, ax; mov ss, ax

describe('from real to protected mode', () => {
  it('the far jump makes the code 32-bit', () => {
    const core = withTables(cpuReal(toProtected(PROTECTED)));
    // mov dword [300000], 12345678: above what real mode reaches
    core.ram.set([...dataSegments, 0xc7, 5, ...u32(0x300000), ...u32(0x12345678), HLT], PROTECTED);
    expect(run(core)).toBe(Status.Halted);
    expect(ramView(core).getUint32(0x300000, true)).toBe(0x12345678);
    expect(core.segment(1)).toMatchObject({ selector: 8, limit: 0xffffffff });
    expect(core.state32('S_CPL')).toBe(0);
  });
  it('until then the old code segment goes on', () => {
    const code = toProtected(PROTECTED).slice(0, 13);
    const core = withTables(cpuReal([...code, 0xb8, 0x34, 0x12, HLT])); // mov ax, 1234 with 16-bit operand
    run(core);
    expect(core.gpr(GPR.rax) & 0xffffn).toBe(0x1234n);
    expect(core.rip).toBe(17n);
  });
  it('and back: PE off, the segments keep their limits', () => {
    const core = withTables(cpuReal(toProtected(PROTECTED)));
    // jmp 18:200, 16-bit code at CODE; there: mov eax, cr0; and al, fe; mov cr0, eax; jmp 1000:220
    core.ram.set([...dataSegments, 0xea, ...u32(0x200), 0x18, 0], PROTECTED);
    core.ram.set(
      [0x0f, 0x20, 0xc0, 0x24, 0xfe, 0x0f, 0x22, 0xc0, 0xea, ...u16(0x220), ...u16(CODE >> 4)],
      CODE + 0x200,
    );
    // xor ax, ax; mov ds, ax; mov byte [dword 300000], 5a; hlt: "unreal" mode
    core.ram.set([0x31, 0xc0, 0x8e, 0xd8, 0x67, 0xc6, 5, ...u32(0x300000), 0x5a, HLT], CODE + 0x220);
    expect(run(core)).toBe(Status.Halted);
    expect(core.ram[0x300000]).toBe(0x5a);
    expect(core.segment(1)).toMatchObject({ selector: CODE >> 4, base: BigInt(CODE), limit: 0xffff });
    expect(core.segment(3)).toMatchObject({ selector: 0, base: 0n, limit: 0xffffffff });
  });
  it('SMSW and LMSW: PE can be set and not cleared', () => {
    // mov ax, 1; lmsw ax; xor ax, ax; lmsw ax; smsw bx; hlt
    const core = cpuReal([0xb8, 1, 0, 0x0f, 1, 0xf0, 0x31, 0xc0, 0x0f, 1, 0xf0, 0x0f, 1, 0xe3, HLT]);
    run(core);
    expect(core.gpr(GPR.rbx) & 1n).toBe(1n);
  });
});

const TABLES = 0x100000;
const IDT = 0x4000;
const IDT_POINTER = 0xfe0;
const TSS = 0x3000;
const IST_STACK = 0x7008;
const LONG = CODE + 0x400;

/** To 64-bit mode; the code at LONG runs there. */
function long(code: readonly number[], prepare: (core: Core) => void = () => undefined): Core {
  const core = withTables(cpuReal(toProtected(PROTECTED)));
  const ram = ramView(core);
  // PML4, PDPT, page directory with 2 MiB pages
  ram.setBigUint64(TABLES, BigInt(TABLES + 0x1003), true);
  ram.setBigUint64(TABLES + 0x1000, BigInt(TABLES + 0x2003), true);
  for (let i = 0; i < 8; i++) ram.setBigUint64(TABLES + 0x2000 + i * 8, BigInt(i * 0x200000 + 0x83), true);
  for (let v = 0; v < 256; v++) setGate(core, v, gate(0x28, CODE + 0x800 + v, 0x8e));
  core.ram.fill(HLT, CODE + 0x800, CODE + 0x900);
  ram.setUint16(IDT_POINTER, 0xfff, true);
  ram.setBigUint64(IDT_POINTER + 2, BigInt(IDT), true);
  ram.setBigUint64(TSS + 36, BigInt(IST_STACK), true); // IST1
  core.ram.set([
    ...dataSegments,
    0x0f, 0x20, 0xe0, 0x0c, 0x20, 0x0f, 0x22, 0xe0, // cr4 |= PAE
    0xb8, ...u32(TABLES), 0x0f, 0x22, 0xd8, // cr3
    0xb9, ...u32(0xc0000080), 0x0f, 0x32, 0x66, 0x0d, 0x01, 0x01, 0x0f, 0x30, // efer |= LME, SCE
    0x0f, 0x20, 0xc0, 0x0d, ...u32(0x80000000), 0x0f, 0x22, 0xc0, // cr0 |= PG
    0xea, ...u32(LONG), 0x28, 0,
  ], PROTECTED); // prettier-ignore
  // lidt [IDT_POINTER]; mov ax, 30; ltr ax
  core.ram.set([0x0f, 0x01, 0x1c, 0x25, ...u32(IDT_POINTER), 0x66, 0xb8, 0x30, 0, 0x0f, 0x00, 0xd8, ...code], LONG);
  prepare(core);
  return core;
}
const BODY = LONG + 15;
function setGate(core: Core, vector: number, low: bigint, high = 0n): void {
  ramView(core).setBigUint64(IDT + vector * 16, low, true);
  ramView(core).setBigUint64(IDT + vector * 16 + 8, high, true);
}
/** The quadwords from RSP up. */
function quads(core: Core, count: number): bigint[] {
  const rsp = Number(core.gpr(GPR.rsp));
  return Array.from({ length: count }, (_, i) => ramView(core).getBigUint64(rsp + 8 * i, true));
}

describe('IA-32e mode', () => {
  it('PG with LME activates it; the far jump makes the code 64-bit', () => {
    // mov rax, 123456789abcdef0; hlt
    const core = long([0x48, 0xb8, ...u32(0x9abcdef0), ...u32(0x12345678), HLT]);
    expect(run(core)).toBe(Status.Halted);
    expect(core.state('S_EFER') & EFER_LMA).toBe(EFER_LMA);
    expect(core.state('S_CR0') & PAGING).toBe(PAGING);
    expect(core.gpr(GPR.rax)).toBe(0x123456789abcdef0n);
    expect(core.segment(7)).toMatchObject({ selector: 0x30, base: BigInt(TSS), access: 0x8b });
  });
  it('an interrupt pushes SS:RSP always, aligned to 16 bytes', () => {
    const core = long([0xbc, ...u32(0x8ffc), 0xcd, 0x40]); // mov esp, 8ffc; int 40
    expect(run(core)).toBe(Status.Halted);
    expect(core.rip).toBe(BigInt(CODE + 0x841));
    expect(core.gpr(GPR.rsp)).toBe(0x8ff0n - 40n);
    const [rip, cs, flags, rsp, ss] = quads(core, 5);
    expect({ rip, cs, rsp, ss }).toEqual({ rip: BigInt(BODY + 7), cs: 0x28n, rsp: 0x8ffcn, ss: 0x10n });
    expect((flags ?? 0n) & 2n).toBe(2n);
  });
  it('a gate with IST switches the stack without a change of privilege', () => {
    const core = long([0xcd, 0x40], (c) => setGate(c, 0x40, gate(0x28, CODE + 0x840, 0x8e, 1)));
    run(core);
    expect(core.gpr(GPR.rsp)).toBe(BigInt((IST_STACK & ~15) - 40));
    expect(core.segment(2).selector).toBe(0x10);
  });
  it('a non-canonical address is #GP(0), through RSP #SS(0)', () => {
    const bad = [...u32(0), ...u32(0x00008000)];
    const core = long([0x48, 0xb8, ...bad, 0x8a, 0x00]); // mov rax, 0000800000000000; mov al, [rax]
    run(core);
    expect(core.rip).toBe(BigInt(CODE + 0x80e));
    expect(quads(core, 2)).toEqual([0n, BigInt(BODY + 10)]);
    const stack = long([0x48, 0xbc, ...u32(0), ...u32(0x9000), 0x50], (c) =>
      setGate(c, 12, gate(0x28, CODE + 0x80c, 0x8e, 1)),
    );
    run(stack); // mov rsp, 0000900000000000; push rax
    expect(stack.rip).toBe(BigInt(CODE + 0x80d));
    expect(quads(stack, 2)).toEqual([0n, BigInt(BODY + 10)]);
  });
  it('IRETQ pops SS:RSP on the same level too', () => {
    const push = (v: number): number[] => [0x68, ...u32(v)];
    const code = [...push(0x10), ...push(0x6000), ...push(2), ...push(0x28), ...push(BODY + 0x40), 0x48, 0xcf];
    const core = long(code, (c) => c.ram.set([HLT], BODY + 0x40));
    expect(run(core)).toBe(Status.Halted);
    expect(core.rip).toBe(BigInt(BODY + 0x41));
    expect(core.gpr(GPR.rsp)).toBe(0x6000n);
  });
  it('a 16-bit gate, or one to legacy code, is refused', () => {
    const narrow = long([0xcd, 0x40], (c) => setGate(c, 0x40, gate(0x28, CODE + 0x840, 0x86)));
    run(narrow);
    expect(quads(narrow, 2)).toEqual([0x202n, BigInt(BODY)]);
    const legacy = long([0xcd, 0x40], (c) => setGate(c, 0x40, gate(0x08, CODE + 0x840, 0x8e)));
    run(legacy);
    expect(quads(legacy, 2)).toEqual([8n, BigInt(BODY)]);
  });
  it('MOV CR0 cannot turn paging off in 64-bit code, nor MOV CR4 PAE', () => {
    const noPaging = long([0x0f, 0x20, 0xc0, 0x25, ...u32(0x7fffffff), 0x0f, 0x22, 0xc0]);
    run(noPaging);
    expect(noPaging.rip).toBe(BigInt(CODE + 0x80e));
    const noPae = long([0x31, 0xc0, 0x0f, 0x22, 0xe0]);
    run(noPae);
    expect(quads(noPae, 2)).toEqual([0n, BigInt(BODY + 2)]);
  });
  it('SYSCALL: RCX and R11, STAR, LSTAR and FMASK', () => {
    const wrmsr = (index: number, low: number, high: number): number[] => [
      0xb9, ...u32(index), 0xb8, ...u32(low), 0xba, ...u32(high), 0x0f, 0x30,
    ]; // prettier-ignore
    const setup = [
      ...wrmsr(0xc0000081, 0, 0x28), // SYSCALL's CS
      ...wrmsr(0xc0000082, CODE + 0x840, 0),
      ...wrmsr(0xc0000084, 1, 0), // clears CF
    ];
    const core = long([...setup, 0xf9, 0x0f, 0x05]); // stc; syscall
    run(core);
    expect(core.rip).toBe(BigInt(CODE + 0x841));
    expect(core.gpr(GPR.rcx)).toBe(BigInt(BODY + setup.length + 3));
    expect(core.gpr(11) & 1n).toBe(1n);
    expect(core.exports.eflags() & 1).toBe(0);
    expect(core.segment(1).selector).toBe(0x28);
    expect(core.segment(2).selector).toBe(0x30);
  });
  it('a far return to compatibility mode runs 32-bit code', () => {
    // push 8; push target; retf (32-bit frame); there: dec eax is one byte again
    const code = [0x31, 0xc0, 0x6a, 8, 0x68, ...u32(BODY + 0x40), 0x48, 0xcb];
    const core = long(code, (c) => c.ram.set([0x48, 0x48, HLT], BODY + 0x40));
    run(core);
    expect(core.gpr(GPR.rax)).toBe(0xfffffffen);
    expect(core.rip).toBe(BigInt(BODY + 0x43));
  });
});
