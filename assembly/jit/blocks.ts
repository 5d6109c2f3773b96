/**
 * The blocks of the region that is being translated: found by survey.ts, ordered by structure.ts, written by
 * translate.ts. Only the first 64 can have code, so that sets of blocks are u64; those without code are where the region
 * is left.
 */
import { BLOCKS } from './emit';

export const MOST_BLOCKS: u32 = 64;
/** Blocks and the exits among them. */
export const MOST_RECORDS: u32 = 300;
export const NO_BLOCK: u32 = ~0;


@unmanaged
export class Block {
  /** RIP of the first instruction, and behind the last. */
  rip: u64;
  end: u64;
  /** The sets of blocks from which one comes here, and which every way from the region's entry passes. */
  predecessors: u64;
  dominators: u64;
  /** Instructions; 0: an exit. */
  count: u32;
  /** Control of the last instruction (interpreter/length.ts); Next: it only ends because another block begins. */
  control: u32;
  /** Blocks: of a jump or taken branch or the predicted return; and of the next instruction. */
  taken: u32;
  next: u32;
  /** Which call of the region it belongs to. */
  context: u32;
  /** Place in reverse postorder; NO_BLOCK: cannot be reached. */
  order: u32;
  immediateDominator: u32;
  /** Flags from before are not needed here. */
  ignoresFlags: u32;
  isLoop: u32;
  /** Several ways lead here, none of them a loop's. */
  isMerge: u32;
  /** What is known of the flags on entry (flags.ts). */
  flagKind: u32;
  /** Number of its label while it is open. */
  label: u32;
  /** Its last instruction is a call. */
  call: u32;
  /** Why control leaves the region here (endings.ts). */
  ending: u32;
  /** Host address of the last instruction, when that is an indirect transfer. */
  site: u32;
  /** Blocks at targets of that, `cases` of them (`caseOf`). */
  cases: u32;
}
const BLOCK_SIZE: u32 = 160;
const CASES: usize = 96;
let blocks: u32 = 0;
let lost: bool = false;

export function forgetBlocks(): void {
  blocks = 0;
  lost = false;
}
/** Was there no room for a block? */
export function lostBlocks(): bool {
  return lost;
}
/** Block number `k` of the targets of `b`. */
export function caseOf(b: Block, k: u32): u32 {
  return load<u32>(changetype<usize>(b) + CASES + (k << 2));
}
export function addCase(b: Block, to: u32): void {
  store<u32>(changetype<usize>(b) + CASES + (b.cases++ << 2), to);
}
export function setCase(b: Block, k: u32, to: u32): void {
  store<u32>(changetype<usize>(b) + CASES + (k << 2), to);
}
export function blockCount(): u32 {
  return blocks;
}
// @ts-ignore: decorator
@inline export function block(i: u32): Block {
  return changetype<Block>(BLOCKS + i * BLOCK_SIZE);
}
/** A new block without code; NO_BLOCK when there is no room. */
export function addBlock(rip: u64, context: u32): u32 {
  if (blocks == MOST_RECORDS) {
    lost = true;
    return NO_BLOCK;
  }
  const b = block(blocks);
  memory.fill(changetype<usize>(b), 0, BLOCK_SIZE);
  b.rip = rip;
  b.end = rip;
  b.context = context;
  b.taken = NO_BLOCK;
  b.next = NO_BLOCK;
  b.order = NO_BLOCK;
  return blocks++;
}
export function findBlock(rip: u64, context: u32): u32 {
  for (let i: u32 = 0; i < blocks; i++) if (block(i).rip == rip && block(i).context == context) return i;
  return NO_BLOCK;
}
// @ts-ignore: decorator
@inline export function bit(i: u32): u64 {
  const one: u64 = 1;
  return one << (<u64>i);
}
export function dominates(a: u32, b: u32): bool {
  return (block(b).dominators & bit(a)) != 0;
}
