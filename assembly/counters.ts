/** What the core counts. The host reads names and units from the text here, and the values from memory. */
import { JIT_COUNTERS } from './layout';
import { writeText } from './text';

/** Indices, in the order of the text. */
export namespace Counter {
  export const Regions: u32 = 0;
  export const Blocks: u32 = 1;
  export const Instructions: u32 = 2;
  export const Bytes: u32 = 3;
  export const Modules: u32 = 4;
  export const CompileMicroseconds: u32 = 5;
  export const Live: u32 = 6;
  export const Evictions: u32 = 7;
  export const Invalidations: u32 = 8;
  export const Executed: u32 = 9;
  export const Entries: u32 = 10;
  export const Links: u32 = 11;
  /** Followed by the other exits, in the order of Exit (jit/exits.ts). */
  export const ExitTarget: u32 = 12;
  export const Helped: u32 = 18;
  export const Refused: u32 = 19;
  export const LongestStop: u32 = 20;
  /** Followed by the other kinds, in the order of Access (memory/paging.ts). */
  export const TlbRead: u32 = 21;
  export const IdleTurns: u32 = 24;
}
const LINES: string = `translated-regions regions regions translated
translated-blocks blocks basic blocks in them
translated-instructions instructions guest instructions in them
translated-bytes bytes Wasm code made
modules modules Wasm modules compiled
compile-time us host time to compile and link them
live-regions regions regions that can run now
evictions regions regions dropped to make room
invalidations regions regions dropped because their code was written
translated-executed instructions guest instructions executed by translated code
entries times the interpreter gave control to translated code
links times a region gave control to the next one
exits-target times left for code that is not translated, or not known
exits-side times left in the middle: faults, devices, writes to code
exits-interpreted times left after an instruction that only the interpreter has
exits-budget times left because the slice ends
exits-moved times not entered because a page was mapped elsewhere
exits-indirect times left by an indirect jump, call or return
helped times an instruction was interpreted from within a region
refused times code could not be translated
longest-stop us the longest that the guest waited for a module to be compiled and linked
tlb-read-misses times a read looked up the page tables, the TLB not having the page (one of a device it never has)
tlb-write-misses times a write did, or the first one to a page since it was saved
tlb-fetch-misses times an instruction fetch did
idle-turns turns the halted processor went round, waiting for an interrupt with idle-skipping off
`;

export const COUNTER_VALUES: usize = JIT_COUNTERS;
export const COUNTERS: usize = JIT_COUNTERS + 0x200;

export function initCounters(): void {
  writeText(COUNTERS, LINES);
}
// @ts-ignore: decorator
@inline export function count(i: u32, by: u64 = 1): void {
  store<u64>(COUNTER_VALUES + (i << 3), load<u64>(COUNTER_VALUES + (i << 3)) + by);
}
/** Keeps the largest value. */
export function countMost(i: u32, value: u64): void {
  if (value > counter(i)) store<u64>(COUNTER_VALUES + (i << 3), value);
}
export function counter(i: u32): u64 {
  return load<u64>(COUNTER_VALUES + (i << 3));
}
