/** Control registers, model-specific registers and CPUID: what exists, and what is refused (SDM 2, 3A 2.5, 4). */
import { describe, expect, it } from 'vitest';
import { CODE_AT, gate, HANDLERS, ProtectedSystem, Sel } from './support/protected.ts';

const HLT = 0xf4;
const u32 = (v: number): number[] => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24];
const movEax = (v: number): number[] => [0xb8, ...u32(v)];
const writeCr = (n: number, v: number): number[] => [...movEax(v), 0x0f, 0x22, 0xc0 | (n << 3)];
const wrmsr = (index: number, low: number, high = 0): number[] => [
  0xb9, ...u32(index), ...movEax(low), 0xba, ...u32(high), 0x0f, 0x30,
]; // prettier-ignore
const rdmsr = (index: number): number[] => [0xb9, ...u32(index), 0x0f, 0x32];
const GP0 = { vector: 13, errorCode: 0 };

describe('control registers', () => {
  it.each([
    ['CR0: PG without PE', 0, 0x80000000],
    ['CR0: NW without CD', 0, 0x20000011],
    ['CR4: a feature that CPUID does not announce (VME)', 4, 1],
    ['CR4: machine check', 4, 0x40],
    ['CR4: a bit that does not exist', 4, 0x80000000],
  ])('%s is #GP(0)', (_, n, value) => {
    expect(new ProtectedSystem(writeCr(n, value)).runToException()).toMatchObject({ ...GP0, eip: CODE_AT + 5 });
  });
  it.each([1, 5, 6, 7])('CR%i is #UD', (n) => {
    expect(new ProtectedSystem([0x0f, 0x20, 0xc0 | (n << 3)]).runToException()).toMatchObject({ vector: 6 });
  });
  it('CR0.ET is always set', () => {
    const system = new ProtectedSystem([...writeCr(0, 1), 0x0f, 0x20, 0xc3, HLT]).runToHlt();
    expect(system.reg(3)).toBe(0x11);
  });
  it('CR2 and CR3 hold what they are given', () => {
    const system = new ProtectedSystem([...writeCr(2, 0x12345678), ...writeCr(3, 0x5000), HLT]).runToHlt();
    expect(system.core.state('S_CR2')).toBe(0x12345678n);
    expect(system.core.state('S_CR3')).toBe(0x5000n);
  });
  it('MOV CR ignores the mod field', () => {
    // mov eax, cr0 with mod = 0
    expect(new ProtectedSystem([0x0f, 0x20, 0x00, HLT]).runToHlt().reg(0) & 1).toBe(1);
  });
  it('CLTS clears TS', () => {
    const system = new ProtectedSystem([0x0f, 0x06, HLT]).configure((c) => c.setState('S_CR0', c.state('S_CR0') | 8n));
    expect(system.runToHlt().core.state('S_CR0') & 8n).toBe(0n);
  });
});

describe('debug registers', () => {
  it('DR4 and DR5 are DR6 and DR7 without CR4.DE, #UD with it', () => {
    const alias = new ProtectedSystem([...movEax(0), 0x0f, 0x23, 0xe8, 0x0f, 0x21, 0xfb, HLT]).runToHlt();
    expect(alias.reg(3)).toBe(0x400);
    const separate = new ProtectedSystem([0x0f, 0x21, 0xe0]).configure((c) => c.setState('S_CR4', 8n));
    expect(separate.runToException()).toMatchObject({ vector: 6 });
  });
  it('reserved bits read as the manual says', () => {
    const read = (n: number, v: number): number =>
      new ProtectedSystem([...movEax(v), 0x0f, 0x23, 0xc0 | (n << 3), 0x0f, 0x21, 0xc3 | (n << 3), HLT])
        .runToHlt()
        .reg(3);
    expect(read(6, 0)).toBe(0xffff0ff0);
    expect(read(6, -1)).toBe(0xffffefff);
    expect(read(7, 0)).toBe(0x400);
  });
  it('an I/O breakpoint traps after the access, with CR4.DE', () => {
    const system = (cr4: bigint): ProtectedSystem =>
      new ProtectedSystem([0xe4, 0x81, 0x0f, 0x0b]).configure((core) => {
        core.setState('S_CR4', cr4);
        core.setState('S_DR0', 0x80n);
        core.setState('S_DR7', 0x402n | (2n << 16n) | (1n << 18n)); // I/O, two bytes, global
      });
    const hit = system(8n);
    expect(hit.runToException()).toMatchObject({ vector: 1, eip: CODE_AT + 2 });
    expect(hit.core.state('S_DR6') & 0xfn).toBe(1n);
    expect(system(0n).runToException()).toMatchObject({ vector: 6 });
  });
});

