/**
 * Rotates (SDM 2B RCL/RCR/ROL/ROR). They change CF and OF only. OF is defined for counts of 1; processors compute it from
 * the result for others. Counts as for shifts (shifts.ts).
 */
import { bits, countMask } from './shifts';

/** Repeats a narrow T over 32 bits. */
// @ts-ignore: decorator
@inline function repeated<T>(): u64 {
  return sizeof<T>() == 1 ? 0x0101_0101 : 0x0001_0001;
}
export function rol<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const r =
    sizeof<T>() < 4
      ? b.convert<u32, T>(b.rotl<u32>(b.mul<u32>(b.convert<T, u32>(x), b.constant<u32>(repeated<T>())), n))
      : b.rotl<T>(x, n);
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = b.testBit<T>(r, b.constant<u8>(0));
    b.setCarryOverflow(c, b.differ(b.negative<T>(r), c));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
export function ror<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const r =
    sizeof<T>() < 4
      ? b.convert<u32, T>(b.rotr<u32>(b.mul<u32>(b.convert<T, u32>(x), b.constant<u32>(repeated<T>())), n))
      : b.rotr<T>(x, n);
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = b.negative<T>(r);
    b.setCarryOverflow(c, b.differ(c, b.negative<T>(b.shl<T>(r, b.constant<u8>(1)))));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}

/** RCL rotates CF:operand left. */
export function rcl<B, T, D, S>(b: B, d: u32, s: u64): void {
  if (sizeof<T>() < 4) rclNarrow<B, T, D, S>(b, d, s);
  else rclWide<B, T, D, S>(b, d, s);
}
/** Of 9 or 17 bits, the counts going modulo that, in 32. */
function rclNarrow<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const k = b.modulo(n, bits<T>() + 1);
  const v = b.or<u32>(b.shiftLeft<u32>(b.bit<u32>(b.carry()), bits<T>()), b.convert<T, u32>(x));
  const back = b.shr<u32>(v, b.sub<u8>(b.constant<u8>(bits<T>() + 1), k));
  const r = b.convert<u32, T>(b.or<u32>(b.shl<u32>(v, k), back));
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = b.testBit<u32>(v, b.sub<u8>(b.constant<u8>(bits<T>()), k));
    b.setCarryOverflow(c, b.differ(b.negative<T>(r), c));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
/** `y` is CF:operand without its lowest bit. */
function rclWide<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const one = b.constant<u8>(1);
  const y = b.or<T>(b.shiftLeft<T>(b.bit<T>(b.carry()), bits<T>() - 1), b.shr<T>(x, one));
  const back = b.sub<u8>(b.constant<u8>(bits<T>() - 1), n);
  const r = b.or<T>(b.shl<T>(x, n), b.shr<T>(b.shr<T>(y, one), back));
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = b.testBit<T>(y, back);
    b.setCarryOverflow(c, b.differ(b.negative<T>(r), c));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}

/** RCR rotates operand:CF right. */
export function rcr<B, T, D, S>(b: B, d: u32, s: u64): void {
  if (sizeof<T>() < 4) rcrNarrow<B, T, D, S>(b, d, s);
  else rcrWide<B, T, D, S>(b, d, s);
}
function rcrNarrow<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const k = b.modulo(n, bits<T>() + 1);
  const v = b.or<u32>(b.shiftLeft<u32>(b.convert<T, u32>(x), 1), b.bit<u32>(b.carry()));
  // The carry is bit 0: what comes out below it is the result
  const back = b.shl<u32>(v, b.sub<u8>(b.constant<u8>(bits<T>() + 1), k));
  const whole = b.or<u32>(b.shr<u32>(v, k), back);
  const r = b.convert<u32, T>(b.shr<u32>(whole, b.constant<u8>(1)));
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = b.testBit<u32>(v, k);
    b.setCarryOverflow(c, b.differ(b.negative<T>(r), b.negative<T>(b.shl<T>(r, b.constant<u8>(1)))));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
/** `y` is operand:CF without its highest bit. */
function rcrWide<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const one = b.constant<u8>(1);
  const y = b.or<T>(b.shl<T>(x, one), b.bit<T>(b.carry()));
  const back = b.sub<u8>(b.constant<u8>(bits<T>() - 1), n);
  const r = b.or<T>(b.shr<T>(x, n), b.shl<T>(b.shl<T>(y, one), back));
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = b.testBit<T>(y, n);
    b.setCarryOverflow(c, b.differ(b.negative<T>(r), b.negative<T>(b.shl<T>(r, one))));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
