/**
 * Accesses to guest memory in translated code. A flat segment costs nothing, another one a comparison and an addition;
 * what it does not allow at once leaves the region. The TLB compare stands inline; what does not match leaves the region as
 * well, for code without calls is small and quick to compile. A region that was left so often is made in full: it calls the
 * core (engine/accesses.ts), which may still refuse.
 *
 * 32-bit addresses are compared with the lower halves of tags, which is exact as long as no 64-bit code shares the TLB.
 */
import { Segment } from '../cpu/state';
import { JIT_REFUSED, TLB_ENTRIES, TLB_SUPERVISOR, TLB_USER } from '../layout';
import { DELTA, READ, WRITE } from '../memory/tlb';
import { access, i32Const, i64Const, loadAt, op } from './emit';
import { closeIf, leaveIf, openIf, otherwise, settle, sideExitIf, sideExitNext } from './exits';
import { get, keep, Local, nothing } from './local';
import { inFull } from './frame';
import { callCore, IMPORT_LOAD, IMPORT_PREPARE, IMPORT_STORE } from './imports';
import { isFlat, modeSharesTlb, modeUser } from './mode';
import { segmentBaseAt, segmentEndAt } from './segments';
import { Switch, switchValue } from './switches';
import { getWide } from './values';
import { is64, longCode, native } from './width';
import {
  ADD,
  AND,
  ARITHMETIC_64,
  COMPARE_64,
  EQ,
  GE_U,
  I32,
  I32_LOAD,
  I32_LOAD16_U,
  I32_LOAD8_U,
  I32_STORE,
  I32_STORE16,
  I32_STORE8,
  I32_WRAP,
  I64,
  I64_EXTEND_U,
  I64_LOAD,
  I64_STORE,
  NE,
  SHR_U,
  VOID,
} from './wasm';

/** log2 of TLB_ENTRY (layout.ts), and where the number of a page begins. */
const ENTRY_SHIFT: u32 = 5;
const PAGE_SHIFT: u32 = 12;

/**
 * Linear address of `offset` in segment `s`; leaves when Segment.safeEnd does not vouch for it. 64-bit code has no
 * limits, and an address that is not canonical matches no tag.
 */
export function linearOf(s: Segment, offset: Local): Local {
  if (isFlat(s)) return offset;
  if (!longCode()) {
    settle();
    getWide<u64>(offset);
    loadAt(I64_LOAD, segmentEndAt(s));
    op(GE_U + COMPARE_64);
    leaveIf();
  }
  loadAt(longCode() ? I64_LOAD : I32_LOAD, segmentBaseAt(s));
  get(offset);
  native(ADD);
  return keep<u64>();
}

/** Compares (EQ, NE) the TLB's page with that of an access of T; returns the offset of the entry in the table. */
function lookUp<T>(linear: Local, tag: usize, compare: u32): Local {
  get(linear);
  if (longCode()) op(I32_WRAP);
  i32Const(PAGE_SHIFT - ENTRY_SHIFT);
  op(SHR_U);
  i32Const((TLB_ENTRIES - 1) << ENTRY_SHIFT);
  op(AND);
  const entry = keep<u32>();
  get(entry);
  const wide = longCode() || modeSharesTlb();
  access(wide ? I64_LOAD : I32_LOAD, table() + tag);
  pushLastPage<T>(linear);
  if (wide && !longCode()) op(I64_EXTEND_U);
  op(wide ? compare + COMPARE_64 : compare);
  return entry;
}
function pushLastPage<T>(linear: Local): void {
  get(linear);
  if (longCode()) {
    if (sizeof<T>() > 1) {
      i64Const(sizeof<T>() - 1);
      op(ADD + ARITHMETIC_64);
    }
    i64Const(~(<u64>0xfff));
    op(AND + ARITHMETIC_64);
  } else {
    if (sizeof<T>() > 1) {
      i32Const(sizeof<T>() - 1);
      op(ADD);
    }
    i32Const(~0xfff);
    op(AND);
  }
}
/** The TLB of the privilege for which the region is translated. */
function table(): usize {
  return modeUser() ? TLB_USER : TLB_SUPERVISOR;
}
function pushHost(linear: Local, entry: Local): void {
  get(linear);
  if (longCode()) op(I32_WRAP);
  get(entry);
  access(I32_LOAD, table() + DELTA);
  op(ADD);
}
function loadHost<T>(): void {
  access(sizeof<T>() == 1 ? I32_LOAD8_U : sizeof<T>() == 2 ? I32_LOAD16_U : is64<T>() ? I64_LOAD : I32_LOAD, 0);
}
function storeHost<T>(): void {
  access(sizeof<T>() == 1 ? I32_STORE8 : sizeof<T>() == 2 ? I32_STORE16 : is64<T>() ? I64_STORE : I32_STORE, 0);
}
/** Has the core do the access `which`, whose further argument is `v`; leaves if it refuses. */
function callAccess<T>(which: u32, linear: Local, v: Local): void {
  getWide<u64>(linear);
  if (v != nothing()) get(v);
  callCore(which + logOf<T>());
  sideExitNext();
  loadAt(I32_LOAD, JIT_REFUSED);
  sideExitIf();
}
/** Pushes the host address; where the TLB does not have it, leaves the access to the interpreter. */
function pushKnown<T>(linear: Local, tag: usize): void {
  sideExitNext();
  const entry = lookUp<T>(linear, tag, NE);
  sideExitIf();
  pushHost(linear, entry);
}
function logOf<T>(): u32 {
  return sizeof<T>() == 1 ? 0 : sizeof<T>() == 2 ? 1 : sizeof<T>() == 4 ? 2 : 3;
}

export function loadFrom<T>(linear: Local): Local {
  settle();
  if (!switchValue(Switch.Tlb)) callAccess<T>(IMPORT_LOAD, linear, nothing());
  else if (inFull()) {
    const entry = lookUp<T>(linear, READ, EQ);
    openIf(is64<T>() ? I64 : I32);
    pushHost(linear, entry);
    loadHost<T>();
    otherwise();
    callAccess<T>(IMPORT_LOAD, linear, nothing());
    closeIf();
  } else {
    pushKnown<T>(linear, READ);
    loadHost<T>();
  }
  return keep<T>();
}
export function storeTo<T>(linear: Local, v: Local): void {
  settle();
  if (!switchValue(Switch.Tlb)) callAccess<T>(IMPORT_STORE, linear, v);
  else if (inFull()) {
    const entry = lookUp<T>(linear, WRITE, EQ);
    openIf(VOID);
    pushHost(linear, entry);
    get(v);
    storeHost<T>();
    otherwise();
    callAccess<T>(IMPORT_STORE, linear, v);
    closeIf();
  } else {
    pushKnown<T>(linear, WRITE);
    get(v);
    storeHost<T>();
  }
}
/** Host address of an operand that is read, modified and written. */
export function prepare<T>(linear: Local): Local {
  settle();
  if (!switchValue(Switch.Tlb)) callAccess<T>(IMPORT_PREPARE, linear, nothing());
  else if (inFull()) {
    const entry = lookUp<T>(linear, WRITE, EQ);
    openIf(I32);
    pushHost(linear, entry);
    otherwise();
    callAccess<T>(IMPORT_PREPARE, linear, nothing());
    closeIf();
  } else pushKnown<T>(linear, WRITE);
  return keep<u32>();
}
export function loadPrepared<T>(host: Local): Local {
  get(host);
  loadHost<T>();
  return keep<T>();
}
export function storePrepared<T>(host: Local, v: Local): void {
  get(host);
  get(v);
  storeHost<T>();
}
