/**
 * The 80-bit double-extended format (SDM vol. 1, 4.2.2 and 8.5) and the channel by which the arithmetic answers.
 *
 * A value travels as two words: `se` (sign in bit 15, biased exponent in bits 0-14) and `sig` (explicit integer bit 63).
 * AssemblyScript has no tuples, so a result is left in `zSe`, `zSig`, and what happened in `raised`, in the bit positions
 * of the status word (exceptions, SF, C1). These globals are transient: an instruction starts with `begin()` and has
 * consumed them when it ends. What is on the short way of an instruction does without them (round.ts, `packInto`).
 */
import { C1, DE, IE, OE, PE, UE } from '../state';

export const BIAS: i32 = 16383;
export const EXP: u32 = 0x7fff;
export const SIGN: u32 = 0x8000;
export const INTEGER: u64 = 0x8000000000000000;
export const QUIET: u64 = 0x4000000000000000;
/** "Real indefinite", the default QNaN of masked invalid operations. */
export const INDEFINITE_SE: u32 = 0xffff;
export const INDEFINITE_SIG: u64 = 0xc000000000000000;

export let zSe: u32 = 0;
export let zSig: u64 = 0;
export let raised: u32 = 0;

// @ts-ignore: decorator
@inline export function begin(): void {
  raised = 0;
}

// @ts-ignore: decorator
@inline export function raise(flags: u32): void {
  raised |= flags;
}

// @ts-ignore: decorator
@inline export function drop(flags: u32): void {
  raised &= ~flags;
}

// @ts-ignore: decorator
@inline export function give(signExponent: u32, significand: u64): void {
  zSe = signExponent;
  zSig = significand;
}

/** Invalid operation: outranks the denormal operand (SDM vol. 1, 8.5 "priority") and everything found after it. */
export function invalid(): void {
  raised = (raised & ~(DE | OE | UE | PE | C1)) | IE;
  give(INDEFINITE_SE, INDEFINITE_SIG);
}

// @ts-ignore: decorator
@inline export function isNormal(signExponent: u32, significand: u64): bool {
  return (<u32>((signExponent & EXP) - 1) < 0x7ffe) & (<i64>significand < 0);
}

/**
 * Not a normal number's exponent field: 0 or the largest. The short ways ask this by one branch a question, never taken,
 * instead of joining the answers.
 */
// @ts-ignore: decorator
@inline export function isExtreme(signExponent: u32): bool {
  return ((signExponent + 1) & 0x7ffe) == 0;
}

/** Unnormals, pseudo-NaNs and pseudo-infinities: the integer bit is clear though the exponent is not zero. */
// @ts-ignore: decorator
@inline export function isUnsupported(signExponent: u32, significand: u64): bool {
  return ((signExponent & EXP) != 0) & (<i64>significand >= 0);
}

// @ts-ignore: decorator
@inline export function isNaN80(signExponent: u32, significand: u64): bool {
  return ((signExponent & EXP) == EXP) & (significand << 1 != 0);
}

// @ts-ignore: decorator
@inline export function isSignaling(signExponent: u32, significand: u64): bool {
  return isNaN80(signExponent, significand) & ((significand & QUIET) == 0);
}

// @ts-ignore: decorator
@inline export function isInfinite(signExponent: u32, significand: u64): bool {
  return ((signExponent & EXP) == EXP) & (significand == INTEGER);
}

// @ts-ignore: decorator
@inline export function isZero(signExponent: u32, significand: u64): bool {
  return ((signExponent & EXP) == 0) & (significand == 0);
}

/** Denormals and pseudo-denormals alike. */
// @ts-ignore: decorator
@inline export function isDenormal(signExponent: u32, significand: u64): bool {
  return ((signExponent & EXP) == 0) & (significand != 0);
}

/** Raises DE for a denormal operand. */
// @ts-ignore: decorator
@inline export function noteDenormal(signExponent: u32, significand: u64): void {
  if (isDenormal(signExponent, significand)) raise(DE);
}

/** Exponent of a finite non-zero value whose significand is shifted up until the integer bit is set (see `normalSig`). */
// @ts-ignore: decorator
@inline export function normalExp(signExponent: u32, significand: u64): i32 {
  const e = <i32>(signExponent & EXP);
  return e ? e : 1 - <i32>clz(significand);
}

// @ts-ignore: decorator
@inline export function normalSig(significand: u64): u64 {
  return significand << clz(significand);
}
