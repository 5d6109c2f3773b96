/** Boot protocols against a core without a processor: what lies in memory and registers when the kernel gets control. */
import { describe, expect, test } from 'vitest';
import { planBoot } from '../web/machine/boot/detect.ts';
import type { BootInput } from '../web/machine/boot/protocol.ts';
import { type FakeCore, fakeCore } from './support/fake-core.ts';
import { bootSector, bzImage, concat, elf, multibootHeader, pvhKernel, u32 } from './support/kernel-images.ts';

const MiB = 2 ** 20;
const code = new Uint8Array([0xfa, 0xf4, 0x90, 0x90]);
const initrd = new Uint8Array(5000).map((_, i) => i);

function boot(kernel: Uint8Array, options: Partial<BootInput> = {}): FakeCore & { protocol: string } {
  const ramSize = options.ramSize ?? 64 * MiB;
  const core = fakeCore(ramSize);
  core.ram.bytes.fill(0xa5, 0, 2 * MiB); // what a reset may find
  const plan = planBoot({ kernel, initrd: undefined, commandLine: '', ramSize, ...options });
  plan.load(core.ram, core.cpu);
  return { ...core, protocol: plan.protocol };
}
function textAt(core: FakeCore, at: number): string {
  const { bytes } = core.ram;
  return new TextDecoder('latin1').decode(bytes.subarray(at, bytes.indexOf(0, at)));
}
function u64(core: FakeCore, at: number): number {
  return core.ram.u32(at) + core.ram.u32(at + 4) * 2 ** 32;
}
function expectFlat(core: FakeCore): void {
  const { segments, ...r } = core.cpu.snapshot();
  expect(r).toMatchObject({ cr0: 0x11n, cr3: 0n, cr4: 0n, efer: 0n, eflags: 2, cpl: 0 });
  expect(segments.cs).toMatchObject({ base: 0n, limit: 0xffff_ffff, access: 0xc09b });
  for (const name of ['ds', 'es', 'ss', 'fs', 'gs'] as const)
    expect(segments[name]).toMatchObject({ base: 0n, limit: 0xffff_ffff, access: 0xc093 });
  expect(segments.tr).toMatchObject({ base: 0n, limit: 0x67, access: 0x8b });
  expect(core.calls.at(-1)).toBe('refresh');
}
/** E820 as [start, size, type]. */
const MAP_64M = [
  [0, 0x9fc00, 1],
  [0x9fc00, 0x400, 2],
  [0xe0000, 0x20000, 2],
  [0x100000, 63 * MiB, 1],
];

describe('PVH', () => {
  test.each([32, 64] as const)('enters a %i-bit kernel at its note, with a start info in EBX', (bits) => {
    const core = boot(pvhKernel(0x100002, 0x100000, code, bits), { initrd, commandLine: 'console=ttyS0' });
    expect(core.protocol).toBe('PVH');
    expectFlat(core);
    expect(core.cpu.get('rip')).toBe(0x100002n);
    expect(core.ram.read(0x100000, 4)).toEqual(code);
    expect(core.ram.read(0x100004, 64)).toEqual(new Uint8Array(64)); // .bss
    const info = Number(core.cpu.general('rbx'));
    expect([core.ram.u32(info), core.ram.u32(info + 4), core.ram.u32(info + 8)]).toEqual([0x336ec578, 1, 0]);
    expect(textAt(core, u64(core, info + 24))).toBe('console=ttyS0');
    expect(textAt(core, u64(core, info + 32)).startsWith('RSD PTR ')).toBe(true);
    expect(core.ram.u32(info + 12)).toBe(1); // modules
    const module = u64(core, info + 16);
    expect(u64(core, module) % 4096).toBe(0);
    expect(core.ram.read(u64(core, module), u64(core, module + 8))).toEqual(initrd);
    const map = u64(core, info + 40);
    const entries = Array.from({ length: core.ram.u32(info + 48) }, (_, i) => map + 24 * i);
    expect(entries.map((at) => [u64(core, at), u64(core, at + 8), core.ram.u32(at + 16)])).toEqual(MAP_64M);
  });
  test('without an initrd there is no module', () => {
    const core = boot(pvhKernel(0x100000, 0x100000, code));
    const info = Number(core.cpu.general('rbx'));
    expect([core.ram.u32(info + 12), u64(core, info + 16)]).toEqual([0, 0]);
  });
  test('refuses an entry outside of the kernel', () => {
    expect(() => boot(pvhKernel(0x200000, 0x100000, code))).toThrow(/entry 0x200000, which no segment/);
  });
  test('refuses a kernel outside of RAM, and says how much memory it takes', () => {
    expect(() => boot(pvhKernel(0x5000000, 0x5000000, code))).toThrow(/up to 81 MiB, the machine has 64 MiB/);
    expect(() => boot(pvhKernel(0xa0000, 0xa0000, code))).toThrow(/0xa0000 to .*not RAM/);
  });
  test('refuses an initrd without room', () => {
    expect(() => boot(pvhKernel(0x100000, 0x100000, code), { initrd: new Uint8Array(64 * MiB) })).toThrow(
      /^kernel: no room for the initrd \(64 MiB\): give the machine more memory$/,
    );
  });
  test('a second load repairs what the guest did', () => {
    const core = fakeCore(8 * MiB);
    const plan = planBoot({
      kernel: pvhKernel(0x100000, 0x100000, code),
      initrd: undefined,
      commandLine: 'a',
      ramSize: 8 * MiB,
    });
    plan.load(core.ram, core.cpu);
    const first = core.ram.bytes.slice();
    core.ram.write(0x100000, new Uint8Array(100).fill(0xff));
    core.ram.zero(Number(core.cpu.general('rbx')), 56);
    plan.load(core.ram, core.cpu);
    const kept = (ram: Uint8Array): Buffer => Buffer.from(ram.subarray(0, 0x100044));
    expect(kept(core.ram.bytes).equals(kept(first))).toBe(true);
  });
});

