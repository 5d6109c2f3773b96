/**
 * The code that a region covers, by page: where the page was mapped, and which of its 64 pieces of 64 bytes hold
 * instructions of the region.
 */
import { JIT_PAGES } from '../layout';
import { linearOfRip, PAGE, hostPage } from './stream';


@unmanaged
export class CodePage {
  linear: u64;
  pieces: u64;
  host: u32;
  unused: u32;
}
export const CODE_PAGE_SIZE: u32 = 24;
export const MOST_PAGES: u32 = 12;
const PAGES_AT: usize = JIT_PAGES;
let pages: u32 = 0;

export function forgetPages(): void {
  pages = 0;
}
export function pageCount(): u32 {
  return pages;
}
export function codePageAt(i: u32): CodePage {
  return changetype<CodePage>(PAGES_AT + i * CODE_PAGE_SIZE);
}
/** Is there room for the instruction at `rip`, which may reach to a second page? */
export function pagesHaveRoom(): bool {
  return pages + 2 <= MOST_PAGES;
}
export function coversPage(linear: u64): bool {
  return pageNumber(linear) < pages;
}
/** The number of the page of `linear`; there is none if `coversPage` denies it. */
export function pageNumber(linear: u64): u32 {
  return find(linear & ~(PAGE - 1));
}
function find(page: u64): u32 {
  let i: u32 = 0;
  while (i < pages && codePageAt(i).linear != page) i++;
  return i;
}
/** Adds the `length` bytes of code at `rip`. INVARIANT: the TLB has their pages; `pagesHaveRoom`. */
export function coverCode(rip: u64, length: u32): void {
  const linear = linearOfRip(rip);
  const first = min<u64>(length, PAGE - (linear & (PAGE - 1)));
  cover(linear, <u32>first);
  if (first < length) cover(linear + first, length - <u32>first);
}
function cover(linear: u64, length: u32): void {
  const page = linear & ~(PAGE - 1);
  const i = find(page);
  const entry = codePageAt(i);
  if (i == pages) {
    entry.linear = page;
    entry.pieces = 0;
    entry.host = hostPage(page);
    pages++;
  }
  const offset = (<u32>linear) & 0xfff;
  for (let piece = offset >> 6; piece <= (offset + length - 1) >> 6; piece++) {
    const one: u64 = 1;
    entry.pieces |= one << (<u64>piece);
  }
}
