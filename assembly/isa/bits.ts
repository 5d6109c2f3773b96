/** Bit instructions (SDM 1 7.3.6) and CMPXCHG8B/16B; interpreter only. */
import { faulted, raiseGp } from '../cpu/exceptions';
import { Gpr, gpr, setGpr } from '../cpu/state';
import { setCarry, setZero } from '../cpu/flags';
import {
  MEMORY,
  moveOperand,
  operandAddress,
  readRegister,
  readRm,
  readRmw,
  writeRegister,
  writeRmw,
} from '../cpu/operand';
import { addressMask } from '../cpu/prefix';
import { probeWrite, read, write } from '../memory/access';

/** BT 0, BTS 1, BTR 2, BTC 3 with the bit number in a register: in memory it reaches beyond the operand. */
export function bitByRegister<T>(which: u32, o: u32, source: u32): void {
  const n = readRegister<T>(source);
  if (o >= MEMORY) {
    const shift = sizeof<T>() == 8 ? 6 : sizeof<T>() == 4 ? 5 : 4;
    const word =
      sizeof<T>() == 8
        ? (<i64>n) >> shift
        : sizeof<T>() == 4
          ? <i64>((<i32>n) >> shift)
          : <i64>((<i32>(<i16>n)) >> shift);
    moveOperand(word * sizeof<T>(), addressMask);
  }
  bit<T>(which, o, <u32>n);
}
export function bit<T>(which: u32, o: u32, number: u32): void {
  const n = number & (sizeof<T>() * 8 - 1);
  const x = which ? readRmw<T>(o) : readRm<T>(o);
  if (faulted()) return;
  const mask = <T>((<u64>1) << n);
  setCarry((x & mask) != 0);
  if (which == 1) writeRmw<T>(o, x | mask);
  else if (which == 2) writeRmw<T>(o, x & ~mask);
  else if (which == 3) writeRmw<T>(o, x ^ mask);
}
/** BSF; BSR with `reverse`. A source of 0 leaves the destination. */
export function scan<T>(reverse: bool, d: u32, o: u32): void {
  const x = <u64>readRm<T>(o);
  if (faulted()) return;
  setZero(!x);
  if (x) writeRegister<T>(d, <T>(reverse ? 63 - clz<u64>(x) : ctz<u64>(x)));
}

export function cmpxchg8b(): void {
  const a = operandAddress();
  if (!probeWrite(a, 8)) return;
  const x = read<u64>(a);
  const expected = (<u64>gpr<u32>(Gpr.RAX)) | ((<u64>gpr<u32>(Gpr.RDX)) << 32);
  const equal = x == expected;
  write<u64>(a, equal ? (<u64>gpr<u32>(Gpr.RBX)) | ((<u64>gpr<u32>(Gpr.RCX)) << 32) : x);
  if (faulted()) return;
  setZero(equal);
  if (equal) return;
  setGpr<u32>(Gpr.RAX, <u32>x);
  setGpr<u32>(Gpr.RDX, <u32>(x >> 32));
}
/** Aligned to 16 bytes, else #GP(0). */
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
