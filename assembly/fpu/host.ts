/** What the x87 needs of the rest of the CPU. The test build puts standalone/host.ts in its place. */
import * as flags from '../cpu/flags';
import { faulted, raise, raiseGp, raiseUd, Vector } from '../cpu/exceptions';
import { operandAddress, operandOffset, operandSegment } from '../cpu/operand';
import { operandSize16 as hasSize16 } from '../cpu/prefix';
import { CODE64, cpu, descriptorMode, FL_CF, FL_PF, FL_ZF, Gpr, Seg, segment, setGpr } from '../cpu/state';
import { startRip } from '../cpu/window';
import { probeWrite as probe, read, write } from '../memory/access';
import { setFerr } from '../bus/interrupts';

/** Did the last memory access raise an exception? Then nothing may change any more. */
// @ts-ignore: decorator
@inline export function fault(): bool {
  return faulted();
}
/** The memory operand, for the instructions that programs spend their time in: the others call `load32` and so on. */
// @ts-ignore: decorator
@inline export function operand<T>(): T {
  return read<T>(operandAddress());
}
// @ts-ignore: decorator
@inline export function setOperand<T>(value: T): void {
  write<T>(operandAddress(), value);
}
export function load8(offset: u32): u32 {
  return read<u8>(operandAddress() + offset);
}
export function load16(offset: u32): u32 {
  return read<u16>(operandAddress() + offset);
}
export function load32(offset: u32): u32 {
  return read<u32>(operandAddress() + offset);
}
export function load64(offset: u32): u64 {
  return read<u64>(operandAddress() + offset);
}
export function store8(offset: u32, value: u32): void {
  write<u8>(operandAddress() + offset, <u8>value);
}
export function store16(offset: u32, value: u32): void {
  write<u16>(operandAddress() + offset, <u16>value);
}
export function store32(offset: u32, value: u32): void {
  write<u32>(operandAddress() + offset, value);
}
export function store64(offset: u32, value: u64): void {
  write<u64>(operandAddress() + offset, value);
}
/** Raises what writing `length` bytes would; true when they can be written. */
export function probeWrite(length: u32): bool {
  return probe(operandAddress(), length);
}
export function misaligned16(): bool {
  // Not the operand's address, which segmentation may have poisoned (memory/segmented.ts).
  return ((operandSegment().base + operandOffset()) & 15) != 0;
}
export function raiseUD(): void {
  raiseUd();
}
export function raiseNM(): void {
  raise(Vector.NM, 0);
}
export function raiseGP(): void {
  raiseGp(0);
}
export function raiseMF(): void {
  raise(Vector.MF, 0);
}
/** The FERR# pin, which a PC wires to IRQ 13. */
export function ferr(level: bool): void {
  setFerr(level);
}
// @ts-ignore: decorator
@inline export function cr0(): u32 {
  return <u32>cpu.cr0;
}
export function cr4(): u32 {
  return <u32>cpu.cr4;
}
export function mode64(): bool {
  return cpu.codeMode == CODE64;
}
/** ZF, PF and CF as given; OF, SF and AF cleared (SDM 2A FCOMI). */
export function setZPC(zf: bool, pf: bool, cf: bool): void {
  flags.setArithmeticBits((zf ? FL_ZF : 0) | (pf ? FL_PF : 0) | (cf ? FL_CF : 0));
}
export function conditionB(): bool {
  return flags.carry();
}
export function conditionZ(): bool {
  return flags.zero();
}
export function conditionBE(): bool {
  return flags.carry() || flags.zero();
}
export function conditionU(): bool {
  return flags.parity();
}
export function setAX(value: u32): void {
  setGpr<u16>(Gpr.RAX, <u16>value);
}
// @ts-ignore: decorator
@inline export function codeSelector(): u32 {
  return segment(Seg.CS).selector;
}
// @ts-ignore: decorator
@inline export function instructionPointer(): u64 {
  return startRip();
}
// @ts-ignore: decorator
@inline export function dataSelector(): u32 {
  return operandSegment().selector;
}
// @ts-ignore: decorator
@inline export function dataOffset(): u64 {
  return operandOffset();
}
export function operandSize16(): bool {
  return hasSize16;
}
export function protectedMode(): bool {
  return descriptorMode();
}
