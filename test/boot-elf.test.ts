/** The ELF reader: System V gABI fields, and files made to hurt. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isElf, parseElf } from '../web/machine/boot/elf.ts';
import { elf, note, pvhKernel, u32 } from './support/kernel-images.ts';

const code = new Uint8Array([1, 2, 3, 4]);

describe('ELF', () => {
  test.each([32, 64] as const)('reads segments and notes of %i-bit files', (bits) => {
    const file = elf(bits, 0xc010_0002n, [
      { physical: 0x100000, virtual: 0xc010_0000n, data: code, memorySize: 100 },
      { type: 4, physical: 0, data: note('Xen', 18, u32(0x100002)) },
      { type: 7, physical: 0, data: new Uint8Array(0) }, // PT_TLS: not ours
    ]);
    const parsed = parseElf(file);
    expect(parsed.bits).toBe(bits);
    expect(parsed.entry).toBe(0xc010_0002n);
    expect(parsed.segments).toEqual([{ virtual: 0xc010_0000n, physical: 0x100000, memorySize: 100, data: code }]);
    expect(parsed.notes).toEqual([{ name: 'Xen', type: 18, description: u32(0x100002) }]);
  });

  test('reads several notes in one segment', () => {
    const both = new Uint8Array([...note('GNU', 3, new Uint8Array(5)), ...note('Xen', 18, u32(7))]);
    const file = elf(32, 0n, [{ type: 4, physical: 0, data: both }]);
    expect(parseElf(file).notes.map((n) => [n.name, n.type, n.description.length])).toEqual([
      ['GNU', 3, 5],
      ['Xen', 18, 4],
    ]);
  });

  test.each<[string, (file: Uint8Array, view: DataView) => void, RegExp]>([
    ['class', (f) => (f[4] = 3), /unknown class 3/],
    ['byte order', (f) => (f[5] = 2), /big-endian/],
    ['machine', (_, v) => v.setUint16(18, 40, true), /machine type 40/],
    ['object file', (_, v) => v.setUint16(16, 1, true), /not an executable/],
    ['no program headers', (_, v) => v.setUint16(44, 0, true), /without program headers/],
    ['too many', (_, v) => v.setUint16(44, 60000, true), /60000 program headers/],
    ['header size', (_, v) => v.setUint16(42, 8, true), /too small/],
    ['table beyond the end', (_, v) => v.setUint32(28, 0x7fff_ffff, true), /program headers lie beyond/],
    ['segment beyond the end', (_, v) => v.setUint32(52 + 16, 0xffff_ffff, true), /cut off/],
    ['offset beyond the end', (_, v) => v.setUint32(52 + 4, 0xffff_fff0, true), /cut off/],
    ['file larger than memory', (_, v) => v.setUint32(52 + 20, 1, true), /4 bytes in the file but 1 in memory/],
  ])('refuses a bad %s', (_name, damage, message) => {
    const file = elf(32, 0n, [{ physical: 0x100000, data: code }]);
    damage(file, new DataView(file.buffer));
    expect(() => parseElf(file)).toThrow(message);
  });

  test('refuses 64-bit sizes that no file has', () => {
    const file = elf(64, 0n, [{ physical: 0x100000, data: code }]);
    new DataView(file.buffer).setBigUint64(64 + 8, 0xffff_ffff_ffff_f000n, true);
    expect(() => parseElf(file)).toThrow(/damaged: file offset 0xfffffffffffff000/);
  });
  test('refuses a note that is longer than its segment', () => {
    const file = elf(32, 0n, [{ type: 4, physical: 0, data: u32(4, 0x1000, 18, 0) }]);
    expect(() => parseElf(file)).toThrow(/note is longer/);
  });

  test('whatever the bytes, the answer is a result or one line', () => {
    const good = pvhKernel(0x100000, 0x100000, code);
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(damage, fc.nat(good.length), (changes, length) => {
        const file = good.slice();
        for (const [at, value] of changes) file[at] = value;
        const cut = file.subarray(0, length);
        try {
          for (const s of parseElf(cut).segments) expect(s.data.length).toBeLessThanOrEqual(s.memorySize);
        } catch (error) {
          expect(error).not.toBeInstanceOf(RangeError);
          expect((error as Error).message).toMatch(/^.*ELF.*$/);
        }
        return isElf(cut) === (cut.length >= 4 && cut.subarray(0, 4).join() === '127,69,76,70');
      }),
      { numRuns: 2000 },
    );
  });
});
