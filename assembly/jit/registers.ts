/**
 * The guest's general registers while a block is translated: each is bound to the value that it holds. Writing binds
 * anew and emits nothing; `settleRegisters` puts what is bound into the registers' own locals before an instruction that
 * may leave the block, and at the block's end.
 *
 * A register that was only read is bound to an alias of its local. INVARIANT: before the local changes, an alias that
 * somebody may still use (the running instruction, the flags, another register) moves to a local of its own.
 */
import { JIT_ALIASED, JIT_BOUND, JIT_HANDED } from '../layout';
import { forgetDistance, forgetDistances, noteHeld, noteRead } from './distances';
import { i32Const, op, setLocal } from './emit';
import { flagsUse } from './flags';
import {
  emitLoads,
  emitRegisterLoads,
  emitRegisterStores,
  emitStores,
  registerLocal,
  REGISTERS,
  writtenRegisters,
} from './frame';
import { aliasOf, constantOf, detach, get, isAlias, isConstant, keep, Local, localOf, nothing, valueOf } from './local';
import { forgetLookups } from './lookups';
import { longCode, native, nativeConst } from './width';
import { AND, I32_WRAP, I64_EXTEND_U, OR, SHL, SHR_U } from './wasm';

// Transient, by register: the value that it holds (nothing: as its local says), the alias of its local, and when that
// was last handed out
const BOUND: usize = JIT_BOUND;
const ALIASED: usize = JIT_ALIASED;
const HANDED: usize = JIT_HANDED;
/** Which differ from their local. */
let dirty: u32 = 0;
/** Whose local differs from the register file in memory. */
let stale: u32 = 0;
/** Which were written since the last `when`. */
let forked: u32 = 0;
/** Number of the running instruction. */
let now: u32 = 0;

function bound(r: u32): Local {
  return load<Local>(BOUND + (r << 2));
}
function setBound(r: u32, v: Local): void {
  store<Local>(BOUND + (r << 2), v);
}
function aliased(r: u32): Local {
  return load<Local>(ALIASED + (r << 2));
}

export function beginRegisters(): void {
  stale = writtenRegisters();
  forget();
}
/** Puts down what registers hold at the block's end, for the blocks that this one alone leads to. */
export function noteRegisters(): void {
  for (let r: u32 = 0; r < REGISTERS; r++) noteHeld(r, bound(r));
}
function forget(): void {
  memory.fill(BOUND, 0xff, REGISTERS << 2);
  memory.fill(ALIASED, 0xff, REGISTERS << 2);
  dirty = 0;
}
/** A new instruction: the last one needs no value any more. */
export function nextInstruction(): void {
  now++;
}

