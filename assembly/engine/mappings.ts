/**
 * Do the pages of a region lie where they did when it was translated? Looked at once an epoch of the TLB, when the region is
 * about to run: in between a comparison of numbers tells.
 */
import { clearFault, faulted } from '../cpu/exceptions';
import { cpu } from '../cpu/state';
import { count, Counter } from '../counters';
import { Entry } from '../jit/entries';
import { Exit } from '../jit/exits';
import { toPage } from '../jit/reach';
import { dropRegion, FIRST_SLOT, pageOfPiece, pagesOf, pieceBefore, regionAt } from '../jit/regions';
import { hostPage } from '../jit/stream';
import { Access, inspectCode, translate } from '../memory/paging';
import { epochOf, isGlobal, lasts, relyOn, userTlb } from '../memory/tlb';

/** May the region of `e`, which is of the mode that is now, run? Drops it if one of its pages is another one now. */
// @ts-ignore: decorator
@inline export function stands(e: Entry): bool {
  return lasts(e.epoch) || look(e);
}
function look(e: Entry): bool {
  if (codePage(e.page) != <u32>e.page + e.delta) return false;
  const number = e.slot - FIRST_SLOT;
  const r = regionAt(number);
  // As it is before: looking may end an epoch
  const epoch = epochOf(false);
  const globalEpoch = epochOf(true);
  let global = true;
  let n = pagesOf(r);
  for (let p = r.pieces; p; p = pieceBefore(p)) {
    const linear = e.page + toPage(r, --n);
    if (codePage(linear) != pageOfPiece(p)) {
      count(Counter.ExitTarget + Exit.Moved);
      dropRegion(number);
      return false;
    }
    // Looking marks page tables as accessed, and such a write may have been one to the region's code
    if (!r.pieces) return false;
    relyOn(linear);
    global = global && isGlobal(linear);
  }
  e.epoch = global ? globalEpoch : epoch;
  return true;
}
/**
 * Host address of the code page of `linear`, which the TLB then has: data may have taken its place there. 0: it is not present,
 * or the guest could see that it was looked up.
 */
export function codePage(linear: u64): u32 {
  const known = hostPage(linear);
  if (known || inspectCode(linear, userTlb()) == ~(<u64>0)) return known;
  const cr2 = cpu.cr2;
  translate(linear & ~0xfff, Access.Execute, userTlb());
  if (faulted()) {
    clearFault();
    cpu.cr2 = cr2;
  }
  return hostPage(linear);
}
