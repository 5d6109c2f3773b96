/**
 * Instructions with prefixes (SDM 2A 2.1.1, 2.2.1): collects them, then runs the instruction with the operand size
 * they say, and sets everything back to the mode's defaults.
 */
import {
  locked,
  operandSize16,
  overrideAddressSize,
  overrideOperandSize,
  overrideSegment,
  resetPrefixes,
  rex,
  setLocked,
  setRepeat,
  setRex,
} from '../cpu/prefix';
import { raiseGp } from '../cpu/exceptions';
import { Seg } from '../cpu/state';
import { fetch, fetchedBytes, here, peek } from '../cpu/window';
import { isLong } from './kinds';
import { execute } from './one-byte';

/** The longest instruction (SDM 2A 2.3.11). */
const MAX_LENGTH: u32 = 15;
/** No opcode: prefixes only, up to the longest instruction. */
const TOO_LONG: u32 = 0x100;

/**
 * After 66h: an opcode that is no prefix itself and asks for nothing but the operand size, so that the instruction needs
 * none of what follows here. Not the x87's, which look at the size again.
 */
// @ts-ignore: decorator
@inline export function isPlain(op: u32): bool {
  return !load<u8>(SPECIAL + op);
}
// prettier-ignore
const SPECIAL: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

export function prefixed<B, X>(b: B, first: u32): void {
  const op = collect<X>(first);
  if (op == TOO_LONG || b.tooLong()) {
    if (b.interprets()) raiseGp(0);
  } else if (locked && !lockable(op)) b.undefined();
  else if (isLong<X>() && rex & 8) execute<B, u64, X>(b, op, here());
  else if (operandSize16) execute<B, u16, X>(b, op, here());
  else execute<B, u32, X>(b, op, here());
  resetPrefixes();
}
/** Takes in all prefixes; the opcode byte after them, or TOO_LONG. */
function collect<X>(first: u32): u32 {
  let op = first;
  while (apply<X>(op)) {
    if (fetchedBytes() >= MAX_LENGTH) return TOO_LONG;
    op = fetch<u8>();
  }
  return op;
}
/** Takes in prefix `op`; false when it is not one. A REX prefix counts only directly before the opcode. */
function apply<X>(op: u32): bool {
  if (isLong<X>() && op >> 4 == 4) {
    setRex(op);
    return true;
  }
  switch (op) {
    case 0x26:
      overrideSegment(Seg.ES);
      break;
    case 0x2e:
      overrideSegment(Seg.CS);
      break;
    case 0x36:
      overrideSegment(Seg.SS);
      break;
    case 0x3e:
      overrideSegment(Seg.DS);
      break;
    case 0x64:
      overrideSegment(Seg.FS);
      break;
    case 0x65:
      overrideSegment(Seg.GS);
      break;
    case 0x66:
      overrideOperandSize();
      break;
    case 0x67:
      overrideAddressSize();
      break;
    case 0xf0:
      setLocked();
      break;
    case 0xf2:
    case 0xf3:
      setRepeat(op);
      break;
    default:
      return false;
  }
  if (isLong<X>()) setRex(0);
  return true;
}

/** LOCK is for read-modify-write of memory (SDM 2A LOCK); anything else is #UD. */
function lockable(op: u32): bool {
  if (op == 0x0f) return lockableTwoByte(<u32>peek(), <u32>peek(1));
  const m = peek();
  if (m >= 0xc0) return false;
  const g = (m >> 3) & 7;
  if (op < 0x38) return (op & 7) < 2; // ALU Eb,Gb and Ev,Gv, but CMP
  if (op == 0x80 || op == 0x81 || op == 0x82 || op == 0x83) return g != 7;
  if (op == 0x86 || op == 0x87) return true;
  if (op == 0xf6 || op == 0xf7) return g == 2 || g == 3;
  return (op == 0xfe || op == 0xff) && g < 2;
}
function lockableTwoByte(op: u32, m: u32): bool {
  if (m >= 0xc0) return false;
  const g = (m >> 3) & 7;
  switch (op) {
    case 0xab: // BTS
    case 0xb3: // BTR
    case 0xbb: // BTC
    case 0xb0: // CMPXCHG
    case 0xb1:
    case 0xc0: // XADD
    case 0xc1:
      return true;
    case 0xba:
      return g >= 5;
    case 0xc7:
      return g == 1;
    default:
      return false;
  }
}
