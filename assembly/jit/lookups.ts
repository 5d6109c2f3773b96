/**
 * TLB look-ups that neighbours share. An address that differs from an earlier one by a small constant mostly lies in the
 * same page: then the look-up for the first asks for both, its bounds being widened after it has been written, and the
 * second costs an addition. Pushes, pops and the fields of a structure thus need one look-up in all.
 *
 * A look-up holds in the block where it stands and in those that this one alone leads to, until the core is called for an
 * instruction of which nothing is known. Its Wasm local has the host address that belongs to the first address, or 0.
 */
import { JIT_LOOKUPS } from '../layout';
import {
  between,
  distanceOf,
  forgetDistances,
  keepDistances,
  NO_ORIGIN,
  originOf,
  restoreDistances,
} from './distances';
import { overflow, setConst } from './emit';
import { Local, reserveLocal } from './local';
import { Switch, switchValue } from './switches';

/** How far a neighbour may be: what straddles two pages is the slower for it. */
const REACH: i64 = 256;
const MOST_LOOKUPS: u32 = 32;


@unmanaged
export class Lookup {
  origin: u32;
  /** Distances of the first address, and of the first and behind the last byte. */
  first: i32;
  low: i32;
  high: i32;
  /** For writing: what can be written can be read. */
  write: u32;
  /** Wasm local of the host address. */
  host: u32;
  /** Where the bounds stand, relative to the first address (emit.ts, openConst). */
  lowAt: usize;
  highAt: usize;
}
const LOOKUP_SIZE: u32 = 32;
/** May neighbours share one in this region? */
let sharing: bool = true;
/** Those of the way from the region's entry, a stack; the first that still holds. Transient. */
let depth: u32 = 0;
let floor: u32 = 0;
/** How many Wasm locals have been reserved; the `when`s that are open. */
let reserved: u32 = 0;
let whens: u32 = 0;

const HOSTS: usize = JIT_LOOKUPS + MOST_LOOKUPS * LOOKUP_SIZE;
/** What is kept while one of two ways is written: depth, floor, distances of registers. */
const KEPT: usize = JIT_LOOKUPS + 0x800;
const KEPT_SIZE: u32 = 16 + 256;
const MOST_KEPT: u32 = 128;
let kept: u32 = 0;

function lookupAt(i: u32): Lookup {
  return changetype<Lookup>(JIT_LOOKUPS + i * LOOKUP_SIZE);
}
export function noLookup(): Lookup {
  return changetype<Lookup>(0);
}

// ---- what holds where ----
/** `shares`: neighbours may share them. */
export function beginLookups(shares: bool): void {
  sharing = shares && switchValue(Switch.Neighbours) != 0;
  depth = 0;
  floor = 0;
  reserved = 0;
  whens = 0;
  kept = 0;
  forgetDistances();
}
/** How many there are on the way here. */
export function lookupDepth(): u32 {
  return depth;
}
/** Several ways lead here: what stands in one of them does not hold. `level`: the depth where they parted. */
export function mergeLookups(level: u32): void {
  depth = level;
  forgetLookups();
}
/** Nothing holds any longer. */
export function forgetLookups(): void {
  floor = depth;
  forgetDistances();
}
/** What is looked up in a `when` is so on one way only. */
export function forkLookups(): void {
  whens++;
}
export function joinLookups(): void {
  whens--;
}
/** Before one of two ways is written: the other begins with the same knowledge. */
export function keepLookups(): void {
  if (kept == MOST_KEPT) {
    overflow();
    kept = 0;
  }
  const at = KEPT + kept++ * KEPT_SIZE;
  store<u32>(at, depth);
  store<u32>(at, floor, 4);
  keepDistances(at + 16);
}
export function restoreLookups(): void {
  const at = KEPT + --kept * KEPT_SIZE;
  depth = load<u32>(at);
  floor = load<u32>(at, 4);
  restoreDistances(at + 16);
}

// ---- finding and opening ----
/** One that serves `size` bytes at `linear`, having been widened for them; else noLookup(). */
export function sharedLookup(linear: Local, size: u32, write: bool): Lookup {
  if (!sharing) return noLookup();
  const origin = originOf(linear);
  if (origin == NO_ORIGIN) return noLookup();
  const distance = distanceOf(linear);
  for (let i = depth; i > floor; i--) {
    const l = lookupAt(i - 1);
    if (l.origin == origin && (l.write || !write) && widen(l, distance, size)) return l;
  }
  return noLookup();
}
function widen(l: Lookup, distance: i32, size: u32): bool {
  const from = between(distance, l.first);
  if (from < -REACH || from + size > REACH) return false;
  const low = <i32>min(from, between(l.low, l.first));
  const high = <i32>max(from + size, between(l.high, l.first));
  setBounds(l, low, high);
  return true;
}
function setBounds(l: Lookup, low: i32, high: i32): void {
  l.low = l.first + low;
  l.high = l.first + high;
  setConst(l.lowAt, low);
  setConst(l.highAt, high - 1);
}
/** A new one, for `size` bytes at `linear`, whose bounds stand at the two places; noLookup(): it will not be shared. */
export function newLookup(linear: Local, size: u32, write: bool, lowAt: usize, highAt: usize): Lookup {
  const l = lookupAt(depth++);
  l.origin = originOf(linear);
  l.first = distanceOf(linear);
  l.write = write;
  l.host = hostLocal(depth - 1);
  l.lowAt = lowAt;
  l.highAt = highAt;
  setBounds(l, 0, <i32>size);
  return l;
}
/** Can one that begins here serve others? */
export function canShare(linear: Local): bool {
  return sharing && !whens && depth < MOST_LOOKUPS && originOf(linear) != NO_ORIGIN;
}
/** Ways that exclude each other use the same locals. */
function hostLocal(i: u32): u32 {
  if (i == reserved) store<u32>(HOSTS + (reserved++ << 2), reserveLocal());
  return load<u32>(HOSTS + (i << 2));
}
/** How far `linear` lies behind the first address. */
export function behindFirst(l: Lookup, linear: Local): i32 {
  return <i32>between(distanceOf(linear), l.first);
}
