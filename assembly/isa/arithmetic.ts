/** Integer arithmetic and logic (SDM 1 7.3.2, 7.3.4). D and S are operand kinds, T the width. */
import { FlagOp } from '../cpu/flags';

export function add<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const r = b.add<T>(x, y);
  b.setFlags<T>(FlagOp.Add, x, y, r);
  b.writeRmw<T, D>(d, r);
}
export function adc<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const r = b.add<T>(b.add<T>(x, y), b.bit<T>(b.carry()));
  b.setFlags<T>(FlagOp.Add, x, y, r);
  b.writeRmw<T, D>(d, r);
}
export function sub<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const r = b.sub<T>(x, y);
  b.setFlags<T>(FlagOp.Sub, x, y, r);
  b.writeRmw<T, D>(d, r);
}
export function sbb<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const r = b.sub<T>(b.sub<T>(x, y), b.bit<T>(b.carry()));
  b.setFlags<T>(FlagOp.Sub, x, y, r);
  b.writeRmw<T, D>(d, r);
}
// @ts-ignore: decorator
@inline export function cmp<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.read<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  b.setFlags<T>(FlagOp.Sub, x, y, b.sub<T>(x, y));
}
export function and<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const r = b.and<T>(x, y);
  b.setFlags<T>(FlagOp.Logic, x, y, r);
  b.writeRmw<T, D>(d, r);
}
export function or<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const r = b.or<T>(x, y);
  b.setFlags<T>(FlagOp.Logic, x, y, r);
  b.writeRmw<T, D>(d, r);
}
export function xor<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const r = b.xor<T>(x, y);
  b.setFlags<T>(FlagOp.Logic, x, y, r);
  b.writeRmw<T, D>(d, r);
}
// @ts-ignore: decorator
@inline export function test<B, T, D, S>(b: B, d: u32, s: u64): void {
  const x = b.read<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  b.setFlags<T>(FlagOp.Logic, x, y, b.and<T>(x, y));
}
export function inc<B, T, D>(b: B, d: u32): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const r = b.add<T>(x, b.constant<T>(1));
  b.setIncFlags<T>(r);
  b.writeRmw<T, D>(d, r);
}
export function dec<B, T, D>(b: B, d: u32): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const r = b.sub<T>(x, b.constant<T>(1));
  b.setDecFlags<T>(r);
  b.writeRmw<T, D>(d, r);
}
export function neg<B, T, D>(b: B, d: u32): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const zero = b.constant<T>(0);
  const r = b.sub<T>(zero, x);
  b.setFlags<T>(FlagOp.Sub, zero, x, r);
  b.writeRmw<T, D>(d, r);
}
export function not<B, T, D>(b: B, d: u32): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  b.writeRmw<T, D>(d, b.xor<T>(x, b.constant<T>(~(<u64>0))));
}
/** IMUL with two or three operands: CF = OF = the product does not fit; the other flags follow the low half. */
export function imul<B, T, S, I>(b: B, d: u32, s: u64, i: u64): void {
  const x = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const y = b.read<T, I>(i);
  const r = b.mul<T>(x, y);
  const overflow = b.mulOverflows<T>(x, y);
  b.setResultFlags<T>(r, overflow, overflow);
  b.writeReg<T>(d, r);
}
