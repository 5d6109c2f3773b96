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
import { cool, forgetHeat, neverAgain, stayHot, warm } from '../jit/heat';
import { dropRegion, FIRST_SLOT, regionAt } from '../jit/regions';
import { hostPage, linearOfRip } from '../jit/stream';
import { Switch, switchValue } from '../jit/switches';
import { forgetTargets, noteTarget, shouldRemake } from '../jit/targets';
import { Refusal, translateRegion } from '../jit/translate';
import { JIT_SITE, RAM, STRADDLE } from '../layout';
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
  if (slot) run(slot, mode);
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
  return known && entryAt(known).region ? Refusal.Nothing : translateRegion(host, rip, mode, 1);
}
/** The table slot of the region at a place, 0: there is none (yet). */
function slotOf(host: u32, rip: u64, mode: u32): u32 {
  const e = findEntry(host, rip, mode);
  if (e && entryAt(e).slot) return entryAt(e).slot;
  if ((!e || !entryAt(e).region) && warm(host)) translate(host, rip, mode);
  return 0;
}
function translate(host: u32, rip: u64, mode: u32): void {
  const refusal = translateRegion(host, rip, mode, switchValue(Switch.Region));
  // The translator has read ahead: the window is opened anew
  openWindow(0, 0, rip, STRADDLE);
  if (refusal == Refusal.None) {
    cool(host);
    linkSoon();
  } else if (refusal == Refusal.Full) linkSoon();
  else {
    neverAgain(host);
    count(Counter.Refused);
  }
}

function run(slot: u32, mode: u32): void {
  const before = remaining();
  const helped = counter(Counter.Helped);
  let links: u32 = 0;
  let next = slot;
  let left = before;
  noteMode(mode);
  do {
    noteRunning(next);
    links++;
    const result = call_indirect<u64>(next, left);
    left = <i32>result;
    next = <u32>(result >> 32);
    if (next == Exit.Target) next = slotAtTarget(left, mode);
    else if (next == Exit.Indirect) next = slotAfterIndirect(left, mode);
    else if (next == Exit.Transfer) {
      mode = currentMode();
      noteMode(mode);
      next = onlyMoved() && mode ? slotAtTarget(left, mode) : Exit.Target;
    } else if (next == Exit.Interpreted && onlyMoved()) {
      mode = currentMode();
      noteMode(mode);
      left = remaining();
      next = slotHere(mode);
    }
  } while (next >= FIRST_SLOT);
  if (next != Exit.Interpreted) setRemaining(left);
  count(Counter.Entries);
  count(Counter.Links, links - 1);
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
  return slot ? slot : Exit.Interpreted;
}
/** A region has been left for RIP: the slot of the region there. */
function slotAtTarget(left: i32, mode: u32): u32 {
  const host = hostOf(cpu.rip);
  if (!host) return Exit.Target;
  setRemaining(left);
  return slotOf(host, cpu.rip, mode);
}
/** The same after an indirect transfer; a region that is left often in this way is made anew. */
function slotAfterIndirect(left: i32, mode: u32): u32 {
  noteTarget(load<u32>(JIT_SITE), cpu.rip);
  const r = regionAt(runningRegion());
  const host = entryAt(r.entry).host;
  if (!shouldRemake(host, ++r.indirect) || !switchValue(Switch.Targets)) return slotAtTarget(left, mode);
  stayHot(host);
  dropRegion(runningRegion());
  return Exit.Indirect;
}
/** Puts the interpreter where the region was left. */
function settle(exit: u32): void {
  if (exit == Exit.Interpreted) return;
  if (exit == Exit.Side) {
    const site = load<u32>(JIT_SITE);
    setRemaining(remaining() - <i32>siteCount(site));
    seek(cpu.codeMode == CODE64 ? siteRip(site) : siteRip(site) & 0xffff_ffff);
    return;
  }
  if (exit == Exit.Moved) dropRegion(runningRegion());
  seek(cpu.rip);
}
