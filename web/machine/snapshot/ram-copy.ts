/**
 * A copy of guest RAM that is made while the guest runs: pass after pass of the pages that have changed, by the core's
 * marks (assembly/memory/dirty.ts), until so few are left that the guest hardly notices the last pass. Pages of zeros
 * take no room.
 */
import type { Core } from '../core.ts';
import { PAGE } from './format.ts';

/** Bits of the core's marks. */
export const Since = { Pass: 1, Snapshot: 2 } as const;
/** Pages between two looks at the guest: about a millisecond. */
const STEP = 512;
const SLAB_PAGES = 256;
const NONE = -1;
const ZERO = -2;
const WORDS = PAGE / 4;

export class RamCopy {
  private readonly cores: readonly Core[];
  private readonly words: Int32Array;
  private readonly marks: Uint8Array;
  private readonly base: number;
  /** Where the copy of each page is: a place in the slabs, or NONE, or ZERO. */
  private readonly places: Int32Array;
  private readonly slabs: Uint8Array[] = [];
  private used = 0;

  /** `cores`: the machine's first, then those that run in step with it. */
  constructor(cores: readonly [Core, ...Core[]], ramBytes: number) {
    const [{ memory, at }] = cores;
    const pages = ramBytes / PAGE;
    this.cores = cores;
    this.words = new Int32Array(memory.buffer, at.RAM, ramBytes / 4);
    this.marks = new Uint8Array(memory.buffer, at.DIRTY, pages);
    this.base = at.RAM;
    this.places = new Int32Array(pages).fill(NONE);
  }
  /** All pages; or, `bits` given, those with one of these marks. */
  list(bits?: number): number[] {
    const pages: number[] = [];
    for (let page = 0; page < this.marks.length; page++)
      if (bits === undefined || ((this.marks[page] ?? 0) & bits) !== 0) pages.push(page);
    return pages;
  }
  /** From now on a write marks its page again. */
  clear(bits: number): void {
    for (const core of this.cores) core.functions.clearDirty(bits);
  }
  /** In pieces; `pause` lets the guest run in between. */
  async copyInSteps(pages: readonly number[], pause: () => Promise<void>): Promise<void> {
    for (let from = 0; from < pages.length; from += STEP) {
      this.copy(pages.slice(from, from + STEP));
      await pause();
    }
  }
  copy(pages: readonly number[]): void {
    for (const page of pages) {
      if (this.isZero(page)) this.places[page] = ZERO;
      else this.copyPage(page);
    }
  }
  /** Numbers of the pages that were copied, and of those that are all zeros. */
  get copied(): number[] {
    return this.where((place) => place >= 0);
  }
  get zero(): number[] {
    return this.where((place) => place === ZERO);
  }
  /** A view of the copy. */
  page(page: number): Uint8Array {
    const place = this.places[page] ?? NONE;
    const slab = this.slabs[Math.floor(place / SLAB_PAGES)];
    if (!slab) throw new RangeError(`page ${page} was not copied`);
    const at = (place % SLAB_PAGES) * PAGE;
    return slab.subarray(at, at + PAGE);
  }

  private where(is: (place: number) => boolean): number[] {
    const pages: number[] = [];
    this.places.forEach((place, page) => {
      if (is(place)) pages.push(page);
    });
    return pages;
  }
  private isZero(page: number): boolean {
    const { words } = this;
    for (let at = page * WORDS, end = at + WORDS; at < end; at++) if (words[at] !== 0) return false;
    return true;
  }
  private copyPage(page: number): void {
    if ((this.places[page] ?? NONE) < 0) this.places[page] = this.used++;
    const place = this.places[page] ?? 0;
    if (place / SLAB_PAGES >= this.slabs.length) this.slabs.push(new Uint8Array(SLAB_PAGES * PAGE));
    const { buffer } = this.words;
    this.page(page).set(new Uint8Array(buffer, this.base + page * PAGE, PAGE));
  }
}
