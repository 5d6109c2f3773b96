/** Double-width arithmetic on numbers (SDM 2 MUL, IMUL, DIV, IDIV): what the interpreter's products and quotients are. */
import { signed } from '../cpu/signed';

/** High 64 bits of the unsigned product. */
function mulHigh64(x: u64, y: u64): u64 {
  const xl = x & 0xffff_ffff,
    xh = x >> 32,
    yl = y & 0xffff_ffff,
    yh = y >> 32;
  const low = xl * yl;
  const mid = xh * yl + (low >> 32);
  const mid2 = xl * yh + (mid & 0xffff_ffff);
  return xh * yh + (mid >> 32) + (mid2 >> 32);
}
function mulHighSigned64(x: i64, y: i64): i64 {
  return <i64>mulHigh64(x, y) - (x < 0 ? y : 0) - (y < 0 ? x : 0);
}
// @ts-ignore: decorator
@inline export function productHigh<T>(x: T, y: T): T {
  if (sizeof<T>() == 8) return <T>mulHigh64(<u64>x, <u64>y);
  return <T>((<u64>x * <u64>y) >> (sizeof<T>() * 8));
}
// @ts-ignore: decorator
@inline export function productHighSigned<T>(x: T, y: T): T {
  if (sizeof<T>() == 8) return <T>mulHighSigned64(<i64>x, <i64>y);
  return <T>((signed<T>(x) * signed<T>(y)) >> (sizeof<T>() * 8));
}
/** Does the signed product need more than T? */
export function overflowsSigned<T>(x: T, y: T): bool {
  if (sizeof<T>() == 8) return mulHighSigned64(<i64>x, <i64>y) != (<i64>(x * y)) >> 63;
  const p = signed<T>(x) * signed<T>(y);
  return p != signed<T>(<T>p);
}

/** (high:low) / d with high < d. */
function divide128(high: u64, low: u64, d: u64): u64 {
  if (!high) return low / d;
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
  return q;
}
// @ts-ignore: decorator
@inline function joined<T>(high: T, low: T): u64 {
  const width = sizeof<T>() * 8;
  return ((<u64>high) << width) | (<u64>low);
}
/** Unsigned high:low / d with high < d. */
// @ts-ignore: decorator
@inline export function quotientOf<T>(high: T, low: T, d: T): T {
  if (sizeof<T>() == 8) return <T>divide128(<u64>high, <u64>low, <u64>d);
  const n = joined<T>(high, low);
  // Most dividends fit 32 bits, whose division is several times as fast.
  return n >> 32 ? <T>(n / <u64>d) : <T>(<u32>n / <u32>d);
}

// @ts-ignore: decorator
@inline function joinedSigned<T>(high: T, low: T): i64 {
  if (sizeof<T>() == 1) return <i64>(<i16>joined<T>(high, low));
  if (sizeof<T>() == 2) return <i64>(<i32>joined<T>(high, low));
  return <i64>joined<T>(high, low);
}
/** |x|; of the most negative number it is right as an unsigned one. */
// @ts-ignore: decorator
@inline function magnitude(x: i64): u64 {
  return <u64>(x < 0 ? -x : x);
}
/** Does the signed quotient high:low / d need more than T, or is d 0? */
// @ts-ignore: decorator
@inline export function quotientExceeds<T>(high: T, low: T, d: T): bool {
  const one: u64 = 1;
  const place: u64 = sizeof<T>() * 8 - 1;
  const edge = one << place;
  // Most dividends fit T
  if (signed<T>(high) == signed<T>(low) >> 63) return !d || (signed<T>(d) == -1 && <u64>low == edge);
  if (sizeof<T>() == 8) return exceeds128(<u64>high, <u64>low, <i64>d);
  const n = joinedSigned<T>(high, low);
  const s = signed<T>(d);
  return magnitude(n) >= magnitude(s) * (edge + <u64>(n < 0 != s < 0));
}
function exceeds128(high: u64, low: u64, d: i64): bool {
  const size = magnitude(d);
  // The limit is |d| times 2^63, or one time more where the quotient is negative
  const more = <i64>high < 0 != d < 0 ? size : 0;
  const limit = (size << 63) + more;
  const limitHigh = (size >> 1) + <u64>(limit < more);
  const n = magnitudeHigh(high, low);
  return n != limitHigh ? n > limitHigh : magnitudeLow(high, low) >= limit;
}
/** High half of |high:low|. */
function magnitudeHigh(high: u64, low: u64): u64 {
  return <i64>high < 0 ? ~high + <u64>(low == 0) : high;
}
// @ts-ignore: decorator
@inline function magnitudeLow(high: u64, low: u64): u64 {
  return <i64>high < 0 ? -low : low;
}
/** The signed quotient of what does not exceed T. */
// @ts-ignore: decorator
@inline export function quotientSignedOf<T>(high: T, low: T, d: T): T {
  if (sizeof<T>() == 8) return <T>divide128Signed(<u64>high, <u64>low, <i64>d);
  const n = joinedSigned<T>(high, low);
  const s = signed<T>(d);
  return n == <i64>(<i32>n) ? <T>(<i32>n / <i32>s) : <T>(n / s);
}
function divide128Signed(high: u64, low: u64, d: i64): u64 {
  const q = divide128(magnitudeHigh(high, low), magnitudeLow(high, low), magnitude(d));
  return <i64>high < 0 != d < 0 ? -q : q;
}
