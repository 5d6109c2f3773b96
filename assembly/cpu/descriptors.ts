/**
 * Segment, system and gate descriptors (SDM 3A 3.4.5, 3.5, 5.8.3), handled as the 8 bytes that memory holds. In IA-32e
 * mode a system descriptor has 16; `readUpperHalf` gets the rest.
 */
import { faulted } from './exceptions';
import { knownWord, readTable, writeTable } from './system';
import { AR_UNUSABLE, cpu, Seg, segment } from './state';

/** Types of system descriptors, SDM 3A table 3-2. */
export namespace System {
  export const Tss16: u32 = 1;
  export const Ldt: u32 = 2;
  export const Tss16Busy: u32 = 3;
  export const CallGate16: u32 = 4;
  export const TaskGate: u32 = 5;
  export const InterruptGate16: u32 = 6;
  export const TrapGate16: u32 = 7;
  export const Tss32: u32 = 9;
  export const Tss32Busy: u32 = 11;
  export const CallGate32: u32 = 12;
  export const InterruptGate32: u32 = 14;
  export const TrapGate32: u32 = 15;
}
/** Busy bit in the type of a TSS. */
export const BUSY: u32 = 2;

const TI: u32 = 4;
const PRESENT: u64 = 1 << 47;
const NOT_SYSTEM: u64 = 1 << 44;
const CODE: u64 = 1 << 43;
/** Of code; of data: expand-down. */
const CONFORMING: u64 = 1 << 42;
/** Of data; of code: readable. */
const WRITABLE: u64 = 1 << 41;
const ACCESSED: u64 = 1 << 40;
const AVAILABLE: u64 = 1 << 52;
/** Present, accessed, base 0, 4 GiB, 32-bit, of ring 0: not conforming code, writable data. */
const FLAT_CODE: u64 = 0x00cf_9900_0000_ffff;
const FLAT_DATA: u64 = 0x00cf_9300_0000_ffff;
/** Present interrupt or trap gate of 32 bits; the last bit of the type tells them apart. */
const GATE32: u64 = 0x8e00_0000_0000;
const GATE32_MASK: u64 = 0x9e00_0000_0000;

/** Type of a system descriptor; 16 + type of a code or data segment. */
// @ts-ignore: decorator
@inline export function typeOf(d: u64): u32 {
  return (<u32>(d >> 40)) & 0x1f;
}
// @ts-ignore: decorator
@inline export function dplOf(d: u64): u32 {
  return (<u32>(d >> 45)) & 3;
}
// @ts-ignore: decorator
@inline export function isPresent(d: u64): bool {
  return (d & PRESENT) != 0;
}
// @ts-ignore: decorator
@inline export function isSystem(d: u64): bool {
  return !(d & NOT_SYSTEM);
}
// @ts-ignore: decorator
@inline export function isCode(d: u64): bool {
  return (d & (NOT_SYSTEM | CODE)) == (NOT_SYSTEM | CODE);
}
// @ts-ignore: decorator
@inline export function isConforming(d: u64): bool {
  return (d & CONFORMING) != 0;
}
// @ts-ignore: decorator
@inline export function isWritableData(d: u64): bool {
  return (d & (NOT_SYSTEM | CODE | WRITABLE)) == (NOT_SYSTEM | WRITABLE);
}
/** Data, or code that may be read. */
// @ts-ignore: decorator
@inline export function isReadable(d: u64): bool {
  return !isSystem(d) && (d & (CODE | WRITABLE)) != CODE;
}
/** Flat 32-bit code of ring `dpl`, readable or not. */
// @ts-ignore: decorator
@inline export function isFlatCode(d: u64, dpl: u32): bool {
  return (d & ~(AVAILABLE | WRITABLE)) == (FLAT_CODE | ((<u64>dpl) << 45));
}
// @ts-ignore: decorator
@inline export function isFlatData(d: u64, dpl: u32): bool {
  return (d & ~AVAILABLE) == (FLAT_DATA | ((<u64>dpl) << 45));
}
/** Writable data, present and accessed. */
// @ts-ignore: decorator
@inline export function isUsualData(d: u64): bool {
  return (d & (PRESENT | NOT_SYSTEM | CODE | WRITABLE | ACCESSED)) == (PRESENT | NOT_SYSTEM | WRITABLE | ACCESSED);
}
// @ts-ignore: decorator
@inline export function isGate32(d: u64): bool {
  return (d & GATE32_MASK) == GATE32;
}
/** L and D of a code segment, as a number: 0 16-bit, 1 64-bit, 2 32-bit, 3 not allowed in IA-32e mode. */
// @ts-ignore: decorator
@inline export function widthBits(d: u64): u32 {
  return (<u32>(d >> 53)) & 3;
}
// @ts-ignore: decorator
@inline export function baseOf(d: u64): u64 {
  return ((d >> 16) & 0xffffff) | ((d >> 32) & 0xff000000);
}
// @ts-ignore: decorator
@inline export function limitOf(d: u64): u32 {
  const raw = ((<u32>d) & 0xffff) | ((<u32>(d >> 32)) & 0xf0000);
  return (d >> 55) & 1 ? (raw << 12) | 0xfff : raw;
}
/** Access rights as Segment.access has them. */
// @ts-ignore: decorator
@inline export function accessOf(d: u64): u32 {
  return (<u32>(d >> 40)) & 0xf0ff;
}
// @ts-ignore: decorator
@inline export function gateSelector(d: u64): u32 {
  return (<u32>(d >> 16)) & 0xffff;
}
/** Offset in a 32-bit gate, or the low half of a 64-bit one. */
// @ts-ignore: decorator
@inline export function gateOffset(d: u64): u32 {
  return ((<u32>d) & 0xffff) | ((<u32>(d >> 32)) & 0xffff0000);
}

