/**
 * Between the interpreter and translated code: the run loop comes here whenever control has gone somewhere. If there is
 * a region for that place it runs, and those to which it leads, until something is for the interpreter; if there is none, the
 * place becomes warmer, and is translated when it is hot.
 */
import { remaining, setRemaining } from '../cpu/budget';
import { oddFlags } from '../cpu/flags';
import { CODE64, cpu } from '../cpu/state';
import { nextRip, onlyMoved, openWindow, seek } from '../cpu/window';
import { count, Counter, counter } from '../jit/counters';
import { entryAt, findEntry } from '../jit/entries';
import { Exit, siteCount } from '../jit/exits';
import { cool, forgetHeat, neverAgain, warm } from '../jit/heat';
import { dropRegion, FIRST_SLOT, Region, regionAt } from '../jit/regions';
import { hostPage, linearOfRip } from '../jit/stream';
import { Switch, switchValue } from '../jit/switches';
import { forgetTargets, noteTarget, shouldRemake } from '../jit/targets';
import { Refusal, translateRegion } from '../jit/translate';
import { JIT_SITE, RAM, STRADDLE } from '../layout';
import { forgetRefusal } from './accesses';
import { linkSoon } from './linking';
import { currentMode, noteMode, noteRunning, runningRegion, siteRip } from './running';

/** Is there a translator at all? */
let translating: bool = false;

export function setTranslating(on: bool): void {
  translating = on;
  forgetHeat();
  forgetTargets();
}
// @ts-ignore: decorator
@inline export function isTranslating(): bool {
  return translating;
}
/**
 * Control has come to host address `at`. Runs translated code if there is any: the next instruction is then another
 * one. Nothing happens while the window is shut: something is due right after this instruction.
 */
export function arrive(at: u64): void {
  if (!onlyMoved() || oddFlags()) return;
  const rip = cpu.codeMode == CODE64 ? nextRip() : nextRip() & 0xffff_ffff;
  const host = at >= RAM ? <u32>at : hostOf(rip);
  const mode = currentMode();
  if (!host || !mode) return;
  const slot = slotOf(host, rip, mode);
  if (!slot) return;
  cpu.rip = rip;
  run(slot, mode);
}
function hostOf(rip: u64): u32 {
  const linear = linearOfRip(rip);
  const page = hostPage(linear);
  return page ? page + ((<u32>linear) & 0xfff) : 0;
}
/** Translates the instruction at host address `at`, to which the window is open, if it was not yet; a Refusal. */
export function translateOne(at: u64): u32 {
  const rip = cpu.codeMode == CODE64 ? nextRip() : nextRip() & 0xffff_ffff;
  const host = at >= RAM ? <u32>at : hostOf(rip);
  const mode = currentMode();
  if (!host || !mode) return Refusal.Nothing;
  const known = findEntry(host, rip, mode);
  return known && entryAt(known).region ? Refusal.Nothing : translateRegion(host, rip, mode, 1, true, FOR_GOOD);
}
/** The table slot of the region at a place, 0: there is none (yet). */
function slotOf(host: u32, rip: u64, mode: u32): u32 {
  const e = findEntry(host, rip, mode);
  if (e && entryAt(e).slot) return entryAt(e).slot;
  if ((!e || !entryAt(e).region) && warm(host)) translateFirst(host, rip, mode);
  return 0;
}
/** Of a region that is never made anew, but for new targets. */
const FOR_GOOD: i32 = i32.MAX_VALUE;
const THOUSAND: u32 = 1000;

