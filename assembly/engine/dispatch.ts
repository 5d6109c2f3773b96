/**
 * Between the interpreter and translated code: the run loop comes here whenever control has gone somewhere. If there is
 * a region for that place it runs, and those to which it leads, until something is for the interpreter.
 */
import { remaining, setRemaining } from '../cpu/budget';
import { oddFlags } from '../cpu/flags';
import { CODE64, cpu } from '../cpu/state';
import { nextRip, onlyMoved, seek } from '../cpu/window';
import { count, Counter, counter } from '../counters';
import { entryAt, findEntry, FOR_GOOD, foundLately, noteFound } from '../jit/entries';
import { Exit, FIRST_ENTRY, siteCount } from '../jit/exits';
import { forgetHeat } from '../jit/heat';
import { FIRST_SLOT, regionAt, Style } from '../jit/regions';
import { linearOfRip } from '../jit/stream';
import { forgetTargets } from '../jit/targets';
import { Refusal, translateRegion } from '../jit/translate';
import { JIT_SITE, RAM } from '../layout';
import { forgetRefusal } from './accesses';
import { comeTo, noteIndirectExit, noteSideExit, promote } from './hot';
import { packFlags, unpackFlags } from './raw-flags';
import { codePage, stands } from './mappings';
import { currentMode, noteMode, noteRunning, runningMode, runningRegion, siteRip } from './running';

/** Going to a region costs as much as so many of its instructions: where it is done often, a large one is worth more. */
const LINK: i32 = 16;

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
  const entry = comeTo(host, rip, mode);
  if (entry) run(entry, mode);
}
function hostOf(rip: u64): u32 {
  const linear = linearOfRip(rip);
  const page = codePage(linear);
  return page ? page + ((<u32>linear) & 0xfff) : 0;
}
/** Translates the instruction at host address `at`, to which the window is open, if it was not yet; a Refusal. */
export function translateOne(at: u64): u32 {
  const rip = cpu.codeMode == CODE64 ? nextRip() : nextRip() & 0xffff_ffff;
  const host = at >= RAM ? <u32>at : hostOf(rip);
  const mode = currentMode();
  if (!host || !mode) return Refusal.Nothing;
  const known = findEntry(host, rip, mode);
  return known && entryAt(known).region ? Refusal.Nothing : translateRegion(host, rip, mode, 1, Style.Full, FOR_GOOD);
}
/** Runs the region at entry number `first`, which is of `mode` and mapped, and those to which it leads. */
function run(first: u32, mode: u32): void {
  const before = remaining();
  const helped = counter(Counter.Helped);
  let links: u32 = 0;
  let left = before;
  let exit = Exit.Budget;
  noteMode(mode);
  unpackFlags();
  for (let entry = first; entry; links++) {
    const e = entryAt(entry);
    const slot = e.slot;
    if (left < <i32>e.instructions) {
      cpu.rip = e.rip;
      exit = Exit.Budget;
      break;
    }
    if (e.credit < 0) {
      setRemaining(left);
      cpu.rip = e.rip;
      promote(regionAt(slot - FIRST_SLOT), mode);
      if (e.slot != slot) {
        exit = Exit.Target; // it had to make room
        break;
      }
    }
    noteRunning(slot);
    e.used = 1;
    const result = call_indirect<u64>(slot, left);
    exit = <u32>(result >> 32);
    const now = exit == Exit.Interpreted ? remaining() : <i32>result;
    e.credit -= left - now + LINK;
    left = now;
    if (exit >= FIRST_ENTRY) {
      entry = exit - FIRST_ENTRY;
      const next = entryAt(entry);
      if (next.slot && stands(next)) continue;
      cpu.rip = next.rip;
      exit = Exit.Target;
    }
    entry = nextEntry(exit, left, mode);
    mode = runningMode();
    if (exit == Exit.Transfer) exit = Exit.Target;
  }
  if (exit != Exit.Interpreted) {
    setRemaining(left);
    packFlags();
  }
  count(Counter.Entries);
  count(Counter.Links, links ? links - 1 : 0);
  count(Counter.ExitTarget + exit);
  settle(exit);
  count(Counter.Executed, <u64>(before - remaining()) - (counter(Counter.Helped) - helped));
}
/** A region has been left for RIP, or the interpreter has come there: the entry with a region there, 0: there is none. */
function nextEntry(exit: u32, left: i32, mode: u32): u32 {
  if (exit == Exit.Interpreted) return onlyMoved() ? entryHere() : 0;
  if (exit == Exit.Transfer) return onlyMoved() ? entryAtRip(left, currentMode()) : 0;
  if (exit == Exit.Indirect) {
    noteIndirectExit(regionAt(runningRegion()));
  } else if (exit != Exit.Target) return 0;
  return entryAtRip(left, mode);
}
function entryAtRip(left: i32, mode: u32): u32 {
  noteMode(mode);
  if (!mode) return 0;
  const rip = cpu.rip;
  const known = foundLately(rip, mode);
  if (known && entryAt(known).slot && stands(entryAt(known))) return known;
  const host = hostOf(rip);
  if (!host) return 0;
  setRemaining(left);
  const entry = comeTo(host, rip, mode);
  if (entry) noteFound(entry, rip);
  return entry;
}
/** The interpreter has executed an instruction of a region, mostly a transfer, and nothing else is due. */
function entryHere(): u32 {
  const mode = currentMode();
  if (!mode || oddFlags()) return 0;
  const rip = cpu.codeMode == CODE64 ? nextRip() : nextRip() & 0xffff_ffff;
  const host = hostOf(rip);
  noteMode(mode);
  const entry = host ? comeTo(host, rip, mode) : 0;
  if (entry) unpackFlags();
  return entry;
}
/** Puts the interpreter where the region was left. */
function settle(exit: u32): void {
  if (exit == Exit.Interpreted) return;
  if (exit == Exit.Side) {
    const site = load<u32>(JIT_SITE);
    forgetRefusal();
    noteSideExit(regionAt(runningRegion()));
    setRemaining(remaining() - <i32>siteCount(site));
    seek(cpu.codeMode == CODE64 ? siteRip(site) : siteRip(site) & 0xffff_ffff);
    return;
  }
  seek(cpu.rip);
}
