/**
 * Shifts (SDM 2B SAL/SAR/SHL/SHR, SHLD, SHRD). The count is masked to 5 bits, 6 for 64-bit operands; a count of zero
 * changes no flag, but still writes: a 32-bit register is zero-extended.
 */
// @ts-ignore: decorator
@inline export function countMask<T>(): u32 {
  return sizeof<T>() == 8 ? 63 : 31;
}
// @ts-ignore: decorator
@inline export function bits<T>(): u32 {
  return sizeof<T>() * 8;
}

export function shl<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const r = b.shl<T>(x, n);
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = b.shlCarry<T>(x, n);
    b.setResultFlags<T>(r, c, b.differ(b.negative<T>(r), c));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
export function shr<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const r = b.shr<T>(x, n);
  if (b.when(b.not(b.isZero<u8>(n)))) {
    // OF is defined for a count of 1 only, as the operand's sign; processors compute it from the result for others.
    b.setResultFlags<T>(
      r,
      b.shrCarry<T>(x, n),
      b.differ(b.negative<T>(r), b.negative<T>(b.shl<T>(r, b.constant<u8>(1)))),
    );
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
export function sar<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const r = b.sar<T>(x, n);
  if (b.when(b.not(b.isZero<u8>(n)))) b.setResultFlags<T>(r, b.sarCarry<T>(x, n), b.never());
  b.end();
  b.writeRmw<T, D>(d, r);
}

/**
 * SHLD: the bits that come in are `filler`'s. The result for 16-bit operands and counts above 16 is undefined:
 * processors rotate d:s:d, which is d:s rotated.
 */
export function shld<B, T, D, S>(b: B, d: u32, filler: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const y = b.readReg<T>(filler);
  const v =
    sizeof<T>() == 2
      ? b.rotl<u32>(b.or<u32>(b.shiftLeft<u32>(b.convert<T, u32>(x), 16), b.convert<T, u32>(y)), n)
      : b.shl<T>(x, n);
  const r =
    sizeof<T>() == 2
      ? b.convert<u32, T>(b.shr<u32>(v, b.constant<u8>(16)))
      : b.or<T>(v, b.shr<T>(b.shr<T>(y, b.constant<u8>(1)), b.sub<u8>(b.constant<u8>(bits<T>() - 1), n)));
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = sizeof<T>() == 2 ? b.testBit<u32>(v, b.constant<u8>(0)) : b.shlCarry<T>(x, n);
    b.setResultFlags<T>(r, c, b.differ(b.negative<T>(r), b.negative<T>(x)));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
export function shrd<B, T, D, S>(b: B, d: u32, filler: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const n = b.and<u8>(b.read<u8, S>(s), b.constant<u8>(countMask<T>()));
  const y = b.readReg<T>(filler);
  const v =
    sizeof<T>() == 2
      ? b.rotr<u32>(b.or<u32>(b.shiftLeft<u32>(b.convert<T, u32>(y), 16), b.convert<T, u32>(x)), n)
      : b.shr<T>(x, n);
  const r =
    sizeof<T>() == 2
      ? b.convert<u32, T>(v)
      : b.or<T>(v, b.shl<T>(b.shl<T>(y, b.constant<u8>(1)), b.sub<u8>(b.constant<u8>(bits<T>() - 1), n)));
  if (b.when(b.not(b.isZero<u8>(n)))) {
    const c = sizeof<T>() == 2 ? b.negative<u32>(v) : b.shrCarry<T>(x, n);
    b.setResultFlags<T>(r, c, b.differ(b.negative<T>(r), b.negative<T>(b.shl<T>(r, b.constant<u8>(1)))));
  }
  b.end();
  b.writeRmw<T, D>(d, r);
}
