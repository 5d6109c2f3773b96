/**
 * Writes the blocks of a region as structured Wasm, along the dominator tree (N. Ramsey, Beyond Relooper, 2022): the code
 * of a block is followed by that of the blocks that it alone leads to; a block where several ways meet stands behind a
 * Wasm block that all of those ways leave; a loop's head opens a Wasm loop.
 */
import { CODE16, CODE32, cpu } from '../cpu/state';
import { fetch, here, nextRip } from '../cpu/window';
import { Control } from '../interpreter/survey';
import { Legacy, Long } from '../isa/kinds';
import { execute } from '../isa/one-byte';
import { beginBackend, condition, Jit, setTarget, target } from './backend';
import { block, Block, caseOf, NO_BLOCK } from './blocks';
import { beginDistances } from './distances';
import { getLocal, i32Const, op } from './emit';
import {
  beginBlock,
  beginJitInstruction,
  branchToLabel,
  closeIf,
  ended,
  endJitInstruction,
  Exit,
  labels,
  leaveFor,
  leaveStored,
  openBlock,
  openIf,
  openLoop,
  otherwise,
  retire,
  translated,
} from './exits';
import {
  beginFlags,
  forgetKept,
  forgetKnowledge,
  keepFlags,
  Kind,
  knownKind,
  restoreFlags,
  settleFlags,
} from './flags';
import { closeRip, LEFT, openRip } from './frame';
import { Odds } from './hints';
import { constantOf, forgetValues, get, isConstant, resolved, revived, valueOf } from './local';
import { leaveTo } from './links';
import { beginLookups, forgetLookups, keepLookups, lookupDepth, mergeLookups, restoreLookups } from './lookups';
import { beginRegisters, noteRegisters, reloadRegisters, settleRegisters, spill } from './registers';
import { positionAt, straddles } from './stream';
import { blockInOrder, goesBack, hasCode, orderedBlocks } from './structure';
import { isCold, regionInstructions } from './survey';
import { Switch, switchValue } from './switches';
import { leaveIfReshaped } from './system';
import { compare, getWide, number } from './values';
import { nativeWidth } from './width';
import { EQ, LT_S, NE, VOID } from './wasm';

// @ts-ignore: decorator
@inline const b: Jit = changetype<Jit>(0);

/** Transient: the region that is being written. */
let region: u32 = 0;

/** Writes the blocks of region `number`; `shares`: accesses to neighbours may share a look-up. */
export function writeBlocks(number: u32, shares: bool): void {
  region = number;
  forgetKept();
  beginLookups(shares);
  block(0).flagKind = Kind.Locals;
  writeTree(0);
}
function writeTree(i: u32): void {
  const loop = block(i).isLoop != 0;
  if (loop) {
    openLoop();
    block(i).label = labels() - 1;
  }
  writeWithin(i, orderedBlocks());
  if (loop) closeIf();
}
/** Writes block `i`, and behind it the merges that it dominates, those before place `before` in the order. */
function writeWithin(i: u32, before: u32): void {
  let n = before;
  while (n && !isMergeOf(i, n - 1)) n--;
  if (!n) {
    writeBlock(i);
    return;
  }
  const merge = blockInOrder(n - 1);
  openBlock();
  block(merge).label = labels() - 1;
  const level = lookupDepth();
  writeWithin(i, n - 1);
  closeIf();
  mergeLookups(level);
  block(merge).flagKind = Kind.Locals;
  writeTree(merge);
}
function isMergeOf(i: u32, place: u32): bool {
  const m = blockInOrder(place);
  return block(m).isMerge != 0 && block(m).immediateDominator == i;
}

function writeBlock(i: u32): void {
  const c = block(i);
  forgetValues();
  beginBlock();
  if (c.isLoop) forgetLookups();
  beginDistances();
  beginRegisters();
  beginFlags(c.isLoop ? Kind.Locals : c.flagKind, nativeWidth());
  beginBackend();
  for (let rip = c.rip; translated() < c.count && !ended();) rip = writeInstruction(rip);
  if (ended()) return;
  settleRegisters();
  noteRegisters();
  retire();
  writeControl(i, c);
}
/** Returns the RIP of the next one. */
function writeInstruction(rip: u64): u64 {
  positionAt(rip);
  beginJitInstruction(straddles());
  if (!switchValue(Switch.Registers)) reloadRegisters();
  const code: u32 = fetch<u8>();
  if (cpu.codeMode == CODE32) execute<Jit, u32, Legacy>(b, code, here());
  else if (cpu.codeMode == CODE16) execute<Jit, u16, Legacy>(b, code, here());
  else execute<Jit, u32, Long>(b, code, here());
  leaveIfReshaped();
  if (!ended()) applySwitches();
  endJitInstruction();
  return nextRip();
}
/** What is switched off is done the plain way after each instruction. */
function applySwitches(): void {
  if (!switchValue(Switch.DeadFlags)) settleFlags();
  if (!switchValue(Switch.Fusion)) {
    settleFlags();
    forgetKnowledge();
  }
  if (switchValue(Switch.Registers)) return;
  settleFlags();
  settleRegisters();
  spill();
}

