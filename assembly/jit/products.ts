/**
 * Products and quotients of double width (SDM 2 MUL, IMUL, DIV, IDIV). Bodies ask first whether a quotient fits, so
 * that no Wasm division is reached that would trap. A dividend of 128 bits is left to the interpreter.
 */
import { byte, i32Const, i64Const, op } from './emit';
import { leaveIf } from './exits';
import { get, keep, Local } from './local';
import { arithmetic, compare, cut, getSigned, getWide, getWideSigned, number } from './values';
import {
  ADD,
  AND,
  ARITHMETIC_64,
  COMPARE_64,
  DIV_S,
  DIV_U,
  ELSE,
  END,
  EQ,
  EQZ,
  GE_U,
  I32,
  I32_WRAP,
  I64_EXTEND_S,
  I64_EXTEND_U,
  IF,
  MUL,
  OR,
  SHL,
  SHR_S,
  SHR_U,
  SUB,
  XOR,
} from './wasm';
import { keepI64, keepLow, wide } from './wide';

// ---- products ----
export function productHigh<T>(x: Local, y: Local): Local {
  if (sizeof<T>() == 8) return high64(x, y);
  getWide<T>(x);
  getWide<T>(y);
  return highOfProduct<T>();
}
export function productHighSigned<T>(x: Local, y: Local): Local {
  if (sizeof<T>() == 8) return highSigned64(x, y);
  getWideSigned<T>(x);
  getWideSigned<T>(y);
  return highOfProduct<T>();
}
function highOfProduct<T>(): Local {
  wide(MUL);
  i64Const(sizeof<T>() * 8);
  wide(SHR_U);
  return keepLow<T>();
}
function half(v: Local, upper: bool): Local {
  get(v);
  i64Const(upper ? 32 : 0xffff_ffff);
  wide(upper ? SHR_U : AND);
  return keepI64();
}
/** Pushes x * y + z. */
function multiplyAdd(x: Local, y: Local, z: Local): void {
  get(x);
  get(y);
  wide(MUL);
  get(z);
  wide(ADD);
}
/** By halves of 32 bits, as on paper. */
function high64(x: Local, y: Local): Local {
  const xl = half(x, false);
  const xh = half(x, true);
  const yl = half(y, false);
  const yh = half(y, true);
  get(xl);
  get(yl);
  wide(MUL);
  const low = half(keepI64(), true);
  multiplyAdd(xh, yl, low);
  const mid = keepI64();
  multiplyAdd(xl, yh, half(mid, false));
  const mid2 = half(keepI64(), true);
  multiplyAdd(xh, yh, half(mid, true));
  get(mid2);
  wide(ADD);
  return keep<u64>();
}
/** A negative factor counts 2^64 too much of the other one. */
function highSigned64(x: Local, y: Local): Local {
  get(high64(x, y));
  pushIfNegative(x, y);
  wide(SUB);
  pushIfNegative(y, x);
  wide(SUB);
  return keep<u64>();
}
/** Pushes `v` if `sign` is negative, else 0. */
function pushIfNegative(sign: Local, v: Local): void {
  get(sign);
  i64Const(63);
  wide(SHR_S);
  get(v);
  wide(AND);
}

