/** The registers that locate descriptor tables and the task: GDTR, IDTR, LDTR, TR (SDM 3A 2.4). */
import { isCanonical } from '../memory/segmented';
import {
  baseOf,
  BUSY,
  inTable,
  isLocal,
  isNull,
  isPresent,
  readDescriptor,
  readUpperHalf,
  setBusy,
  System,
  typeOf,
} from './descriptors';
import { fail, privileged } from './errors';
import { faulted, raiseUd, Vector } from './exceptions';
import { AR_UNUSABLE, cpu, descriptorMode, longMode, Seg, segment } from './state';
import { cacheSegment } from './segments';

/** The base as LGDT and LIDT take it: with a 16-bit operand it has 24 bits. False: #GP raised. */
function acceptable(base: u64): bool {
  if (!longMode() || isCanonical(base)) return true;
  fail(Vector.GP, 0);
  return false;
}
/** LGDT; `size` is the operand size. Ask `privileged()` before reading the operand. */
export function loadGdt(limit: u32, base: u64, size: u32): void {
  if (!acceptable(base)) return;
  cpu.gdtLimit = limit & 0xffff;
  cpu.gdtBase = size == 2 ? base & 0xffffff : base;
}
export function loadIdt(limit: u32, base: u64, size: u32): void {
  if (!acceptable(base)) return;
  cpu.idtLimit = limit & 0xffff;
  cpu.idtBase = size == 2 ? base & 0xffffff : base;
}

/** SLDT, STR, LLDT, LTR, LAR, LSL, VERR, VERW and ARPL do not exist in real and virtual-8086 mode. */
export function descriptorsExist(): bool {
  if (descriptorMode()) return true;
  raiseUd();
  return false;
}
export function ldtSelector(): u32 {
  return segment(Seg.LDTR).selector;
}
export function taskSelector(): u32 {
  return segment(Seg.TR).selector;
}

/** Descriptor size of LDTs and TSSs. */
function systemSize(): u32 {
  return longMode() ? 16 : 8;
}
/** Fills LDTR or TR; in IA-32e mode the base continues in the descriptor's upper half. */
function cacheSystem(s: u32, selector: u32, d: u64): bool {
  let high: u64 = 0;
  if (longMode()) {
    high = readUpperHalf(selector);
    if (faulted()) return false;
    // Bits 12:8 of the last doubleword must be 0 (SDM 3A 8.2.3).
    if ((high >> 40) & 0x1f || !isCanonical(baseOf(d) | (high << 32))) {
      fail(Vector.GP, selector);
      return false;
    }
  }
  cacheSegment(s, selector, d);
  segment(s).base |= high << 32;
  return true;
}
/** LLDT. */
export function loadLdt(selector: u32): void {
  selector &= 0xffff;
  if (!descriptorsExist() || !privileged()) return;
  loadLdtChecked(selector, Vector.GP, Vector.NP);
}
/** LDTR from an instruction, or from a TSS, which names other exceptions; false when it failed. */
export function loadLdtChecked(selector: u32, bad: u32, absent: u32): bool {
  const ldt = segment(Seg.LDTR);
  if (isNull(selector)) {
    ldt.selector = selector;
    ldt.access = AR_UNUSABLE;
    return true;
  }
  if (isLocal(selector) || !inTable(selector, systemSize())) {
    fail(bad, selector);
    return false;
  }
  const d = readDescriptor(selector);
  if (faulted()) return false;
  if (typeOf(d) != System.Ldt) {
    fail(bad, selector);
    return false;
  }
  if (!isPresent(d)) {
    fail(absent, selector);
    return false;
  }
  return cacheSystem(Seg.LDTR, selector, d);
}
/** LTR. */
export function loadTask(selector: u32): void {
  selector &= 0xffff;
  if (!descriptorsExist() || !privileged()) return;
  if (isNull(selector)) {
    fail(Vector.GP, 0);
    return;
  }
  if (isLocal(selector) || !inTable(selector, systemSize())) {
    fail(Vector.GP, selector);
    return;
  }
  const d = readDescriptor(selector);
  if (faulted()) return;
  const type = typeOf(d);
  if (type != System.Tss32 && (type != System.Tss16 || longMode())) {
    fail(Vector.GP, selector);
    return;
  }
  if (!isPresent(d)) {
    fail(Vector.NP, selector);
    return;
  }
  setBusy(selector, true);
  if (!faulted()) cacheTask(selector, d);
}
/** TR from an available or busy TSS descriptor. */
export function cacheTask(selector: u32, d: u64): bool {
  if (!cacheSystem(Seg.TR, selector, d)) return false;
  segment(Seg.TR).access |= BUSY;
  return true;
}
