/** The ACPI tables, walked as a guest does: ACPI 6.5 chapters 5 and 20. */
import { describe, expect, test } from 'vitest';
import * as aml from '../web/machine/boot/aml.ts';
import { dsdtCode, RSDP, writeTables } from '../web/machine/boot/tables.ts';
import { fakeCore } from './support/fake-core.ts';

const { ram } = fakeCore(2 ** 21);
ram.bytes.fill(0xff);
writeTables(ram);
const text = (at: number, length: number): string => new TextDecoder().decode(ram.read(at, length));
const sum = (at: number, length: number): number => ram.read(at, length).reduce((a, b) => (a + b) & 0xff, 0);
const u16 = (at: number): number => ram.u32(at) & 0xffff;
function table(at: number, signature: string): number {
  expect(text(at, 4)).toBe(signature);
  expect(sum(at, ram.u32(at + 4))).toBe(0);
  return at;
}

describe('ACPI tables', () => {
  test('the root pointer is where guests look, with both checksums', () => {
    expect(RSDP % 16).toBe(0);
    expect(text(RSDP, 8)).toBe('RSD PTR ');
    expect(ram.bytes[RSDP + 15]).toBe(2);
    expect([sum(RSDP, 20), sum(RSDP, 36)]).toEqual([0, 0]);
  });
  test('RSDT and XSDT lead to the same FADT', () => {
    const rsdt = table(ram.u32(RSDP + 16), 'RSDT');
    const xsdt = table(ram.u32(RSDP + 24), 'XSDT');
    expect([ram.u32(rsdt + 4), ram.u32(xsdt + 4)]).toEqual([40, 44]);
    expect(ram.u32(xsdt + 36)).toBe(ram.u32(rsdt + 36));
  });
  test('the FADT names the power management block, twice', () => {
    const fadt = table(ram.u32(ram.u32(RSDP + 16) + 36), 'FACP');
    expect(ram.u32(fadt + 4)).toBe(244);
    expect([ram.u32(fadt + 56), ram.u32(fadt + 64), ram.u32(fadt + 76)]).toEqual([0x600, 0x604, 0x608]);
    expect([ram.u32(fadt + 148 + 4), ram.u32(fadt + 172 + 4), ram.u32(fadt + 208 + 4)]).toEqual([0x600, 0x604, 0x608]);
    // GPE0: status and enable of 16 events, in both forms
    expect([ram.u32(fadt + 80), ram.bytes[fadt + 92], ram.u32(fadt + 220 + 4)]).toEqual([0x60c, 4, 0x60c]);
    expect(u16(fadt + 46)).toBe(9); // SCI_INT
    expect(ram.u32(fadt + 48)).toBe(0); // SMI_CMD: always in ACPI mode
    // Reset register: I/O space, 8 bits, byte access, port 0xcf9; flag RESET_REG_SUP
    expect([...ram.read(fadt + 116, 8)]).toEqual([1, 8, 0, 1, 0xf9, 0x0c, 0, 0]);
    expect(ram.u32(fadt + 112) & (1 << 10)).not.toBe(0);
    expect(ram.u32(fadt + 112) & (1 << 8)).toBe(0); // TMR_VAL_EXT: the timer has 24 bits
    const facs = ram.u32(fadt + 36);
    expect([facs % 64, text(facs, 4), ram.u32(facs + 4)]).toEqual([0, 'FACS', 64]);
    const dsdt = table(ram.u32(fadt + 40), 'DSDT');
    expect(ram.read(dsdt + 36, ram.u32(dsdt + 4) - 36)).toEqual(dsdtCode());
  });
  test('the DSDT begins with \\_S5', () => {
    // NameOp, '\\_S5_', PackageOp, PkgLength 6, 4 elements, all 0
    const expected = [0x08, 0x5c, 0x5f, 0x53, 0x35, 0x5f, 0x12, 6, 4, 0, 0, 0, 0];
    expect([...dsdtCode().subarray(0, expected.length)]).toEqual(expected);
  });
});

describe('AML', () => {
  test('event 5 notifies the generation ID with 80h', () => {
    // Scope \\_GPE: MethodOp, length, _E05, no arguments; NotifyOp, root, DualNamePrefix, _SB_ VGEN, 80h
    const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));
    const notify = [0x86, 0x5c, 0x2e, ...ascii('_SB_VGEN'), 0x0a, 0x80];
    const method = [0x14, 6 + notify.length, ...ascii('_E05'), 0, ...notify];
    const scope = [0x10, 6 + method.length, 0x5c, ...ascii('_GPE'), ...method];
    expect([...dsdtCode()].slice(-scope.length)).toEqual(scope);
  });
  test('EISA identifiers are compressed as in 19.3.4', () => {
    expect(aml.eisaId('PNP0A03')).toEqual([0x0c, 0x41, 0xd0, 0x0a, 0x03]);
  });
  test('a package length of more than 63 takes two bytes and counts them', () => {
    const code = aml.scope('\\_SB', new Array<number>(100).fill(0xa3));
    expect(code.length).toBe(1 + 2 + 5 + 100);
    expect([code[0], code[1], code[2]]).toEqual([0x10, 0x40 | (107 & 15), 107 >> 4]);
  });
  test('integers take the shortest form', () => {
    expect(aml.integer(1)).toEqual([1]);
    expect(aml.integer(2)).toEqual([0x0a, 2]);
    expect(aml.integer(0x1234)).toEqual([0x0b, 0x34, 0x12]);
    expect(aml.integer(0xfebf_ffff)).toEqual([0x0c, 0xff, 0xff, 0xbf, 0xfe]);
  });
  test('address descriptors have the lengths of 6.4.3.5', () => {
    expect(aml.busNumbers(0, 255)).toEqual([0x88, 13, 0, 2, 0x0c, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 1]);
    const memory = aml.memoryRange(0xa0000, 0xbffff);
    expect([memory.length, memory[1]]).toEqual([26, 23]);
    expect(memory.slice(-4)).toEqual([0, 0, 2, 0]); // 128 KiB
  });
});
