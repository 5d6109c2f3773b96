/**
 * ModRM, SIB and displacement (SDM 2A 2.1.3 - 2.1.5, 2.2.1). Decoding yields one number: the register file offset of
 * the r/m register, or MEMORY, in bits 7:0; eight times the reg field above. A memory operand's offset is left in the
 * backend: the interpreter adds registers, the translator emits the additions.
 */
import { addressMask, dataSegment, frameSegment, rex } from '../cpu/prefix';
import { MEMORY } from '../cpu/operand';
import { advance, fetch, fetchAt, fetchSignedAt, ripAt } from '../cpu/window';
import { Gpr } from '../cpu/state';
import { isLong } from './kinds';

// @ts-ignore: decorator
@inline export function rm(m: u32): u32 {
  return m & 0xff;
}
// @ts-ignore: decorator
@inline export function reg(m: u32): u32 {
  return m >> 8;
}
/** The reg field as an opcode extension. */
// @ts-ignore: decorator
@inline export function group(m: u32): u32 {
  return (m >> 11) & 7;
}
/** Number of the reg field's register, REX.R included. */
// @ts-ignore: decorator
@inline export function regNumber(m: u32): u32 {
  return m >> 11;
}
/** The byte register with the given offset/8: AH..BH are byte 1 of registers 0..3 unless there is a REX prefix. */
// @ts-ignore: decorator
@inline export function byteRegister<X>(o: u32): u32 {
  if (isLong<X>() && rex) return o;
  return isLong<X>() && o >= 64 ? o : (o & 0x18) | (o >> 5);
}
// @ts-ignore: decorator
@inline export function reg8<X>(m: u32): u32 {
  return byteRegister<X>(m >> 8);
}
// @ts-ignore: decorator
@inline export function rm8<X>(m: u32): u32 {
  return (m & 0xff) >= MEMORY ? MEMORY : byteRegister<X>(m & 0xff);
}
/** The register that the low three bits of an opcode name. */
// @ts-ignore: decorator
@inline export function opcodeRegister<X>(op: u32): u32 {
  return isLong<X>() ? ((op & 7) | ((rex & 1) << 3)) << 3 : (op & 7) << 3;
}

/** Fetches ModRM at `at` and all that belongs to it; `tail` bytes of immediate follow (for RIP-relative addresses). */
// @ts-ignore: decorator
@inline export function modrm<B, X>(b: B, at: u64, tail: u32 = 0): u32 {
  const m: u32 = load<u8>(<usize>at);
  const r = isLong<X>() ? ((m & 0x38) | ((rex & 4) << 4)) << 8 : (m & 0x38) << 8;
  if (m >= 0xc0) {
    advance(at + 1);
    return r | (isLong<X>() ? ((m & 7) | ((rex & 1) << 3)) << 3 : (m & 7) << 3);
  }
  decodeAddress<B, X>(b, m, at + 1, tail);
  return r | MEMORY;
}
/** ModRM of an instruction that ignores mod: r/m is a register (SDM 2B MOV CRn). */
export function modrmRegister<X>(): u32 {
  const m: u32 = fetch<u8>();
  return (extended<X>(m >> 3, 4) << 11) | (extended<X>(m, 1) << 3);
}
function decodeAddress<B, X>(b: B, m: u32, at: u64, tail: u32): void {
  if (isLong<X>()) {
    if (addressMask == 0xffff_ffff) address<B, X, u32>(b, m, at, tail);
    else address<B, X, u64>(b, m, at, tail);
  } else if (addressMask == 0xffff) address16<B>(b, m, at);
  else address<B, X, u32>(b, m, at, tail);
}

