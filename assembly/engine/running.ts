/** Which region runs, and what the code is shaped by now. Transient. */
import { shapeChanged, takeShapeChange } from '../cpu/shape';
import { entryAt } from '../jit/entries';
import { modeWord } from '../jit/mode';
import { siteOffset, sitePage } from '../jit/exits';
import { toPage } from '../jit/reach';
import { FIRST_SLOT, regionAt } from '../jit/regions';
import { PAGE } from '../jit/stream';

let slot: u32 = 0;
let mode: u32 = 0;
let word: u32 = 0;

/** The region in table slot `n` is about to run. */
// @ts-ignore: decorator
@inline export function noteRunning(n: u32): void {
  slot = n;
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
  const r = regionAt(runningRegion());
  const first = entryAt(r.entry);
  return first.rip - (first.host & (PAGE - 1)) + toPage(r, sitePage(site)) + siteOffset(site);
}
