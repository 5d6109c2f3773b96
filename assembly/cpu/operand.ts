/**
 * The memory operand of the running instruction, and operands by their encoding. A register operand is the byte offset
 * of the register in the register file (8 times its number; AH..BH are odd); MEMORY stands for the memory operand.
 * Transient decode state: nothing here outlives an instruction.
 */
import { REGS } from '../layout';
import { finishRmw, prepareRmw, read, write } from '../memory/access';
import { linearAddress } from '../memory/segmented';
import { Segment } from './state';

// @ts-ignore: decorator
@inline export const MEMORY: u32 = 0x80;

/** Linear address, or poisoned (memory/segmented.ts). */
let address: u64 = 0;
/** Offset in its segment, for LEA, far pointers and the x87's data pointer. */
let offset: u64 = 0;
let host: usize = 0;
let within: Segment = changetype<Segment>(0);

// @ts-ignore: decorator
@inline export function setOperand(s: Segment, at: u64): void {
  offset = at;
  within = s;
  address = linearAddress(s, at);
}
// @ts-ignore: decorator
@inline export function operandAddress(): u64 {
  return address;
}
// @ts-ignore: decorator
@inline export function operandOffset(): u64 {
  return offset;
}
export function operandSegment(): Segment {
  return within;
}
/** Moves the operand by `by` bytes, for second words and bit strings; `mask` is the address size's. */
export function moveOperand(by: i64, mask: u64): void {
  setOperand(within, (offset + by) & mask);
}

// @ts-ignore: decorator
@inline export function readRegister<T>(o: u32): T {
  return load<T>(REGS + o);
}
// @ts-ignore: decorator
@inline export function writeRegister<T>(o: u32, v: T): void {
  if (sizeof<T>() == 4) store<u64>(REGS + o, <u64>(<u32>v));
  else store<T>(REGS + o, v);
}
// @ts-ignore: decorator
@inline export function readMemory<T>(): T {
  return read<T>(address);
}
// @ts-ignore: decorator
@inline export function writeMemory<T>(v: T): void {
  write<T>(address, v);
}
// @ts-ignore: decorator
@inline export function readMemoryRmw<T>(): T {
  host = prepareRmw<T>(address);
  return load<T>(host);
}
// @ts-ignore: decorator
@inline export function writeMemoryRmw<T>(v: T): void {
  finishRmw<T>(host, v);
}

// Register or memory, for instructions whose body only the interpreter has
// @ts-ignore: decorator
@inline export function readRm<T>(o: u32): T {
  return o < MEMORY ? readRegister<T>(o) : readMemory<T>();
}
// @ts-ignore: decorator
@inline export function writeRm<T>(o: u32, v: T): void {
  if (o < MEMORY) writeRegister<T>(o, v);
  else writeMemory<T>(v);
}
// @ts-ignore: decorator
@inline export function readRmw<T>(o: u32): T {
  return o < MEMORY ? readRegister<T>(o) : readMemoryRmw<T>();
}
// @ts-ignore: decorator
@inline export function writeRmw<T>(o: u32, v: T): void {
  if (o < MEMORY) writeRegister<T>(o, v);
  else writeMemoryRmw<T>(v);
}