// ---- control ----
function writeControl(i: u32, c: Block): void {
  switch (c.control) {
    case Control.Next:
      writeEdge(i, c.next);
      break;
    case Control.Jump:
      writeEdge(i, c.taken);
      break;
    case Control.Branch:
      writeBranch(i, c);
      break;
    case Control.Undefined:
      leaveFor(c.end, Exit.Target); // not reached: the interpreter has left
      break;
    default:
      writeIndirect(i, c);
  }
}
function writeBranch(i: u32, c: Block): void {
  if (!ignoresFlags(c.taken) && !ignoresFlags(c.next)) settleFlags();
  keepKnowledge();
  get(condition());
  openIf(VOID, isCold(c.end, block(c.taken).rip) ? Odds.Seldom : Odds.Even);
  writeEdge(i, c.taken);
  otherwise();
  restoreKnowledge();
  writeEdge(i, c.next);
  closeIf();
}
/** Before one of two ways is written: the other begins with the same knowledge. */
function keepKnowledge(): void {
  keepFlags();
  keepLookups();
}
function restoreKnowledge(): void {
  restoreFlags();
  restoreLookups();
}
function ignoresFlags(to: u32): bool {
  return isInside(to) && block(to).ignoresFlags != 0 && switchValue(Switch.DeadFlags) != 0;
}
function isInside(to: u32): bool {
  return to != NO_BLOCK && hasCode(to) && block(to).order != NO_BLOCK;
}
/** To an address that the data knows; it may be the one that a call has pushed. */
function writeIndirect(i: u32, c: Block): void {
  settleFlags();
  const predicted = c.control == Control.Return && isInside(c.taken);
  if (predicted) {
    get(target());
    get(constantOf<u64>(block(c.taken).rip));
    compare<u64>(NE);
    openIf(VOID, Odds.Seldom);
  }
  writeCases(i, c);
  openRip();
  getWide<u64>(target());
  closeRip();
  leaveStored(predicted ? 0 : c.site);
  if (!predicted) return;
  closeIf();
  writeEdge(i, c.taken);
}
/** Targets that are part of the region are compared with one by one. */
function writeCases(i: u32, c: Block): void {
  // Other blocks are written before it is needed for the last time
  const to = resolved(target());
  const value = isConstant(to) ? valueOf(to) : 0;
  for (let k: u32 = 0; k < c.cases; k++) {
    if (!isInside(caseOf(c, k))) continue;
    get(revived(to, value));
    number<u64>(block(caseOf(c, k)).rip);
    compare<u64>(EQ);
    openIf(VOID);
    keepKnowledge();
    writeEdge(i, caseOf(c, k));
    restoreKnowledge();
    closeIf();
  }
  setTarget(revived(to, value));
}
/** From block `i`, whose registers are settled, to block `to`. */
function writeEdge(i: u32, to: u32): void {
  if (!isInside(to)) {
    settleFlags();
    leaveTo(block(to).rip, region);
    return;
  }
  const t = block(to);
  if (!t.ignoresFlags || !switchValue(Switch.DeadFlags)) settleFlags();
  if (goesBack(i, to)) {
    writeBudget(to);
    branchToLabel(t.label);
  } else if (t.isMerge) branchToLabel(t.label);
  else {
    t.flagKind = t.ignoresFlags ? Kind.Locals : knownKind();
    writeTree(to);
  }
}
/** A loop goes on only if all of the region fits what is left of the slice. */
function writeBudget(head: u32): void {
  getLocal(LEFT);
  i32Const(regionInstructions());
  op(LT_S);
  openIf(VOID, Odds.Seldom);
  keepFlags();
  settleFlags();
  leaveTo(block(head).rip, region);
  restoreFlags();
  closeIf();
}
