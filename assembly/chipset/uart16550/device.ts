/**
 * The 16550A UART (National PC16550D data sheet). Its line is a pair of console rings to the host (ring.ts); the
 * registers are here, receiving in receiver.ts, sending in transmitter.ts, struct and interrupt logic in state.ts.
 *
 * Bits take no time on the line: a byte sent is gone at once unless the ring is full, and input arrives as fast as
 * the guest reads it. Line errors cannot happen; overrun only in loopback. The far end asserts CTS, DSR and DCD.
 */
import { atMost, bits, block } from '../../bus/section';
import { persistTimer, register } from '../../bus/timers';
import { persist as persistRing } from '../ring';
import { readBytes, writeBytes } from '../bytewide';
import { fill, onCharacterTimeout, popByte, resetReceiver } from './receiver';
import {
  DELTAS,
  driveIrq,
  FCR_CLEAR_RX,
  FCR_CLEAR_TX,
  FCR_ENABLE,
  FIFO_ENABLED,
  FIFO_SIZE,
  identify,
  IER_THRE,
  Iir,
  LCR_DLAB,
  LSR_DATA_READY,
  LSR_IDLE,
  LSR_OVERRUN,
  MCR_LOOP,
  MSR_TERI,
  RX_FIFO,
  TX_FIFO,
  Uart,
} from './state';
import { drain, onRetry, resetTransmitter, transmit } from './transmitter';

/** CTS, DSR and DCD of the far end. */
const FAR_END: u32 = 0xb0;
const MSR_RI: u32 = 0x40;
/** 9600 baud. */
const DEFAULT_DIVISOR: u32 = 12;

export function attach(device: usize, irq: u32, ring: usize): void {
  if (offsetof<Uart>() > RX_FIFO) ERROR('Uart runs into the FIFOs behind it');
  const u = changetype<Uart>(device);
  u.irq = irq;
  u.ring = ring;
  u.rxTimer = register(device, onCharacterTimeout);
  u.txTimer = register(device, onRetry);
}
/** Master reset (data sheet table I); divisor and scratch register, which it leaves open, are as firmware sets them. */
export function reset(device: usize): void {
  const u = changetype<Uart>(device);
  u.ier = 0;
  u.fcr = 0;
  u.lcr = 0;
  u.mcr = 0;
  u.scr = 0;
  u.divisor = DEFAULT_DIVISOR;
  u.errors = 0;
  u.msr = FAR_END;
  resetReceiver(u);
  resetTransmitter(u);
  u.threPending = 0;
  driveIrq(u);
}
/** The host has put bytes into the ring. */
export function onInput(device: usize): void {
  fill(changetype<Uart>(device));
}

export function read(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, read);
  const u = changetype<Uart>(device);
  drain(u);
  fill(u);
  switch (offset) {
    case 0:
      return u.lcr & LCR_DLAB ? u.divisor & 0xff : popByte(u);
    case 1:
      return u.lcr & LCR_DLAB ? u.divisor >> 8 : u.ier;
    case 2:
      return readIir(u);
    case 3:
      return u.lcr;
    case 4:
      return u.mcr;
    case 5:
      return readLsr(u);
    case 6:
      return readMsr(u);
    case 7:
      return u.scr;
    default:
      return 0xff;
  }
}
/** Reading IIR takes back a transmitter interrupt, if it is the one reported. */
function readIir(u: Uart): u32 {
  const id = identify(u);
  if (id == Iir.Transmitter) {
    u.threPending = 0;
    driveIrq(u);
  }
  return id | (u.fcr & FCR_ENABLE ? FIFO_ENABLED : 0);
}
function readLsr(u: Uart): u32 {
  const lsr = u.errors | (u.txCount ? 0 : LSR_IDLE) | (u.rxCount ? LSR_DATA_READY : 0);
  u.errors = 0;
  driveIrq(u);
  return lsr;
}
function readMsr(u: Uart): u32 {
  const msr = u.msr;
  u.msr &= ~DELTAS;
  driveIrq(u);
  return msr;
}

