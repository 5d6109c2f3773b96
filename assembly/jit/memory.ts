/**
 * Accesses to guest memory in translated code, by linear address. The TLB compare stands inline, once for neighbours
 * (lookups.ts); what does not match leaves the region, for code without calls is small and quick to compile. A region that
 * was left so often is made in full: it calls the core (engine/accesses.ts), which may still refuse.
 *
 * 32-bit addresses are compared with the lower halves of tags, which is exact as long as no 64-bit code shares the TLB.
 */
import { JIT_REFUSED, SCRATCH, TLB_ENTRIES, TLB_SUPERVISOR, TLB_USER } from '../layout';
import { DELTA, READ, WRITE } from '../memory/tlb';
import { access, getLocal, i32Const, loadAt, op, openConst, setLocal } from './emit';
import { closeIf, openIf, otherwise, settle, sideExitIf, sideExitNext } from './exits';
import { get, keep, Local, nothing } from './local';
import { inFull } from './frame';
import { Odds } from './hints';
import { callCore, IMPORT_LOAD, IMPORT_PREPARE, IMPORT_STORE } from './imports';
import { behindFirst, canShare, Lookup, newLookup, noLookup, sharedLookup } from './lookups';
import { modeSharesTlb, modeUser } from './mode';
import { Switch, switchValue } from './switches';
import { getWide } from './values';
import { is64, longCode, native, nativeConst } from './width';
import {
  ADD,
  AND,
  COMPARE_64,
  EQ,
  I32,
  I32_CONST,
  I32_LOAD,
  I32_LOAD16_U,
  I32_LOAD8_U,
  I32_STORE,
  I32_STORE16,
  I32_STORE8,
  I32_WRAP,
  I64,
  I64_CONST,
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

// ---- the look-up ----
/** Pushes `linear` + `by`; where `shared`, `by` is written later. Returns the place of such a constant. */
function pushNear(linear: Local, by: u64, shared: bool): usize {
  get(linear);
  if (!shared && !by) return 0;
  const at = shared ? openConst(longCode() ? I64_CONST : I32_CONST) : 0;
  if (!shared) nativeConst(by);
  native(ADD);
  return at;
}
/** Compares (EQ, NE) the TLB's page with that of an access of T; pushes the result. */
function lookUp<T>(linear: Local, write: bool, compare: u32): void {
  const shared = canShare(linear);
  const lowAt = pushNear(linear, 0, shared);
  if (longCode()) op(I32_WRAP);
  i32Const(PAGE_SHIFT - ENTRY_SHIFT);
  op(SHR_U);
  i32Const((TLB_ENTRIES - 1) << ENTRY_SHIFT);
  op(AND);
  entry = keep<u32>();
  get(entry);
  const wide = longCode() || modeSharesTlb();
  access(wide ? I64_LOAD : I32_LOAD, table() + (write ? WRITE : READ));
  const highAt = pushNear(linear, sizeof<T>() - 1, shared);
  nativeConst(~(<u64>0xfff));
  native(AND);
  if (wide && !longCode()) op(I64_EXTEND_U);
  op(wide ? compare + COMPARE_64 : compare);
  lookup = shared ? newLookup(linear, sizeof<T>(), write, lowAt, highAt) : noLookup();
  ahead = 0;
}
/** The TLB of the privilege for which the region is translated. */
function table(): usize {
  return modeUser() ? TLB_USER : TLB_SUPERVISOR;
}
/** Once it has matched: where the host has the byte. */
function keepHost(linear: Local): void {
  get(linear);
  if (longCode()) op(I32_WRAP);
  get(entry);
  access(I32_LOAD, table() + DELTA);
  op(ADD);
  if (!isShared()) host = keep<u32>();
  else setLocal(lookup.host);
}
function isShared(): bool {
  return lookup != noLookup();
}

// ---- an access ----
/** Transient, of the access that is being written: its look-up, if it shares one; else the host address. */
let lookup: Lookup = changetype<Lookup>(0);
let host: Local = changetype<Local>(0);
/** How far behind that it lies. */
let ahead: i32 = 0;
/** Of a look-up that was just written: the offset of the TLB's entry in the table. */
let entry: Local = changetype<Local>(0);
/** Is its look-up an earlier one? */
let known: bool = false;

/**
 * Begins an access of T by a host address; in a region that is made in full within an `if` of type `type`, `endAccess`
 * writing what happens where the TLB does not serve it.
 */
function beginAccess<T>(linear: Local, write: bool, type: u32): void {
  lookup = sharedLookup(linear, sizeof<T>(), write);
  if (isShared()) {
    ahead = behindFirst(lookup, linear);
    if (!inFull()) return;
    settle();
    getLocal(lookup.host);
    openIf(type, Odds.Mostly);
    known = true;
    return;
  }
  settle();
  known = false;
  if (!inFull()) sideExitNext();
  lookUp<T>(linear, write, inFull() ? EQ : NE);
  if (inFull()) openIf(type, Odds.Mostly);
  else sideExitIf();
  keepHost(linear);
}
/** `import` does the same in the core, `v` being its further argument. */
function endAccess<T>(linear: Local, which: u32, v: Local): void {
  if (!inFull()) return;
  otherwise();
  if (isShared() && !known) {
    i32Const(0);
    setLocal(lookup.host);
  }
  callAccess<T>(which, linear, v);
  closeIf();
}
/** Pushes the host address, but for what `offset` returns. */
function pushHost(): void {
  if (isShared()) getLocal(lookup.host);
  else get(host);
  if (ahead >= 0) return;
  i32Const(ahead);
  op(ADD);
}
function offset(): u32 {
  return max(ahead, 0);
}
function loadHost<T>(at: u32): void {
  access(sizeof<T>() == 1 ? I32_LOAD8_U : sizeof<T>() == 2 ? I32_LOAD16_U : is64<T>() ? I64_LOAD : I32_LOAD, at);
}
function storeHost<T>(at: u32): void {
  access(sizeof<T>() == 1 ? I32_STORE8 : sizeof<T>() == 2 ? I32_STORE16 : is64<T>() ? I64_STORE : I32_STORE, at);
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
function logOf<T>(): u32 {
  return sizeof<T>() == 1 ? 0 : sizeof<T>() == 2 ? 1 : sizeof<T>() == 4 ? 2 : 3;
}
/** Is the TLB switched off? */
function calls(): bool {
  return !switchValue(Switch.Tlb);
}

export function loadFrom<T>(linear: Local): Local {
  if (calls()) {
    settle();
    callAccess<T>(IMPORT_LOAD, linear, nothing());
  } else {
    beginAccess<T>(linear, false, is64<T>() ? I64 : I32);
    pushHost();
    loadHost<T>(offset());
    endAccess<T>(linear, IMPORT_LOAD, nothing());
  }
  return keep<T>();
}
export function storeTo<T>(linear: Local, v: Local): void {
  if (calls()) {
    settle();
    callAccess<T>(IMPORT_STORE, linear, v);
  } else {
    beginAccess<T>(linear, true, VOID);
    pushHost();
    get(v);
    storeHost<T>(offset());
    endAccess<T>(linear, IMPORT_STORE, v);
  }
}
/** Host address of an operand that is read, modified and written; SCRATCH for one on two pages. */
export function prepare<T>(linear: Local): Local {
  if (calls()) {
    settle();
    callAccess<T>(IMPORT_PREPARE, linear, nothing());
  } else {
    beginAccess<T>(linear, true, I32);
    pushHost();
    if (ahead > 0) {
      i32Const(ahead);
      op(ADD);
    }
    endAccess<T>(linear, IMPORT_PREPARE, nothing());
  }
  return keep<u32>();
}
/** An operand on two pages was worked on in SCRATCH. The core has found both writable, so it does not refuse. */
function openAcross<T>(linear: Local, host: Local, v: Local): void {
  get(host);
  i32Const(<u32>SCRATCH);
  op(EQ);
  openIf(VOID, Odds.Seldom);
  getWide<u64>(linear);
  get(v);
  callCore(IMPORT_STORE + logOf<T>());
  otherwise();
}
export function loadPrepared<T>(host: Local): Local {
  get(host);
  loadHost<T>(0);
  return keep<T>();
}
/** `linear` is what `prepare` has got. */
export function storePrepared<T>(linear: Local, host: Local, v: Local): void {
  const mayCross = sizeof<T>() > 1 && (inFull() || calls());
  if (mayCross) openAcross<T>(linear, host, v);
  get(host);
  get(v);
  storeHost<T>(0);
  if (mayCross) closeIf();
}