describe('Linux boot protocol', () => {
  const zeroPage = (core: FakeCore): number => Number(core.cpu.general('rsi'));

  test('fills the zero page and enters at the preferred address', () => {
    const core = boot(bzImage({ code }), { initrd, commandLine: 'quiet' });
    expect(core.protocol).toBe('Linux boot protocol 2.15');
    expectFlat(core);
    expect(core.cpu.get('rip')).toBe(0x1000000n);
    expect(core.ram.read(0x1000000, 4)).toEqual(code);
    const at = zeroPage(core);
    expect(at % 4096).toBe(0);
    expect(core.ram.read(at + 0x202, 4)).toEqual(new TextEncoder().encode('HdrS'));
    expect(core.ram.bytes[at + 0x210]).toBe(0xff); // type_of_loader
    expect(core.ram.u32(at + 0x214)).toBe(0x1000000); // code32_start
    expect(textAt(core, core.ram.u32(at + 0x228))).toBe('quiet');
    expect(core.ram.read(core.ram.u32(at + 0x218), core.ram.u32(at + 0x21c))).toEqual(initrd);
    expect(textAt(core, u64(core, at + 0x70)).startsWith('RSD PTR ')).toBe(true);
    const entries = Array.from({ length: core.ram.bytes[at + 0x1e8] ?? 0 }, (_, i) => at + 0x2d0 + 20 * i);
    expect(entries.map((e) => [u64(core, e), u64(core, e + 8), core.ram.u32(e + 16)])).toEqual(MAP_64M);
    expect(core.ram.u32(at + 0x1e0)).toBe(63 * 1024); // alt_mem_k
    for (const r of ['rbp', 'rdi', 'rbx'] as const) expect(core.cpu.general(r)).toBe(0n);
  });
  test('has the selectors and the GDT of __BOOT_CS and __BOOT_DS', () => {
    const core = boot(bzImage());
    const { gdt, segments } = core.cpu.snapshot();
    expect([segments.cs.selector, segments.ds.selector, segments.ss.selector]).toEqual([0x10, 0x18, 0x18]);
    expect(gdt.limit).toBe(0x1f);
    // SDM 3A 3.4.5: base 0, limit 0xfffff, G, D, P, S
    const descriptor = (n: number): number[] => [
      core.ram.u32(Number(gdt.base) + n),
      core.ram.u32(Number(gdt.base) + n + 4),
    ];
    expect(descriptor(0x10)).toEqual([0xffff, 0x00cf9b00]);
    expect(descriptor(0x18)).toEqual([0xffff, 0x00cf9300]);
  });
  test('puts the initrd where the kernel can reach it', () => {
    const core = boot(bzImage({ initrdMax: 0x27f_ffff }), { initrd });
    const at = core.ram.u32(zeroPage(core) + 0x218);
    expect(at + initrd.length).toBeLessThanOrEqual(0x280_0000);
    expect(at).toBeGreaterThanOrEqual(0x1200000); // behind the memory that the kernel unpacks itself in
  });
  test('loads a kernel that cannot be moved at 1 MiB', () => {
    const core = boot(bzImage({ relocatable: false, code }));
    expect(core.cpu.get('rip')).toBe(0x100000n);
    expect(core.ram.read(0x100000, 4)).toEqual(code);
  });
  test('knows version 2.02, which ends before most fields', () => {
    const core = boot(bzImage({ version: 0x202, code }), { initrd, ramSize: 1024 * MiB });
    expect(core.protocol).toBe('Linux boot protocol 2.02');
    expect(core.cpu.get('rip')).toBe(0x100000n);
    expect(core.ram.u32(zeroPage(core) + 0x218) + initrd.length).toBeLessThanOrEqual(0x3800_0000);
  });
  test.each<[string, Uint8Array, Partial<BootInput>, RegExp]>([
    ['an old protocol', bzImage({ version: 0x201 }), {}, /boot protocol 2\.01 is too old/],
    ['a zImage', bzImage({ loadflags: 0 }), {}, /zImage/],
    ['a short file', bzImage().subarray(0, 1800), {}, /cut off: its header speaks of 2560 bytes, the file has 1800/],
    ['a long command line', bzImage(), { commandLine: 'x'.repeat(2048) }, /2048 bytes; this kernel takes at most 2047/],
    ['a small machine', bzImage(), { ramSize: 16 * MiB }, /needs memory up to 18 MiB, the machine has 16 MiB/],
    ['a wild preferred address', bzImage({ preferred: 2 ** 40 }), {}, /preferred address 0x10000000000/],
    ['no boot flag', bzImage().fill(0, 0x1fe, 0x200), {}, /no 55 AA/],
  ])('refuses %s', (_name, kernel, options, message) => {
    expect(() => boot(kernel, options)).toThrow(message);
  });
});

