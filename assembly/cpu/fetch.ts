/**
 * Where instructions come from: opens the fetch window (cpu/window.ts) on the page of the next instruction.
 *
 * An instruction may start in the window if 15 bytes follow it in the page and in the code segment. One that may
 * straddle two pages is assembled in STRADDLE, for itself only, so that both mappings and self-modifying code are
 * exact. Pages that lie side by side in the guest and in RAM share a window (moveWindow), and their border is no border.
 */
import { STRADDLE } from '../layout';
import { Access, translate } from '../memory/paging';
import { gateA20, hostAddress, isRam, readPhysical } from '../memory/physical';
import { isCanonical, wrapLinear } from '../memory/segmented';
import { DELTA, entryFor, EXECUTE, userTlb } from '../memory/tlb';
import { faulted, raiseGp } from './exceptions';
import { CODE64, cpu, Seg, segment } from './state';
import { beginInstruction, nextRip, moveWindow, openWindow } from './window';

/** Bytes that are fetched without a check. */
const LONGEST: u64 = 15;
const PAGE: u64 = 0x1000;

/** Host address of the code page of `linear`, 0 when it is not RAM or it faulted. */
function codePage(linear: u64): usize {
  const entry = entryFor(linear);
  const page = linear & ~0xfff;
  if (load<u64>(entry, EXECUTE) != page) {
    const physical = translate(linear, Access.Execute, userTlb());
    if (faulted()) return 0;
    return isRam(physical) ? hostAddress(physical & ~0xfff) : 0;
  }
  return <u32>page + load<u32>(entry, DELTA);
}

/** Makes the next instruction fetchable; raises #GP or #PF when it is not. The caller has seen `faulted()` false. */
export function openCode(lengthOf: u32): void {
  const long = cpu.codeMode == CODE64;
  const rip = long ? nextRip() : <u64>(<u32>nextRip());
  const cs = segment(Seg.CS);
  const limit = long ? ~(<u64>0) : <u64>cs.limit;
  if (rip > limit || (long && !isCanonical(rip))) {
    openWindow(0, 0, rip, STRADDLE);
    beginInstruction();
    raiseGp(0);
    return;
  }
  const linear = long ? rip : wrapLinear(cs.base + rip);
  const page = <u64>codePage(linear);
  if (faulted()) {
    openWindow(0, 0, rip, STRADDLE);
    beginInstruction();
    return;
  }
  const offset = linear & 0xfff;
  const beforeLimit = limit - rip;
  if (page && PAGE - offset >= LONGEST && beforeLimit >= LONGEST - 1) {
    const end = min(PAGE - LONGEST, offset + beforeLimit - (LONGEST - 1));
    openWindow(page, end + 1, rip, page + offset);
  } else assemble(rip, linear, page, beforeLimit, lengthOf);
}

/**
 * The short way when the code has left its window and nothing else happened: flat code, in pages that the TLB knows.
 * False: take the long way.
 */
export function moveOn(): bool {
  const long = cpu.codeMode == CODE64;
  const cs = segment(Seg.CS);
  if (!long && cs.limit != 0xffff_ffff) return false;
  const rip = long ? nextRip() : <u64>(<u32>nextRip());
  const linear = long ? rip : wrapLinear(cs.base + rip);
  const entry = entryFor(linear);
  const offset = linear & 0xfff;
  if (load<u64>(entry, EXECUTE) != linear - offset) return false;
  const at = <u64>(<u32>linear + load<u32>(entry, DELTA));
  if (offset <= PAGE - LONGEST) {
    moveWindow(at - offset, rip, at);
    return true;
  }
  return moveToEnd(linear - offset + PAGE, at - offset, rip, at);
}
/** The same for the last bytes of the page at host address `page`, which guest page `next` follows. */
function moveToEnd(next: u64, page: u64, rip: u64, at: u64): bool {
  const entry = entryFor(next);
  if (load<u64>(entry, EXECUTE) != next) return false;
  const nextPage = <u64>(<u32>next + load<u32>(entry, DELTA));
  if (nextPage == page + PAGE) openWindow(page, 2 * PAGE - (LONGEST - 1), rip, at);
  else {
    const half: u64 = 16;
    store<u64>(STRADDLE, load<u64>(<usize>(page + PAGE - half)));
    store<u64>(STRADDLE + 8, load<u64>(<usize>(page + PAGE - half + 8)));
    store<u64>(STRADDLE + 16, load<u64>(<usize>nextPage));
    store<u64>(STRADDLE + 24, load<u64>(<usize>(nextPage + 8)));
    openWindow(0, 0, rip, STRADDLE + (at - (page + PAGE - half)));
  }
  return true;
}

/** Copies the instruction to STRADDLE. `lengthOf` is the index of a function that tells an instruction's length. */
function assemble(rip: u64, linear: u64, page: u64, beforeLimit: u64, lengthOf: u32): void {
  const here = min(PAGE - (linear & 0xfff), LONGEST);
  const known = <u32>min(here, beforeLimit + 1);
  memory.fill(STRADDLE, 0, 32);
  for (let i: u32 = 0; i < known; i++) store<u8>(STRADDLE + i, codeByte(linear, page, i));
  openWindow(0, 0, rip, STRADDLE);
  beginInstruction();
  if (known == LONGEST) return;
  const next = wrapLinear(linear + here);
  const entry = entryFor(next);
  const cheap = here <= beforeLimit && load<u64>(entry, EXECUTE) == (next & ~0xfff);
  // The second page must not fault for an instruction that ends on the first.
  if (!cheap && call_indirect<u32>(lengthOf) <= known) return;
  if (here > beforeLimit) {
    raiseGp(0);
    return;
  }
  const nextPage = <u64>codePage(next);
  if (faulted()) return;
  const more = <u32>min(LONGEST - here, beforeLimit + 1 - here);
  for (let i: u32 = 0; i < more; i++) store<u8>(STRADDLE + known + i, codeByte(next, nextPage, i));
  if (more < LONGEST - here && call_indirect<u32>(lengthOf) > known + more) raiseGp(0);
}
/** Byte `i` after `linear`, from RAM or, when the page is none, from the bus. */
function codeByte(linear: u64, page: u64, i: u32): u8 {
  if (page) return load<u8>(<usize>(page + (linear & 0xfff) + i));
  const physical = translate(linear, Access.Execute, userTlb());
  return readPhysical<u8>(gateA20(physical + i));
}