// ---- quotients: dividends of u8 and u16 are i32, of u32 i64, and a u64 dividend has to fit the low half ----
function double<T>(code: u32): void {
  op(sizeof<T>() == 4 ? code + ARITHMETIC_64 : code);
}
function doubleConst<T>(v: u64): void {
  if (sizeof<T>() == 4) i64Const(v);
  else i32Const(<u32>v);
}
function keepDouble<T>(): Local {
  return sizeof<T>() == 4 ? keepI64() : keep<u32>();
}
function pushDouble<T>(v: Local, signed: bool): void {
  if (signed) getSigned<T>(v);
  else get(v);
  if (sizeof<T>() == 4) op(signed ? I64_EXTEND_S : I64_EXTEND_U);
}
function pushDividend<T>(high: Local, low: Local, signed: bool): void {
  pushDouble<T>(high, signed);
  doubleConst<T>(sizeof<T>() * 8);
  double<T>(SHL);
  pushDouble<T>(low, false);
  double<T>(OR);
}
/** Pushes high:low / d. */
function divideDouble<T>(high: Local, low: Local, d: Local, signed: bool): void {
  pushDividend<T>(high, low, signed);
  pushDouble<T>(d, signed);
  double<T>(signed ? DIV_S : DIV_U);
  if (sizeof<T>() == 4) op(I32_WRAP);
  else cut<T>();
}
/** Pushes low / d. */
function divideLow<T>(low: Local, d: Local, signed: bool): void {
  get(low);
  get(d);
  arithmetic<T>(signed ? DIV_S : DIV_U);
}
/** Pushes whether the high half says no more than the low one does. */
function pushFits<T>(high: Local, low: Local, signed: bool): void {
  get(high);
  if (signed) pushSign<T>(low);
  else number<T>(0);
  compare<T>(EQ);
}
function pushSign<T>(v: Local): void {
  get(v);
  number<T>(sizeof<T>() * 8 - 1);
  arithmetic<T>(SHR_S);
}
function leaveUnlessFits(high: Local, low: Local, signed: bool): void {
  pushFits<u64>(high, low, signed);
  op(EQZ);
  leaveIf();
}
/** Begins what is done if the condition on the stack holds; both ways push an i32. */
function choose(): void {
  op(IF);
  byte(I32);
}
/** Most dividends fit their low half, and divide several times as fast. */
function divide<T>(high: Local, low: Local, d: Local, signed: bool): Local {
  if (sizeof<T>() == 8) divideLow<T>(low, d, signed);
  else if (sizeof<T>() == 4) {
    pushFits<T>(high, low, signed);
    choose();
    divideLow<T>(low, d, signed);
    op(ELSE);
    divideDouble<T>(high, low, d, signed);
    op(END);
  } else divideDouble<T>(high, low, d, signed);
  return keep<T>();
}
/** The unsigned quotient, with high below d. */
export function quotient<T>(high: Local, low: Local, d: Local): Local {
  if (sizeof<T>() == 8) leaveUnlessFits(high, low, false);
  return divide<T>(high, low, d, false);
}
/** The signed quotient of what does not exceed T. */
export function quotientSigned<T>(high: Local, low: Local, d: Local): Local {
  return divide<T>(high, low, d, true);
}
/** Does the signed quotient need more than T, or is d 0? */
export function quotientExceeds<T>(high: Local, low: Local, d: Local): Local {
  if (sizeof<T>() == 8) {
    leaveUnlessFits(high, low, true);
    pushLowExceeds<T>(low, d);
  } else if (sizeof<T>() == 4) {
    pushFits<T>(high, low, true);
    choose();
    pushLowExceeds<T>(low, d);
    op(ELSE);
    pushDoubleExceeds<T>(high, low, d);
    op(END);
  } else pushDoubleExceeds<T>(high, low, d);
  return keep<u32>();
}
/** The magnitude of the most negative T. */
function edge<T>(): u64 {
  const one: u64 = 1;
  const place: u64 = sizeof<T>() * 8 - 1;
  return one << place;
}
/** The low half alone: d is 0, or -1 and the dividend the most negative number. */
function pushLowExceeds<T>(low: Local, d: Local): void {
  get(d);
  compare<T>(EQZ);
  get(d);
  number<T>(~(<u64>0));
  compare<T>(EQ);
  get(low);
  number<T>(edge<T>());
  compare<T>(EQ);
  op(AND);
  op(OR);
}
/** |dividend| >= |d| * 2^(width - 1), or once more |d| where the quotient is negative. */
function pushDoubleExceeds<T>(high: Local, low: Local, d: Local): void {
  pushDividend<T>(high, low, true);
  const n = keepDouble<T>();
  pushDouble<T>(d, true);
  const divisor = keepDouble<T>();
  pushMagnitude<T>(n);
  pushMagnitude<T>(divisor);
  get(n);
  get(divisor);
  double<T>(XOR);
  doubleConst<T>(sizeof<T>() == 4 ? 63 : 31);
  double<T>(SHR_U);
  doubleConst<T>(edge<T>());
  double<T>(ADD);
  double<T>(MUL);
  op(sizeof<T>() == 4 ? GE_U + COMPARE_64 : GE_U);
}
/** Pushes |v| of a double-width number: (v ^ sign) - sign. */
function pushMagnitude<T>(v: Local): void {
  get(v);
  pushDoubleSign<T>(v);
  double<T>(XOR);
  pushDoubleSign<T>(v);
  double<T>(SUB);
}
function pushDoubleSign<T>(v: Local): void {
  get(v);
  doubleConst<T>(sizeof<T>() == 4 ? 63 : 31);
  double<T>(SHR_S);
}
