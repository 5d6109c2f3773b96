/** The x87 escapes: decodes the operand and hands over to fpu/. Interpreter only. */
import { escape as fpuEscape, fwait } from '../fpu/x87';
import { fxrstor, fxsave } from '../fpu/fxsave';
import { MEMORY } from '../cpu/operand';
import { group, modrm, rm } from './modrm';

export function escape<B, X>(b: B, op: u32, at: u64): void {
  const m = modrm<B, X>(b, at);
  if (b.interprets()) fpuEscape(op, rawModrm(m));
}
/** ModRM as encoded; a memory form's mod and rm do not matter any more. */
function rawModrm(m: u32): u32 {
  return rm(m) < MEMORY ? 0xc0 | (group(m) << 3) | ((rm(m) >> 3) & 7) : group(m) << 3;
}
export function wait<B>(b: B): void {
  if (b.interprets()) fwait();
}
/** FXSAVE and FXRSTOR; `long` with REX.W. */
export function escapeState(restore: bool, long: bool): void {
  if (restore) fxrstor(long);
  else fxsave(long);
}
