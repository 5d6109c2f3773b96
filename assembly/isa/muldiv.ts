/**
 * One-operand MUL, IMUL, DIV, IDIV (SDM 2): the double-width operand is rDX:rAX, or AX for bytes. Interpreter only:
 * division faults, and 64-bit operands need 128-bit arithmetic.
 */
import { faulted, raise, Vector } from '../cpu/exceptions';
import { setResult } from '../cpu/flags';
import { readRm } from '../cpu/operand';
import { signed } from '../cpu/signed';
import { Gpr, gpr, setGpr } from '../cpu/state';

/** High 64 bits of the unsigned product. */
export function mulHigh(x: u64, y: u64): u64 {
  const xl = x & 0xffff_ffff,
    xh = x >> 32,
    yl = y & 0xffff_ffff,
    yh = y >> 32;
  const low = xl * yl;
  const mid = xh * yl + (low >> 32);
  const mid2 = xl * yh + (mid & 0xffff_ffff);
  return xh * yh + (mid >> 32) + (mid2 >> 32);
}
function mulHighSigned(x: i64, y: i64): i64 {
  return <i64>mulHigh(x, y) - (x < 0 ? y : 0) - (y < 0 ? x : 0);
}
/** Writes a product; CF = OF = the high half matters. */
// @ts-ignore: decorator
@inline function setProduct<T>(low: T, high: T, overflow: bool): void {
  if (sizeof<T>() == 1) setGpr<u16>(Gpr.RAX, <u16>((<u16>low) | ((<u16>high) << 8)));
  else {
    setGpr<T>(Gpr.RAX, low);
    setGpr<T>(Gpr.RDX, high);
  }
  setResult<T>(low, overflow, overflow);
}

export function mul<T>(o: u32): void {
  const y = <u64>readRm<T>(o);
  if (faulted()) return;
  const x = <u64>gpr<T>(Gpr.RAX);
  const low = <T>(x * y);
  const high = sizeof<T>() == 8 ? <T>mulHigh(x, y) : <T>((x * y) >> (sizeof<T>() * 8));
  setProduct<T>(low, high, high != 0);
}
export function imulWide<T>(o: u32): void {
  const y = signed<T>(readRm<T>(o));
  if (faulted()) return;
  const x = signed<T>(gpr<T>(Gpr.RAX));
  const low = <T>(x * y);
  const high = sizeof<T>() == 8 ? <T>mulHighSigned(x, y) : <T>((x * y) >> (sizeof<T>() * 8));
  setProduct<T>(low, high, signed<T>(high) != signed<T>(low) >> 63);
}
/** Does the signed product need more than T? For IMUL with two and three operands. */
export function overflowsSigned<T>(x: T, y: T): bool {
  if (sizeof<T>() == 8) return mulHighSigned(<i64>x, <i64>y) != (<i64>(x * y)) >> 63;
  const p = signed<T>(x) * signed<T>(y);
  return p != signed<T>(<T>p);
}

let remainder: u64 = 0;
/** (high:low) / d with high < d: the quotient; `remainder` is left beside. */
function divide128(high: u64, low: u64, d: u64): u64 {
  if (!high) {
    remainder = low % d;
    return low / d;
  }
  let r = high;
  let q = low;
  for (let i = 0; i < 64; i++) {
    const out = r >> 63;
    r = (r << 1) | (q >> 63);
    q <<= 1;
    if (out || r >= d) {
      r -= d;
      q |= 1;
    }
  }
  remainder = r;
  return q;
}
// @ts-ignore: decorator
@inline function setQuotient<T>(q: u64, r: u64): void {
  if (sizeof<T>() == 1) setGpr<u16>(Gpr.RAX, <u16>((q & 0xff) | (r << 8)));
  else {
    setGpr<T>(Gpr.RAX, <T>q);
    setGpr<T>(Gpr.RDX, <T>r);
  }
}
/** The dividend for operands below 64 bits. */
// @ts-ignore: decorator
@inline function dividend<T>(): u64 {
  if (sizeof<T>() == 1) return <u64>gpr<u16>(Gpr.RAX);
  const width = sizeof<T>() * 8;
  return ((<u64>gpr<T>(Gpr.RDX)) << width) | (<u64>gpr<T>(Gpr.RAX));
}
export function div<T>(o: u32): void {
  const d = <u64>readRm<T>(o);
  if (faulted()) return;
  if (sizeof<T>() == 8) {
    const high = gpr<u64>(Gpr.RDX);
    if (!d || high >= d) {
      raise(Vector.DE, 0);
      return;
    }
    const q = divide128(high, gpr<u64>(Gpr.RAX), d);
    setQuotient<T>(q, remainder);
    return;
  }
  const n = dividend<T>();
  // Most dividends fit 32 bits, whose division is several times as fast.
  const small = !(n >> 32) && d != 0;
  const q = small ? <u64>(<u32>n / <u32>d) : d ? n / d : 0;
  if (!d || q >> (sizeof<T>() * 8)) {
    raise(Vector.DE, 0);
    return;
  }
  setQuotient<T>(q, n - q * d);
}
export function idiv<T>(o: u32): void {
  const d = signed<T>(readRm<T>(o));
  if (faulted()) return;
  if (sizeof<T>() == 8) {
    idiv128(d);
    return;
  }
  const raw = dividend<T>();
  const n = sizeof<T>() == 1 ? <i64>(<i16>raw) : sizeof<T>() == 2 ? <i64>(<i32>raw) : <i64>raw;
  // -2^31 / -1 and -2^63 / -1 cannot be represented, and Wasm traps on them.
  if (!d || (d == -1 && n <= i32.MIN_VALUE)) {
    raise(Vector.DE, 0);
    return;
  }
  const q = n == <i64>(<i32>n) ? <i64>(<i32>n / <i32>d) : n / d;
  if (q != signed<T>(<T>q)) {
    raise(Vector.DE, 0);
    return;
  }
  setQuotient<T>(q, n - q * d);
}
function idiv128(d: i64): void {
  let low = gpr<u64>(Gpr.RAX);
  let high = gpr<u64>(Gpr.RDX);
  const negative = <i64>high < 0;
  if (negative) {
    high = ~high + (low == 0 ? 1 : 0);
    low = -low;
  }
  const divisor = <u64>(d < 0 ? -d : d);
  if (!d || high >= divisor) {
    raise(Vector.DE, 0);
    return;
  }
  const q = divide128(high, low, divisor);
  const minus = negative != d < 0;
  if (q > (minus ? (<u64>1) << 63 : ((<u64>1) << 63) - 1)) {
    raise(Vector.DE, 0);
    return;
  }
  setQuotient<u64>(minus ? -q : q, negative ? -remainder : remainder);
}
