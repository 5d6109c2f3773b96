/**
 * Where a block forks and where a region is left. A side exit hands the running instruction to the interpreter, with all
 * state as before it: what the instructions before have changed was settled when it began to do what can fail, so faults
 * need no code here at all: the interpreter repeats the instruction and faults for real.
 *
 * A site names an instruction of the region in 32 bits: where in its page it lies (12 bits), which of the region's pages that is
 * (4 bits), how many instructions of its block come before it (6 bits), and where that matters, its length (4 bits).
 */
import { CODE64, cpu } from '../cpu/state';
import { startRip } from '../cpu/window';
import { instructionLength } from '../interpreter/length';
import { JIT_SITE } from '../layout';
import { access, byte, getLocal, i32Const, i64Const, leb, op, setLocal } from './emit';
import { LEFT, NEXT, storeRip } from './frame';
import { joinFlags, forkFlags, reloadFlags, settleFlags } from './flags';
import { hint, Odds } from './hints';
import { callCore, IMPORT_INTERPRET } from './imports';
import { forkLookups, joinLookups } from './lookups';
import { pageNumber } from './pages';
import { forkRegisters, joinRegisters, nextInstruction, reload, settleRegisters, spill } from './registers';
import { hostPage, linearOfRip } from './stream';
import { BLOCK, BR, BR_IF, ELSE, END, I32_STORE, IF, LOOP, RETURN, SUB, VOID } from './wasm';

/** Upper half of what a region returns: FIRST_ENTRY and the number of the entry where it goes on, or why it was left. */
export namespace Exit {
  /** RIP has been stored, what comes there is not known. */
  export const Target: u32 = 0;
  /** At a site. */
  export const Side: u32 = 1;
  /** The interpreter has executed an instruction, and all state is the core's. */
  export const Interpreted: u32 = 2;
  /** Too few instructions are left in the slice. */
  export const Budget: u32 = 3;
  /** Not entered at all: a page of the region is mapped elsewhere now (engine/mappings.ts). */
  export const Moved: u32 = 4;
  /** As Target, by an indirect transfer, whose host address is in JIT_SITE. */
  export const Indirect: u32 = 5;
  /** As Target, but the mode may be another one, and something may be due. */
  export const Transfer: u32 = 6;
}
export const FIRST_ENTRY: u32 = 16;
const SITE_PAGE: u32 = 12;
const SITE_COUNT: u32 = 16;
const SITE_LENGTH: u32 = 22;
export function siteOffset(site: u32): u32 {
  return site & 0xfff;
}
/** Number of the page among those of the region (pages.ts). */
export function sitePage(site: u32): u32 {
  return (site >> SITE_PAGE) & 15;
}
/** Instructions of the block before a site. */
export function siteCount(site: u32): u32 {
  return (site >> SITE_COUNT) & 63;
}
export function siteLength(site: u32): u32 {
  return site >> SITE_LENGTH;
}

// Transient: of the region, the block and the instruction that are being translated
let nest: u32 = 0;
let count: u32 = 0;
let over: bool = false;
let settled: bool = false;
let straddling: bool = false;

export function beginRegion(): void {
  nest = 0;
}
export function beginBlock(): void {
  count = 0;
  over = false;
}
export function beginJitInstruction(crossesPages: bool): void {
  settled = false;
  straddling = crossesPages;
  nextInstruction();
}
export function endJitInstruction(): void {
  if (!over) count++;
}
/** Has all that follows in the block become unreachable? */
export function ended(): bool {
  return over;
}
/** Instructions of the block translated so far. */
export function translated(): u32 {
  return count;
}

// ---- labels ----
export function openIf(type: u32, odds: u32 = Odds.Even): void {
  hint(odds);
  op(IF);
  byte(type);
  nest++;
}
export function otherwise(): void {
  op(ELSE);
}
export function closeIf(): void {
  op(END);
  nest--;
}
export function openBlock(): void {
  op(BLOCK);
  byte(VOID);
  nest++;
}
export function openLoop(): void {
  op(LOOP);
  byte(VOID);
  nest++;
}
/** How many labels are open: a label opened next gets this number. */
export function labels(): u32 {
  return nest;
}
/** Branches to label number `n`. */
export function branchToLabel(n: u32): void {
  op(BR);
  leb(nest - 1 - n);
}