export function write(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, write);
  const u = changetype<Uart>(device);
  const byte = value & 0xff;
  const dlab = (u.lcr & LCR_DLAB) != 0;
  switch (offset) {
    case 0:
      return dlab ? setDivisor(u, (u.divisor & 0xff00) | byte) : transmit(u, byte);
    case 1:
      return dlab ? setDivisor(u, (u.divisor & 0xff) | (byte << 8)) : writeIer(u, byte);
    case 2:
      return writeFcr(u, byte);
    case 3:
      u.lcr = byte;
      return;
    case 4:
      return writeMcr(u, byte);
    case 7:
      u.scr = byte;
      return;
  }
}
function setDivisor(u: Uart, value: u32): void {
  u.divisor = value;
}
/** Switching the transmitter interrupt on while the holding register is empty raises it. */
function writeIer(u: Uart, value: u32): void {
  const enabled = value & ~u.ier;
  u.ier = value & 0x0f;
  if (enabled & IER_THRE && !u.txCount) u.threPending = 1;
  driveIrq(u);
}
/** The FIFOs are cleared when they are switched on or off; other bits count only together with the enable bit. */
function writeFcr(u: Uart, value: u32): void {
  const switched = ((value ^ u.fcr) & FCR_ENABLE) != 0;
  if (switched || (value & FCR_ENABLE && value & FCR_CLEAR_RX)) resetReceiver(u);
  if (switched || (value & FCR_ENABLE && value & FCR_CLEAR_TX)) resetTransmitter(u);
  u.fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
  fill(u);
  driveIrq(u);
}
/** In loopback the four outputs are the four inputs: DTR DSR, RTS CTS, OUT1 RI, OUT2 DCD. */
function writeMcr(u: Uart, value: u32): void {
  u.mcr = value & 0x1f;
  const looped = ((value & 1) << 5) | ((value & 2) << 3) | ((value & 4) << 4) | ((value & 8) << 4);
  setModemInputs(u, value & MCR_LOOP ? looped : FAR_END);
  fill(u);
  driveIrq(u);
}
/** Changes leave a mark: of CTS, DSR and DCD any, of RI its end. */
function setModemInputs(u: Uart, inputs: u32): void {
  const changed = (u.msr ^ inputs) & 0xf0;
  let deltas = (u.msr & DELTAS) | ((changed & ~MSR_RI) >> 4);
  if (changed & u.msr & MSR_RI) deltas |= MSR_TERI;
  u.msr = inputs | deltas;
}

/** The line goes with the UART: what it has not taken yet, and what the host has not. */
export function persist(device: usize): void {
  const u = changetype<Uart>(device);
  u.ier = bits(u.ier, 0x0f);
  u.fcr = bits(u.fcr, 0xc9);
  u.lcr = bits(u.lcr, 0xff);
  u.mcr = bits(u.mcr, 0x1f);
  u.msr = bits(u.msr, 0xff);
  u.scr = bits(u.scr, 0xff);
  u.divisor = bits(u.divisor, 0xffff);
  u.errors = bits(u.errors, LSR_OVERRUN);
  u.threPending = bits(u.threPending, 1);
  u.rxStale = bits(u.rxStale, 1);
  const capacity: u32 = u.fcr & FCR_ENABLE ? FIFO_SIZE : 1;
  u.rxFirst = bits(u.rxFirst, FIFO_SIZE - 1);
  u.rxCount = atMost(u.rxCount, capacity);
  u.txFirst = bits(u.txFirst, FIFO_SIZE - 1);
  u.txCount = atMost(u.txCount, capacity);
  block(device + RX_FIFO, FIFO_SIZE);
  block(device + TX_FIFO, FIFO_SIZE);
  persistTimer(u.rxTimer);
  persistTimer(u.txTimer);
  persistRing(u.ring);
}
