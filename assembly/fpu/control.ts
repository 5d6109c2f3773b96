/** Control and status words, initialisation, pending exceptions (SDM vol. 1, 8.1.3-8.1.5, 8.7). */
import { cr0, fault, ferr, load16, raiseMF, setAX, store16 } from './host';
import { BUSY, ES, EXCEPTIONS, SF, fpu } from './state';

const CR0_NE: u32 = 0x20;
export const CONTROL_BITS: u32 = 0x1f3f;
/** Bit 6 of the control word always reads as 1. */
export const CONTROL_FIXED: u32 = 0x40;

/** A waiting instruction met an unmasked exception. True: it ended in #MF. Otherwise FERR# asks for IRQ 13. */
export function pendingException(): bool {
  if (cr0() & CR0_NE) {
    raiseMF();
    return true;
  }
  ferr(true);
  return false;
}

export function setControl(value: u32): void {
  fpu.control = (value & CONTROL_BITS) | CONTROL_FIXED;
}

/** ES and B follow from the flags and their masks. */
export function refreshSummary(): void {
  if (fpu.status & ~fpu.control & EXCEPTIONS) fpu.status |= ES | BUSY;
  else clearSummary();
}

function clearSummary(): void {
  if (fpu.status & ES) ferr(false);
  fpu.status &= ~(ES | BUSY);
}

export function initialize(): void {
  clearSummary();
  fpu.control = 0x37f;
  fpu.status = 0;
  fpu.full = 0;
  fpu.opcode = 0;
  fpu.ip = 0;
  fpu.dp = 0;
  fpu.cs = 0;
  fpu.ds = 0;
}

/** Power-up and RESET: as FNINIT but for the control word; the registers hold +0.0, tagged valid (SDM vol. 3, table 9-1). */
export function reset(): void {
  initialize();
  fpu.control = 0x40;
  fpu.full = 0xff;
  fpu.mxcsr = 0x1f80;
}

export function fnclex(): void {
  clearSummary();
  fpu.status &= ~(EXCEPTIONS | SF);
}

export function fldcw(): void {
  const value = load16(0);
  if (fault()) return;
  setControl(value);
  refreshSummary();
}

export function fnstcw(): void {
  store16(0, fpu.control);
}

export function fnstswMemory(): void {
  store16(0, fpu.status);
}

export function fnstswAx(): void {
  setAX(fpu.status);
}

/** FNSTENV masks everything once the image is written. */
export function maskAll(): void {
  fpu.control |= EXCEPTIONS;
  clearSummary();
}
