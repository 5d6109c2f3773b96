/** Paging: 32-bit, PSE, PAE with NX, 4-level; accessed and dirty bits, protection, faults (SDM 3A chapter 4). */
import { describe, expect, it } from 'vitest';
import { Core, Status } from './support/core.ts';
import { addTable, DIRECTORY, enablePaging, getEntry, P, setEntry, TABLE, U, W } from './support/page-tables.ts';
import { CODE_AT, DATA_AT, ProtectedSystem } from './support/protected.ts';

const HLT = 0xf4;
const A = 0x20;
const D = 0x40;
const PS = 0x80;
const G = 0x100;
const PG = 0x80000000n;
const PGE = 0x80n;
const WP = 0x10000n;
/** A linear page beyond the identity map, at the test's disposal. */
const PAGE = 0x300000;
const FRAME = 0x150000;

const u32 = (v: number): number[] => [v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24];
const loadFrom = (address: number): number[] => [0x8b, 0x0d, ...u32(address)]; // mov ecx, [address]
const storeTo = (address: number): number[] => [0x89, 0x0d, ...u32(address)]; // mov [address], ecx

interface Options {
  cpl?: 0 | 3;
  /** Entry for PAGE. */
  entry?: number;
  cr0?: bigint;
  cr4?: bigint;
}
/** 32-bit paging: the first 2 MiB identity-mapped for everybody, PAGE as given. */
function paged(code: number[], { cpl = 0, entry = 0, cr0 = 0n, cr4 = 0n }: Options = {}): ProtectedSystem {
  const system = enablePaging(new ProtectedSystem(code, { cpl }), P | W | U);
  setEntry(system, PAGE, entry);
  return system.configure((core) => {
    core.setState('S_CR4', cr4);
    core.setState('S_CR0', (core.state('S_CR0') & ~WP) | cr0);
  });
}

