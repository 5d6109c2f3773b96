/** Exits of a region to known places in the code, and the check of a page. */
import { DELTA, EXECUTE, entryOfTable } from '../memory/tlb';
import { i32Const, i64Const, loadAt, op } from './emit';
import { makeEntry, releaseEntry } from './entries';
import { Exit, leaveFor, leaveLinked, wrapRip } from './exits';
import { modeSharesTlb, modeUser, modeOf } from './mode';
import { addLink } from './regions';
import { hostPage, linearOfRip, PAGE } from './stream';
import { Switch, switchValue } from './switches';
import { longCode } from './width';
import { AND, COMPARE_64, EQ, I32_LOAD, I64_LOAD } from './wasm';

/** Pushes whether the page of `linear` is executable at host address `host`, as far as the TLB knows. */
export function pushMapped(linear: u64, host: u32): void {
  const page = linear & ~(PAGE - 1);
  const entry = entryOfTable(page, modeUser());
  if (longCode() || modeSharesTlb()) {
    loadAt(I64_LOAD, entry + EXECUTE);
    i64Const(page);
    op(EQ + COMPARE_64);
  } else {
    loadAt(I32_LOAD, entry + EXECUTE);
    i32Const(<u32>page);
    op(EQ);
  }
  loadAt(I32_LOAD, entry + DELTA);
  i32Const(host - <u32>page);
  op(EQ);
  op(AND);
}
/** Leaves region number `region` for `rip`: for the region there, if it has one when it comes to that. */
export function leaveTo(rip: u64, region: u32): void {
  const wrapped = wrapRip(rip);
  const linear = linearOfRip(wrapped);
  const page = hostPage(linear);
  const host = page + ((<u32>linear) & 0xfff);
  const linked = page != 0 && switchValue(Switch.Linking) != 0;
  const entry = linked ? makeEntry(host, wrapped, modeOf(), linear, modeUser()) : 0;
  if (entry && addLink(region, entry)) {
    leaveLinked(entry);
    return;
  }
  if (entry) releaseEntry(entry);
  leaveFor(rip, Exit.Target);
}