describe('model-specific registers', () => {
  it('unknown ones are #GP(0), and so are those of features that are not announced', () => {
    for (const index of [0x12345, 0x1b, 0xfe, 0x179, 0x200, 0xc0010000]) {
      expect(new ProtectedSystem(rdmsr(index)).runToException()).toMatchObject({ ...GP0, eip: CODE_AT + 5 });
      expect(new ProtectedSystem(wrmsr(index, 0)).runToException()).toMatchObject({ ...GP0, eip: CODE_AT + 15 });
    }
  });
  it('hold what they are given', () => {
    for (const index of [0x174, 0x175, 0x176, 0xc0000081, 0xc0000103]) {
      const system = new ProtectedSystem([...wrmsr(index, 0x12345678), ...movEax(0), ...rdmsr(index), HLT]).runToHlt();
      expect(system.reg(0)).toBe(0x12345678);
    }
  });
  it('PAT takes the six memory types only', () => {
    const PAT = 0x277;
    const system = new ProtectedSystem([...rdmsr(PAT), HLT]).runToHlt();
    expect([system.reg(0), system.reg(2)]).toEqual([0x00070406, 0x00070406]);
    expect(new ProtectedSystem([...wrmsr(PAT, 0x07060504, 0x01000001), HLT]).runToHlt().eip).toBe(CODE_AT + 18);
    for (const bad of [2, 3, 8]) expect(new ProtectedSystem(wrmsr(PAT, bad)).runToException()).toMatchObject(GP0);
  });
  it('EFER: reserved bits, and LME under paging, are #GP(0)', () => {
    expect(new ProtectedSystem(wrmsr(0xc0000080, 2)).runToException()).toMatchObject(GP0);
    expect(new ProtectedSystem([...wrmsr(0xc0000080, 0x901), HLT]).runToHlt().core.state('S_EFER')).toBe(0x901n);
    // LMA cannot be written
    expect(new ProtectedSystem([...wrmsr(0xc0000080, 0x400), HLT]).runToHlt().core.state('S_EFER')).toBe(0n);
  });
  it('the TSC goes on from what WRMSR sets, and TSC_ADJUST tells the difference', () => {
    // rdtsc; ebx = eax; write TSC 1000:0; rdtsc
    const system = new ProtectedSystem([...wrmsr(0x10, 0, 0x1000), 0x0f, 0x31, HLT]).runToHlt();
    expect(system.reg(2)).toBe(0x1000);
    expect(system.reg(0)).toBeLessThan(100_000);
    const adjust = new ProtectedSystem([...wrmsr(0x3b, 0, 0x77), 0x0f, 0x31, HLT]).runToHlt();
    expect(adjust.reg(2)).toBe(0x77);
  });
  it('RDTSCP returns TSC_AUX too', () => {
    const system = new ProtectedSystem([...wrmsr(0xc0000103, 0x55), 0x0f, 0x01, 0xf9, HLT]).runToHlt();
    expect(system.reg(1)).toBe(0x55);
  });
  it('SYSENTER without a code segment is #GP(0)', () => {
    expect(new ProtectedSystem([0x0f, 0x34], { cpl: 3 }).runToException()).toMatchObject(GP0);
    expect(new ProtectedSystem([0x0f, 0x35]).runToException()).toMatchObject(GP0);
  });
  it('SYSCALL, SYSRET and SWAPGS belong to 64-bit code', () => {
    for (const code of [[0x0f, 0x05], [0x0f, 0x07], [0x0f, 0x01, 0xf8]]) {
      const system = new ProtectedSystem([...wrmsr(0xc0000080, 1), ...code]);
      expect(system.runToException()).toMatchObject({ vector: 6 });
    } // prettier-ignore
  });
});