// @ts-ignore: decorator
@inline function extended<X>(field: u32, rexBit: u32): u32 {
  return isLong<X>() && rex & rexBit ? (field & 7) | 8 : field & 7;
}
/** 32- and 64-bit addressing; A is the address size. */
// @ts-ignore: decorator
@inline function address<B, X, A>(b: B, m: u32, at: u64, tail: u32): void {
  const mod = m >> 6;
  if ((m & 7) == 4) sib<B, X, A>(b, mod, at);
  else if (mod == 0 && (m & 7) == 5) {
    const d = fetchSignedAt<i32>(at);
    const base = isLong<X>() ? <u64>(ripAt(at + 4) + tail) : 0;
    b.setOperand(dataSegment, b.constant<u64>(<u64>(<A>(base + d))));
  } else {
    const base = extended<X>(m, 1);
    displace(b, mod, (m & 7) == Gpr.RBP, at, <A>0, b.readReg<A>(base << 3));
  }
}
// @ts-ignore: decorator
@inline function sib<B, X, A>(b: B, mod: u32, at: u64): void {
  const s: u32 = load<u8>(<usize>at);
  const next = at + 1;
  const index = extended<X>(s >> 3, 2);
  const base = extended<X>(s, 1);
  const absolute = mod == 0 && (s & 7) == 5;
  const frame = !absolute && (base == Gpr.RSP || base == Gpr.RBP);
  if (index == Gpr.RSP) {
    if (absolute) b.setOperand(dataSegment, b.constant<u64>(<u64>(<A>fetchSignedAt<i32>(next))));
    else displace(b, mod, frame, next, <A>0, b.readReg<A>(base << 3));
    return;
  }
  const scaled = b.shiftLeft<A>(b.readReg<A>(index << 3), s >> 6);
  if (absolute) displace(b, 2, false, next, <A>0, scaled);
  else displace(b, mod, frame, next, <A>0, b.add<A>(b.readReg<A>(base << 3), scaled));
}
/**
 * Adds the displacement at `at`. The type of `size` is the address size; `V` is inferred: a number for the interpreter,
 * a Local for the translator.
 */
// @ts-ignore: decorator
@inline function displace<B, V, A>(b: B, mod: u32, frame: bool, at: u64, size: A, a: V): void {
  const s = frame ? frameSegment : dataSegment;
  if (mod == 0) {
    advance(at);
    b.setOperand(s, b.convert<A, u64>(a));
  } else {
    const d = mod == 1 ? fetchSignedAt<i8>(at) : fetchSignedAt<i32>(at);
    b.setOperand(s, b.convert<A, u64>(b.add<A>(a, b.constant<A>(<u64>d))));
  }
}

/** Base register of each 16-bit form (SDM 2A table 2-1): BX BX BP BP SI DI BP BX. */
function base16(field: u32): u32 {
  return (0x35765533 >> (field << 2)) & 7;
}
/** 16-bit addressing. */
function address16<B>(b: B, m: u32, at: u64): void {
  const mod = m >> 6;
  const field = m & 7;
  if (mod == 0 && field == 6) {
    b.setOperand(dataSegment, b.constant<u64>(<u64>fetchAt<u16>(at)));
    return;
  }
  const frame = field == 2 || field == 3 || field == 6;
  const first = b.readReg<u16>(base16(field) << 3);
  if (field < 4) {
    const index = field & 1 ? Gpr.RDI : Gpr.RSI;
    displace16(b, mod, frame, at, b.add<u16>(first, b.readReg<u16>(index << 3)));
  } else displace16(b, mod, frame, at, first);
}
// @ts-ignore: decorator
@inline function displace16<B, V>(b: B, mod: u32, frame: bool, at: u64, a: V): void {
  const s = frame ? frameSegment : dataSegment;
  if (mod == 0) {
    advance(at);
    b.setOperand(s, b.convert<u16, u64>(a));
  } else {
    const d = mod == 1 ? fetchSignedAt<i8>(at) : fetchSignedAt<i16>(at);
    b.setOperand(s, b.convert<u16, u64>(b.add<u16>(a, b.constant<u16>(<u64>d))));
  }
}
