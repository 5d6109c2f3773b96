/**
 * The arithmetic flags, kept lazily: the last result and a word of carries, from which every condition is one or two
 * operations, without asking which instruction made them.
 *
 *   flagResult   the result, sign-extended to 64 bits: ZF = it is 0, SF and PF follow from it
 *   flagCarries  63: CF   62: CF xor OF   3: AF   0: SF is the opposite of the result's sign
 *                15:8: xor'ed to the result's low byte before its parity is taken
 *
 * The low fields are for flags that no result can have (POPF with ZF and SF, say).
 */
import { cpu, FL_AF, FL_ARITHMETIC, FL_OF, FL_PF, FL_SF, FL_ZF } from './state';
import { signed } from './signed';

/** What sets all six flags from operands and result; carries of an ADC or SBB need no rule of their own. */
export namespace FlagOp {
  // @ts-ignore: decorator
  @inline export const Add: u32 = 0;
  // @ts-ignore: decorator
  @inline export const Sub: u32 = 1;
  // @ts-ignore: decorator
  @inline export const Logic: u32 = 2;
}

/** The carries word for the carry out of each bit. */
// @ts-ignore: decorator
@inline function carriesOf<T>(out: T): u64 {
  if (sizeof<T>() == 8) return (<u64>out) & 0xc000_0000_0000_0008;
  return ((<u64>out) << (64 - sizeof<T>() * 8)) | ((<u64>out) & 8);
}
// @ts-ignore: decorator
@inline export function setArithmetic<T>(op: u32, x: T, y: T, r: T): void {
  cpu.flagResult = signed<T>(r);
  if (op == FlagOp.Logic) cpu.flagCarries = 0;
  else if (op == FlagOp.Add) cpu.flagCarries = carriesOf<T>(<T>((x & y) | ((x | y) & ~r)));
  else cpu.flagCarries = carriesOf<T>(<T>((~x & y) | ((~x | y) & r)));
}
/** Flags of an instruction that says itself what carry and overflow are; AF is cleared. */
// @ts-ignore: decorator
@inline export function setResult<T>(r: T, carry: bool, overflow: bool): void {
  cpu.flagResult = signed<T>(r);
  setCarryOverflowOf(0, carry, overflow);
}
// @ts-ignore: decorator
@inline function setCarryOverflowOf(rest: u64, carry: bool, overflow: bool): void {
  cpu.flagCarries = rest | ((<u64>carry) << 63) | ((<u64>(carry != overflow)) << 62);
}
/** INC and DEC: CF stays. */
// @ts-ignore: decorator
@inline export function setCounted<T>(r: T, overflow: bool, adjust: bool): void {
  cpu.flagResult = signed<T>(r);
  setCarryOverflowOf((<u64>adjust) << 3, carry(), overflow);
}
// @ts-ignore: decorator
@inline export function setCarryOverflow(carry: bool, overflow: bool): void {
  setCarryOverflowOf(cpu.flagCarries & 0x3fff_ffff_ffff_ffff, carry, overflow);
}
/** Only CF changes. */
// @ts-ignore: decorator
@inline export function setCarry(c: bool): void {
  setCarryOverflow(c, overflow());
}

// @ts-ignore: decorator
@inline export function carry(): bool {
  return <i64>cpu.flagCarries < 0;
}
// @ts-ignore: decorator
@inline export function overflow(): bool {
  return <i64>(cpu.flagCarries ^ (cpu.flagCarries << 1)) < 0;
}
// @ts-ignore: decorator
@inline export function zero(): bool {
  return cpu.flagResult == 0;
}
// @ts-ignore: decorator
@inline export function sign(): bool {
  return (cpu.flagResult ^ (<i64>(cpu.flagCarries << 63))) < 0;
}
// @ts-ignore: decorator
@inline export function parity(): bool {
  return !(popcnt<u32>(((<u32>cpu.flagResult) ^ ((<u32>cpu.flagCarries) >> 8)) & 0xff) & 1);
}
// @ts-ignore: decorator
@inline export function adjust(): bool {
  return (cpu.flagCarries & 8) != 0;
}
// @ts-ignore: decorator
@inline export function less(): bool {
  const c = cpu.flagCarries;
  return (cpu.flagResult ^ (<i64>(c << 63)) ^ (<i64>(c ^ (c << 1)))) < 0;
}
/** Condition `cc` as encoded in Jcc, SETcc, CMOVcc (SDM 1 appendix B). */
// @ts-ignore: decorator
@inline export function condition(cc: u32): bool {
  if (cc >> 1 == 0) return overflow() != ((cc & 1) != 0);
  if (cc >> 1 == 1) return carry() != ((cc & 1) != 0);
  if (cc >> 1 == 2) return zero() != ((cc & 1) != 0);
  if (cc >> 1 == 3) return (carry() || zero()) != ((cc & 1) != 0);
  if (cc >> 1 == 4) return sign() != ((cc & 1) != 0);
  if (cc >> 1 == 5) return parity() != ((cc & 1) != 0);
  if (cc >> 1 == 6) return less() != ((cc & 1) != 0);
  return (zero() || less()) != ((cc & 1) != 0);
}
/** The same where `cc` is not a constant. */
export function conditionOf(cc: u32): bool {
  return condition(cc);
}

/** All of EFLAGS. */
// @ts-ignore: decorator
@inline export function flags(): u32 {
  return (
    cpu.eflags |
    (<u32>carry()) |
    ((<u32>parity()) << 2) |
    ((<u32>adjust()) << 4) |
    ((<u32>zero()) << 6) |
    ((<u32>sign()) << 7) |
    ((<u32>overflow()) << 11)
  );
}
/** Sets all of EFLAGS; the caller has decided what may change. */
export function setFlags(v: u32): void {
  cpu.eflags = (v & ~FL_ARITHMETIC) | 2;
  setArithmeticBits(v);
}
/** Sets the six arithmetic flags from their EFLAGS bits. */
// @ts-ignore: decorator
@inline export function setArithmeticBits(v: u32): void {
  setPossibleFlags(v);
  if (isOdd(v)) cpu.flagCarries |= (v & FL_PF ? 0 : 1 << 8) | (v & FL_SF ? 1 : 0);
}
/** The same for flags that are not odd. */
// @ts-ignore: decorator
@inline export function setPossibleFlags(v: u32): void {
  // 0 is even; 3 and 1 are even and odd, with either sign
  cpu.flagResult = v & FL_ZF ? 0 : <i32>(((v & FL_SF) << 24) | ((v & FL_PF) >> 1) | 1);
  cpu.flagCarries = ((<u64>v) << 63) | ((<u64>((v ^ (v >> 11)) & 1)) << 62) | ((v & FL_AF) >> 1);
}
/** Are they flags that no result can have? */
// @ts-ignore: decorator
@inline export function oddFlags(): bool {
  return (cpu.flagCarries & 0xff01) != 0;
}
/** Are those in an image of EFLAGS? */
// @ts-ignore: decorator
@inline export function isOdd(image: u32): bool {
  return (image & FL_ZF) != 0 && (image & (FL_SF | FL_PF)) != FL_PF;
}
/** Only ZF changes. */
export function setZero(z: bool): void {
  const f = flags();
  setArithmeticBits(z ? f | FL_ZF : f & ~FL_ZF);
}
/** Sets SF, ZF, AF, PF and CF from their EFLAGS bits. */
export function setLowFlags(v: u32): void {
  setArithmeticBits((flags() & FL_OF) | (v & FL_ARITHMETIC & ~FL_OF));
}