describe('32-bit paging', () => {
  it('translates, and marks accessed and dirty', () => {
    const read = paged([...loadFrom(PAGE + 4), HLT], { entry: FRAME | P | W });
    read.ram.setUint32(FRAME + 4, 0xfeedf00d, true);
    read.runToHlt();
    expect(read.reg(1)).toBe(0xfeedf00d);
    expect(getEntry(read, PAGE) & 0xfff).toBe(P | W | A);
    expect(read.ram.getUint32(DIRECTORY, true) & A).toBe(A);

    const write = paged([...storeTo(PAGE + 8), HLT], { entry: FRAME | P | W })
      .setRegisters({ ecx: 77 })
      .runToHlt();
    expect(write.ram.getUint32(FRAME + 8, true)).toBe(77);
    expect(getEntry(write, PAGE) & 0xfff).toBe(P | W | A | D);
  });
  it('a read does not make the next write clean', () => {
    const system = paged([...loadFrom(PAGE), ...storeTo(PAGE), HLT], { entry: FRAME | P | W }).runToHlt();
    expect(getEntry(system, PAGE) & D).toBe(D);
  });

  const fault = (code: number[], options: Options): unknown => {
    const system = paged(code, options);
    const { vector, errorCode, eip } = system.runToException();
    return { vector, errorCode, eip, cr2: system.core.state('S_CR2') };
  };
  it('#PF tells present, write and user, and CR2 the address', () => {
    const at = { vector: 14, eip: CODE_AT };
    expect(fault(loadFrom(PAGE + 0x123), {})).toEqual({ ...at, errorCode: 0, cr2: BigInt(PAGE + 0x123) });
    expect(fault(storeTo(PAGE), {})).toMatchObject({ ...at, errorCode: 2 });
    expect(fault(loadFrom(PAGE), { cpl: 3 })).toMatchObject({ ...at, errorCode: 4 });
    expect(fault(loadFrom(PAGE), { cpl: 3, entry: FRAME | P | W })).toMatchObject({ ...at, errorCode: 5 });
    expect(fault(storeTo(PAGE), { cpl: 3, entry: FRAME | P | U })).toMatchObject({ ...at, errorCode: 7 });
  });
  it('CR0.WP protects read-only pages from ring 0', () => {
    const entry = FRAME | P | U;
    expect(paged([...storeTo(PAGE), HLT], { entry }).runToHlt().eip).toBe(CODE_AT + 7);
    expect(fault(storeTo(PAGE), { entry, cr0: WP })).toMatchObject({ vector: 14, errorCode: 3 });
  });
  it('a fault sets no dirty bit', () => {
    const system = paged(storeTo(PAGE), { entry: FRAME | P | U, cr0: WP });
    system.runToException();
    expect(getEntry(system, PAGE) & D).toBe(0);
  });
  it('fetching from a page that is not there', () => {
    const system = paged([0xe9, ...u32(PAGE + 0x10 - (CODE_AT + 5))]);
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 0, eip: PAGE + 0x10 });
    expect(system.core.state('S_CR2')).toBe(BigInt(PAGE + 0x10));
  });
  it('an instruction that crosses into a missing page faults there, and changes nothing', () => {
    const system = paged([0xe9, ...u32(PAGE + 0xffe - (CODE_AT + 5))], { entry: FRAME | P | W });
    system.core.ram.set([0xb9, 1], FRAME + 0xffe); // mov ecx, imm32: three bytes are missing
    expect(system.setRegisters({ ecx: 5 }).runToException()).toMatchObject({ vector: 14, eip: PAGE + 0xffe });
    expect(system.core.state('S_CR2')).toBe(BigInt(PAGE + 0x1000));
    expect(system.reg(1)).toBe(5);
  });
  it('a store that crosses into a missing page writes nothing', () => {
    const system = paged(storeTo(PAGE + 0xffe), { entry: FRAME | P | W }).setRegisters({ ecx: 0xffffffff });
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 2, eip: CODE_AT });
    expect(system.core.state('S_CR2')).toBe(BigInt(PAGE + 0x1000));
    expect(system.ram.getUint16(FRAME + 0xffe, true)).toBe(0);
  });
  it('a store that crosses two pages goes to both frames', () => {
    const system = paged([...storeTo(PAGE + 0xffe), HLT], { entry: FRAME | P | W });
    setEntry(system, PAGE + 0x1000, (FRAME + 0x5000) | P | W);
    system.setRegisters({ ecx: 0x44332211 }).runToHlt();
    expect(system.ram.getUint16(FRAME + 0xffe, true)).toBe(0x2211);
    expect(system.ram.getUint16(FRAME + 0x5000, true)).toBe(0x4433);
  });
  it('REP MOVSB stops at the fault with its progress in the registers', () => {
    const system = paged([0xf3, 0xa4], { entry: FRAME | P | W });
    system.setRegisters({ esi: DATA_AT, edi: PAGE + 0xff0, ecx: 0x20 });
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 2, eip: CODE_AT });
    expect([system.reg(1), system.reg(6), system.reg(7)]).toEqual([0x10, DATA_AT + 0x10, PAGE + 0x1000]);
  });
  it('PUSH into a missing page leaves ESP', () => {
    // The handler needs a stack: ring 3 faults, and the TSS gives one
    const system = paged([0x50], { cpl: 3, entry: 0 }).setRegisters({ esp: PAGE + 4 });
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 6, esp: PAGE + 4 });
  });
  it('INVLPG and MOV CR3 drop a translation', () => {
    for (const flush of [
      [0x0f, 0x01, 0x3d, ...u32(PAGE)],
      [0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8],
    ]) {
      // load; rewrite the entry; flush; load
      const rewrite = [0xc7, 0x05, ...u32(TABLE + (PAGE >>> 12) * 4), ...u32((FRAME + 0x1000) | P | W)];
      const system = paged([...loadFrom(PAGE), ...rewrite, ...flush, ...loadFrom(PAGE), HLT], { entry: FRAME | P | W });
      system.ram.setUint32(FRAME + 0x1000, 0x600d, true);
      expect(system.runToHlt().reg(1)).toBe(0x600d);
    }
  });
  it('PSE: 4 MiB pages, with A and D in the directory', () => {
    const large = 0x800000;
    const system = paged([...loadFrom(large + 0x150010), ...storeTo(large + 0x150014), HLT], { cr4: 0x10n });
    system.ram.setUint32(DIRECTORY + (large >>> 22) * 4, P | W | PS, true);
    system.ram.setUint32(FRAME + 0x10, 0xabcdef, true);
    system.runToHlt();
    expect(system.ram.getUint32(FRAME + 0x14, true)).toBe(0xabcdef);
    expect(system.ram.getUint32(DIRECTORY + (large >>> 22) * 4, true)).toBe(P | W | PS | A | D);
  });
  it('PSE: a reserved bit is a fault with RSVD', () => {
    const large = 0x800000;
    const system = paged(loadFrom(large), { cr4: 0x10n });
    system.ram.setUint32(DIRECTORY + (large >>> 22) * 4, P | W | PS | 0x200000, true);
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 9 });
  });
});

