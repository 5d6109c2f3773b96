/**
 * Entries: places in the code at which a region begins, or to which one is linked. An entry stays where it is as long as
 * a region refers to it, whether code for it exists or not, so that a link needs no patching: it reads the entry's slot.
 */
import { JIT_BUCKETS, JIT_ENTRIES, JIT_LATELY } from '../layout';


@unmanaged
export class Entry {
  rip: u64;
  /** Host address of the first instruction. */
  host: u32;
  /** The mode word (jit/mode.ts). */
  mode: u32;
  /** Index in the core's table of the region that begins here, 0: none. */
  slot: u32;
  /** The next entry of the same bucket. */
  next: u32;
  /** Regions that link here; and the region that begins here, number + 1. */
  links: u32;
  region: u32;
  /** The page of the code, and how far the host's address is from the guest's. */
  page: u64;
  delta: u32;
  /** Of the region that runs from here: all that one way through it may retire; no more than that may be left of a slice. */
  instructions: u32;
  /** Instructions that it may still execute until it is made anew (engine/hot.ts). */
  credit: i32;
  /** It has run since somebody looked for room. */
  used: u32;
  /** Of the TLB, when all pages of the region were last seen where they had been (engine/mappings.ts). */
  epoch: u64;
}
/** Credit of a region that is made anew only when it is asked for; it is given again when it runs out. */
export const FOR_GOOD: i32 = i32.MAX_VALUE;
/** A cache line: who goes from region to region looks at nothing else. */
const ENTRY_SIZE: u32 = 64;
const MOST_ENTRIES: u32 = 24576;
const BUCKETS: u32 = 16384;
/** Entry 0 stands for none. */
let used: u32 = 1;
let free: u32 = 0;

// @ts-ignore: decorator
@inline export function entryAt(i: u32): Entry {
  return changetype<Entry>(JIT_ENTRIES + i * ENTRY_SIZE);
}
// @ts-ignore: decorator
@inline function bucketOf(host: u32, mode: u32): usize {
  return JIT_BUCKETS + (((host ^ (host >> 13) ^ (mode << 3)) & (BUCKETS - 1)) << 2);
}
/** Its number, 0: there is none. */
// @ts-ignore: decorator
@inline export function findEntry(host: u32, rip: u64, mode: u32): u32 {
  let i = load<u32>(bucketOf(host, mode));
  while (i) {
    const e = entryAt(i);
    if (e.host == host && e.mode == mode && e.rip == rip) break;
    i = e.next;
  }
  return i;
}
const LATELY: u32 = 4096;
// @ts-ignore: decorator
@inline function latelyAt(rip: u64): usize {
  const r = <u32>rip;
  return JIT_LATELY + (((r ^ (r >> 12)) & (LATELY - 1)) << 2);
}
/** Entry number `i` has been found for `rip`. */
// @ts-ignore: decorator
@inline export function noteFound(i: u32, rip: u64): void {
  store<u32>(latelyAt(rip), i);
}
/** The number of the entry for `rip` that was found lately, 0: it was not. */
// @ts-ignore: decorator
@inline export function foundLately(rip: u64, mode: u32): u32 {
  const i = load<u32>(latelyAt(rip));
  const e = entryAt(i);
  return e.rip == rip && e.mode == mode ? i : 0;
}
/** Finds or makes the entry for the code at `linear`; 0: there is no room. */
export function makeEntry(host: u32, rip: u64, mode: u32, linear: u64): u32 {
  const known = findEntry(host, rip, mode);
  if (known) return known;
  const i = take();
  if (!i) return 0;
  const e = entryAt(i);
  const bucket = bucketOf(host, mode);
  e.host = host;
  e.rip = rip;
  e.mode = mode;
  e.slot = 0;
  e.links = 0;
  e.region = 0;
  e.delta = host - <u32>linear;
  e.page = linear & ~0xfff;
  e.next = load<u32>(bucket);
  store<u32>(bucket, i);
  return i;
}
function take(): u32 {
  if (free) {
    const i = free;
    free = entryAt(i).next;
    return i;
  }
  return used < MOST_ENTRIES ? used++ : 0;
}
/** Keeps an entry, whatever else is given back, until `letGoOfEntry`. */
export function holdEntry(i: u32): void {
  entryAt(i).links++;
}
export function letGoOfEntry(i: u32): void {
  entryAt(i).links--;
  releaseEntry(i);
}
/** Gives the entry back if nothing needs it any more. */
export function releaseEntry(i: u32): void {
  const e = entryAt(i);
  if (e.links || e.region) return;
  let at = bucketOf(e.host, e.mode);
  while (load<u32>(at) != i) at = changetype<usize>(entryAt(load<u32>(at))) + offsetof<Entry>('next');
  store<u32>(at, e.next);
  e.next = free;
  free = i;
}