// ---- forks within an instruction ----
/** Puts the state before the running instruction where an exit finds it; once an instruction. */
export function settle(): void {
  if (settled) return;
  settled = true;
  settleFlags();
  settleRegisters();
}
/** Both ways go on with the same knowledge. */
export function forkState(): void {
  forkFlags();
  forkRegisters();
  forkLookups();
}
export function joinState(): void {
  joinFlags();
  joinRegisters();
  joinLookups();
}

// ---- exits ----
/** RIP as the mode has it. */
export function wrapRip(rip: u64): u64 {
  return cpu.codeMode == CODE64 ? rip : rip & 0xffff_ffff;
}
/** Pushes the site of the running instruction. */
export function pushSite(length: u32 = 0): void {
  const linear = linearOfRip(wrapRip(startRip()));
  const page = pageNumber(linear) << SITE_PAGE;
  i32Const((length << SITE_LENGTH) | (count << SITE_COUNT) | page | ((<u32>linear) & 0xfff));
}
/** Pushes the host address where the running instruction lies; near the end of a page it was read from elsewhere. */
export function pushPlace(): void {
  const linear = linearOfRip(wrapRip(startRip()));
  i32Const(hostPage(linear) | ((<u32>linear) & 0xfff));
}
/** Pops a condition; if it holds, leaves at the running instruction. INVARIANT: settled, and `sideExitNext` was called. */
export function sideExitIf(): void {
  hint(Odds.Seldom);
  op(BR_IF);
  leb(nest);
}
/** Says where the side exit is that may follow. */
export function sideExitNext(): void {
  pushSite();
  setLocal(NEXT);
}
function sideExit(): void {
  sideExitNext();
  op(BR);
  leb(nest);
}
/** Pops a condition; if it holds, the interpreter executes this instruction. */
export function leaveIf(): void {
  settle();
  openIf(VOID, Odds.Seldom);
  sideExit();
  closeIf();
}
/** The block ends before the running instruction, which the interpreter has to execute. */
export function stop(): void {
  if (over) return;
  settle();
  sideExit();
  over = true;
}
/** Leaves with NEXT as it is. */
function out(): void {
  op(BR);
  leb(nest + 1);
}
/** Leaves for `rip`, for the reason `exit`. INVARIANT: settled, LEFT is exact. */
export function leaveFor(rip: u64, exit: u32): void {
  storeRip(wrapRip(rip));
  i32Const(exit);
  setLocal(NEXT);
  out();
}
/** The same for the place of `entry`. */
export function leaveLinked(entry: u32): void {
  i32Const(FIRST_ENTRY + entry);
  setLocal(NEXT);
  out();
}
/** Leaves; RIP has been stored. `site`: the host address of the indirect transfer, 0 if it has none of its own. */
export function leaveStored(site: u32): void {
  if (site) {
    i32Const(0);
    i32Const(site);
    access(I32_STORE, JIT_SITE);
  }
  i32Const(site ? Exit.Indirect : Exit.Target);
  setLocal(NEXT);
  out();
}
/** Counts the block's instructions. */
export function retire(): void {
  if (!count) return;
  getLocal(LEFT);
  i32Const(count);
  op(SUB);
  setLocal(LEFT);
}

// ---- instructions that only the interpreter has ----
/** Has the interpreter execute the running instruction; goes on only where it has come to the next one. */
export function interpret(): void {
  if (straddling) {
    stop();
    return;
  }
  settle();
  spill();
  pushPlace();
  pushSite(instructionLength());
  getLocal(LEFT);
  callCore(IMPORT_INTERPRET);
  openIf(VOID, Odds.Seldom);
  i64Const((<u64>Exit.Interpreted) << 32);
  op(RETURN);
  closeIf();
  reload();
  reloadFlags();
}
/** Is the running instruction on two pages? */
export function isStraddling(): bool {
  return straddling;
}
/** Leaves for the next instruction: this one is done, but something is due. INVARIANT: settled. */
export function leaveAfter(exit: u32 = Exit.Target): void {
  retireThis();
  leaveFor(startRip() + instructionLength(), exit);
}
/** The same after an instruction that the core has done, RIP too. */
export function leaveTransferred(): void {
  retireThis();
  i32Const(Exit.Transfer);
  setLocal(NEXT);
  out();
}
function retireThis(): void {
  getLocal(LEFT);
  i32Const(count + 1);
  op(SUB);
  setLocal(LEFT);
}