describe('PAE', () => {
  const POINTERS = 0x102000;
  const PAE_DIRECTORY = 0x103000;
  const PAE_TABLE = 0x104000;
  const NX = 0x80000000;
  function pae(code: number[], entry: [low: number, high: number], efer = 0): ProtectedSystem {
    const system = new ProtectedSystem(code);
    const put = (at: number, low: number, high = 0): void => {
      system.ram.setUint32(at, low >>> 0, true);
      system.ram.setUint32(at + 4, high >>> 0, true);
    };
    put(POINTERS, PAE_DIRECTORY | P);
    put(PAE_DIRECTORY, PAE_TABLE | P | W | U);
    put(PAE_DIRECTORY + 8, 0x200000 | P | W | U | PS);
    for (let page = 0; page < 0x200; page++) put(PAE_TABLE + page * 8, (page << 12) | P | W | U);
    put(PAE_TABLE + 0x1ff * 8, ...entry);
    return system.configure((core) => {
      core.setState('S_CR3', POINTERS);
      core.setState('S_CR4', 0x20n);
      core.setState('S_EFER', efer);
      core.setState('S_CR0', core.state('S_CR0') | PG);
    });
  }
  const LAST = 0x1ff000;
  // MOV CR3 loads the page-directory-pointer entries
  const reload = [0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8];
  const jump = (from: number): number[] => [0xe9, ...u32(LAST - (CODE_AT + from + 5))];

  it('translates pages of 4 KiB and 2 MiB', () => {
    const system = pae([...reload, ...storeTo(LAST), ...storeTo(0x200010), HLT], [FRAME | P | W, 0]);
    system.setRegisters({ ecx: 0x1357 }).runToHlt();
    expect(system.ram.getUint32(FRAME, true)).toBe(0x1357);
    expect(system.ram.getUint32(0x200010, true)).toBe(0x1357);
    expect(system.ram.getUint32(PAE_TABLE + 0x1ff * 8, true)).toBe(FRAME | P | W | A | D);
    expect(system.ram.getUint32(PAE_DIRECTORY + 8, true) & (A | D)).toBe(A | D);
  });
  it('NX forbids fetching, with I in the error code', () => {
    const system = pae([...reload, ...jump(6)], [FRAME | P | W, NX], 0x800);
    expect(system.runToException()).toMatchObject({ vector: 14, errorCode: 0x11, eip: LAST });
    const data = pae([...reload, ...loadFrom(LAST), HLT], [FRAME | P | W, NX], 0x800);
    expect(data.runToHlt().eip).toBe(CODE_AT + 13);
  });
  it('NX without EFER.NXE, and addresses beyond the processor’s, are reserved bits', () => {
    expect(pae([...reload, ...loadFrom(LAST)], [FRAME | P | W, NX]).runToException()).toMatchObject({ errorCode: 9 });
    const high = pae([...reload, ...loadFrom(LAST)], [FRAME | P | W, 0x00100000]);
    expect(high.runToException()).toMatchObject({ vector: 14, errorCode: 9 });
  });
  it('MOV CR3 to reserved bits in a present pointer entry is #GP(0)', () => {
    const system = pae([0xb8, ...u32(0x106000), 0x0f, 0x22, 0xd8], [0, 0]);
    system.ram.setUint32(0x106000, PAE_DIRECTORY | P | W, true);
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 5 });
  });
});

