/**
 * x87 and SSE state, overlaid on linear memory at FPU (1 KiB reserved in layout.ts).
 *
 *   FPU+0    8 physical registers R0..R7, 16 bytes each: significand u64, sign and exponent u16
 *   FPU+128  FpuState
 *   FPU+256  16 vector registers of 32 bytes (XMM = low half)
 *
 * ST(i) is R((TOP + i) & 7); TOP lives in the status word (SDM vol. 1, 8.1.2-8.1.7). Code names a register by its offset
 * from FPU, which then is part of the load itself.
 * INVARIANT: `control` has bit 6 set and bits 7, 13-15 clear; `status` and `full` have no bits above 15 and 7.
 */
import { FPU } from '../layout';


@unmanaged
export class FpuState {
  /** Control word. */
  control: u32;
  /** Status word, TOP included; B mirrors ES. */
  status: u32;
  /** One bit per physical register, 1 = not empty: the abridged tag word of FXSAVE. */
  full: u32;
  /** FOP: low 3 bits of the ESC opcode and the ModRM byte. */
  opcode: u32;
  /** FIP and FDP: offsets of the last non-control instruction and of its memory operand. */
  ip: u64;
  dp: u64;
  /** FCS and FDS. */
  cs: u32;
  ds: u32;
  mxcsr: u32;
}

// @ts-ignore: decorator
@inline export const fpu: FpuState = changetype<FpuState>(FPU + 128);
export const XMM: usize = FPU + 256;
export const XMM_STRIDE: usize = 32;

/** Exception flags of the status word; the masks in the control word have the same positions. */
export const IE: u32 = 0x01;
export const DE: u32 = 0x02;
export const ZE: u32 = 0x04;
export const OE: u32 = 0x08;
export const UE: u32 = 0x10;
export const PE: u32 = 0x20;
export const SF: u32 = 0x40;
export const ES: u32 = 0x80;
export const C0: u32 = 0x100;
export const C1: u32 = 0x200;
export const C2: u32 = 0x400;
export const TOP: u32 = 0x3800;
export const C3: u32 = 0x4000;
export const BUSY: u32 = 0x8000;
/** The exceptions that are detected before an operation: unmasked, they leave the destination alone. */
export const BEFORE: u32 = IE | DE | ZE;
export const EXCEPTIONS: u32 = 0x3f;

/** Rounding control, bits 10-11 of the control word. */
export const RC_DOWN: u32 = 1;
export const RC_UP: u32 = 2;

// @ts-ignore: decorator
@inline export function top(): u32 {
  return (fpu.status >> 11) & 7;
}

/** Offset of ST(i). */
// @ts-ignore: decorator
@inline export function st(i: u32): usize {
  return ((fpu.status >> 7) + (i << 4)) & 0x70;
}

// @ts-ignore: decorator
@inline export function isEmpty(i: u32): bool {
  return !((fpu.full >> (((fpu.status >> 11) + i) & 7)) & 1);
}

/** Is ST(0) empty, or ST(i)? */
// @ts-ignore: decorator
@inline export function isEitherEmpty(i: u32): bool {
  const top = fpu.status >> 11,
    full = fpu.full;
  return !((full >> (top & 7)) & (full >> ((top + i) & 7)) & 1);
}

// @ts-ignore: decorator
@inline export function sig(register: usize): u64 {
  return load<u64>(register, FPU);
}

// @ts-ignore: decorator
@inline export function se(register: usize): u32 {
  return load<u16>(register, FPU + 8);
}

// @ts-ignore: decorator
@inline export function put(register: usize, signExponent: u32, significand: u64): void {
  store<u64>(register, significand, FPU);
  store<u16>(register, <u16>signExponent, FPU + 8);
}

// @ts-ignore: decorator
@inline export function markFull(i: u32): void {
  fpu.full |= 1 << (((fpu.status >> 11) + i) & 7);
}

// @ts-ignore: decorator
@inline export function markEmpty(i: u32): void {
  fpu.full &= ~(1 << (((fpu.status >> 11) + i) & 7));
}

/** Moves TOP by +1 (pop direction) or -1, which wraps, and touches no tag. */
// @ts-ignore: decorator
@inline export function moveTop(by: i32): void {
  fpu.status = (fpu.status & ~TOP) | ((fpu.status + (by << 11)) & TOP);
}

// @ts-ignore: decorator
@inline export function pop(): void {
  const status = fpu.status;
  fpu.full &= ~(1 << ((status >> 11) & 7));
  fpu.status = (status & ~TOP) | ((status + 0x800) & TOP);
}
