/**
 * The instruction bytes that the translator reads: by RIP, from pages that the TLB already has for execution, so that
 * looking ahead changes nothing that the guest can see. An instruction across two pages that do not lie side by side is
 * put together in STRADDLE, as for the interpreter.
 */
import { CODE64, cpu, Seg, segment } from '../cpu/state';
import { beginInstruction, openWindow } from '../cpu/window';
import { instructionLength } from '../interpreter/length';
import { STRADDLE } from '../layout';
import { wrapLinear } from '../memory/segmented';
import { DELTA, entryFor, EXECUTE } from '../memory/tlb';
import { codeLimit } from '../cpu/prefix';

export const PAGE: u64 = 0x1000;
const LONGEST: u64 = 15;
const HALF: u64 = 16;

/** Of the instruction at the stream: its bytes on the second page, if it has any. */
let second: u32 = 0;
let length: u32 = 0;

export function linearOfRip(rip: u64): u64 {
  return cpu.codeMode == CODE64 ? rip : wrapLinear(segment(Seg.CS).base + rip);
}
/** Host address of the code page of `linear`; 0: the TLB does not have it. */
export function hostPage(linear: u64): u32 {
  const page = linear & ~(PAGE - 1);
  const entry = entryFor(linear);
  return load<u64>(entry, EXECUTE) == page ? <u32>page + load<u32>(entry, DELTA) : 0;
}
/** Puts the instruction at `rip` before the decoder and learns what it does; false when it cannot be read. */
export function readInstruction(rip: u64): bool {
  if (!position(rip)) return false;
  length = instructionLength();
  const offset = linearOfRip(rip) & (PAGE - 1);
  second = offset + length > PAGE ? <u32>(offset + length - PAGE) : 0;
  if (cpu.codeMode != CODE64 && rip + length - 1 > codeLimit) return false;
  return length <= <u32>LONGEST && (!second || hostPage(linearOfRip(rip) + LONGEST) != 0);
}
/** Puts the instruction at `rip`, which could be read before, in front of the decoder. */
export function positionAt(rip: u64): void {
  if ((linearOfRip(rip) & (PAGE - 1)) > PAGE - LONGEST) {
    readInstruction(rip);
    return;
  }
  position(rip);
  second = 0;
}
/** Does the instruction at the stream lie on two pages? */
export function straddles(): bool {
  return second != 0;
}
/** Length of the instruction that was read last. */
export function readLength(): u32 {
  return length;
}
/** How many of its bytes lie on a second page. */
export function bytesOnSecondPage(): u32 {
  return second;
}
function position(rip: u64): bool {
  const linear = linearOfRip(rip);
  const page = hostPage(linear);
  if (!page) return false;
  const offset = linear & (PAGE - 1);
  const at = <u64>page + offset;
  if (offset <= PAGE - LONGEST) openWindow(page, PAGE - LONGEST + 1, rip, at);
  else {
    const next = hostPage(linear - offset + PAGE);
    if (next == page + <u32>PAGE) openWindow(page, 2 * PAGE - LONGEST + 1, rip, at);
    else assemble(rip, page, next, offset);
  }
  beginInstruction();
  return true;
}
/** What a page that cannot be read would hold is zero: `readInstruction` sees whether it matters. */
function assemble(rip: u64, page: u32, next: u32, offset: u64): void {
  const end = <usize>page + <usize>(PAGE - HALF);
  store<u64>(STRADDLE, load<u64>(end));
  store<u64>(STRADDLE, load<u64>(end, 8), 8);
  store<u64>(STRADDLE, next ? load<u64>(<usize>next) : 0, 16);
  store<u64>(STRADDLE, next ? load<u64>(<usize>next, 8) : 0, 24);
  openWindow(0, 0, rip, STRADDLE + offset - (PAGE - HALF));
}
