/** Immediates by operand size. */
import { fetchSigned, fetchSignedAt } from '../cpu/window';
import { isLong } from './kinds';

/** Iz: as wide as the operand, but at most 32 bits, sign-extended. */
// @ts-ignore: decorator
@inline export function immediate<V>(): i64 {
  return sizeof<V>() == 2 ? fetchSigned<i16>() : fetchSigned<i32>();
}
// @ts-ignore: decorator
@inline export function immediateAt<V>(at: u64): i64 {
  return sizeof<V>() == 2 ? fetchSignedAt<i16>(at) : fetchSignedAt<i32>(at);
}
/** Bytes of an Iz immediate, for RIP-relative addresses before it. */
// @ts-ignore: decorator
@inline export function immediateSize<V>(): u32 {
  return sizeof<V>() == 2 ? 2 : 4;
}
/** Group 3 has an immediate of `size` bytes in its TEST forms only (reg field 0 and 1): looks at ModRM. */
// @ts-ignore: decorator
@inline export function testTail<X>(at: u64, size: u32): u32 {
  return isLong<X>() && !(load<u8>(<usize>at) & 0x30) ? size : 0;
}
