/**
 * FXSAVE and FXRSTOR: the 512-byte image of x87, MXCSR and XMM registers (SDM vol. 1, 10.5 and table 10-2).
 *
 *   0 FCW  2 FSW  4 abridged FTW  6 FOP  8 FIP  12 FCS  16 FDP  20 FDS  24 MXCSR  28 MXCSR_MASK
 *   32 ST0-ST7, 16 bytes each    160 XMM0-XMM15    416 reserved or software's
 *
 * With REX.W, FIP and FDP take 64 bits and the selectors have no place. MXCSR and XMM only take part when CR4.OSFXSR is set.
 */
import {
  cr0,
  cr4,
  fault,
  load16,
  load32,
  load64,
  load8,
  misaligned16,
  mode64,
  probeWrite,
  raiseGP,
  raiseNM,
  store16,
  store32,
  store64,
} from './host';
import { XMM, XMM_STRIDE, fpu, put, se, sig, st } from './state';
import { refreshSummary, setControl } from './control';

const CR0_EM_TS: u32 = 0x0c;
const CR4_OSFXSR: u32 = 0x200;
/** All bits up to FZ, DAZ included. */
export const MXCSR_MASK: u32 = 0xffff;
const IMAGE: u32 = 512;

/** Checks shared by both; true when an exception was raised. */
function refused(): bool {
  if (cr0() & CR0_EM_TS) raiseNM();
  else if (misaligned16()) raiseGP();
  else return false;
  return true;
}

// @ts-ignore: decorator
@inline function xmmCount(): u32 {
  return mode64() ? 16 : 8;
}

export function fxsave(long64: bool): void {
  if (refused() || !probeWrite(IMAGE)) return;
  store16(0, fpu.control);
  store16(2, fpu.status);
  store16(4, fpu.full);
  store16(6, fpu.opcode);
  savePointers(long64);
  for (let i: u32 = 0; i < 8; i++) {
    store64(32 + i * 16, sig(st(i)));
    store64(40 + i * 16, se(st(i)));
  }
  if (cr4() & CR4_OSFXSR) saveVector();
}

function savePointers(long64: bool): void {
  if (long64) {
    store64(8, fpu.ip);
    store64(16, fpu.dp);
    return;
  }
  store32(8, <u32>fpu.ip);
  store32(12, fpu.cs);
  store32(16, <u32>fpu.dp);
  store32(20, fpu.ds);
}

function saveVector(): void {
  store32(24, fpu.mxcsr);
  store32(28, MXCSR_MASK);
  const count = xmmCount();
  for (let i: u32 = 0; i < count; i++) {
    const register = XMM + <usize>i * XMM_STRIDE;
    store64(160 + i * 16, load<u64>(register));
    store64(168 + i * 16, load<u64>(register, 8));
  }
}

export function fxrstor(long64: bool): void {
  if (refused()) return;
  load8(0);
  if (fault()) return;
  load8(IMAGE - 1);
  if (fault()) return;
  const vector = (cr4() & CR4_OSFXSR) != 0;
  if (vector && (load32(24) & ~MXCSR_MASK) != 0) {
    raiseGP();
    return;
  }
  setControl(load16(0));
  fpu.status = load16(2);
  fpu.full = load8(4);
  fpu.opcode = load16(6) & 0x7ff;
  restorePointers(long64);
  for (let i: u32 = 0; i < 8; i++) put(st(i), load16(40 + i * 16), load64(32 + i * 16));
  refreshSummary();
  if (vector) restoreVector();
}

function restorePointers(long64: bool): void {
  if (long64) {
    fpu.ip = load64(8);
    fpu.dp = load64(16);
    return;
  }
  fpu.ip = load32(8);
  fpu.cs = load16(12);
  fpu.dp = load32(16);
  fpu.ds = load16(20);
}

function restoreVector(): void {
  fpu.mxcsr = load32(24);
  const count = xmmCount();
  for (let i: u32 = 0; i < count; i++) {
    const register = XMM + <usize>i * XMM_STRIDE;
    store<u64>(register, load64(160 + i * 16));
    store<u64>(register, load64(168 + i * 16), 8);
  }
}
