/** Instructions that only the interpreter has and that belong to no other family. */
import * as pio from '../bus/pio';
import { faulted, raise, Vector } from '../cpu/exceptions';
import { ioAllowed } from '../cpu/io';
import { addressMask, stackMask, stackSegment } from '../cpu/prefix';
import { Gpr, gpr, setGpr } from '../cpu/state';
import { moveOperand, readMemory, readRegister } from '../cpu/operand';
import { read, write } from '../memory/access';
import { linearAddress } from '../memory/segmented';

// ---- the stack, for instructions that push or pop several values ----
function stackAddress(offset: u64): u64 {
  return linearAddress(stackSegment, offset & stackMask);
}
/** Sets the stack pointer at the stack's width. */
export function setStackPointer(v: u64): void {
  if (stackMask == 0xffff) setGpr<u16>(Gpr.RSP, <u16>v);
  else setGpr<u64>(Gpr.RSP, v & stackMask);
}
export function enter<T>(size: u32, nesting: u32): void {
  const level = nesting & 31;
  const sp = gpr<u64>(Gpr.RSP);
  let top = sp - sizeof<T>();
  write<T>(stackAddress(top), gpr<T>(Gpr.RBP));
  if (faulted()) return;
  const frame = top & stackMask;
  for (let i: u32 = 1; i < level; i++) {
    const v = read<T>(stackAddress(gpr<u64>(Gpr.RBP) - i * sizeof<T>()));
    if (faulted()) return;
    top -= sizeof<T>();
    write<T>(stackAddress(top), v);
    if (faulted()) return;
  }
  if (level) {
    top -= sizeof<T>();
    write<T>(stackAddress(top), <T>frame);
    if (faulted()) return;
  }
  // The new top must be writable (SDM 2A ENTER); nothing is written.
  write<T>(stackAddress(top - size), read<T>(stackAddress(top - size)));
  if (faulted()) return;
  setGpr<T>(Gpr.RBP, <T>frame);
  setStackPointer(top - size);
}

/** Signed bounds, inclusive. */
export function bound<T>(source: u32): void {
  const low = readMemory<T>();
  if (faulted()) return;
  moveOperand(sizeof<T>(), addressMask);
  const high = readMemory<T>();
  if (faulted()) return;
  const v = readRegister<T>(source);
  const outside = sizeof<T>() == 2 ? <i16>v < <i16>low || <i16>v > <i16>high : <i32>v < <i32>low || <i32>v > <i32>high;
  if (outside) raise(Vector.BR, 0);
}
/** The second word of a far pointer in memory: the selector. */
export function readSelector(size: u32): u32 {
  moveOperand(size, addressMask);
  return readMemory<u16>();
}

// ---- port I/O ----
export function portIn<T>(port: u32): void {
  if (!ioAllowed(port, sizeof<T>())) return;
  const v = <T>pio.read(port, sizeof<T>());
  setGpr<T>(Gpr.RAX, v);
}
export function portOut<T>(port: u32): void {
  if (ioAllowed(port, sizeof<T>())) pio.write(port, sizeof<T>(), <u32>gpr<T>(Gpr.RAX));
}
