/**
 * Makes the graph of a region's blocks one that Wasm's structured control flow can say: reverse postorder, dominators,
 * loops and merges. An edge that would enter a loop anywhere but at its head (the graph is then irreducible) becomes an
 * exit, and what it leads to a region of its own.
 */
import { JIT_ORDER } from '../layout';
import { Control } from '../interpreter/survey';
import { bit, block, Block, blockCount, caseOf, dominates, lostBlocks, MOST_BLOCKS, NO_BLOCK, setCase } from './blocks';
import { addExit } from './survey';

/** Blocks in reverse postorder. */
const ORDER: usize = JIT_ORDER;
let ordered: u32 = 0;
let seen: u64 = 0;

export function orderedBlocks(): u32 {
  return ordered;
}
export function blockInOrder(n: u32): u32 {
  return <u32>load<u8>(ORDER + (MOST_BLOCKS - ordered) + n);
}
/** Has block `i` code that the region contains? */
export function hasCode(i: u32): bool {
  return i < MOST_BLOCKS && block(i).count != 0;
}

/** False: it has become too large. */
export function structureRegion(): bool {
  do {
    orderBlocks();
    findPredecessors();
    findDominators();
  } while (cutIrreducible());
  findShapes();
  return !lostBlocks();
}

/** How many there are, and the n-th block that control goes to: taken, next, those of an indirect transfer. */
export function successors(b: Block): u32 {
  return 2 + b.cases;
}
export function successor(b: Block, n: u32): u32 {
  if (n == 0)
    return b.control == Control.Jump || b.control == Control.Branch || b.control == Control.Return ? b.taken : NO_BLOCK;
  if (n > 1) return caseOf(b, n - 2);
  return b.control == Control.Next || b.control == Control.Branch ? b.next : NO_BLOCK;
}
function inRegion(i: u32): bool {
  return i != NO_BLOCK && hasCode(i);
}

function orderBlocks(): void {
  ordered = 0;
  seen = 0;
  for (let i: u32 = 0; i < blockCount(); i++) block(i).order = NO_BLOCK;
  visit(0);
  for (let n: u32 = 0; n < ordered; n++) block(blockInOrder(n)).order = n;
}
function visit(i: u32): void {
  seen |= bit(i);
  for (let n: u32 = 0; n < successors(block(i)); n++) {
    const s = successor(block(i), n);
    if (inRegion(s) && !(seen & bit(s))) visit(s);
  }
  store<u8>(ORDER + MOST_BLOCKS - ++ordered, i);
}
function findPredecessors(): void {
  for (let i: u32 = 0; i < blockCount(); i++) block(i).predecessors = 0;
  for (let n: u32 = 0; n < ordered; n++) {
    const i = blockInOrder(n);
    for (let k: u32 = 0; k < successors(block(i)); k++) {
      const s = successor(block(i), k);
      if (inRegion(s)) block(s).predecessors |= bit(i);
    }
  }
}
function findDominators(): void {
  for (let n: u32 = 0; n < ordered; n++) block(blockInOrder(n)).dominators = ~(<u64>0);
  block(0).dominators = 1;
  let changed = true;
  while (changed) {
    changed = false;
    for (let n: u32 = 1; n < ordered; n++) if (narrow(blockInOrder(n))) changed = true;
  }
}
function narrow(i: u32): bool {
  const b = block(i);
  let common: u64 = ~(<u64>0);
  for (let p = b.predecessors; p; p &= p - 1) common &= block(<u32>ctz(p)).dominators;
  common |= bit(i);
  if (common == b.dominators) return false;
  b.dominators = common;
  return true;
}

/** Does the edge from `x` to `y` go back? */
export function goesBack(x: u32, y: u32): bool {
  return block(y).order <= block(x).order;
}
function cutIrreducible(): bool {
  let cut = false;
  for (let n: u32 = 0; n < ordered; n++) {
    const i = blockInOrder(n);
    const b = block(i);
    for (let k: u32 = 0; k < successors(b); k++) {
      const s = successor(b, k);
      if (!inRegion(s) || !goesBack(i, s) || dominates(s, i)) continue;
      if (k == 0) b.taken = addExit(block(s).rip);
      else if (k == 1) b.next = addExit(block(s).rip);
      else setCase(b, k - 2, addExit(block(s).rip));
      cut = true;
    }
  }
  return cut;
}
function findShapes(): void {
  for (let n: u32 = 0; n < ordered; n++) {
    const i = blockInOrder(n);
    const b = block(i);
    b.isLoop = 0;
    b.isMerge = <u32>(forwardEdges(i) > 1);
    b.immediateDominator = NO_BLOCK;
    for (let d = b.dominators & ~bit(i); d; d &= d - 1) {
      const j = <u32>ctz(d);
      if (b.immediateDominator == NO_BLOCK || block(j).order > block(b.immediateDominator).order)
        b.immediateDominator = j;
    }
  }
}
/** How many ways lead to block `i` from above; marks it as a loop when one comes from below. */
function forwardEdges(i: u32): u32 {
  let edges: u32 = 0;
  for (let p = block(i).predecessors; p; p &= p - 1) {
    const j = <u32>ctz(p);
    for (let k: u32 = 0; k < successors(block(j)); k++) {
      if (successor(block(j), k) != i) continue;
      if (goesBack(j, i)) block(i).isLoop = 1;
      else edges++;
    }
  }
  return edges;
}
