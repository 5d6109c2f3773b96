/**
 * The register stack and the way an instruction ends: stack faults, merging of exception flags into the status word,
 * write-back, pop, and the pointers to the last instruction (SDM vol. 1, 8.1.2, 8.1.8, 8.5.1.1, 8.6).
 */
import { codeSelector, dataOffset, dataSelector, instructionPointer } from './host';
import {
  BEFORE,
  BUSY,
  C1,
  ES,
  EXCEPTIONS,
  IE,
  OE,
  SF,
  TOP,
  UE,
  fpu,
  isEmpty,
  markFull,
  moveTop,
  pop,
  put,
  st,
} from './state';
import { INDEFINITE_SE, INDEFINITE_SIG, begin, give, raise, raised, zSe, zSig } from './float80/format';

/** Exceptions that keep a result from being stored to memory. */
const NO_STORE: u32 = BEFORE | OE | UE;

/** FOP of the instruction under way. */
let encoding: u32 = 0;

export function setEncoding(op: u32, modrm: u32): void {
  encoding = ((op & 7) << 8) | modrm;
}

/** Records a non-control instruction with a register operand. */
// @ts-ignore: decorator
@inline export function track(): void {
  fpu.opcode = encoding;
  fpu.ip = instructionPointer();
  fpu.cs = codeSelector();
}

/** Records a non-control instruction with a memory operand. */
// @ts-ignore: decorator
@inline export function trackMemory(): void {
  track();
  fpu.dp = dataOffset();
  fpu.ds = dataSelector();
}

/** Stack underflow: the masked response is the indefinite value in place of the result. */
export function underflow(): void {
  begin();
  raise(IE | SF);
  give(INDEFINITE_SE, INDEFINITE_SIG);
}

/** Stack overflow: the same with C1 set. */
export function overflow(): void {
  underflow();
  raise(C1);
}

/** Must the memory destination be left alone? */
// @ts-ignore: decorator
@inline export function blocked(): bool {
  return (raised & ~fpu.control & NO_STORE) != 0;
}

/** Merges what was raised into the status word; false when an unmasked exception forbids to change any register. */
export function settle(): bool {
  const unmasked = raised & ~fpu.control & EXCEPTIONS;
  if (unmasked) return trap(unmasked);
  fpu.status = (fpu.status & ~C1) | raised;
  return true;
}

/** As `settle` for the instructions that leave C1 alone unless there is a stack fault (FCMOVcc, FCOMI). */
export function settleKeepingC1(): bool {
  const kept = raised & SF ? 0 : fpu.status & C1;
  const proceeds = settle();
  fpu.status |= kept;
  return proceeds;
}

function trap(unmasked: u32): bool {
  const before = (unmasked & BEFORE) != 0;
  // Found before the operation: what rounding would have raised never happened. SF explains C1 as a stack overflow.
  const flags = before && !(raised & SF) ? raised & BEFORE : raised;
  fpu.status = (fpu.status & ~C1) | flags | ES | BUSY;
  return !before;
}

/** Ends an instruction whose result goes to ST(i), which is or becomes valid. */
// @ts-ignore: decorator
@inline export function finish(i: u32): bool {
  if (!settle()) return false;
  put(st(i), zSe, zSig);
  markFull(i);
  return true;
}

/** Ends an instruction whose result replaces the content of a register that is not empty. */
export function replace(register: usize): bool {
  if (!settle()) return false;
  put(register, zSe, zSig);
  return true;
}

/** Ends an instruction whose result goes to ST(i), and pops. */
export function finishAndPop(i: u32): void {
  if (finish(i)) pop();
}

/** Ends an instruction that pushes a value and raised nothing. */
// @ts-ignore: decorator
@inline export function push(signExponent: u32, significand: u64): void {
  const status = fpu.status;
  const newTop = (status - 0x800) & TOP;
  const full = fpu.full;
  const bit = (<u32>1) << (newTop >> 11);
  if (full & bit) {
    pushOntoFull();
    return;
  }
  // One write of the status word, not one each for C1 and TOP: this is the longest chain through memory of a push.
  fpu.status = (status & ~(C1 | TOP)) | newTop;
  fpu.full = full | bit;
  put(newTop >> 7, signExponent, significand);
}

function pushOntoFull(): void {
  overflow();
  finishPush();
}

/** Ends an instruction that pushes its result; the caller's value gives way to a stack overflow. */
export function finishPush(): void {
  if (!isEmpty(7)) overflow();
  if (!settle()) return;
  moveTop(-1);
  put(st(0), zSe, zSig);
  markFull(0);
}

/** Ends a store that has been done and raised `flags`. */
// @ts-ignore: decorator
@inline export function finishStore(flags: u32, pops: bool): void {
  if (flags & ~fpu.control & EXCEPTIONS) {
    finishStoreSlowly(flags, pops);
    return;
  }
  const status = fpu.status;
  if (pops) {
    fpu.full &= ~(1 << ((status >> 11) & 7));
    fpu.status = (status & ~(C1 | TOP)) | flags | ((status + 0x800) & TOP);
  } else fpu.status = (status & ~C1) | flags;
}

function finishStoreSlowly(flags: u32, pops: bool): void {
  raise(flags);
  if (settle() && pops) pop();
}

/** An instruction that raises nothing has C1 cleared. */
// @ts-ignore: decorator
@inline export function clearC1(): void {
  fpu.status &= ~C1;
}
