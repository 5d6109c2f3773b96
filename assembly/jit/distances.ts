/**
 * Which values are known to differ by a constant: what is said of an address then holds of its neighbours (lookups.ts).
 * Such values share an origin, a number, and have a distance from it each. What a register holds at a block's end is
 * known in the blocks that this one alone leads to.
 */
import { JIT_DISTANCES } from '../layout';
import { longCode } from './width';
import { isAlias, isConstant, isWide, Local, localOf, nothing, numberOf, valueOf } from './local';

/** By value: aliases first, then locals; those beyond have no origin. */
const MOST_ALIASES: u32 = 256;
const MOST_VALUES: u32 = 4096;


@unmanaged
class Known {
  /** Of the block in which it was noted: values live as long as that. */
  block: u32;
  origin: u32;
  distance: i32;
}
const KNOWN_SIZE: u32 = 16;
/** By register, after those of values. */
const REGISTERS: usize = JIT_DISTANCES + MOST_VALUES * KNOWN_SIZE;
const ALL_REGISTERS: u32 = 16 * KNOWN_SIZE;

export const NO_ORIGIN: u32 = 0;
/** Constants are as far from 0 as they say. */
const ZERO: u32 = 1;
/** Transient. */
let origins: u32 = ZERO;
let blocks: u32 = 1;

function knownOf(v: Local): Known {
  const n = isAlias(v) ? numberOf(v) : MOST_ALIASES + localOf(v);
  return changetype<Known>(n < MOST_VALUES ? JIT_DISTANCES + n * KNOWN_SIZE : 0);
}
function knownIn(r: u32): Known {
  return changetype<Known>(REGISTERS + r * KNOWN_SIZE);
}
function set(k: Known, origin: u32, distance: i32): void {
  k.block = blocks;
  k.origin = origin;
  k.distance = distance;
}
function isSmall(n: i64): bool {
  return n == <i64>(<i32>n);
}
/** NO_ORIGIN: nothing can be said of it. */
export function originOf(v: Local): u32 {
  if (isConstant(v)) return !isWide(v) || isSmall(<i64>valueOf(v)) ? ZERO : NO_ORIGIN;
  const k = knownOf(v);
  if (!changetype<usize>(k)) return NO_ORIGIN;
  if (k.block != blocks) set(k, ++origins, 0);
  return k.origin;
}
/** By how much two distances differ: addresses of 32 bits wrap round. */
export function between(distance: i32, from: i32): i64 {
  return longCode() ? <i64>distance - <i64>from : <i64>(distance - from);
}
/** INVARIANT: it has an origin. */
export function distanceOf(v: Local): i32 {
  return isConstant(v) ? <i32>valueOf(v) : knownOf(v).distance;
}
/** `r`, which is new, is `x` + `by`. */
export function noteDistance(r: Local, x: Local, by: i64): void {
  if (isConstant(r) || isConstant(x) || !isSmall(by)) return;
  const origin = originOf(x);
  const k = knownOf(r);
  if (origin == NO_ORIGIN || !changetype<usize>(k)) return;
  const distance = <i64>distanceOf(x) + by;
  if (isSmall(distance)) set(k, origin, <i32>distance);
}

/** A block begins: its values are new. */
export function beginDistances(): void {
  blocks++;
}
/** Registers may hold anything. */
export function forgetDistances(): void {
  memory.fill(REGISTERS, 0, ALL_REGISTERS);
}
export function forgetDistance(r: u32): void {
  knownIn(r).origin = NO_ORIGIN;
}
/** Register `r`, unchanged in this block so far, is handed out as `v`. */
export function noteRead(r: u32, v: Local): void {
  const k = knownIn(r);
  const ours = knownOf(v);
  if (k.origin != NO_ORIGIN && changetype<usize>(ours)) set(ours, k.origin, k.distance);
}
/** At the block's end `r` holds `v`; nothing: what it held. */
export function noteHeld(r: u32, v: Local): void {
  if (v == nothing()) return;
  const k = knownIn(r);
  k.origin = originOf(v);
  if (k.origin != NO_ORIGIN) k.distance = distanceOf(v);
}
/** Keeps what is known of registers at `at`, 256 bytes, and takes it from there. */
export function keepDistances(at: usize): void {
  memory.copy(at, REGISTERS, ALL_REGISTERS);
}
export function restoreDistances(at: usize): void {
  memory.copy(REGISTERS, at, ALL_REGISTERS);
}
