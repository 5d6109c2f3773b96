/** Where random programs and their data lie; all below 64 KiB, so that 16-bit code reaches it. */
import type { Random } from '../support/random.ts';

export const CODE = 0x1000;
/** Readable and writable pages; the next one is read-only, those after it are absent. */
export const DATA = 0x8000;
export const DATA_END = 0xc000;
export const READ_ONLY_END = 0xd000;
export const STACK = 0xa000;
/** All that programs can change, page tables beside. */
export const REACH = 0x20000;

/** In the data pages; one in four close to the end of one. */
export function dataAddress(random: Random): number {
  const at = DATA + random.below(DATA_END - DATA - 64);
  return random.chance(4) ? (at | 0xfff) - random.below(8) : at;
}
/** Rarely read-only or absent. */
export function anyDataAddress(random: Random): number {
  if (!random.chance(16)) return dataAddress(random);
  return random.pick([DATA_END, READ_ONLY_END, DATA]) - 16 + random.below(64);
}
