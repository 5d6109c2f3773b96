/**
 * Finds the blocks of a region: from its entry across direct jumps, both ways of branches, fall-throughs, calls and their
 * returns, over page borders, until it is as large as it may be. A function that is called is taken in once for each
 * call (its context), so that its return has one place to go to, which one comparison confirms.
 */
import { JIT_CONTEXTS } from '../layout';
import { Control, survey } from '../interpreter/survey';
import { here } from '../cpu/window';
import {
  addBlock,
  addCase,
  block,
  Block,
  blockCount,
  findBlock,
  forgetBlocks,
  lostBlocks,
  MOST_BLOCKS,
  NO_BLOCK,
} from './blocks';
import { isFrequent, MOST_TARGETS, targetOf } from './targets';
import { entryAt, findEntry } from './entries';
import { isWarm } from './heat';
import { modeOf } from './mode';
import { coverCode, coversPage, forgetPages, pagesHaveRoom } from './pages';
import { bytesOnSecondPage, hostPage, linearOfRip, PAGE, readInstruction, readLength } from './stream';
import { inReach } from './reach';
import { Switch, switchValue } from './switches';
import { neverContinues } from './opcodes';

/** Longest straight line: engines are slow on endless ones. */
const MOST_IN_BLOCK: u32 = 48;
const MOST_CONTEXTS: u32 = 24;
const DEEPEST: u32 = 5;
/** Instructions. */
const TINY: u32 = 8;
const LONGEST_UNSEEN: u64 = 15;


@unmanaged
class Context {
  returnTo: u64;
  parent: u32;
  depth: u32;
  callee: u64;
}
const CONTEXT_SIZE: u32 = 32;
const CONTEXTS: usize = JIT_CONTEXTS;
let contexts: u32 = 0;
// @ts-ignore: decorator
@inline function context(i: u32): Context {
  return changetype<Context>(CONTEXTS + i * CONTEXT_SIZE);
}

// What the whole region does
let regionRip: u64 = 0;
let total: u32 = 0;
let mostInBlock: u32 = MOST_IN_BLOCK;
let read: u32 = 0;
let written: u32 = 0;
let flags: bool = false;
/** Is it worth to learn where returns go? */
let large: bool = false;
let takesCalls: bool = false;
let takesTiny: bool = false;
let returns: bool = false;

export function regionInstructions(): u32 {
  return total;
}
export function regionReads(): u32 {
  return read;
}
export function regionWrites(): u32 {
  return written;
}
export function regionTouchesFlags(): bool {
  return flags;
}
/** Does it return to a caller that it does not know? */
export function regionReturns(): bool {
  return returns;
}

/** Is it nothing but a function that all its callers take in? */
export function regionIsTiny(): bool {
  const b = block(0);
  return takesTiny && b.control == Control.Return && b.count == total && total <= TINY;
}

/**
 * Finds the region at `rip`, of about `most` instructions, with the functions that are called if `calls`; false when there
 * is nothing to translate.
 */
export function surveyRegion(rip: u64, most: u32, calls: bool): bool {
  begin(rip);
  large = calls;
  takesTiny = switchValue(Switch.Returns) != 0;
  takesCalls = calls && takesTiny;
  mostInBlock = min(most, MOST_IN_BLOCK);
  addBlock(rip, 0);
  for (let i: u32 = 0; i < min(blockCount(), MOST_BLOCKS); i++) {
    if (total < most) surveyBlock(i);
  }
  return block(0).count != 0 && !lostBlocks();
}
function begin(rip: u64): void {
  forgetBlocks();
  forgetPages();
  regionRip = rip;
  total = 0;
  read = 0;
  written = 0;
  flags = false;
  returns = false;
  contexts = 1;
  context(0).parent = NO_BLOCK;
  context(0).depth = 0;
  context(0).callee = rip;
}
/** Can the region have the page of `rip`? */
export function reachable(rip: u64): bool {
  return inReach(linearOfRip(regionRip), linearOfRip(rip));
}
function samePage(a: u64, b: u64): bool {
  return ((linearOfRip(a) ^ linearOfRip(b)) & ~(PAGE - 1)) == 0;
}

