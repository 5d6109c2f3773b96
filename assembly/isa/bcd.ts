/** Decimal adjustment (SDM 1 7.3.2.6); interpreter only. Not valid in 64-bit mode. */
import { raise, Vector } from '../cpu/exceptions';
import { adjust, carry, setArithmetic, FlagOp, setArithmeticBits, flags } from '../cpu/flags';
import { FL_AF, FL_CF, FL_OF, Gpr, gpr, setGpr } from '../cpu/state';

/** SF, ZF and PF from AL, CF and AF as given, OF cleared. */
function setAdjusted(al: u8, cf: bool, af: bool): void {
  setArithmetic<u8>(FlagOp.Logic, al, al, al);
  setArithmeticBits((flags() & ~(FL_CF | FL_AF | FL_OF)) | (cf ? FL_CF : 0) | (af ? FL_AF : 0));
}
/** DAA, or DAS with `subtract`. */
export function decimalAdjust(subtract: bool): void {
  const old = gpr<u8>(Gpr.RAX);
  const oldCarry = carry();
  let al = <u32>old;
  let cf = false;
  const af = (al & 15) > 9 || adjust();
  if (af) {
    const next = subtract ? al - 6 : al + 6;
    cf = oldCarry || next > 0xff;
    al = next & 0xff;
  }
  if (old > 0x99 || oldCarry) {
    al = (subtract ? al - 0x60 : al + 0x60) & 0xff;
    cf = true;
  } else if (!subtract) cf = false;
  setGpr<u8>(Gpr.RAX, <u8>al);
  setAdjusted(<u8>al, cf, af);
}
/** AAA, or AAS with `subtract`. */
export function asciiAdjust(subtract: bool): void {
  let ax = gpr<u16>(Gpr.RAX);
  const needed = (ax & 15) > 9 || adjust();
  if (needed) ax = subtract ? ax - 0x106 : ax + 0x106;
  ax &= 0xff0f;
  setGpr<u16>(Gpr.RAX, ax);
  setAdjusted(<u8>ax, needed, needed);
}
export function aam(base: u32): void {
  if (!base) {
    raise(Vector.DE, 0);
    return;
  }
  const al = <u32>gpr<u8>(Gpr.RAX);
  setGpr<u16>(Gpr.RAX, <u16>(((al / base) << 8) | (al % base)));
  setAdjusted(<u8>(al % base), false, false);
}
export function aad(base: u32): void {
  const ax = <u32>gpr<u16>(Gpr.RAX);
  const al = ((ax >> 8) * base + ax) & 0xff;
  setGpr<u16>(Gpr.RAX, <u16>al);
  setAdjusted(<u8>al, false, false);
}
