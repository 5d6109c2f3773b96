/** Bit instructions (SDM 1 7.3.6) and CMPXCHG8B/16B. D and S are operand kinds, T the width. */
import { faulted, raiseGp } from '../cpu/exceptions';
import { setZero } from '../cpu/flags';
import { MEMORY, operandAddress } from '../cpu/operand';
import { Gpr, gpr, setGpr } from '../cpu/state';
import { probeWrite, read, write } from '../memory/access';
import { Mem, Reg, Rm } from './kinds';

/** BT 0, BTS 1, BTR 2, BTC 3 with the bit number in a register: in memory it reaches beyond the operand. */
export function bitByRegister<B, T>(b: B, which: u32, o: u32, source: u32): void {
  if (o >= MEMORY) {
    const shift = sizeof<T>() == 8 ? 6 : sizeof<T>() == 4 ? 5 : 4;
    const word = b.sar<T>(b.readReg<T>(source), b.constant<u8>(shift));
    b.moveOperand(b.signExtend<T, u64>(b.shiftLeft<T>(word, shift - 3)));
  }
  bit<B, T, Reg>(b, which, o, source);
}
export function bit<B, T, S>(b: B, which: u32, o: u32, number: u64): void {
  if (which) changeBit<B, T, S>(b, which, o, number);
  else testBit<B, T, S>(b, o, number);
}
function testBit<B, T, S>(b: B, o: u32, number: u64): void {
  const x = b.read<T, Rm>(o);
  if (b.failed<Rm>()) return;
  const n = b.convert<T, u8>(b.and<T>(b.read<T, S>(number), b.constant<T>(sizeof<T>() * 8 - 1)));
  b.setCarry(b.testBit<T>(x, n));
}
function changeBit<B, T, S>(b: B, which: u32, o: u32, number: u64): void {
  const x = b.readRmw<T, Rm>(o);
  if (b.failed<Rm>()) return;
  const n = b.convert<T, u8>(b.and<T>(b.read<T, S>(number), b.constant<T>(sizeof<T>() * 8 - 1)));
  const mask = b.shl<T>(b.constant<T>(1), n);
  b.setCarry(b.testBit<T>(x, n));
  if (which == 1) b.writeRmw<T, Rm>(o, b.or<T>(x, mask));
  else if (which == 2) b.writeRmw<T, Rm>(o, b.and<T>(x, b.xor<T>(mask, b.constant<T>(~(<u64>0)))));
  else b.writeRmw<T, Rm>(o, b.xor<T>(x, mask));
}
/** BSF; BSR with `reverse`. Only ZF changes, and a source of 0 leaves the destination, upper half and all. */
export function scan<B, T, S>(b: B, reverse: bool, d: u32, s: u64): void {
  const x = b.read<T, S>(s);
  if (b.failed<S>()) return;
  const none = b.isZero<T>(x);
  const n = reverse ? b.highestBit<T>(x) : b.lowestBit<T>(x);
  b.setZero(none);
  if (sizeof<T>() == 2) b.writeReg<T>(d, b.select<T>(none, b.readReg<T>(d), n));
  else b.writeReg<u64>(d, b.select<u64>(none, b.readReg<u64>(d), b.convert<T, u64>(n)));
}

/**
 * In two halves; they can be accessed once the whole could be written. Written either way (SDM 2A CMPXCHG8B). Only ZF
 * changes, which comes after the writes: a translator that may fail at that leaves it to the interpreter.
 */
export function cmpxchg8b<B>(b: B): void {
  if (!b.interprets() || b.unwritablePair()) return;
  const low = b.read<u32, Mem>(0);
  b.moveOperand(b.constant<u64>(4));
  const high = b.read<u32, Mem>(0);
  const a = b.readReg<u64>(Gpr.RAX << 3);
  const d = b.readReg<u64>(Gpr.RDX << 3);
  const equal = b.both(
    b.isZero<u32>(b.xor<u32>(low, b.convert<u64, u32>(a))),
    b.isZero<u32>(b.xor<u32>(high, b.convert<u64, u32>(d))),
  );
  b.write<u32, Mem>(0, b.select<u32>(equal, b.readReg<u32>(Gpr.RCX << 3), high));
  if (b.failed<Mem>()) return;
  b.moveOperand(b.constant<u64>(-4));
  b.write<u32, Mem>(0, b.select<u32>(equal, b.readReg<u32>(Gpr.RBX << 3), low));
  if (b.failed<Mem>()) return;
  b.setZero(equal);
  // When equal, registers keep their upper halves
  b.writeReg<u64>(Gpr.RAX << 3, b.select<u64>(equal, a, b.convert<u32, u64>(low)));
  b.writeReg<u64>(Gpr.RDX << 3, b.select<u64>(equal, d, b.convert<u32, u64>(high)));
}
/** Aligned to 16 bytes, else #GP(0). Interpreter only. */
export function cmpxchg16b(): void {
  const a = operandAddress();
  if (!probeWrite(a, 16)) return;
  if (a & 15) {
    raiseGp(0);
    return;
  }
  const low = read<u64>(a);
  const high = read<u64>(a + 8);
  const equal = low == gpr<u64>(Gpr.RAX) && high == gpr<u64>(Gpr.RDX);
  write<u64>(a, equal ? gpr<u64>(Gpr.RBX) : low);
  write<u64>(a + 8, equal ? gpr<u64>(Gpr.RCX) : high);
  if (faulted()) return;
  setZero(equal);
  if (equal) return;
  setGpr<u64>(Gpr.RAX, low);
  setGpr<u64>(Gpr.RDX, high);
}
