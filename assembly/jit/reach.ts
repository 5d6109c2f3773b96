/**
 * Where the pages of a region lie, seen from its first one: kept with the region in 16 bits each, so that sites (exits.ts) can
 * name instructions 128 MiB away.
 */
import { codePageAt, pageCount } from './pages';
import { Region, regionAt } from './regions';
import { PAGE } from './stream';

const PAGE_SHIFT: u64 = 12;
const REACH: u64 = PAGE << 15;

/** From the page of `linear` to the one of `other`, bytes. */
function distance(linear: u64, other: u64): u64 {
  return (other & ~(PAGE - 1)) - (linear & ~(PAGE - 1));
}
/** May code at both addresses be in one region? */
export function inReach(linear: u64, other: u64): bool {
  return distance(linear, other) + REACH < 2 * REACH;
}
/** Keeps where the pages of the region lie that is being translated, which begins at `linear`. INVARIANT: inReach. */
export function keepPages(region: u32, linear: u64): void {
  const r = regionAt(region);
  for (let i: u32 = 0; i < pageCount(); i++)
    store<i16>(placeOf(r, i), <i16>((<i64>distance(linear, codePageAt(i).linear)) >> PAGE_SHIFT));
}
/** From the region's first page to its page number `i`, bytes. */
export function toPage(r: Region, i: u32): i64 {
  return (<i64>load<i16>(placeOf(r, i))) << PAGE_SHIFT;
}
function placeOf(r: Region, i: u32): usize {
  return changetype<usize>(r) + offsetof<Region>('pages') + (i << 1);
}
