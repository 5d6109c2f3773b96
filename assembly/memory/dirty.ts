/**
 * Which pages of RAM have changed: a byte each, in which every reader of the answer has a bit of its own (SEEN_…).
 *
 * INVARIANT: a page has a write tag in the TLB, or may have one again by its CODE flag (tlb.ts), only while all its bits
 * are set. So a write costs nothing but the look at the page tables that fills the tag; what clears bits takes the tags
 * away (`forgetWritable`). Writes that go past the TLB, and the host's, say so themselves.
 */
import { DIRTY, RAM } from '../layout';
import { cpu } from '../cpu/state';

/** Bits: since the last pass of a copy that is being made, and since the last snapshot. */
export namespace Since {
  export const Pass: u32 = 1;
  export const Snapshot: u32 = 2;
}
const ALL: u8 = 0xff;

// @ts-ignore: decorator
@inline function byteOf(host: usize): usize {
  return DIRTY + ((host - RAM) >> 12);
}
/** The page of host address `host`, which lies in RAM, is written, or is going to be. */
// @ts-ignore: decorator
@inline export function markDirty(host: usize): void {
  store<u8>(byteOf(host), ALL);
}
/** May the page of `host` be written without telling anybody? */
// @ts-ignore: decorator
@inline export function isDirty(host: usize): bool {
  return load<u8>(byteOf(host)) == ALL;
}
/** Everything has changed: nobody has seen any of it. */
export function markAllDirty(): void {
  memory.fill(DIRTY, ALL, (cpu.ramSize + 0xfff) >> 12);
}
/** Clears `bits` of all pages. The caller takes the write tags away. */
export function clearDirty(bits: u32): void {
  const keep: u64 = 0x0101_0101_0101_0101 * <u64>(~bits & 0xff);
  const end = DIRTY + ((cpu.ramSize + 0xfff) >> 12);
  for (let at = DIRTY; at < end; at += 8) store<u64>(at, load<u64>(at) & keep);
}
