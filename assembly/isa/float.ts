/** The x87 escapes: decodes the operand and hands over to fpu/. Interpreter only. */
import { escape as fpuEscape, fwait } from '../fpu/x87';
import { fxrstor, fxsave } from '../fpu/fxsave';
import { modrm } from './modrm';

export function escape<B, X>(b: B, op: u32, at: u64): void {
  modrm<B, X>(b, at);
  if (b.interprets()) fpuEscape(op, load<u8>(<usize>at));
}
export function wait<B>(b: B): void {
  if (b.interprets()) fwait();
}
/** FXSAVE and FXRSTOR; `long` with REX.W. */
export function escapeState(restore: bool, long: bool): void {
  if (restore) fxrstor(long);
  else fxsave(long);
}
