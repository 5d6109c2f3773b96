/** Instructions that ask about a selector without loading it: VERR, VERW, LAR, LSL, ARPL (SDM 3A 5.10). */
import {
  dplOf,
  inTable,
  isCode,
  isConforming,
  isNull,
  isReadable,
  isSystem,
  isWritableData,
  limitOf,
  readDescriptor,
  System,
  typeOf,
} from './descriptors';
import { faulted } from './exceptions';
import { setZero } from './flags';
import { readRegister, readRmw, writeRmw } from './operand';
import { cpu, longMode } from './state';
import { descriptorsExist } from './tables';

/** Of `find`: the descriptor. */
let found: u64 = 0;

/** False when the selector names nothing; check `faulted()` then. */
function find(selector: u32): bool {
  if (isNull(selector) || !inTable(selector)) return false;
  found = readDescriptor(selector);
  return !faulted();
}
/** Can a segment of this kind be seen from CPL and RPL? Conforming code always. */
function visible(selector: u32, d: u64): bool {
  if (isCode(d) && isConforming(d)) return true;
  return max(cpu.cpl, selector & 3) <= dplOf(d);
}
/** ZF tells the answer, unless asking failed. */
function answer(z: bool): void {
  if (!faulted()) setZero(z);
}
/** VERR: ZF. */
export function verifyRead(selector: u32): void {
  if (!descriptorsExist()) return;
  answer(find(selector) && isReadable(found) && visible(selector, found));
}
/** VERW: ZF. */
export function verifyWrite(selector: u32): void {
  if (!descriptorsExist()) return;
  answer(find(selector) && isWritableData(found) && visible(selector, found));
}
/** LAR: sets ZF and returns the rights, or clears it and returns 0. */
export function loadAccessRights(selector: u32): u32 {
  if (!descriptorsExist()) return 0;
  const ok = find(selector) && hasRights(found) && visible(selector, found);
  answer(ok);
  return ok ? (<u32>(found >> 32)) & 0x00f0_ff00 : 0;
}
/** LSL: sets ZF and returns the limit in bytes, or clears it and returns 0. */
export function loadLimit(selector: u32): u32 {
  if (!descriptorsExist()) return 0;
  const ok = find(selector) && hasLimit(found) && visible(selector, found);
  answer(ok);
  return ok ? limitOf(found) : 0;
}
/** SDM 2A LSL, table 3-55. */
function hasLimit(d: u64): bool {
  if (!isSystem(d)) return true;
  const type = typeOf(d);
  if (type == System.Ldt || type == System.Tss32 || type == System.Tss32Busy) return true;
  return !longMode() && (type == System.Tss16 || type == System.Tss16Busy);
}
/** SDM 2A LAR, table 3-53. */
function hasRights(d: u64): bool {
  if (hasLimit(d)) return true;
  const type = typeOf(d);
  if (type == System.CallGate32) return true;
  return !longMode() && (type == System.CallGate16 || type == System.TaskGate);
}
/** ARPL on operands by their encoding: raises the RPL of `d` to that of `s`; ZF tells whether it had to. */
export function arpl(d: u32, s: u32): void {
  if (!descriptorsExist()) return;
  const selector = <u32>readRmw<u16>(d);
  if (faulted()) return;
  const rpl = (<u32>readRegister<u16>(s)) & 3;
  const lower = (selector & 3) < rpl;
  if (lower) writeRmw<u16>(d, <u16>((selector & ~3) | rpl));
  answer(lower);
}
