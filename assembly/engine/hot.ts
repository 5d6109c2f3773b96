/**
 * What becomes of a place in the code: it grows warmer each time control comes to it, is translated as a small region
 * when it is hot, and anew when that has executed much (large), left much to the interpreter (full), or gone where it did not
 * know (with new targets).
 */
import { cpu } from '../cpu/state';
import { openWindow } from '../cpu/window';
import { count, Counter } from '../counters';
import { entryAt, findEntry, FOR_GOOD } from '../jit/entries';
import { cool, neverAgain, warm } from '../jit/heat';
import { Region, regionAt, Style } from '../jit/regions';
import { linearOfRip } from '../jit/stream';
import { Switch, switchValue } from '../jit/switches';
import { noteTarget, shouldRemake } from '../jit/targets';
import { Refusal, translateRegion } from '../jit/translate';
import { JIT_SITE, STRADDLE } from '../layout';
import { linkSoon } from './linking';
import { codePage, stands } from './mappings';

// Credit that asks for another region: with the targets that are known now, or with more code for accesses
const REMAKE: i32 = i32.MIN_VALUE;
const COMPLETE: i32 = i32.MIN_VALUE + 1;
const THOUSAND: u32 = 1000;
/**
 * A region that leaves an access to the interpreter more often than once in so many instructions gets look-ups for each access,
 * for a stack frame that lies in two pages lets all fail that share one; then the code to make all accesses itself.
 * That is long, and slows down the rest: calls make an engine keep values in memory. Looked at after so many side exits.
 */
const SELDOM: i32 = 2000;
const OFTEN: i32 = 500;
const SIDE_EXITS: i32 = 100;

/** The entry of the region at a place, 0: there is none (yet). */
export function comeTo(host: u32, rip: u64, mode: u32): u32 {
  const e = findEntry(host, rip, mode);
  if (e && entryAt(e).slot && stands(entryAt(e))) return e;
  if ((!e || !entryAt(e).region) && warm(host)) translate(host, rip, mode);
  return 0;
}
/** Hot for the first time: a small region is made, or a large one at once. */
function translate(host: u32, rip: u64, mode: u32): void {
  if (!codePage(linearOfRip(rip))) return;
  const refusal = make(host, rip, mode, switchValue(Switch.First) ? 0 : Style.Large);
  finish(rip, refusal);
  if (refusal == Refusal.None) cool(host);
  else if (refusal != Refusal.Full) neverAgain(host);
}
function make(host: u32, rip: u64, mode: u32, style: u32): u32 {
  const most = switchValue(Switch.Region);
  if (style & Style.Large) return translateRegion(host, rip, mode, most, style, FOR_GOOD);
  const credit = <i32>(switchValue(Switch.Promote) * THOUSAND);
  return translateRegion(host, rip, mode, min(switchValue(Switch.First), most), style, credit);
}
/** The region is about to run and has used up its credit: another one is made in its place, and it runs until that is live. */
export function promote(r: Region, mode: u32): void {
  const e = entryAt(r.entry);
  const asked = e.credit;
  e.credit = FOR_GOOD;
  if (regionAt(e.region - 1) != r) return; // it is on its way
  if (r.style & Style.Large && asked > COMPLETE) return;
  finish(e.rip, make(e.host, e.rip, mode, r.style | (asked == COMPLETE ? lacking(r) : Style.Large)));
}
/** What a region that leaves many accesses to the interpreter gets next. */
function lacking(r: Region): u32 {
  return r.style & Style.Apart ? Style.Full : Style.Apart;
}
function finish(rip: u64, refusal: u32): void {
  // The translator has read ahead: the window is opened anew
  openWindow(0, 0, rip, STRADDLE);
  if (refusal == Refusal.None || refusal == Refusal.Full) linkSoon();
  else count(Counter.Refused);
}
/** The region has been left by an indirect transfer to a place that it does not know, CpuState.rip. */
export function noteIndirectExit(r: Region): void {
  noteTarget(load<u32>(JIT_SITE), cpu.rip);
  const e = entryAt(r.entry);
  if (r.style & Style.Large && shouldRemake(e.host, ++r.indirect) && switchValue(Switch.Targets)) e.credit = REMAKE;
}
/** The region has been left in the middle. */
export function noteSideExit(r: Region): void {
  if (r.style & Style.Full || ++r.side % SIDE_EXITS) return;
  const e = entryAt(r.entry);
  const since = r.credit - e.credit;
  r.credit = e.credit;
  if (since >= 0 && since < SIDE_EXITS * (r.style & Style.Apart ? OFTEN : SELDOM)) e.credit = COMPLETE;
}