describe('multiboot', () => {
  test('boots an ELF file and describes memory and modules', () => {
    const text = concat(multibootHeader(3), code);
    const core = boot(
      elf(32, 0xc010000cn, [{ physical: 0x100000, virtual: 0xc010_0000n, data: text, memorySize: 64 }]),
      {
        initrd,
        commandLine: 'one two',
      },
    );
    expect(core.protocol).toBe('multiboot');
    expectFlat(core);
    expect(core.cpu.general('rax')).toBe(0x2badb002n);
    expect(core.cpu.get('rip')).toBe(0x10000cn); // the virtual entry's physical place
    const info = Number(core.cpu.general('rbx'));
    expect(core.ram.u32(info)).toBe(1 | 4 | 8 | 64 | 512);
    expect([core.ram.u32(info + 4), core.ram.u32(info + 8)]).toEqual([639, 63 * 1024]);
    expect(textAt(core, core.ram.u32(info + 16))).toBe('one two');
    expect(core.ram.u32(info + 20)).toBe(1);
    const module = core.ram.u32(info + 24);
    const [start, end] = [core.ram.u32(module), core.ram.u32(module + 4)];
    expect(start % 4096).toBe(0);
    expect(core.ram.read(start, end - start)).toEqual(initrd);
    expect(textAt(core, core.ram.u32(info + 64))).toBe('DomZero');
    const map = core.ram.u32(info + 48);
    const entries = Array.from({ length: core.ram.u32(info + 44) / 24 }, (_, i) => map + 24 * i);
    expect(entries.map((e) => core.ram.u32(e))).toEqual([20, 20, 20, 20]);
    expect(entries.map((e) => [u64(core, e + 4), u64(core, e + 12), core.ram.u32(e + 20)])).toEqual(MAP_64M);
  });
  test('boots a flat image by its addresses', () => {
    // 8 bytes before the header belong to the image: load address = header address - 8
    const header = multibootHeader(1 << 16, [0x200008, 0x200000, 0x20002c, 0x200100, 0x200028]);
    const core = boot(concat(new Uint8Array(8).fill(7), header, code, new Uint8Array(100)));
    expect(core.cpu.get('rip')).toBe(0x200028n);
    expect(core.ram.read(0x200000, 8)).toEqual(new Uint8Array(8).fill(7));
    expect(core.ram.read(0x200028, 4)).toEqual(code);
    expect(core.ram.read(0x20002c, 0x100 - 0x2c)).toEqual(new Uint8Array(0x100 - 0x2c));
  });
  test.each<[string, Uint8Array, RegExp]>([
    ['required features', concat(multibootHeader(1 << 5), code), /requires features 0x20/],
    ['neither ELF nor addresses', concat(multibootHeader(0), code), /must be an ELF file or give its addresses/],
    ['addresses that contradict', multibootHeader(1 << 16, [0x100000, 0x200000, 0, 0, 0]), /does not fit/],
    [
      'more than the file has',
      multibootHeader(1 << 16, [0x100000, 0x100000, 0x900000, 0, 0x100000]),
      /the file has 32/,
    ],
    ['bss before data', multibootHeader(1 << 16, [0x100000, 0x100000, 0, 0x100004, 0x100000]), /bss ends/],
    ['an entry elsewhere', multibootHeader(1 << 16, [0x100000, 0x100000, 0, 0, 0x300000]), /entry 0x300000/],
    ['load addresses in the video window', multibootHeader(1 << 16, [0xa0000, 0xa0000, 0, 0, 0xa0000]), /not RAM/],
  ])('refuses %s', (_name, kernel, message) => {
    expect(() => boot(kernel)).toThrow(message);
  });
  test('a magic number without its checksum is no header', () => {
    expect(() => boot(concat(u32(0x1badb002, 0, 0), code))).toThrow(/expected an ELF kernel/);
  });
});