describe('turning paging on and off', () => {
  it('by MOV CR0, in the middle of the code', () => {
    // mov eax, DIRECTORY; mov cr3, eax; mov eax, cr0; or eax, PG; mov cr0, eax; mov ecx, [PAGE]; and off again
    const off = [0x25, ...u32(0x7fffffff), 0x0f, 0x22, 0xc0];
    const on = [
      0xb8,
      ...u32(DIRECTORY),
      0x0f,
      0x22,
      0xd8,
      0x0f,
      0x20,
      0xc0,
      0x0d,
      ...u32(0x80000000),
      0x0f,
      0x22,
      0xc0,
    ];
    const system = paged([...on, ...loadFrom(PAGE), ...off, 0x8b, 0x15, ...u32(PAGE), HLT], { entry: FRAME | P | W });
    system.configure((core) => core.setState('S_CR0', core.state('S_CR0') & ~PG));
    system.ram.setUint32(FRAME, 1, true);
    system.ram.setUint32(PAGE, 2, true);
    system.runToHlt();
    expect([system.reg(1), system.reg(2)]).toEqual([1, 2]);
  });
  it('PG without PE is #GP(0)', () => {
    // mov eax, 80000010; mov cr0, eax
    const system = new ProtectedSystem([0xb8, ...u32(0x80000010), 0x0f, 0x22, 0xc0]);
    expect(system.runToException()).toMatchObject({ vector: 13, errorCode: 0, eip: CODE_AT + 5 });
  });
});

