/**
 * Stands in for ../host when the x87 is tested without a CPU: a flat memory, a fixed effective address, plain setters.
 * The build of the test maps the import here. Same functions and contracts as ../host.
 */

/** Flat memory that the operands lie in; everything beyond `memoryLimit` faults. */
export const MEMORY: usize = 0x10000;
export let effective: u32 = 0;
export let memoryLimit: u32 = 0x10000;
export let flags: u32 = 0;
export let ax: u32 = 0xffffffff;
export let exception: i32 = -1;
export let ferrLevel: bool = false;
export let control0: u32 = 0x33;
export let control4: u32 = 0x600;
export let short: bool = false;
export let protection: bool = true;
export let long: bool = false;
let failed: bool = false;

export function setEffective(address: u32, limit: u32): void {
  effective = address;
  memoryLimit = limit;
  failed = false;
}
export function setMode(cr0: u32, cr4: u32, operand16: bool, isProtected: bool, is64: bool): void {
  control0 = cr0;
  control4 = cr4;
  short = operand16;
  protection = isProtected;
  long = is64;
}
export function setFlags(value: u32): void {
  flags = value;
}
export function clearOutputs(): void {
  exception = -1;
  ax = 0xffffffff;
  failed = false;
}

// @ts-ignore: decorator
@inline function at(offset: u32, length: u32): usize {
  if (effective + offset + length > memoryLimit) {
    failed = true;
    exception = 14;
    return MEMORY;
  }
  return MEMORY + effective + offset;
}
export function fault(): bool {
  return failed;
}
export function operand<T>(): T {
  return load<T>(at(0, sizeof<T>()));
}
export function setOperand<T>(value: T): void {
  const p = at(0, sizeof<T>());
  if (!failed) store<T>(p, value);
}
export function load8(offset: u32): u32 {
  return load<u8>(at(offset, 1));
}
export function load16(offset: u32): u32 {
  return load<u16>(at(offset, 2));
}
export function load32(offset: u32): u32 {
  return load<u32>(at(offset, 4));
}
export function load64(offset: u32): u64 {
  return load<u64>(at(offset, 8));
}
export function store8(offset: u32, value: u32): void {
  const p = at(offset, 1);
  if (!failed) store<u8>(p, <u8>value);
}
export function store16(offset: u32, value: u32): void {
  const p = at(offset, 2);
  if (!failed) store<u16>(p, <u16>value);
}
export function store32(offset: u32, value: u32): void {
  const p = at(offset, 4);
  if (!failed) store<u32>(p, value);
}
export function store64(offset: u32, value: u64): void {
  const p = at(offset, 8);
  if (!failed) store<u64>(p, value);
}
export function probeWrite(length: u32): bool {
  at(0, length);
  return !failed;
}
export function misaligned16(): bool {
  return (effective & 15) != 0;
}
export function raiseUD(): void {
  exception = 6;
}
export function raiseNM(): void {
  exception = 7;
}
export function raiseGP(): void {
  exception = 13;
}
export function raiseMF(): void {
  exception = 16;
}
export function ferr(level: bool): void {
  ferrLevel = level;
}
export function cr0(): u32 {
  return control0;
}
export function cr4(): u32 {
  return control4;
}
export function mode64(): bool {
  return long;
}
export function setZPC(zf: bool, pf: bool, cf: bool): void {
  flags = (flags & ~0x8d5) | (u32(zf) << 6) | (u32(pf) << 2) | u32(cf);
}
export function conditionB(): bool {
  return (flags & 1) != 0;
}
export function conditionZ(): bool {
  return (flags & 0x40) != 0;
}
export function conditionBE(): bool {
  return (flags & 0x41) != 0;
}
export function conditionU(): bool {
  return (flags & 4) != 0;
}
export function setAX(value: u32): void {
  ax = value;
}
export function codeSelector(): u32 {
  return 0x23;
}
export function instructionPointer(): u64 {
  return 0x12345678;
}
export function dataSelector(): u32 {
  return 0x2b;
}
export function dataOffset(): u64 {
  return effective;
}
export function operandSize16(): bool {
  return short;
}
export function protectedMode(): bool {
  return protection;
}
