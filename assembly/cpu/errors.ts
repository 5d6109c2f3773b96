/**
 * Error codes of the system architecture (SDM 3A 6.13): a selector's index and TI, or an IDT vector, and in bit 0 EXT:
 * the event being delivered was not caused by an instruction that asked for it.
 */
import { raise, Vector } from './exceptions';
import { cpu } from './state';

/** Transient: 1 while cpu/interrupts.ts delivers an exception or an external interrupt. */
let ext: u32 = 0;

export function setExternal(external: bool): void {
  ext = external;
}
/** Raises `vector` about a selector; 0 when there is none to blame. */
export function fail(vector: u32, selector: u32): void {
  raise(vector, (selector & 0xfffc) | ext);
}
/** Raises `vector` about gate `n` of the IDT. */
export function failGate(vector: u32, n: u32): void {
  raise(vector, (n << 3) | 2 | ext);
}
/** Instructions for CPL 0 only: false, and #GP(0) raised, elsewhere. To be asked before any operand is looked at. */
export function privileged(): bool {
  if (cpu.cpl == 0) return true;
  raise(Vector.GP, 0);
  return false;
}
