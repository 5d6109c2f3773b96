/** Packed BCD: 18 digits in 9 bytes, sign in bit 15 of the top word (SDM vol. 1, 4.7). */
import { C1, IE, PE } from '../state';
import { SIGN, drop, raise } from './format';
import { fromMagnitude, magnitude, outOfRange } from './integer';

/** `low` = digits 0-15, `high` = digits 16, 17 and the sign byte. */
export function fromBcd(low: u64, high: u32): void {
  const upper = ((high >> 4) & 15) * 10 + (high & 15);
  let value = <u64>upper;
  for (let shift: i32 = 60; shift >= 0; shift -= 4) value = value * 10 + ((low >> shift) & 15);
  fromMagnitude(high & SIGN, value);
}

/** Sign byte and upper two digits of the last `toBcd`. */
export let bcdHigh: u32 = 0;

export function toBcd(aSe: u32, aSig: u64): u64 {
  let value = magnitude(aSe, aSig, false);
  if (outOfRange || value > 999999999999999999) {
    drop(PE | C1);
    raise(IE);
    bcdHigh = 0xffff;
    return 0xc000000000000000;
  }
  let low: u64 = 0;
  for (let shift = 0; shift < 64; shift += 4) {
    low |= (value % 10) << shift;
    value /= 10;
  }
  bcdHigh = (aSe & SIGN) | ((<u32>value / 10) << 4) | (<u32>value % 10);
  return low;
}
