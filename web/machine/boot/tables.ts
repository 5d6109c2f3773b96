/**
 * The ACPI tables of the machine (ACPI 6.5, chapter 5), at 0xE0000 where guests look for them: fixed hardware only, as
 * small as can be, since a guest interprets them at each boot. No MADT: there is no APIC.
 *
 *   RSDP → RSDT, XSDT → FADT → DSDT (\_S5, the PCI root bridge, the generation ID), FACS
 */
import type { GuestMemory } from '../guest-memory.ts';
import * as aml from './aml.ts';
import { TABLES } from './memory-map.ts';

/** Where the root pointer lies: protocols that can, say so. */
export const RSDP = TABLES;
const RSDT = TABLES + 0x40;
const XSDT = TABLES + 0x80;
const FACS = TABLES + 0xc0; // 64-byte aligned
const FADT = TABLES + 0x100;
const DSDT = TABLES + 0x200;
/** The Virtual Machine Generation ID, and the general purpose event that says that it is another one. */
export const GENERATION_ID = TABLES + 0xf00;
export const GENERATION_EVENT = 5;
const HEADER = 36;

// The power management block, assembly/chipset/acpi_pm.ts
const PM_EVENT = 0x600;
const PM_CONTROL = 0x604;
const PM_TIMER = 0x608;
const GENERAL_EVENTS = 0x60c;
const SCI = 9;
/** SLP_TYP that switches the machine off. */
const SLEEP_TYPE_S5 = 0;
const RESET_PORT = 0xcf9;
const RESET_VALUE = 6;
const OEM = 'DOMZER';

export function writeTables(memory: GuestMemory): void {
  memory.zero(TABLES, 0x1000);
  writeRsdp(memory);
  table(memory, RSDT, 'RSDT', 1, HEADER + 4, () => memory.setU32(RSDT + HEADER, FADT));
  table(memory, XSDT, 'XSDT', 1, HEADER + 8, () => memory.setU64(XSDT + HEADER, FADT));
  writeFacs(memory);
  table(memory, FADT, 'FACP', 3, 244, () => writeFadt(memory));
  const code = dsdtCode();
  table(memory, DSDT, 'DSDT', 2, HEADER + code.length, () => memory.write(DSDT + HEADER, code));
}

/** Are our tables there? The guest may have written over them. */
export function hasTables(memory: GuestMemory): boolean {
  const expected = new TextEncoder().encode('RSD PTR ');
  const oem = new TextEncoder().encode(OEM);
  return (
    expected.every((byte, i) => memory.bytes[RSDP + i] === byte) &&
    oem.every((byte, i) => memory.bytes[RSDP + 9 + i] === byte)
  );
}

/** The AML of the DSDT. */
export function dsdtCode(): Uint8Array {
  const zero = aml.integer(0);
  return new Uint8Array([
    ...aml.name('\\_S5', aml.pack(aml.integer(SLEEP_TYPE_S5), zero, zero, zero)),
    ...aml.scope('\\_SB', aml.device('PCI0', ...pciRoot()), aml.device('VGEN', ...generationId())),
    ...aml.scope('\\_GPE', aml.method('_E05', aml.notify('\\_SB.VGEN', CHANGED))),
  ]);
}
function pciRoot(): number[][] {
  return [
    aml.name('_HID', aml.eisaId('PNP0A03')),
    aml.name(
      '_CRS',
      aml.resources(
        aml.busNumbers(0, 0xff),
        aml.ports(0xcf8, 8),
        aml.portRange(0, 0xcf7),
        aml.portRange(0xd00, 0xffff),
        aml.memoryRange(0xa0000, 0xbffff),
        aml.memoryRange(0x8000_0000, 0xfebf_ffff), // RAM never reaches up here (memory-size.ts)
      ),
    ),
  ];
}

const CHANGED = 0x80;
/** The names by which drivers know it: QEMU's, and the one that Microsoft has specified. */
function generationId(): number[][] {
  return [
    aml.name('_HID', aml.string('QEMUVGID')),
    aml.name('_CID', aml.string('VM_Gen_Counter')),
    aml.name('_DDN', aml.string('VM_Gen_Counter')),
    aml.name('ADDR', aml.pack(aml.integer(GENERATION_ID), aml.integer(0))),
  ];
}