describe('boot sector', () => {
  test('starts at 0:7C00 in real mode with DL = 0x80', () => {
    const core = boot(bootSector([0xeb, 0xfe]));
    const { segments, ...r } = core.cpu.snapshot();
    expect(core.protocol).toBe('boot sector');
    expect(r).toMatchObject({ rip: 0x7c00n, cr0: 0x10n, eflags: 2 });
    expect(r.general.rdx).toBe(0x80n);
    expect(segments.cs).toEqual({ selector: 0, base: 0n, limit: 0xffff, access: 0x93 });
    expect(r.idt).toEqual({ base: 0n, limit: 0x3ff });
    expect(core.ram.read(0x7c00, 2)).toEqual(new Uint8Array([0xeb, 0xfe]));
  });
  test('every BIOS call ends in CLI, HLT', () => {
    const core = boot(bootSector([]));
    expect(core.ram.u32(0x13 * 4)).toBe(0xf000_e000);
    expect([...core.ram.read(0xfe000, 2)]).toEqual([0xfa, 0xf4]);
  });
  test('loads what follows the sector, as far as there is room', () => {
    const image = concat(bootSector([]), new Uint8Array(1000).fill(9));
    expect(boot(image).ram.read(0x7e00, 1000)).toEqual(new Uint8Array(1000).fill(9));
    expect(() => boot(concat(bootSector([]), new Uint8Array(MiB)))).toThrow(/does not fit below 640 KiB/);
  });
  test('takes no initrd', () => {
    expect(() => boot(bootSector([]), { initrd })).toThrow(/takes no initrd/);
  });
});

describe('what is no kernel', () => {
  const pe = new Uint8Array(1024);
  pe.set([0x4d, 0x5a]);
  test.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /found: empty file \(0 bytes, first bytes none\)/],
    ['PE', pe, /found: PE or DOS executable \(1 KiB, first bytes 4d 5a 00 00 00 00 00 00\)/],
    ['text', new TextEncoder().encode('#!/bin/sh\necho hi\n'), /found: text file \(18 bytes/],
    ['HTML', new TextEncoder().encode('<!doctype html>'), /found: HTML page/],
    ['cpio', new TextEncoder().encode('070701' + '0'.repeat(104)), /found: cpio archive/],
    ['noise', new Uint8Array(700).fill(0xee), /found: file of unknown kind \(700 bytes, first bytes ee ee/],
    ['ELF64 without note', elf(64, 0n, [{ physical: 0x100000, data: code }]), /ELF64 file without a PVH note/],
    ['ELF for ARM', elf(32, 0n, [{ physical: 0, data: code }], 40), /machine type 40/],
  ])('%s: says what was expected and found', (_name, kernel, message) => {
    expect(() => boot(kernel)).toThrow(message);
    expect(() => boot(kernel)).toThrow(/^kernel: [^\n]+$/);
  });
});
