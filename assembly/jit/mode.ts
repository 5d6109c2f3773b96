/**
 * The mode word: every bit of the CPU's state that shapes translated code. Code is good for one mode word; variants of
 * other words stand beside it.
 *
 *   1:0 code mode   2: user TLB   3: 32-bit stack   4, 5, 6, 7: ES, SS, DS, CS are flat   8: 64-bit code shares the TLB
 *   31:16 base and limit of a CS that is not flat: their number in a table
 */
import { codeLimit, stackMask } from '../cpu/prefix';
import { CODE64, cpu, longMode, Seg, Segment, segment, SEGMENT_SIZE } from '../cpu/state';
import { JIT_ENVIRONMENTS, SEGMENTS } from '../layout';
import { userTlb } from '../memory/tlb';

const USER: u32 = 1 << 2;
const STACK32: u32 = 1 << 3;
const FLAT_ES: u32 = 1 << 4;
const FLAT_SS: u32 = 1 << 5;
const FLAT_DS: u32 = 1 << 6;
const FLAT_CS: u32 = 1 << 7;
const SHARED: u32 = 1 << 8;

/** Bases and limits of code segments, 16 bytes each; the first is unused. */
const ENVIRONMENT: u32 = 16;
export const MOST_ENVIRONMENTS: u32 = 1024;
let environments: u32 = 1;

/** Transient: of the region that is being translated. */
let mode: u32 = 0;

export function setMode(word: u32): void {
  mode = word;
}
export function modeOf(): u32 {
  return mode;
}
export function modeUser(): bool {
  return (mode & USER) != 0;
}
export function modeSharesTlb(): bool {
  return (mode & SHARED) != 0;
}
/** Is the linear address in `s` the offset itself, whatever it is? */
export function isFlat(s: Segment): bool {
  const i = <u32>(changetype<usize>(s) - SEGMENTS) / SEGMENT_SIZE;
  if (i >= Seg.FLAT) return true;
  if (i == Seg.ES) return (mode & FLAT_ES) != 0;
  if (i == Seg.SS) return (mode & FLAT_SS) != 0;
  return i == Seg.DS && (mode & FLAT_DS) != 0;
}

/** The mode word now; 0 when there is no number left for the code segment. */
export function modeWord(): u32 {
  let word = cpu.codeMode | (userTlb() ? USER : 0);
  if (cpu.codeMode == CODE64) return word | FLAT_CS;
  if (stackMask != 0xffff) word |= STACK32;
  if (flat(Seg.ES)) word |= FLAT_ES;
  if (flat(Seg.SS)) word |= FLAT_SS;
  if (flat(Seg.DS)) word |= FLAT_DS;
  if (longMode()) word |= SHARED;
  const base = segment(Seg.CS).base;
  if (!base && codeLimit == 0xffff_ffff) return word | FLAT_CS;
  const n = environment(base, codeLimit);
  return n ? word | (n << 16) : 0;
}
function flat(s: u32): bool {
  return segment(s).base == 0 && segment(s).safeEnd == 1 << 32;
}
function environment(base: u64, limit: u64): u32 {
  for (let i: u32 = 1; i < environments; i++) {
    const at = JIT_ENVIRONMENTS + i * ENVIRONMENT;
    if (load<u64>(at) == base && load<u64>(at, 8) == limit) return i;
  }
  if (environments == MOST_ENVIRONMENTS) return 0;
  const at = JIT_ENVIRONMENTS + environments * ENVIRONMENT;
  store<u64>(at, base);
  store<u64>(at, limit, 8);
  return environments++;
}
/** Forgets all code segments; no code of any may be left. */
export function forgetEnvironments(): void {
  environments = 1;
}