/** A loop that calls a page, which then becomes another one: what was translated of both together does not run any more. */
describe('code that is mapped elsewhere', () => {
  const FAR_FRAME = 0x120000;
  const TIMES = 2000;
  const pte = TABLE + (PAGE >>> 12) * 4;
  const remap = [0xc7, 0x05, ...u32(pte), ...u32(FAR_FRAME | P | W)]; // mov dword [pte], far frame
  const invlpg = [0x0f, 0x01, 0x3d, ...u32(PAGE)];
  const reloadCr3 = [0x0f, 0x20, 0xda, 0x0f, 0x22, 0xda]; // mov edx, cr3; mov cr3, edx
  const togglePge = [0x0f, 0x20, 0xe2, 0x80, 0xf2, 0x80, 0x0f, 0x22, 0xe2]; // mov edx, cr4; xor dl, 80h; mov cr4, edx

  /** again: call PAGE; dec esi; jnz again; remap, `forget`; mov esi, ecx; dec ebx; jnz again; hlt. */
  function program(forget: number[]): number[] {
    const call = [0xe8, ...u32(PAGE - CODE_AT - 5), 0x4e, 0x75, -8 & 0xff];
    const end = [...call, ...remap, ...forget, 0x89, 0xce, 0x4b];
    return [...end, 0x75, -(end.length + 2) & 0xff, HLT];
  }
  const cases: [string, number[], number, bigint][] = [
    ['INVLPG', invlpg, 0, 0n],
    ['MOV CR3', reloadCr3, 0, 0n],
    ['INVLPG, a global page', invlpg, G, PGE],
    ['CR4.PGE, a global page', togglePge, G, PGE],
  ];
  it.each(cases)('by %s', (_, forget, global, cr4) => {
    const system = paged(program(forget), { entry: FRAME | P | W | global, cr4 });
    system.core.ram.set([0x40, 0xc3], FRAME); // inc eax; ret
    system.core.ram.set([0x83, 0xc0, 16, 0xc3], FAR_FRAME); // add eax, 16; ret
    system.setRegisters({ eax: 0, ebx: 2, ecx: TIMES, esi: TIMES, esp: DATA_AT });
    system.core.setSwitch('first-region', 0);
    system.core.exports.refresh();
    expect(system.run(40 * TIMES)).toBe(Status.Halted);
    expect(system.reg(0)).toBe(TIMES + 16 * TIMES);
    if (Core.translates) expect(system.core.translated).toBeGreaterThan(4 * TIMES);
  });
  it('by MOV CR3, but a global page stays', () => {
    const system = paged(program(reloadCr3), { entry: FRAME | P | W | G, cr4: PGE });
    system.core.ram.set([0x40, 0xc3], FRAME);
    system.setRegisters({ eax: 0, ebx: 2, ecx: TIMES, esi: TIMES, esp: DATA_AT });
    expect(system.run(40 * TIMES)).toBe(Status.Halted);
    expect(system.reg(0)).toBe(2 * TIMES);
  });
  it('runs although the TLB has no room for both code and data', () => {
    // again: mov ecx, [data]; jmp over; over: dec esi; jnz again; hlt. Their pages have the same place in the TLB
    const data = CODE_AT + 0x1000000;
    const code = [...loadFrom(data), 0xeb, 0, 0x4e, 0x75, -11 & 0xff, HLT];
    const system = paged(code);
    addTable(system, data, TABLE + 0x1000, P | W | U);
    setEntry(system, data, FRAME | P | W);
    system.setRegisters({ esi: 10 * TIMES });
    system.core.setSwitch('region', 2);
    system.core.exports.refresh();
    expect(system.run(100 * TIMES)).toBe(Status.Halted);
    expect(system.core.counter('exits-target')).toBeLessThan(TIMES / 2);
    if (Core.translates) expect(system.core.translated).toBeGreaterThan(30 * TIMES);
  });
});

describe('TLB misses are counted', () => {
  const misses = (system: ProtectedSystem): number[] =>
    ['read', 'write', 'fetch'].map((kind) => system.core.counter(`tlb-${kind}-misses`));
  /** Misses of data accesses alone: `code` against a program that does nothing. */
  function missesOf(code: number[]): number[] {
    const system = paged([...code, HLT], { entry: FRAME | P | W }).runToHlt();
    const idle = paged([HLT], { entry: FRAME | P | W }).runToHlt();
    return misses(system).map((count, i) => count - (misses(idle)[i] ?? NaN));
  }
  const invlpg = (address: number): number[] => [0x0f, 0x01, 0x3d, ...u32(address)];
  const reloadCr3 = [0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8]; // mov eax, cr3; mov cr3, eax

  it('once for a page, however often it is read', () => {
    expect(missesOf([...loadFrom(PAGE), ...loadFrom(PAGE + 4), ...loadFrom(PAGE + 0xff0)])).toEqual([1, 0, 0]);
  });
  it('again for the first write, which marks the page dirty', () => {
    expect(missesOf([...loadFrom(PAGE), ...storeTo(PAGE), ...storeTo(PAGE + 8)])).toEqual([1, 1, 0]);
  });
  it('again after INVLPG', () => {
    expect(missesOf([...loadFrom(PAGE), ...invlpg(PAGE), ...loadFrom(PAGE)])).toEqual([2, 0, 0]);
  });
  it('again after CR3 was loaded, the page of the code included', () => {
    expect(missesOf([...loadFrom(PAGE), ...reloadCr3, ...loadFrom(PAGE)])).toEqual([2, 0, 1]);
  });
  it('one for each page of an access across two', () => {
    expect(missesOf([...loadFrom(0x30000 - 2), ...loadFrom(0x30000 - 2)])).toEqual([2, 0, 0]);
  });
});
