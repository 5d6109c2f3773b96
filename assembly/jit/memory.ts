/**
 * Accesses to guest memory in translated code. Segmentation is one comparison and an addition; what it does not allow
 * at once leaves the block. The TLB compare stands inline, what does not match calls the core (entry.ts).
 */
import { CODE64, cpu, Segment } from '../cpu/state';
import { JIT_REFUSED, SCRATCH, TLB_ENTRIES, TLB_SUPERVISOR, TLB_USER } from '../layout';
import { DELTA, READ, userTlb, WRITE } from '../memory/tlb';
import { access, i32Const, i64Const, leb, op } from './emit';
import { closeIf, leaveIf, openIf, otherwise } from './exits';
import { getSegmentBase, getSegmentEnd, isFlat } from './frame';
import { get, keep, Local } from './local';
import { IMPORT_FINISH, IMPORT_PREPARE, IMPORT_READ, IMPORT_WRITE } from './module';
import { compare, getWide } from './values';
import {
  ADD,
  AND,
  ARITHMETIC_64,
  CALL,
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
  I64_LOAD,
  I64_STORE,
  SHR_U,
  VOID,
} from './wasm';

/** log2 of TLB_ENTRY (layout.ts), and where the number of a page begins. */
const ENTRY_SHIFT: u32 = 5;
const PAGE_SHIFT: u32 = 12;

/** Linear address of `offset` in segment `s`; leaves when Segment.safeEnd does not vouch for it. */
export function linearOf(s: Segment, offset: Local): Local {
  get(offset);
  if (isFlat(s)) i64Const(s.safeEnd);
  else getSegmentEnd(s);
  compare<u64>(GE_U);
  leaveIf();
  if (isFlat(s)) return offset;
  getSegmentBase(s);
  get(offset);
  op(ADD + ARITHMETIC_64);
  if (cpu.codeMode != CODE64) {
    i64Const(0xffff_ffff);
    op(AND + ARITHMETIC_64);
  }
  return keep<u64>();
}

/** Pushes whether the TLB has `linear` for an access of T; returns the offset of its entry in the table. */
function lookUp<T>(linear: Local, table: usize, tag: usize): Local {
  get(linear);
  op(I32_WRAP);
  i32Const(PAGE_SHIFT - ENTRY_SHIFT);
  op(SHR_U);
  i32Const((TLB_ENTRIES - 1) << ENTRY_SHIFT);
  op(AND);
  const entry = keep<u32>();
  get(entry);
  access(I64_LOAD, table + tag);
  pushLastPage<T>(linear);
  compare<u64>(EQ);
  return entry;
}
function pushLastPage<T>(linear: Local): void {
  get(linear);
  if (sizeof<T>() > 1) {
    i64Const(sizeof<T>() - 1);
    op(ADD + ARITHMETIC_64);
  }
  i64Const(~(<u64>0xfff));
  op(AND + ARITHMETIC_64);
}
/** The TLB of the privilege for which the block is translated. */
function table(): usize {
  return userTlb() ? TLB_USER : TLB_SUPERVISOR;
}
function pushHost(linear: Local, entry: Local): void {
  get(linear);
  op(I32_WRAP);
  get(entry);
  access(I32_LOAD, table() + DELTA);
  op(ADD);
}
function call(which: u32): void {
  op(CALL);
  leb(which);
}
function leaveIfRefused(): void {
  i32Const(0);
  access(I32_LOAD, JIT_REFUSED);
  leaveIf();
}
function loadHost<T>(): void {
  access(sizeof<T>() == 1 ? I32_LOAD8_U : sizeof<T>() == 2 ? I32_LOAD16_U : sizeof<T>() == 4 ? I32_LOAD : I64_LOAD, 0);
}
function storeHost<T>(): void {
  access(sizeof<T>() == 1 ? I32_STORE8 : sizeof<T>() == 2 ? I32_STORE16 : sizeof<T>() == 4 ? I32_STORE : I64_STORE, 0);
}

export function loadFrom<T>(linear: Local): Local {
  const entry = lookUp<T>(linear, table(), READ);
  openIf(sizeof<T>() == 8 ? I64 : I32);
  pushHost(linear, entry);
  loadHost<T>();
  otherwise();
  get(linear);
  i32Const(sizeof<T>());
  call(IMPORT_READ);
  if (sizeof<T>() < 8) op(I32_WRAP);
  leaveIfRefused();
  closeIf();
  return keep<T>();
}
export function storeTo<T>(linear: Local, v: Local): void {
  const entry = lookUp<T>(linear, table(), WRITE);
  openIf(VOID);
  pushHost(linear, entry);
  get(v);
  storeHost<T>();
  otherwise();
  get(linear);
  getWide<T>(v);
  i32Const(sizeof<T>());
  call(IMPORT_WRITE);
  leaveIfRefused();
  closeIf();
}
/** Host address of an operand that is read, modified and written: SCRATCH when it lies in two pages. */
export function prepare<T>(linear: Local): Local {
  const entry = lookUp<T>(linear, table(), WRITE);
  openIf(I32);
  pushHost(linear, entry);
  otherwise();
  get(linear);
  i32Const(sizeof<T>());
  call(IMPORT_PREPARE);
  leaveIfRefused();
  closeIf();
  return keep<u32>();
}
export function loadPrepared<T>(host: Local): Local {
  get(host);
  loadHost<T>();
  return keep<T>();
}
/** INVARIANT: since `prepare` no other access has called the core, which knows where SCRATCH belongs. */
export function storePrepared<T>(host: Local, v: Local): void {
  if (sizeof<T>() > 1) {
    get(host);
    i32Const(<u32>SCRATCH);
    op(EQ);
    openIf(VOID);
    getWide<T>(v);
    i32Const(sizeof<T>());
    call(IMPORT_FINISH);
    otherwise();
  }
  get(host);
  get(v);
  storeHost<T>();
  if (sizeof<T>() > 1) closeIf();
}
