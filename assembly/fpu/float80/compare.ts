/** Ordering and classification, answered in the condition bits of the status word. */
import { C0, C1, C2, C3, DE, IE } from '../state';
import { EXP, SIGN, drop, isExtreme, isNaN80, isSignaling, isUnsupported, noteDenormal, raise } from './format';

export const GREATER: u32 = 0;
export const LESS: u32 = C0;
export const EQUAL: u32 = C3;
export const UNORDERED: u32 = C3 | C2 | C0;

/** Compares; a quiet comparison (FUCOM) tolerates QNaNs. */
export function compare(aSe: u32, aSig: u64, bSe: u32, bSig: u64, quiet: bool): u32 {
  if (<i64>(aSig & bSig) >= 0 || isExtreme(aSe) || isExtreme(bSe)) {
    if (unordered(aSe, aSig, bSe, bSig, quiet)) return UNORDERED;
    if ((aSig | bSig) == 0) return EQUAL;
  }
  if ((aSe ^ bSe) & SIGN) return aSe & SIGN ? LESS : GREATER;
  return aSe & SIGN ? order(bSe, bSig, aSe, aSig) : order(aSe, aSig, bSe, bSig);
}

function unordered(aSe: u32, aSig: u64, bSe: u32, bSig: u64, quiet: bool): bool {
  const unsupported = isUnsupported(aSe, aSig) || isUnsupported(bSe, bSig);
  if (unsupported || isNaN80(aSe, aSig) || isNaN80(bSe, bSig)) {
    drop(DE);
    if (unsupported || !quiet || isSignaling(aSe, aSig) || isSignaling(bSe, bSig)) raise(IE);
    return true;
  }
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  return false;
}

/** Of magnitudes. Exponent 0 means the same power of two as exponent 1; the integer bit tells them apart. */
function order(aSe: u32, aSig: u64, bSe: u32, bSig: u64): u32 {
  const aExp = max(aSe & EXP, 1),
    bExp = max(bSe & EXP, 1);
  if (aExp != bExp) return aExp < bExp ? LESS : GREATER;
  return aSig == bSig ? EQUAL : aSig < bSig ? LESS : GREATER;
}

/** FXAM's C3, C2, C0 for a register that is not empty, and the sign in C1. */
export function classify(aSe: u32, aSig: u64): u32 {
  const e = aSe & EXP;
  const sign = aSe & SIGN ? C1 : 0;
  if (isUnsupported(aSe, aSig)) return sign;
  if (e == EXP) return sign | (isNaN80(aSe, aSig) ? C0 : C2 | C0);
  if (e) return sign | C2;
  return sign | (aSig ? C3 | C2 : C3);
}
