/**
 * Shifts (SDM 2B SAL/SAR/SHL/SHR, SHLD, SHRD) and rotates. The count is masked to 5 bits, 6 for 64-bit operands; a
 * count of zero changes no flag, but still writes: a 32-bit register is zero-extended. Rotates and double shifts are not worth inlining: the interpreter alone has them.
 */
import { carry, setCarryOverflow, setResult } from '../cpu/flags';
import { readRmw, writeRmw } from '../cpu/operand';
import { faulted } from '../cpu/exceptions';

// @ts-ignore: decorator
@inline function countMask<T>(): u32 {
  return sizeof<T>() == 8 ? 63 : 31;
}
// @ts-ignore: decorator
@inline function bits<T>(): u32 {
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

/** ROL 0, ROR 1, RCL 2, RCR 3 of the r/m operand by `count`. */
export function rotate<T>(which: u32, o: u32, count: u32): void {
  const x = readRmw<T>(o);
  if (faulted()) return;
  const n = count & countMask<T>();
  if (!n) writeRmw<T>(o, x);
  else if (which == 0) writeRmw<T>(o, rol<T>(x, n));
  else if (which == 1) writeRmw<T>(o, ror<T>(x, n));
  else if (which == 2) writeRmw<T>(o, rcl<T>(x, n));
  else writeRmw<T>(o, rcr<T>(x, n));
}
// @ts-ignore: decorator
@inline function top<T>(v: u64): bool {
  return ((v >> (bits<T>() - 1)) & 1) != 0;
}
// @ts-ignore: decorator
@inline function ones<T>(): u64 {
  return ~(<u64>0) >> (64 - bits<T>());
}
function rol<T>(x: T, n: u32): T {
  const w = bits<T>();
  const k = n & (w - 1);
  const v = <u64>x;
  const r = k ? ((v << k) | (v >> (w - k))) & ones<T>() : v;
  setCarryOverflow((r & 1) != 0, ((r & 1) != 0) != top<T>(r));
  return <T>r;
}
function ror<T>(x: T, n: u32): T {
  const w = bits<T>();
  const k = n & (w - 1);
  const v = <u64>x;
  const r = k ? ((v >> k) | (v << (w - k))) & ones<T>() : v;
  setCarryOverflow(top<T>(r), top<T>(r) != top<T>(r << 1));
  return <T>r;
}
/** Rotates through CF: 8- and 16-bit counts go modulo 9 and 17. */
function rcl<T>(x: T, n: u32): T {
  const w = bits<T>();
  let k = n;
  if (sizeof<T>() == 1) k %= 9;
  if (sizeof<T>() == 2) k %= 17;
  let v = <u64>x;
  let c = <u64>carry();
  for (; k; k--) {
    const out = (v >> (w - 1)) & 1;
    v = ((v << 1) | c) & ones<T>();
    c = out;
  }
  setCarryOverflow(c != 0, top<T>(v) != (c != 0));
  return <T>v;
}
function rcr<T>(x: T, n: u32): T {
  const w = bits<T>();
  let k = n;
  if (sizeof<T>() == 1) k %= 9;
  if (sizeof<T>() == 2) k %= 17;
  let v = <u64>x;
  let c = <u64>carry();
  for (; k; k--) {
    const out = v & 1;
    v = (v >> 1) | (c << (w - 1));
    c = out;
  }
  setCarryOverflow(c != 0, top<T>(v) != top<T>(v << 1));
  return <T>v;
}

/** SHLD and SHRD; the result for 16-bit operands and counts above 16 is undefined: processors rotate d:s:d. */
export function shld<T>(o: u32, filler: T, count: u32): void {
  const x = readRmw<T>(o);
  if (faulted()) return;
  const w = bits<T>();
  const n = count & countMask<T>();
  if (!n) {
    writeRmw<T>(o, x);
    return;
  }
  let r: u64, c: bool;
  if (n <= w) {
    r = n == w ? <u64>filler : (((<u64>x) << n) | ((<u64>filler) >> (w - n))) & ones<T>();
    c = (((<u64>x) >> (w - n)) & 1) != 0;
  } else {
    const k = n - w;
    r = (((<u64>filler) << k) | ((<u64>x) >> (w - k))) & ones<T>();
    c = (((<u64>filler) >> (w - k)) & 1) != 0;
  }
  setResult<T>(<T>r, c, top<T>(r) != top<T>(<u64>x));
  writeRmw<T>(o, <T>r);
}
export function shrd<T>(o: u32, filler: T, count: u32): void {
  const x = readRmw<T>(o);
  if (faulted()) return;
  const w = bits<T>();
  const n = count & countMask<T>();
  if (!n) {
    writeRmw<T>(o, x);
    return;
  }
  let r: u64, c: bool;
  if (n <= w) {
    r = n == w ? <u64>filler : (((<u64>x) >> n) | ((<u64>filler) << (w - n))) & ones<T>();
    c = (((<u64>x) >> (n - 1)) & 1) != 0;
  } else {
    const k = n - w;
    r = (((<u64>filler) >> k) | ((<u64>x) << (w - k))) & ones<T>();
    c = (((<u64>filler) >> (k - 1)) & 1) != 0;
  }
  setResult<T>(<T>r, c, top<T>(r) != top<T>(r << 1));
  writeRmw<T>(o, <T>r);
}