function surveyBlock(i: u32): void {
  const b = block(i);
  if (b.context == NO_CONTEXT) return;
  if (!reachable(b.rip) || (!coversPage(linearOfRip(b.rip)) && !pagesHaveRoom())) return;
  fill(i);
}
/** Reads the instructions of block `i` from its first one on. */
function fill(i: u32): void {
  const b = block(i);
  let ignores: u32 = 2; // 2: not decided yet
  total -= b.count;
  b.count = 0;
  b.end = b.rip;
  b.control = Control.Next;
  b.cases = 0;
  for (;;) {
    const at = b.end;
    if (b.count && begins(at, b)) break;
    if (b.count == mostInBlock || !readable(at)) break;
    if (ignores == 2) ignores = flagsAre();
    note(at);
    b.count++;
    b.end = at + readLength();
    if (ends(b)) break;
  }
  b.ignoresFlags = <u32>(ignores == 1);
  total += b.count;
  if (b.count) connect(i);
}
/** Does another block begin at `rip`, or another page? */
function begins(rip: u64, b: Block): bool {
  return !samePage(rip, b.rip) || findBlock(rip, b.context) != NO_BLOCK;
}
function readable(rip: u64): bool {
  return readInstruction(rip) && (!bytesOnSecondPage() || pagesHaveRoom());
}
/** 1: the instruction that was read sets all flags before anybody can see them, 0: it does not, 2: it does nothing with them. */
function flagsAre(): u32 {
  if (survey.readsFlags || survey.fails || survey.interpreted || survey.control == Control.Undefined) return 0;
  return survey.setsFlags ? 1 : 2;
}
function note(rip: u64): void {
  coverCode(rip, readLength());
  read |= survey.read;
  written |= survey.written;
  flags = flags || survey.readsFlags != 0 || survey.changesFlags != 0;
}
/** Is the instruction that was read the last one of its block? */
function ends(b: Block): bool {
  b.control = survey.control;
  b.call = survey.call;
  if (survey.interpreted && neverContinues()) b.control = Control.Undefined;
  b.site = bytesOnSecondPage() || (b.control == Control.Return && !large) ? 0 : <u32>here();
  return b.control != Control.Next;
}

/** Adds the blocks that follow block `i`, whose last instruction was read last. */
function connect(i: u32): void {
  const b = block(i);
  const target = survey.target;
  switch (b.control) {
    case Control.Next:
      b.next = follow(b.end, b.context);
      break;
    case Control.Jump:
      b.taken = survey.call ? enterCall(b, target) : follow(target, b.context);
      break;
    case Control.Branch:
      b.next = follow(b.end, b.context);
      b.taken = isCold(b.end, target) ? addExit(target) : follow(target, b.context);
      break;
    case Control.Return:
      if (context(b.context).parent != NO_BLOCK)
        b.taken = follow(context(b.context).returnTo, context(b.context).parent);
      else {
        returns = true;
        addCases(b, false);
      }
      break;
    case Control.Indirect:
      addCases(b, survey.call != 0);
      break;
  }
}
/** The targets that an indirect transfer has gone to before. */
function addCases(b: Block, call: bool): void {
  if (!b.site || !switchValue(Switch.Targets)) return;
  for (let k: u32 = 0; k < MOST_TARGETS; k++) {
    if (!isFrequent(b.site, k)) continue;
    const target = targetOf(b.site, k);
    const to = call ? enterCall(b, target) : follow(target, b.context);
    if (to != NO_BLOCK) addCase(b, to);
  }
}
/** The block at `rip`; a block that runs over it is cut there. */
function follow(rip: u64, inContext: u32): u32 {
  const known = findBlock(rip, inContext);
  if (known != NO_BLOCK) return known;
  const added = addBlock(rip, inContext);
  if (added == NO_BLOCK) return added;
  for (let j: u32 = 0; j < added; j++) {
    const b = block(j);
    if (b.context == inContext && b.rip < rip && rip < b.end) fill(j);
  }
  return added;
}
/** Has control hardly ever come to `target`? The interpreter notices jumps of more than an instruction's length only. */
export function isCold(from: u64, target: u64): bool {
  if (target - from <= LONGEST_UNSEEN) return false;
  const linear = linearOfRip(target);
  const page = hostPage(linear);
  if (!page) return true;
  const host = page + ((<u32>linear) & 0xfff);
  if (isWarm(host)) return false;
  const e = findEntry(host, target, modeOf());
  return !e || !entryAt(e).region;
}
/** The function at `target`, in a context of its own; an exit where it would nest too deeply, or in itself. */
function enterCall(b: Block, target: u64): u32 {
  const returnTo = b.end;
  const c = b.context;
  // A function that calls itself is a loop: its returns go where they have gone before (addCases)
  if (takesCalls && target == regionRip) return follow(target, 0);
  const worth = takesCalls ? !isCold(returnTo, target) : takesTiny && isTiny(target);
  const allowed = worth && contexts < MOST_CONTEXTS && context(c).depth < DEEPEST && !isNested(c, target);
  if (!allowed) return addExit(target);
  const inner = contexts++;
  context(inner).parent = c;
  context(inner).returnTo = returnTo;
  context(inner).depth = context(c).depth + 1;
  context(inner).callee = target;
  return addBlock(target, inner);
}
/** Is it a function so short that going there costs more? Position-independent code asks one for its own address all the time. */
function isTiny(callee: u64): bool {
  let at = callee;
  for (let i: u32 = 0; i < TINY && reachable(at) && readInstruction(at); i++) {
    if (survey.control == Control.Return) return true;
    if (survey.control != Control.Next || survey.interpreted) return false;
    at += readLength();
  }
  return false;
}
function isNested(c: u32, callee: u64): bool {
  for (let at = c; at != NO_BLOCK; at = context(at).parent) if (context(at).callee == callee) return true;
  return false;
}
/** A block that is never filled: its context is none of those that are. */
export function addExit(rip: u64): u32 {
  return addBlock(rip, NO_CONTEXT);
}
const NO_CONTEXT: u32 = ~0;
export function isOnlyExit(i: u32): bool {
  return block(i).context == NO_CONTEXT;
}