/** Hot for the first time: a small region is made, or a large one at once. */
function translateFirst(host: u32, rip: u64, mode: u32): void {
  const small = min(switchValue(Switch.First), switchValue(Switch.Region));
  const refusal = small
    ? translateRegion(host, rip, mode, small, false, <i32>(switchValue(Switch.Promote) * THOUSAND))
    : translateRegion(host, rip, mode, switchValue(Switch.Region), true, FOR_GOOD);
  finishTranslation(rip, refusal);
  if (refusal == Refusal.None) cool(host);
  else if (refusal != Refusal.Full) neverAgain(host);
}
/** The region, which is about to run, has executed so much that a large one is worth it; it runs until that is live. */
function promote(r: Region, mode: u32): void {
  const e = entryAt(r.entry);
  r.credit = FOR_GOOD;
  finishTranslation(e.rip, translateRegion(e.host, e.rip, mode, switchValue(Switch.Region), true, FOR_GOOD));
}
function finishTranslation(rip: u64, refusal: u32): void {
  // The translator has read ahead: the window is opened anew
  openWindow(0, 0, rip, STRADDLE);
  if (refusal == Refusal.None || refusal == Refusal.Full) linkSoon();
  else count(Counter.Refused);
}

/**
 * Runs the region in table slot `slot`, and those to which it leads. INVARIANT: cpu.rip is that of the next region, so
 * that one which cannot run has nothing to say.
 */
function run(slot: u32, mode: u32): void {
  const before = remaining();
  const helped = counter(Counter.Helped);
  let links: u32 = 0;
  let next = slot;
  let left = before;
  noteMode(mode);
  do {
    const r = regionAt(next - FIRST_SLOT);
    if (left < <i32>r.instructions) {
      next = Exit.Budget;
      break;
    }
    if (r.credit < 0) {
      setRemaining(left);
      promote(r, mode);
    }
    noteRunning(next);
    r.used = 1;
    links++;
    const result = call_indirect<u64>(next, left);
    next = <u32>(result >> 32);
    const now = next == Exit.Interpreted ? remaining() : <i32>result;
    r.credit -= left - now;
    left = now;
    if (next == Exit.Target) next = slotAtTarget(left, mode);
    else if (next == Exit.Indirect) next = slotAfterIndirect(left, mode);
    else if (next == Exit.Interpreted && onlyMoved()) {
      mode = currentMode();
      noteMode(mode);
      next = slotHere(mode);
    }
  } while (next >= FIRST_SLOT);
  if (next != Exit.Interpreted) setRemaining(left);
  count(Counter.Entries);
  count(Counter.Links, links > 1 ? links - 1 : 0);
  count(Counter.ExitTarget + next);
  settle(next);
  count(Counter.Executed, <u64>(before - remaining()) - (counter(Counter.Helped) - helped));
}
/** The interpreter has executed an instruction of a region, mostly a transfer, and nothing else is due. */
function slotHere(mode: u32): u32 {
  if (!mode || oddFlags()) return Exit.Interpreted;
  const rip = cpu.codeMode == CODE64 ? nextRip() : nextRip() & 0xffff_ffff;
  const host = hostOf(rip);
  const slot = host ? slotOf(host, rip, mode) : 0;
  cpu.rip = rip;
  return slot ? slot : Exit.Interpreted;
}
/** A region has been left for RIP: the slot of the region there. */
function slotAtTarget(left: i32, mode: u32): u32 {
  const host = hostOf(cpu.rip);
  if (!host) return Exit.Target;
  setRemaining(left);
  return slotOf(host, cpu.rip, mode);
}
/** The same after an indirect transfer; a large region that is left often in this way is made anew. */
function slotAfterIndirect(left: i32, mode: u32): u32 {
  noteTarget(load<u32>(JIT_SITE), cpu.rip);
  const r = regionAt(runningRegion());
  if (r.large && shouldRemake(entryAt(r.entry).host, ++r.indirect) && switchValue(Switch.Targets)) r.credit = -1;
  return slotAtTarget(left, mode);
}
/** Puts the interpreter where the region was left. */
function settle(exit: u32): void {
  if (exit == Exit.Interpreted) return;
  if (exit == Exit.Side) {
    forgetRefusal();
    const site = load<u32>(JIT_SITE);
    setRemaining(remaining() - <i32>siteCount(site));
    seek(cpu.codeMode == CODE64 ? siteRip(site) : siteRip(site) & 0xffff_ffff);
    return;
  }
  if (exit == Exit.Moved) dropRegion(runningRegion());
  seek(cpu.rip);
}