/** Puts all registers where exits and the next block look for them. */
export function settleRegisters(): void {
  for (let r: u32 = 0; r < REGISTERS; r++) if ((dirty >> r) & 1) freeLocal(r);
  for (let r: u32 = 0; r < REGISTERS; r++) {
    if (!((dirty >> r) & 1)) continue;
    const v = bound(r);
    if (!isConstant(v) && localOf(v) == registerLocal(r)) continue;
    get(v);
    setLocal(registerLocal(r));
    stale |= 1 << r;
  }
  dirty = 0;
}
/** The local of `r` is about to change. */
function freeLocal(r: u32): void {
  const alias = aliased(r);
  if (alias == nothing()) return;
  if (load<u32>(HANDED + (r << 2)) == now || flagsUse(alias) || boundElsewhere(r, alias)) detach(alias);
  store<Local>(ALIASED + (r << 2), nothing());
}
function boundElsewhere(r: u32, alias: Local): bool {
  for (let q: u32 = 0; q < REGISTERS; q++) if (q != r && bound(q) == alias) return true;
  return false;
}
/** Before a fork: what is known holds on both ways, and no local that is needed changes on one of them. */
export function forkRegisters(): void {
  settleRegisters();
  for (let r: u32 = 0; r < REGISTERS; r++) {
    const v = bound(r);
    if (v != nothing() && isAlias(v) && v != aliased(r)) setBound(r, nothing());
  }
  for (let r: u32 = 0; r < REGISTERS; r++) freeLocal(r);
  for (let r: u32 = 0; r < REGISTERS; r++) {
    const v = bound(r);
    if (v != nothing() && isAlias(v)) setBound(r, nothing());
  }
  forked = 0;
}
/** At the end of one way. */
export function joinRegisters(): void {
  settleRegisters();
  for (let r: u32 = 0; r < REGISTERS; r++) if ((forked >> r) & 1) setBound(r, nothing());
  for (let r: u32 = 0; r < REGISTERS; r++) freeLocal(r);
  for (let r: u32 = 0; r < REGISTERS; r++) {
    const v = bound(r);
    if (v != nothing() && isAlias(v)) setBound(r, nothing());
  }
}
/** Brings the register file in memory up to date. INVARIANT: settled. */
export function spill(): void {
  emitStores(stale);
  stale = 0;
}
/** The same for the registers in `which`, which the core is about to change. */
export function handOver(which: u32): void {
  for (let r: u32 = 0; r < REGISTERS; r++) {
    if (!((which >> r) & 1)) continue;
    freeLocal(r);
    setBound(r, nothing());
    forgetDistance(r);
  }
  emitRegisterStores(which);
}
/** The register file in memory has changed. */
export function reload(): void {
  forget();
  forgetLookups();
  emitLoads();
}

/** The same, but for the flags. */
export function reloadRegisters(): void {
  forget();
  forgetDistances();
  emitRegisterLoads();
}

function whole(r: u32): Local {
  let v = bound(r);
  if (v == nothing()) {
    v = aliased(r);
    if (v == nothing()) {
      v = aliasOf(registerLocal(r));
      store<Local>(ALIASED + (r << 2), v);
      noteRead(r, v);
    }
    setBound(r, v);
  }
  if (isAlias(v)) hand(v);
  return v;
}
function hand(alias: Local): void {
  for (let r: u32 = 0; r < REGISTERS; r++) if (aliased(r) == alias) store<u32>(HANDED + (r << 2), now);
}
function bind(r: u32, v: Local): void {
  setBound(r, v);
  forgetDistance(r);
  dirty |= 1 << r;
  forked |= 1 << r;
}
/** Byte offset `o` of the register file at width T: AH..BH are byte 1 of their registers. */
export function readPart<T>(o: u32): Local {
  const v = whole(o >> 3);
  const bit = (o & 7) << 3;
  if (sizeof<T>() == 8 || (sizeof<T>() == 4 && !longCode())) return v;
  if (isConstant(v)) return constantOf<T>(valueOf(v) >> bit);
  get(v);
  if (longCode()) op(I32_WRAP);
  if (bit) {
    i32Const(bit);
    op(SHR_U);
  }
  if (sizeof<T>() < 4) {
    i32Const(sizeof<T>() == 1 ? 0xff : 0xffff);
    op(AND);
  }
  return keep<T>();
}
/** A 32-bit write clears the upper half (SDM 1 3.4.1.1), narrower ones keep what is around. */
export function writePart<T>(o: u32, v: Local): void {
  if (sizeof<T>() == 8) bind(o >> 3, v);
  else if (sizeof<T>() == 4) bind(o >> 3, widened(v));
  else bind(o >> 3, inserted<T>(whole(o >> 3), (o & 7) << 3, v));
}
function widened(v: Local): Local {
  if (!longCode()) return v;
  if (isConstant(v)) return constantOf<u64>(valueOf(v));
  get(v);
  op(I64_EXTEND_U);
  return keep<u64>();
}
function inserted<T>(into: Local, bit: u32, v: Local): Local {
  const ones: u64 = sizeof<T>() == 1 ? 0xff : 0xffff;
  get(into);
  nativeConst(~(ones << bit));
  native(AND);
  get(v);
  if (longCode()) op(I64_EXTEND_U);
  if (bit) {
    nativeConst(bit);
    native(SHL);
  }
  native(OR);
  return keep<u64>();
}