describe('CPUID', () => {
  interface Leaf {
    eax: number;
    ebx: number;
    ecx: number;
    edx: number;
  }
  function cpuid(leaf: number, subleaf = 0): Leaf {
    const system = new ProtectedSystem([...movEax(leaf), 0xb9, ...u32(subleaf), 0x0f, 0xa2, HLT]).runToHlt();
    return { eax: system.reg(0), ecx: system.reg(1), edx: system.reg(2), ebx: system.reg(3) };
  }
  const text = (...registers: number[]): string =>
    registers.map((r) => String.fromCharCode(...u32(r))).join('').replace(/\0+$/, ''); // prettier-ignore

  it('EFLAGS.ID can be toggled', () => {
    // pushf; xor dword [esp], 200000; popf; pushf; pop eax
    const code = [0x9c, 0x81, 0x34, 0x24, ...u32(0x200000), 0x9d, 0x9c, 0x58, HLT];
    expect(new ProtectedSystem(code).runToHlt().reg(0) & 0x200000).toBe(0x200000);
  });
  it('names its vendor, itself and the hypervisor interface', () => {
    const { ebx, ecx, edx, eax } = cpuid(0);
    expect(text(ebx, edx, ecx)).toBe('GenuineIntel');
    expect(eax).toBeGreaterThanOrEqual(0x15);
    expect(cpuid(0x80000000).eax >>> 0).toBeGreaterThanOrEqual(0x80000008);
    const brand = [2, 3, 4].map((n) => cpuid(0x80000000 + n));
    expect(text(...brand.flatMap((l) => [l.eax, l.ebx, l.ecx, l.edx]))).toBe('DomZero virtual CPU');
    const hypervisor = cpuid(0x40000000);
    expect(text(hypervisor.ebx, hypervisor.ecx, hypervisor.edx)).toBe('KVMKVMKVM');
    expect(cpuid(1).ecx >>> 31).toBe(1);
  });
  it('announces what a 686 kernel needs, and nothing that is not there', () => {
    const { edx, ecx } = cpuid(1);
    const bit = (word: number, n: number): number => (word >>> n) & 1;
    const has = {
      FPU: 0,
      DE: 2,
      PSE: 3,
      TSC: 4,
      MSR: 5,
      PAE: 6,
      CX8: 8,
      SEP: 11,
      PGE: 13,
      CMOV: 15,
      PAT: 16,
      FXSR: 24,
    };
    for (const [name, n] of Object.entries(has)) expect([name, bit(edx, n)]).toEqual([name, 1]);
    const hasNot = { VME: 1, MCE: 7, APIC: 9, MTRR: 12, MCA: 14 };
    for (const [name, n] of Object.entries(hasNot)) expect([name, bit(edx, n)]).toEqual([name, 0]);
    const hasNotEither = { MONITOR: 3, X2APIC: 21, XSAVE: 26, AVX: 28 };
    for (const [name, n] of Object.entries(hasNotEither)) expect([name, bit(ecx, n)]).toEqual([name, 0]);
  });
  it('tells the TSC’s frequency twice: crystal times ratio, and in kHz', () => {
    const { eax, ebx, ecx } = cpuid(0x15);
    const hertz = (ecx * ebx) / eax;
    expect(hertz).toBe((cpuid(0x40000010).eax >>> 0) * 1000);
    expect(cpuid(0x16).eax * 1e6).toBe(hertz);
    expect((cpuid(0x80000007).edx >>> 8) & 1).toBe(1);
  });
  it('beyond the last leaf answers as the last basic one does', () => {
    const last = cpuid(cpuid(0).eax);
    expect(cpuid(0x7fffffff)).toEqual(last);
    expect(cpuid(0x80000100)).toEqual(last);
  });
  it('works in ring 3', () => {
    const system = new ProtectedSystem([0x31, 0xc0, 0x0f, 0xa2, 0xcd, 0x40], { cpl: 3 });
    system.setGate(0x40, gate(Sel.CODE0, HANDLERS + 0x40, 0xee));
    expect(system.runToException()).toMatchObject({ vector: 0x40 });
  });
});

describe('EFLAGS in ring 0 and 3', () => {
  it('POPF in ring 0 sets IOPL and IF, never VM and RF', () => {
    const system = new ProtectedSystem([0x68, ...u32(0x33202), 0x9d, HLT]);
    system.run();
    expect(system.core.exports.eflags() & 0x33200).toBe(0x3200);
  });
  it('PUSHF shows RF and VM as 0', () => {
    const system = new ProtectedSystem([0x9c, 0x58, HLT]).configure((c) => c.exports.setEflags(0x10002));
    expect(system.runToHlt().reg(0) & 0x10000).toBe(0);
  });
});
