/** Which region runs, and what the code is shaped by now. Transient. */
import { shapeChanged, takeShapeChange } from '../cpu/shape';
import { entryAt } from '../jit/entries';
import { modeWord } from '../jit/mode';
import { FIRST_SLOT, regionAt } from '../jit/regions';

let slot: u32 = 0;
let mode: u32 = 0;
let word: u32 = 0;
/** RIP of the running region, once somebody has asked. */
let rip: u64 = 0;
let ripKnown: bool = false;

/** The region in table slot `n` is about to run. */
// @ts-ignore: decorator
@inline export function noteRunning(n: u32): void {
  slot = n;
  ripKnown = false;
}
export function noteMode(m: u32): void {
  mode = m;
}
export function runningMode(): u32 {
  return mode;
}
/** The mode word of the CPU as it is. */
// @ts-ignore: decorator
@inline export function currentMode(): u32 {
  if (shapeChanged()) look();
  return word;
}
function look(): void {
  takeShapeChange();
  word = modeWord();
}
export function runningRegion(): u32 {
  return slot - FIRST_SLOT;
}
/** RIP of a site (jit/exits.ts) of the running region. */
export function siteRip(site: u32): u64 {
  if (!ripKnown) {
    rip = entryAt(regionAt(runningRegion()).entry).rip;
    ripKnown = true;
  }
  return rip + <i64>((<i32>(site << 12)) >> 12);
}
