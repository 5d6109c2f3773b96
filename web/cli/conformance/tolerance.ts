/** Comparisons for results that an architecture defines only to a tolerance. */

/** RCPPS and RSQRTPS: 1.5 * 2^-12 relative (SDM 2B). */
const FLOAT32_TOLERANCE = 1.5 * 2 ** -12;
/** Transcendental x87 functions: below an ulp of 64 bits; some processors are off by more, so 2^-48. */
const FLOAT80_TOLERANCE_BITS = 48n;

/** Are all 32-bit lanes equal, or finite and close? */
export function closeFloat32(expected: Uint8Array, got: Uint8Array): boolean {
  const a = new DataView(expected.buffer, expected.byteOffset, expected.byteLength);
  const b = new DataView(got.buffer, got.byteOffset, got.byteLength);
  for (let at = 0; at < expected.length; at += 4) {
    if (a.getUint32(at, true) === b.getUint32(at, true)) continue;
    const x = a.getFloat32(at, true);
    const y = b.getFloat32(at, true);
    if (!(Math.abs(x - y) <= Math.abs(x) * FLOAT32_TOLERANCE)) return false;
  }
  return true;
}

interface Float80 {
  negative: boolean;
  exponent: number;
  significand: bigint;
}
function unpack(bytes: Uint8Array): Float80 {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 10);
  const signExponent = view.getUint16(8, true);
  return {
    negative: signExponent >= 0x8000,
    exponent: signExponent & 0x7fff,
    significand: view.getBigUint64(0, true),
  };
}

/** Do two ten-byte numbers agree to 48 bits? Infinities and NaNs have to be equal, which the caller has asked before. */
export function closeFloat80(expected: Uint8Array, got: Uint8Array): boolean {
  const a = unpack(expected);
  const b = unpack(got);
  if (a.negative !== b.negative || a.exponent === 0x7fff || b.exponent === 0x7fff) return false;
  const low = Math.min(a.exponent, b.exponent);
  if (Math.max(a.exponent, b.exponent) - low > 1) return false;
  const x = a.significand << BigInt(a.exponent - low);
  const y = b.significand << BigInt(b.exponent - low);
  const difference = x > y ? x - y : y - x;
  return difference << FLOAT80_TOLERANCE_BITS <= x;
}
