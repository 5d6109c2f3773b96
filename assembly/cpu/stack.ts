/**
 * The stack that a far transfer or an interrupt works on: the current one, or one that is not loaded yet. Pushes and
 * pops move a private pointer, so that SS:RSP stay as they were until `commitStack`.
 */
import { read, write } from '../memory/access';
import { isCanonical } from '../memory/segmented';
import { selectTlb, userTlb } from '../memory/tlb';
import { accessOf, baseOf, limitOf } from './descriptors';
import { fail } from './errors';
import { Vector } from './exceptions';
import { AR_CODE, AR_CONFORMING, AR_DB, CODE64, cpu, Gpr, gpr, Seg, segment, setGpr } from './state';

// Transient: within one instruction or delivery.
let base: u64 = 0;
let limit: u32 = 0;
let access: u32 = 0;
let pointer: u64 = 0;
let mask: u64 = 0;
let user: bool = false;
/** Selector to blame in #SS. */
let blame: u32 = 0;

const MASK16: u64 = 0xffff;
const MASK32: u64 = 0xffff_ffff;
const MASK64: u64 = ~(<u64>0);

/** Works on SS:RSP as they are. */
export function useStack(): void {
  const ss = segment(Seg.SS);
  base = ss.base;
  limit = ss.limit;
  access = ss.access;
  if (cpu.codeMode == CODE64) {
    base = 0;
    mask = MASK64;
  } else mask = access & AR_DB ? MASK32 : MASK16;
  pointer = gpr<u64>(Gpr.RSP) & mask;
  user = cpu.cpl == 3;
  blame = 0;
}
/** Works on the segment that descriptor `d` describes, from `sp` down, at privilege level `cpl`. */
export function useInnerStack(selector: u32, d: u64, sp: u32, cpl: u32): void {
  base = baseOf(d);
  limit = limitOf(d);
  access = accessOf(d);
  mask = access & AR_DB ? MASK32 : MASK16;
  pointer = (<u64>sp) & mask;
  user = cpl == 3;
  blame = selector;
}
/** Works on the flat stack of IA-32e mode. */
export function useLongStack(rsp: u64, cpl: u32): void {
  base = 0;
  mask = MASK64;
  pointer = rsp;
  user = cpl == 3;
  blame = 0;
}
export function stackPointer(): u64 {
  return pointer;
}
export function movePointer(by: u64): void {
  pointer = (pointer + by) & mask;
}
/** Writes the pointer to RSP, in the stack's width. */
export function commitStack(): void {
  if (mask == MASK16) setGpr<u16>(Gpr.RSP, <u16>pointer);
  else if (mask == MASK32) setGpr<u32>(Gpr.RSP, <u32>pointer);
  else setGpr<u64>(Gpr.RSP, pointer);
}

function fits(offset: u64, size: u32): bool {
  if (mask == MASK64) return isCanonical(offset) && isCanonical(offset + size - 1);
  const last = offset + size - 1;
  if ((access & (AR_CODE | AR_CONFORMING)) == AR_CONFORMING)
    return offset > <u64>limit && last <= (access & AR_DB ? MASK32 : MASK16);
  return limit == 0xffff_ffff || last <= <u64>limit;
}
/** Is there room for `count` pushes of `size` bytes? Raises #SS if not. */
export function roomFor(count: u32, size: u32): bool {
  let at = pointer;
  for (let i: u32 = 0; i < count; i++) {
    at = (at - size) & mask;
    if (fits(at, size)) continue;
    fail(Vector.SS, blame);
    return false;
  }
  return true;
}
/** Are the `size` bytes that lie `distance` above the pointer within the stack? Raises #SS if not. */
export function holds(distance: u64, size: u32): bool {
  if (fits((pointer + distance) & mask, size)) return true;
  fail(Vector.SS, blame);
  return false;
}
function address(): u64 {
  return mask == MASK64 ? pointer : (base + pointer) & MASK32;
}
/** Needs `roomFor` before. */
export function pushStack(value: u64, size: u32): void {
  pointer = (pointer - size) & mask;
  const before = userTlb();
  selectTlb(user);
  if (size == 2) write<u16>(address(), <u16>value);
  else if (size == 4) write<u32>(address(), <u32>value);
  else write<u64>(address(), value);
  selectTlb(before);
}
/** Needs `holds` before. */
function popUnchecked(size: u32): u64 {
  const before = userTlb();
  selectTlb(user);
  const at = address();
  const v = size == 2 ? <u64>read<u16>(at) : size == 4 ? <u64>read<u32>(at) : read<u64>(at);
  selectTlb(before);
  pointer = (pointer + size) & mask;
  return v;
}
/** 0 when it raised an exception. */
export function popStack(size: u32): u64 {
  return holds(0, size) ? popUnchecked(size) : 0;
}
