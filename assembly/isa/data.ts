/** Moving data (SDM 1 7.3.1). */
import { Gpr } from '../cpu/state';
import { FlagOp } from '../cpu/flags';
import { addressMask, dataSegment } from '../cpu/prefix';
import { MEMORY } from '../cpu/operand';
import { Mem } from './kinds';

const AL: u32 = Gpr.RAX << 3;
const AH: u32 = AL + 1;

// @ts-ignore: decorator
@inline export function mov<B, T, D, S>(b: B, d: u32, s: u64): void {
  const v = b.read<T, S>(s);
  if (b.failed<S>()) return;
  b.write<T, D>(d, v);
}
// @ts-ignore: decorator
@inline export function movzx<B, From, T, S>(b: B, d: u32, s: u64): void {
  const v = b.read<From, S>(s);
  if (b.failed<S>()) return;
  b.writeReg<T>(d, b.convert<From, T>(v));
}
export function movsx<B, From, T, S>(b: B, d: u32, s: u64): void {
  const v = b.read<From, S>(s);
  if (b.failed<S>()) return;
  b.writeReg<T>(d, b.signExtend<From, T>(v));
}
// @ts-ignore: decorator
@inline export function lea<B, T>(b: B, d: u32): void {
  b.writeReg<T>(d, b.convert<u64, T>(b.operandOffset()));
}
export function xchg<B, T, D>(b: B, d: u32, s: u32): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.readReg<T>(s);
  b.writeRmw<T, D>(d, y);
  b.writeReg<T>(s, x);
}
export function xadd<B, T, D>(b: B, d: u32, s: u32): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const y = b.readReg<T>(s);
  const r = b.add<T>(x, y);
  b.setFlags<T>(FlagOp.Add, x, y, r);
  b.writeReg<T>(s, x);
  b.writeRmw<T, D>(d, r);
}
/** The destination is written either way (SDM 2A CMPXCHG). */
export function cmpxchg<B, T, D>(b: B, d: u32, s: u32): void {
  const x = b.readRmw<T, D>(d);
  if (b.failed<D>()) return;
  const a = b.readReg<T>(Gpr.RAX << 3);
  const r = b.sub<T>(a, x);
  b.setFlags<T>(FlagOp.Sub, a, x, r);
  const equal = b.isZero<T>(r);
  const y = b.readReg<T>(s);
  // Not written when unequal: a 32-bit register keeps its upper half
  if (b.when(equal)) b.writeRmw<T, D>(d, y);
  b.end();
  if (b.when(b.not(equal))) b.writeReg<T>(Gpr.RAX << 3, x);
  b.end();
}
/** Reads the source even when the condition does not hold; a 32-bit destination is then still zero-extended. */
export function cmov<B, T, S>(b: B, cc: u32, d: u32, s: u64): void {
  const v = b.read<T, S>(s);
  if (b.failed<S>()) return;
  b.writeReg<T>(d, b.select<T>(b.condition(cc), v, b.readReg<T>(d)));
}
export function setcc<B, D>(b: B, cc: u32, d: u32): void {
  b.write<u8, D>(d, b.bit<u8>(b.condition(cc)));
}
export function bswap<B, T>(b: B, d: u32): void {
  b.writeReg<T>(d, b.byteSwap<T>(b.readReg<T>(d)));
}
/** CBW, CWDE, CDQE. */
export function widenA<B, From, T>(b: B): void {
  b.writeReg<T>(Gpr.RAX << 3, b.signExtend<From, T>(b.readReg<From>(Gpr.RAX << 3)));
}
/** CWD, CDQ, CQO. */
export function signToD<B, T>(b: B): void {
  const a = b.readReg<T>(Gpr.RAX << 3);
  b.writeReg<T>(Gpr.RDX << 3, b.select<T>(b.negative<T>(a), b.constant<T>(~(<u64>0)), b.constant<T>(0)));
}
/** AL is replaced by the byte that it is the index of. */
export function xlat<B>(b: B): void {
  const at = b.add<u64>(b.readReg<u64>(Gpr.RBX << 3), b.convert<u8, u64>(b.readReg<u8>(AL)));
  const v = b.loadAt<u8>(dataSegment, b.and<u64>(at, b.constant<u64>(addressMask)));
  if (b.failed<Mem>()) return;
  b.writeReg<u8>(AL, v);
}
/** MOV from segment register `s`: zero-extended into a register, two bytes of memory. */
export function movFromSelector<B, V>(b: B, d: u32, s: u32): void {
  const selector = b.selector(s);
  if (d < MEMORY) b.writeReg<V>(d, b.convert<u32, V>(selector));
  else b.write<u16, Mem>(d, b.convert<u32, u16>(selector));
}
export function lahf<B>(b: B): void {
  b.writeReg<u8>(AH, b.lowFlags());
}
export function sahf<B>(b: B): void {
  b.setLowFlags(b.readReg<u8>(AH));
}
/** In no manual, in every processor. */
export function salc<B>(b: B): void {
  b.writeReg<u8>(AL, b.select<u8>(b.carry(), b.constant<u8>(0xff), b.constant<u8>(0)));
}
