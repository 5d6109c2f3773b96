/**
 * The receiver of the 16550A: the ring from the host feeds a FIFO of 16 bytes, or one byte without FIFO; what does not
 * fit waits in the ring. In loopback the transmitter feeds it instead.
 */
import { now } from '../../bus/clock';
import { NEVER, schedule } from '../../bus/timers';
import { SECOND } from '../frequency';
import { hasInput, take } from '../ring';
import { driveIrq, FCR_ENABLE, FIFO_SIZE, LSR_OVERRUN, MCR_LOOP, RX_FIFO, Uart, wordMask } from './state';

/** At divisor 1: 1.8432 MHz / 16. */
const BITS_A_SECOND: u64 = 115_200;
/** Four characters. */
const TIMEOUT_BITS: u64 = 40;

export function resetReceiver(u: Uart): void {
  u.rxFirst = 0;
  u.rxCount = 0;
  u.rxStale = 0;
  schedule(u.rxTimer, NEVER);
}
function capacity(u: Uart): u32 {
  return u.fcr & FCR_ENABLE ? FIFO_SIZE : 1;
}
function slotAt(u: Uart, position: u32): usize {
  return changetype<usize>(u) + RX_FIFO + (position & (FIFO_SIZE - 1));
}
function push(u: Uart, byte: u32): void {
  store<u8>(slotAt(u, u.rxFirst + u.rxCount), <u8>(byte & wordMask(u)));
  u.rxCount++;
}
/** Takes from the ring what fits. */
export function fill(u: Uart): void {
  if (u.mcr & MCR_LOOP || u.rxCount >= capacity(u) || !hasInput(u.ring)) return;
  while (u.rxCount < capacity(u) && hasInput(u.ring)) push(u, take(u.ring));
  watch(u);
  driveIrq(u);
}
/** A byte from the own transmitter. Overrun: a full FIFO keeps its bytes, a holding register is overwritten. */
export function loopBack(u: Uart, byte: u32): void {
  if (u.rxCount >= capacity(u)) {
    u.errors |= LSR_OVERRUN;
    if (u.fcr & FCR_ENABLE) return driveIrq(u);
    u.rxCount = 0;
  }
  push(u, byte);
  watch(u);
  driveIrq(u);
}
/** Reads the oldest byte; of an empty receiver, the last one again. */
export function popByte(u: Uart): u32 {
  if (!u.rxCount) return load<u8>(slotAt(u, u.rxFirst - 1));
  const byte = load<u8>(slotAt(u, u.rxFirst));
  u.rxFirst = (u.rxFirst + 1) & (FIFO_SIZE - 1);
  u.rxCount--;
  watch(u);
  // The line goes down before the next bytes come, so that their interrupt is an edge of its own.
  driveIrq(u);
  fill(u);
  return byte;
}
/** The character time-out starts anew with each arrival and each read. */
function watch(u: Uart): void {
  u.rxStale = 0;
  const armed = u.fcr & FCR_ENABLE && u.rxCount;
  const wait = (TIMEOUT_BITS * SECOND * max<u32>(u.divisor, 1)) / BITS_A_SECOND;
  schedule(u.rxTimer, armed ? now() + wait : NEVER);
}
export function onCharacterTimeout(device: usize, deadline: u64): void {
  const u = changetype<Uart>(device);
  u.rxStale = 1;
  driveIrq(u);
}
