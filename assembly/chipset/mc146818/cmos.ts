/**
 * What firmware leaves in the 114 bytes of battery-backed RAM: equipment, memory sizes, and their checksum (Ralf
 * Brown's CMOS list; IBM AT Technical Reference, "Real-time clock/CMOS RAM information"). No drives are entered:
 * nobody reads them from here any more.
 */
const EQUIPMENT: u32 = 0x14;
/** Bit 1: a coprocessor. Display type 0: one with its own BIOS. */
const EQUIPMENT_FPU: u32 = 0x02;
const BASE_KIB: u32 = 0x15;
const EXTENDED_KIB: u32 = 0x17;
const CHECKSUM: u32 = 0x2e;
const CHECKED_FIRST: u32 = 0x10;
const CHECKED_LAST: u32 = 0x2d;
const EXTENDED_KIB_TESTED: u32 = 0x30;
const ABOVE_16_MIB: u32 = 0x34;
const MIB: u32 = 0x100000;
const BASE_MEMORY: u32 = 640;

/** `cmos` is the address of byte 0. */
export function initialize(cmos: usize, ramBytes: u32): void {
  memory.fill(cmos + 0x0e, 0, 128 - 0x0e);
  store<u8>(cmos + EQUIPMENT, <u8>EQUIPMENT_FPU);
  setMemory(cmos, ramBytes);
  let sum: u32 = 0;
  for (let i = CHECKED_FIRST; i <= CHECKED_LAST; i++) sum += load<u8>(cmos + i);
  store<u8>(cmos + CHECKSUM, <u8>(sum >> 8));
  store<u8>(cmos + CHECKSUM + 1, <u8>sum);
}
/** Base memory in KiB, memory above 1 MiB in KiB (twice), memory above 16 MiB in units of 64 KiB; 16 bits each. */
function setMemory(cmos: usize, ramBytes: u32): void {
  const extended = ramBytes > MIB ? min<u32>((ramBytes - MIB) >> 10, 0xffff) : 0;
  const above16 = ramBytes > 16 * MIB ? min<u32>((ramBytes - 16 * MIB) >> 16, 0xffff) : 0;
  setWord(cmos, BASE_KIB, min<u32>(ramBytes >> 10, BASE_MEMORY));
  setWord(cmos, EXTENDED_KIB, extended);
  setWord(cmos, EXTENDED_KIB_TESTED, extended);
  setWord(cmos, ABOVE_16_MIB, above16);
}
function setWord(cmos: usize, index: u32, value: u32): void {
  store<u8>(cmos + index, <u8>value);
  store<u8>(cmos + index + 1, <u8>(value >> 8));
}