function writeRsdp(memory: GuestMemory): void {
  text(memory, RSDP, 'RSD PTR ');
  text(memory, RSDP + 9, OEM);
  memory.setU8(RSDP + 15, 2); // revision
  memory.setU32(RSDP + 16, RSDT);
  memory.setU32(RSDP + 20, 36); // length
  memory.setU64(RSDP + 24, XSDT);
  checksum(memory, RSDP, 20, RSDP + 8);
  checksum(memory, RSDP, 36, RSDP + 32);
}
function writeFacs(memory: GuestMemory): void {
  text(memory, FACS, 'FACS');
  memory.setU32(FACS + 4, 64); // length; no checksum (5.2.10)
  memory.setU8(FACS + 32, 1); // version
}

/** Fixed ACPI description table, revision 3 (5.2.9). */
function writeFadt(memory: GuestMemory): void {
  const u8 = (offset: number, value: number): void => memory.setU8(FADT + offset, value);
  const u32 = (offset: number, value: number): void => memory.setU32(FADT + offset, value);
  u32(36, FACS);
  u32(40, DSDT);
  memory.setU16(FADT + 46, SCI);
  // SMI_CMD (48) stays 0: the machine is always in ACPI mode.
  u32(56, PM_EVENT);
  u32(64, PM_CONTROL);
  u32(76, PM_TIMER);
  u32(80, GENERAL_EVENTS);
  u8(88, 4); // PM1_EVT_LEN
  u8(89, 2); // PM1_CNT_LEN
  u8(91, 4); // PM_TMR_LEN
  u8(92, 4); // GPE0_BLK_LEN: status and enable
  memory.setU16(FADT + 96, 0xffff); // P_LVL2_LAT: no C2
  memory.setU16(FADT + 98, 0xffff); // P_LVL3_LAT: no C3
  u8(108, 0x32); // CENTURY, a CMOS address
  memory.setU16(FADT + 109, 3); // IAPC_BOOT_ARCH: legacy devices, 8042
  u32(112, FADT_FLAGS);
  address(memory, FADT + 116, RESET_PORT, 8);
  u8(128, RESET_VALUE);
  memory.setU64(FADT + 132, FACS);
  memory.setU64(FADT + 140, DSDT);
  address(memory, FADT + 148, PM_EVENT, 32);
  address(memory, FADT + 172, PM_CONTROL, 16);
  address(memory, FADT + 208, PM_TIMER, 32);
  address(memory, FADT + 220, GENERAL_EVENTS, 32);
}
/** WBINVD works, C1 everywhere, no sleep button, RTC wakes not in fixed space, reset register. */
const FADT_FLAGS = 1 | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 10);

/** Generic address structure (5.2.3.2) of I/O ports. */
function address(memory: GuestMemory, at: number, port: number, bits: number): void {
  memory.setU8(at, 1); // system I/O
  memory.setU8(at + 1, bits);
  memory.setU8(at + 3, bits / 8 === 1 ? 1 : bits / 8 === 2 ? 2 : 3);
  memory.setU64(at + 4, port);
}
/** System description table header (5.2.6) around what `body` writes. */
function table(
  memory: GuestMemory,
  at: number,
  signature: string,
  revision: number,
  length: number,
  body: () => void,
): void {
  text(memory, at, signature);
  memory.setU32(at + 4, length);
  memory.setU8(at + 8, revision);
  text(memory, at + 10, 'DOMZERDOMZERO  ');
  memory.setU32(at + 24, 1); // OEM revision
  text(memory, at + 28, 'DMZ0');
  memory.setU32(at + 32, 1);
  body();
  checksum(memory, at, length, at + 9);
}
function checksum(memory: GuestMemory, at: number, length: number, where: number): void {
  memory.setU8(where, 0);
  let sum = 0;
  for (const byte of memory.bytes.subarray(at, at + length)) sum += byte;
  memory.setU8(where, -sum & 0xff);
}
function text(memory: GuestMemory, at: number, value: string): void {
  memory.write(at, new TextEncoder().encode(value));
}
