/**
 * Where random programs, their data and their small system lie. All linear addresses are below 64 KiB, so that 16-bit
 * code reaches them. With paging, the code pages lie anywhere in physical memory, and the first two are seen twice.
 *
 *   0000  vectors of real mode       8000  data: readable and writable, with the stack
 *   0800  GDT, IDT, TSS              c000  addresses of blocks, read-only with paging
 *   1800  handlers                   d000  absent with paging
 *   3000  code, four pages           e000  the first two code pages again
 *   7000  absent with paging
 */
import type { Random } from '../support/random.ts';

export const PAGE = 0x1000;
export const RAM = 0x80000;
export const GDT = 0x800;
export const TSS = 0x900;
export const IDT = 0xa00;
export const HANDLERS = 0x1c00;
export const KERNEL_STACK = 0x2c00;
/** Counters of handlers. */
export const COUNTER = 0x2e00;

export const CODE = 0x3000;
export const CODE_PAGES = 4;
export const ALIAS = 0xe000;
export const ALIAS_PAGES = 2;
export const DATA = 0x8000;
export const DATA_END = 0xc000;
export const READ_ONLY_END = 0xd000;
export const STACK = 0xa000;
/** Counters of loops. */
export const SLOTS = 0x9f00;
export const SLOT_COUNT = 64;
/** Addresses of blocks for indirect jumps, as wide as the mode's pointers; handlers return to them too. */
export const TABLE = DATA_END;
export const TABLE_SIZE = 16;
/** Page tables, in physical and linear memory. */
export const TABLES = 0x40000;
/** Physical page numbers that code pages are taken from. */
export const PHYSICAL = { first: 0x20, count: 0x18 } as const;

/** In the data pages; one in four close to the end of one. */
export function dataAddress(random: Random): number {
  const at = DATA + random.below(DATA_END - DATA - 64);
  return random.chance(4) ? (at | 0xfff) - random.below(8) : at;
}
/** Rarely read-only, absent, or code. */
export function anyDataAddress(random: Random): number {
  if (!random.chance(16)) return dataAddress(random);
  return random.pick([DATA_END, READ_ONLY_END, DATA, CODE + 0x1000, ALIAS + 0x100]) - 16 + random.below(64);
}
