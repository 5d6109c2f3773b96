/** Square root. */
import {
  BIAS,
  EXP,
  INTEGER,
  SIGN,
  give,
  invalid,
  isInfinite,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
} from './format';
import { special1 } from './nan';
import { pack } from './round';
import { multiply, wideLo } from './wide';

export function sqrt80(aSe: u32, aSig: u64): void {
  if (special1(aSe, aSig)) return;
  if (isZero(aSe, aSig)) {
    give(aSe, 0);
    return;
  }
  noteDenormal(aSe, aSig);
  if (aSe & SIGN) invalid();
  else if (isInfinite(aSe, aSig)) give(EXP, INTEGER);
  else sqrtFinite(normalExp(aSe, aSig) - BIAS, normalSig(aSig));
}

/** sqrt(sig * 2^e): the root of a 128-bit radicand in [2^126, 2^128) has exactly 64 bits. */
function sqrtFinite(e: i32, sig: u64): void {
  const odd = e & 1;
  const root = odd ? root64(sig, 0) : root64(sig >> 1, sig << 63);
  // root < exact < root + 1, so "more than half" is remainder > root (a half itself cannot occur).
  const fraction: u64 = restZero ? 0 : restLarge ? INTEGER | 1 : 1;
  pack(0, (e >> 1) + BIAS, root, fraction);
}

let restZero: bool = false;
let restLarge: bool = false;

/**
 * floor(sqrt(hi:lo)) by the "Karatsuba square root" step: the root of the high half, then one division for the low half.
 */
function root64(hi: u64, lo: u64): u64 {
  const high = root32(hi);
  const rest = hi - high * high;
  // (rest * 2^32 + next 32 bits) / (2 * high); rest <= 2 * high < 2^33, so the dividend may need 65 bits: halve first.
  const next = lo >> 32;
  const half = (rest << 31) | (next >> 1);
  let q = half / high;
  if (q > 0xffffffff) q = 0xffffffff;
  let root = (high << 32) + q;
  for (;;) {
    const squareHi = multiply(root, root),
      squareLo = wideLo;
    if (squareHi > hi || (squareHi == hi && squareLo > lo)) {
      root--;
      continue;
    }
    const restLo = lo - squareLo;
    const restHi = hi - squareHi - u64(lo < squareLo);
    restZero = (restHi | restLo) == 0;
    restLarge = restHi != 0 || restLo > root;
    return root;
  }
}

/**
 * floor(sqrt(x)) for x >= 2^62, by the host's square root. It is never too small: both roundings are monotonic, and for a square
 * k^2 they lose less than half a unit in the last place of k. One too large, or 2^32, it can be.
 */
function root32(x: u64): u64 {
  const root = min(<u64>sqrt<f64>(<f64>x), 0xffffffff);
  return root * root > x ? root - 1 : root;
}
