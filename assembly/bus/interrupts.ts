/**
 * Interrupt wiring between devices, the interrupt controller and the CPU. Devices raise lines; the controller, bound
 * by pc.ts, turns lines into the CPU's INTR pin and hands out vectors when the CPU acknowledges.
 */
import { cpu } from '../cpu/state';
import { shutWindow } from '../cpu/window';
import { INTERRUPTS } from '../layout';

/** (line 0..15, level) */
export type LineHandler = (line: u32, level: bool) => void;
/** Interrupt acknowledge cycle: the vector. */
export type AcknowledgeHandler = () => u32;

const LINE: usize = INTERRUPTS;
const ACKNOWLEDGE: usize = INTERRUPTS + 4;

/** Binds the interrupt controller. */
export function bind(line: LineHandler, acknowledge: AcknowledgeHandler): void {
  store<u32>(LINE, line.index);
  store<u32>(ACKNOWLEDGE, acknowledge.index);
}
/** A device drives ISA interrupt line `line`. */
export function setIrq(line: u32, level: bool): void {
  call_indirect<void>(load<u32>(LINE), line, level);
}
/** The controller drives the CPU's INTR pin. */
export function setIntr(level: bool): void {
  cpu.intr = level;
  if (level) shutWindow();
}
/** The CPU takes the interrupt. */
export function acknowledge(): u32 {
  return call_indirect<u32>(load<u32>(ACKNOWLEDGE));
}
/** Edge on the CPU's NMI pin. */
export function raiseNmi(): void {
  cpu.nmiPending = 1;
  shutWindow();
}
/** The CPU's FERR# pin: on a PC interrupt line 13. */
export function setFerr(level: bool): void {
  setIrq(13, level);
}
