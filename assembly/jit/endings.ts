/**
 * Why control leaves a region where it does: looked at after the survey and only when somebody wants to know, so that
 * the survey itself keeps no books. The host reads the names from the text here.
 */
import { Control } from '../interpreter/survey';
import { NO_BLOCK, block, Block, MOST_BLOCKS } from './blocks';
import { coversPage, pagesHaveRoom } from './pages';
import { hostPage, linearOfRip, readInstruction } from './stream';
import { blockInOrder, hasCode, orderedBlocks, successor, successors } from './structure';
import { isCold, isOnlyExit, reachable } from './survey';
import { writeText } from '../text';

/** Indices, in the order of the text. */
export namespace Ending {
  /** Control stays in the region. */
  export const None: u32 = 0;
  export const Indirect: u32 = 1;
  export const Return: u32 = 2;
  export const Interpreter: u32 = 3;
  export const Call: u32 = 4;
  export const LoopEntry: u32 = 5;
  export const Blocks: u32 = 6;
  export const Far: u32 = 7;
  export const Pages: u32 = 8;
  export const Unmapped: u32 = 9;
  export const Unreadable: u32 = 10;
  export const Limit: u32 = 11;
  export const Cold: u32 = 12;
}
export const ENDING_KINDS: u32 = 13;
/** Lines of: name, description. */
const LINES: string = `none control stays in the region
indirect a jump or call to an address that only the data knows, other than those it has gone to often
return a return whose call is not in the region, likewise
interpreter an instruction that only the interpreter has and that never goes on with the next one, or that is not defined
call a call of a function that is not taken in: nested too deeply or in itself, or returns are switched off
loop-entry it would enter a loop elsewhere than at its head
blocks the region has as many blocks as it may have
far it lies too far from where the region begins
pages the region covers as many pages as it may cover
unmapped the TLB does not have the page for execution
unreadable the instruction reaches to a page that the TLB does not have, or beyond the limit of CS
limit the region has as many instructions as it may have
cold control has hardly ever come there
`;

/** Writes the text for the host. */
export function writeEndings(at: usize): void {
  writeText(at, LINES);
}
/**
 * Notes in each block of the region why control leaves it after its last instruction, and in each block without code
 * why it has none. INVARIANT: the region has its structure. Reads ahead: the window is the caller's to open anew.
 */
export function findEndings(): void {
  for (let n: u32 = 0; n < orderedBlocks(); n++) {
    const b = block(blockInOrder(n));
    b.ending = endingOf(b);
    for (let k: u32 = 0; k < successors(b); k++) {
      const s = successor(b, k);
      if (s != NO_BLOCK && !hasCode(s)) block(s).ending = whyNot(b, s);
    }
  }
}
function endingOf(b: Block): u32 {
  if (b.control == Control.Undefined) return Ending.Interpreter;
  if (b.control == Control.Indirect) return Ending.Indirect;
  if (b.control == Control.Return && (b.taken == NO_BLOCK || !hasCode(b.taken))) return Ending.Return;
  return Ending.None;
}
/** Why has block `s`, to which `b` leads, no code? */
function whyNot(b: Block, s: u32): u32 {
  const rip = block(s).rip;
  if (isOnlyExit(s) && isCold(b.end, rip)) return Ending.Cold;
  if (isOnlyExit(s)) return b.call ? Ending.Call : Ending.LoopEntry;
  if (s >= MOST_BLOCKS) return Ending.Blocks;
  if (!reachable(rip)) return Ending.Far;
  if (!coversPage(linearOfRip(rip)) && !pagesHaveRoom()) return Ending.Pages;
  if (!hostPage(linearOfRip(rip))) return Ending.Unmapped;
  return readInstruction(rip) ? Ending.Limit : Ending.Unreadable;
}
