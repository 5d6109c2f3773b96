/**
 * Registers of the 16550A, and what follows from all of them together: which interrupt is the most urgent, and whether
 * the interrupt line is up.
 */
import { setIrq } from '../../bus/interrupts';


@unmanaged
export class Uart {
  irq: u32;
  ring: usize;
  rxTimer: u32;
  txTimer: u32;
  ier: u32;
  fcr: u32;
  lcr: u32;
  mcr: u32;
  msr: u32;
  scr: u32;
  divisor: u32;
  /** Error bits that LSR has to report. */
  errors: u32;
  /** The transmitter became empty, or its interrupt was switched on; until IIR is read or a byte written. */
  threPending: u32;
  /** Nothing came or was read for four character times, and the receiver FIFO is not empty. */
  rxStale: u32;
  /** FIFOs: position of the oldest byte, and how many. */
  rxFirst: u32;
  rxCount: u32;
  txFirst: u32;
  txCount: u32;
}
export const FIFO_SIZE: u32 = 16;
/** The FIFOs' bytes follow the struct. */
export const RX_FIFO: usize = 80;
export const TX_FIFO: usize = 96;

export const IER_RECEIVED: u32 = 1;
export const IER_THRE: u32 = 2;
export const IER_LINE: u32 = 4;
export const IER_MODEM: u32 = 8;
export const FCR_ENABLE: u32 = 1;
export const FCR_CLEAR_RX: u32 = 2;
export const FCR_CLEAR_TX: u32 = 4;
export const LCR_DLAB: u32 = 0x80;
export const MCR_OUT2: u32 = 8;
export const MCR_LOOP: u32 = 0x10;
export const LSR_DATA_READY: u32 = 1;
export const LSR_OVERRUN: u32 = 2;
/** THRE and TEMT. */
export const LSR_IDLE: u32 = 0x60;
export const MSR_TERI: u32 = 4;
export const DELTAS: u32 = 0x0f;
export const FIFO_ENABLED: u32 = 0xc0;

/** Interrupt identification, IIR bits 3:0, in falling priority. */
export namespace Iir {
  export const LineStatus: u32 = 6;
  export const Received: u32 = 4;
  export const Timeout: u32 = 12;
  export const Transmitter: u32 = 2;
  export const Modem: u32 = 0;
  export const None: u32 = 1;
}

/** Bytes in the receiver that raise its interrupt. */
function trigger(u: Uart): u32 {
  if (!(u.fcr & FCR_ENABLE)) return 1;
  switch (u.fcr >> 6) {
    case 0:
      return 1;
    case 1:
      return 4;
    case 2:
      return 8;
    default:
      return 14;
  }
}
export function identify(u: Uart): u32 {
  if (u.ier & IER_LINE && u.errors) return Iir.LineStatus;
  if (u.ier & IER_RECEIVED && u.rxCount >= trigger(u)) return Iir.Received;
  if (u.ier & IER_RECEIVED && u.rxStale && u.rxCount) return Iir.Timeout;
  if (u.ier & IER_THRE && u.threPending) return Iir.Transmitter;
  if (u.ier & IER_MODEM && u.msr & DELTAS) return Iir.Modem;
  return Iir.None;
}
/** A PC gates the interrupt by OUT2, a pin that loopback switches off. */
export function driveIrq(u: Uart): void {
  const gated = (u.mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;
  setIrq(u.irq, gated && identify(u) != Iir.None);
}
/** Bits of a character that the line carries: 5 to 8. */
export function wordMask(u: Uart): u32 {
  return (<u32>0xff) >> (3 - (u.lcr & 3));
}