// @ts-ignore: decorator
@inline export function isNull(selector: u32): bool {
  return !(selector & 0xfffc);
}
// @ts-ignore: decorator
@inline export function isLocal(selector: u32): bool {
  return (selector & TI) != 0;
}
/** Do the `size` bytes of the descriptor lie within its table? */
export function inTable(selector: u32, size: u32 = 8): bool {
  const last = (selector & 0xfff8) + size - 1;
  if (!isLocal(selector)) return last <= cpu.gdtLimit;
  const ldt = segment(Seg.LDTR);
  return !(ldt.access & AR_UNUSABLE) && last <= ldt.limit;
}
// @ts-ignore: decorator
@inline function addressOf(selector: u32): u64 {
  return (isLocal(selector) ? segment(Seg.LDTR).base : cpu.gdtBase) + (selector & 0xfff8);
}
/** The descriptor that `selector` names, which must be `inTable`. Can raise #PF. */
// @ts-ignore: decorator
@inline export function readDescriptor(selector: u32): u64 {
  return readTable<u64>(addressOf(selector));
}
/** The same where nothing can fail: in the GDT, known to the TLB, legacy mode; else 0. */
// @ts-ignore: decorator
@inline export function knownDescriptor(selector: u32): u64 {
  if (isNull(selector)) return 0;
  if (isLocal(selector)) return 0;
  if ((selector | 7) > cpu.gdtLimit) return 0;
  return knownWord(<u32>cpu.gdtBase + (selector & 0xfff8));
}
/** Bytes 8 to 15 of a system descriptor of IA-32e mode. */
export function readUpperHalf(selector: u32): u64 {
  return readTable<u64>(addressOf(selector) + 8);
}
/** Sets the accessed bit in memory; false when that raised a page fault. */
// @ts-ignore: decorator
@inline export function markAccessed(selector: u32, d: u64): bool {
  return (d & ACCESSED) != 0 || writeAccessed(selector, d);
}
function writeAccessed(selector: u32, d: u64): bool {
  writeTable<u8>(addressOf(selector) + 5, <u8>((d | ACCESSED) >> 40));
  return !faulted();
}
/** Sets or clears the busy bit of the TSS descriptor in memory. */
export function setBusy(selector: u32, busy: bool): void {
  const at = addressOf(selector) + 5;
  const type = <u32>readTable<u8>(at);
  if (faulted()) return;
  writeTable<u8>(at, <u8>(busy ? type | BUSY : type & ~BUSY));
}
