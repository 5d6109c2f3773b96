/** 128-bit helpers. The high or main word is returned, the other one left in a transient global. */

/** Low word of the last product or shift. */
export let wideLo: u64 = 0;
/** Remainder of the last division. */
export let remainder: u64 = 0;

const LOW: u64 = 0xffffffff;

/** 64 x 64 -> 128 bits. */
export function multiply(a: u64, b: u64): u64 {
  const a1 = a >> 32,
    a0 = a & LOW,
    b1 = b >> 32,
    b0 = b & LOW;
  const low = a0 * b0;
  const mid = a1 * b0 + (low >> 32);
  const mid2 = a0 * b1 + (mid & LOW);
  wideLo = (mid2 << 32) | (low & LOW);
  return a1 * b1 + (mid >> 32) + (mid2 >> 32);
}

/**
 * hi:lo / d with the top bit of d set and hi < d: schoolbook division in base 2^32 (Knuth, TAOCP vol. 2, 4.3.1, algorithm D).
 */
export function divide(hi: u64, lo: u64, d: u64): u64 {
  const q1 = digit(hi, lo >> 32, d);
  const q0 = digit(remainder, lo & LOW, d);
  return (q1 << 32) | q0;
}

/** One base-2^32 quotient digit of (hi * 2^32 + next) / d; leaves the remainder. */
function digit(hi: u64, next: u64, d: u64): u64 {
  const d1 = d >> 32,
    d0 = d & LOW;
  let q = hi / d1;
  let r = hi - q * d1;
  // The estimate is at most 2 too large.
  while (q > LOW || q * d0 > ((r << 32) | next)) {
    q--;
    r += d1;
    if (r > LOW) break;
  }
  remainder = (hi << 32) + next - q * d;
  return q;
}

/** hi:lo >> n for n >= 1, whatever falls out is kept as a sticky lowest bit. */
export function shiftRightJam(hi: u64, lo: u64, n: u32): u64 {
  if (n < 64) {
    wideLo = (hi << (64 - n)) | (lo >> n) | u64(lo << (64 - n) != 0);
    return hi >> n;
  }
  if (n == 64) wideLo = hi | u64(lo != 0);
  else if (n < 128) wideLo = (hi >> (n - 64)) | u64(((hi << (128 - n)) | lo) != 0);
  else wideLo = u64((hi | lo) != 0);
  return 0;
}
