/**
 * When translated functions become a module: the host has to compile it, so `run` comes back for that. Modules cost
 * much each, so functions wait for others, but not for long.
 */
import { retired } from '../cpu/budget';
import { shutWindow } from '../cpu/window';
import { entryAt } from '../jit/entries';
import { neverAgain } from '../jit/heat';
import { count, Counter, counter, countMost } from '../counters';
import {
  forgetFunctions,
  moduleFunctions,
  moduleLength,
  waitingFunctions,
  waitingRegion,
  writeModule,
} from '../jit/module';
import { dropRegion, enliven, regionAt } from '../jit/regions';
import { Switch, switchValue } from '../jit/switches';

/** Instructions that the first function waits, and so many more for each module so far; how many functions do not wait. */
const WAIT: u64 = 100_000;
const LONGER: u64 = 4_000;
const LONGEST: u64 = 1_000_000;
const MANY: u32 = 32;

let due: bool = false;
let since: u64 = 0;

/** A function has been translated: it is to be linked before long. */
export function linkSoon(): void {
  if (waitingFunctions() <= 1) since = retired();
  const enough = waitingFunctions() >= MANY || !switchValue(Switch.Threshold);
  if (!enough && retired() - since < patience()) return;
  due = true;
  shutWindow();
}
function patience(): u64 {
  return min(WAIT + LONGER * counter(Counter.Modules), LONGEST);
}
/** Asked at each arrival: has the oldest function waited for long enough? */
// @ts-ignore: decorator
@inline export function linkIfDue(): void {
  if (waitingFunctions() && !due && retired() - since >= patience()) {
    due = true;
    shutWindow();
  }
}
/** Is a module ready for the host? Writes it. */
export function takeLink(): bool {
  if (!due) return false;
  due = false;
  if (writeModule()) return true;
  abandon();
  return false;
}
/** Writes what waits as a module at once; its bytes, 0 when it could not. */
export function linkNow(): u32 {
  due = true;
  return takeLink() ? moduleLength() : 0;
}
/** What the host does not take is not offered again: an engine without what modules need goes on with the interpreter. */
function abandon(): void {
  for (let i: u32 = 0; i < waitingFunctions(); i++) {
    neverAgain(entryAt(regionAt(waitingRegion(i)).entry).host);
    dropRegion(waitingRegion(i));
  }
  count(Counter.Refused, waitingFunctions());
  forgetFunctions();
}
/** The host has compiled the module and put its functions into their slots (`ok`), or could not. */
export function moduleLinked(ok: bool, microseconds: f64): void {
  if (!moduleLength()) return;
  count(Counter.Modules);
  count(Counter.CompileMicroseconds, <u64>microseconds);
  countMost(Counter.LongestStop, <u64>microseconds);
  if (ok) for (let i: u32 = 0; i < moduleFunctions(); i++) enliven(waitingRegion(i));
  else abandon();
  forgetFunctions();
}
