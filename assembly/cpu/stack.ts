/**
 * The stack that a far transfer or an interrupt works on: the current one, or one that is not loaded yet. Pushes and
 * pops move a private pointer, so that SS:RSP stay as they were until `commitStack`.
 */
import { read, write } from '../memory/access';
import { FLAT_END, isCanonical } from '../memory/segmented';
import { DELTA, entryFor, entryOfTable, READ, selectTlb, userTlb, WRITE } from '../memory/tlb';
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
/** Host address of the pointer, while `mapped` bytes in the direction of work are known to be accessible there. */
let host: usize = 0;
let mapped: u32 = 0;

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
  mapped = 0;
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
  mapped = 0;
}
/** Works on the flat stack of IA-32e mode. */
export function useLongStack(rsp: u64, cpl: u32): void {
  base = 0;
  mask = MASK64;
  pointer = rsp;
  user = cpl == 3;
  blame = 0;
  mapped = 0;
}
export function stackPointer(): u64 {
  return pointer;
}
export function movePointer(by: u64): void {
  pointer = (pointer + by) & mask;
  mapped = 0;
}
/** Writes the pointer to RSP, in the stack's width. */
export function commitStack(): void {
  if (mask == MASK16) setGpr<u16>(Gpr.RSP, <u16>pointer);
  else if (mask == MASK32) setGpr<u32>(Gpr.RSP, <u32>pointer);
  else setGpr<u64>(Gpr.RSP, pointer);
}

/**
 * Host address of `total` bytes at `offset` of SS, if that is a writable 32-bit stack of 4 GiB and the TLB of the current
 * level has them in one page for `tag`: no check can fail then. Else 0. Not in 64-bit code.
 */
// @ts-ignore: decorator
@inline export function knownStack(offset: u32, total: u32, tag: usize): usize {
  const ss = segment(Seg.SS);
  if (!(ss.access & AR_DB)) return 0;
  if (ss.safeEnd != FLAT_END) return 0;
  const linear = <u32>ss.base + offset;
  return knownBytes(linear, total, tag, entryFor(linear));
}
/** The same of a flat stack of an inner level, for writing. */
// @ts-ignore: decorator
@inline export function knownInnerStack(linear: u32, total: u32): usize {
  return knownBytes(linear, total, WRITE, entryOfTable(linear, false));
}
// @ts-ignore: decorator
@inline function knownBytes(linear: u32, total: u32, tag: usize, entry: usize): usize {
  // As with any access, the tag of the first page is never the address of another
  if (load<u64>(entry + tag) != <u64>((linear + total - 1) & ~0xfff)) return 0;
  return linear + load<u32>(entry, DELTA);
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
  const total = count * size;
  if (fitsUp(pointer - total, total)) {
    map(pointer - total, total, WRITE);
    host += total;
    return true;
  }
  let at = pointer;
  for (let i: u32 = 0; i < count; i++) {
    at = (at - size) & mask;
    if (fits(at, size)) continue;
    fail(Vector.SS, blame);
    return false;
  }
  return true;
}
/** Prepares `count` pops of `size` bytes, which are then cheaper. They are checked either way. */
export function expectPops(count: u32, size: u32): void {
  if (fitsUp(pointer, count * size)) map(pointer, count * size, READ);
}
/** Do `total` bytes fit without wrapping round, in a segment that does not expand down? */
function fitsUp(offset: u64, total: u32): bool {
  const last = offset + total - 1;
  if (mask == MASK64) return isCanonical(offset) && isCanonical(last);
  return last <= <u64>limit && offset <= last && last <= mask && (access & (AR_CODE | AR_CONFORMING)) != AR_CONFORMING;
}
/** Looks the bytes up in the TLB; what it does not answer is left to each push and pop. */
function map(offset: u64, total: u32, tag: usize): void {
  mapped = 0;
  const linear = mask == MASK64 ? offset : (base + offset) & MASK32;
  if (((<u32>linear) & 0xfff) + total > 0x1000) return;
  const entry = entryOfTable(linear, user);
  if (load<u64>(entry + tag) != (linear & ~0xfff)) return;
  host = <u32>linear + load<u32>(entry, DELTA);
  mapped = total;
}
function address(): u64 {
  return mask == MASK64 ? pointer : (base + pointer) & MASK32;
}
/** The part of a frame that every interrupt pushes. Needs `roomFor` before. */
export function pushFrame(flags: u32, cs: u32, rip: u64, size: u32): void {
  if (size == 4 && mapped >= 12) {
    pointer = (pointer - 12) & mask;
    mapped -= 12;
    host -= 12;
    store<u32>(host, <u32>rip);
    store<u32>(host, cs, 4);
    store<u32>(host, flags, 8);
    return;
  }
  pushStack(flags, size);
  pushStack(cs, size);
  pushStack(rip, size);
}
/** Needs `roomFor` before. */
export function pushStack(value: u64, size: u32): void {
  pointer = (pointer - size) & mask;
  if (mapped >= size) {
    mapped -= size;
    host -= size;
    if (size == 4) store<u32>(host, <u32>value);
    else if (size == 2) store<u16>(host, <u16>value);
    else store<u64>(host, value);
  } else pushSlow(value, size);
}
function pushSlow(value: u64, size: u32): void {
  const before = userTlb();
  selectTlb(user);
  if (size == 2) write<u16>(address(), <u16>value);
  else if (size == 4) write<u32>(address(), <u32>value);
  else write<u64>(address(), value);
  selectTlb(before);
}
/** 0 when it raised an exception. */
// @ts-ignore: decorator
@inline export function popStack(size: u32): u64 {
  if (mapped < size) return popSlow(size);
  const at = host;
  mapped -= size;
  host += size;
  pointer = (pointer + size) & mask;
  return size == 4 ? <u64>load<u32>(at) : size == 2 ? <u64>load<u16>(at) : load<u64>(at);
}
function popSlow(size: u32): u64 {
  if (!fits(pointer, size)) {
    fail(Vector.SS, blame);
    return 0;
  }
  const before = userTlb();
  selectTlb(user);
  const at = address();
  const v = size == 2 ? <u64>read<u16>(at) : size == 4 ? <u64>read<u32>(at) : read<u64>(at);
  selectTlb(before);
  pointer = (pointer + size) & mask;
  return v;
}
