/** x87, XMM registers and MXCSR in a snapshot; bits that do not exist are masked off (state.ts, INVARIANT). */
import { bits, block, field } from '../bus/section';
import { FPU } from '../layout';
import { CONTROL_BITS, CONTROL_FIXED } from './control';
import { MXCSR_MASK } from './fxsave';
import { fpu, XMM, XMM_STRIDE } from './state';

const REGISTERS: usize = 8;
const REGISTER: usize = 16;
const VECTORS: usize = 16;

export function persistFpu(): void {
  for (let r: usize = 0; r < REGISTERS; r++) block(FPU + r * REGISTER, 10);
  fpu.control = bits(fpu.control, CONTROL_BITS) | CONTROL_FIXED;
  fpu.status = bits(fpu.status, 0xffff);
  fpu.full = bits(fpu.full, 0xff);
  fpu.opcode = bits(fpu.opcode, 0x7ff);
  fpu.ip = field<u64>(fpu.ip);
  fpu.dp = field<u64>(fpu.dp);
  fpu.cs = bits(fpu.cs, 0xffff);
  fpu.ds = bits(fpu.ds, 0xffff);
  fpu.mxcsr = bits(fpu.mxcsr, MXCSR_MASK);
  for (let r: usize = 0; r < VECTORS; r++) block(XMM + r * XMM_STRIDE, 16);
}
