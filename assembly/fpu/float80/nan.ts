/** Operands that decide the result by themselves: NaNs and unsupported encodings (SDM vol. 1, 4.8.3.5 and table 8-3). */
import { DE, IE } from '../state';
import { QUIET, SIGN, drop, give, invalid, isNaN80, isSignaling, isUnsupported, raise } from './format';

/** True when one operand is a NaN or unsupported; then the result is there. */
export function special1(aSe: u32, aSig: u64): bool {
  if (isUnsupported(aSe, aSig)) {
    invalid();
    return true;
  }
  if (!isNaN80(aSe, aSig)) return false;
  drop(DE);
  if (!(aSig & QUIET)) raise(IE);
  give(aSe, aSig | QUIET);
  return true;
}

/** The same for two operands: a QNaN beats an SNaN, then the larger significand, then the positive one. */
export function special2(aSe: u32, aSig: u64, bSe: u32, bSig: u64): bool {
  if (isUnsupported(aSe, aSig) || isUnsupported(bSe, bSig)) {
    invalid();
    return true;
  }
  const aNaN = isNaN80(aSe, aSig),
    bNaN = isNaN80(bSe, bSig);
  if (!aNaN && !bNaN) return false;
  drop(DE);
  const aSnan = isSignaling(aSe, aSig),
    bSnan = isSignaling(bSe, bSig);
  if (aSnan || bSnan) raise(IE);
  let first = aNaN;
  if (aNaN && bNaN) {
    if (aSnan != bSnan) first = bSnan;
    else if (aSig != bSig) first = aSig > bSig;
    else first = (aSe & SIGN) <= (bSe & SIGN);
  }
  if (first) give(aSe, aSig | QUIET);
  else give(bSe, bSig | QUIET);
  return true;
}
