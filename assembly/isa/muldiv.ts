/** One-operand MUL, IMUL, DIV, IDIV (SDM 2): the double-width operand is rDX:rAX, or AX for bytes. */
import { Vector } from '../cpu/exceptions';
import { Gpr } from '../cpu/state';

const AX: u32 = Gpr.RAX << 3;
const AH: u32 = AX + 1;
const DX: u32 = Gpr.RDX << 3;

/** Where the high half is. */
// @ts-ignore: decorator
@inline function highRegister<T>(): u32 {
  return sizeof<T>() == 1 ? AH : DX;
}
/** Writes both halves, of T; bytes as one word, which is read back as one. The type of `size` is T. */
// @ts-ignore: decorator
@inline function writeHalves<B, T, V>(b: B, size: T, low: V, high: V): void {
  if (sizeof<T>() == 1) {
    const upper = b.shiftLeft<u16>(b.convert<u8, u16>(high), 8);
    b.writeReg<u16>(AX, b.or<u16>(b.convert<u8, u16>(low), upper));
  } else {
    b.writeReg<T>(AX, low);
    b.writeReg<T>(DX, high);
  }
}

/** CF = OF = the high half is not 0; the other flags follow the low half. */
export function mul<B, T, S>(b: B, s: u64): void {
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const x = b.readReg<T>(AX);
  const low = b.mul<T>(x, y);
  const high = b.mulHigh<T>(x, y);
  const overflow = b.not(b.isZero<T>(high));
  b.setResultFlags<T>(low, overflow, overflow);
  writeHalves(b, <T>0, low, high);
}
/** CF = OF = the high half is not the sign of the low one. */
export function imulWide<B, T, S>(b: B, s: u64): void {
  const y = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const x = b.readReg<T>(AX);
  const low = b.mul<T>(x, y);
  const high = b.mulHighSigned<T>(x, y);
  const sign = b.sar<T>(low, b.constant<u8>(sizeof<T>() * 8 - 1));
  const overflow = b.not(b.isZero<T>(b.xor<T>(high, sign)));
  b.setResultFlags<T>(low, overflow, overflow);
  writeHalves(b, <T>0, low, high);
}
/** The quotient needs more than T exactly when the high half is not below the divisor; 0 thereby divides nothing. */
export function div<B, T, S>(b: B, s: u64): void {
  const d = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const high = b.readReg<T>(highRegister<T>());
  const low = b.readReg<T>(AX);
  if (b.raises(b.not(b.below<T>(high, d)), Vector.DE)) return;
  const q = b.quotient<T>(high, low, d);
  writeHalves(b, <T>0, q, b.sub<T>(low, b.mul<T>(q, d)));
}
export function idiv<B, T, S>(b: B, s: u64): void {
  const d = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const high = b.readReg<T>(highRegister<T>());
  const low = b.readReg<T>(AX);
  if (b.raises(b.quotientExceeds<T>(high, low, d), Vector.DE)) return;
  const q = b.quotientSigned<T>(high, low, d);
  writeHalves(b, <T>0, q, b.sub<T>(low, b.mul<T>(q, d)));
}
