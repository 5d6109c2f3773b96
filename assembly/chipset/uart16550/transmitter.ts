/**
 * The transmitter of the 16550A. While the ring to the host has room, a byte is on its way as soon as it is written.
 * When the ring is full, bytes wait in the FIFO (or holding register) and THRE stays low: flow control reaches the
 * guest, nothing is lost. The host empties the ring without telling; a timer looks again as long as bytes wait.
 */
import { now } from '../../bus/clock';
import { NEVER, schedule } from '../../bus/timers';
import { put } from '../ring';
import { loopBack } from './receiver';
import { driveIrq, FCR_ENABLE, FIFO_SIZE, MCR_LOOP, TX_FIFO, Uart, wordMask } from './state';

/** ns between two looks at a full ring. */
const RETRY: u64 = 1_000_000;

/** Bytes that wait are thrown away; the transmitter becoming empty is an event. */
export function resetTransmitter(u: Uart): void {
  if (u.txCount) u.threPending = 1;
  u.txFirst = 0;
  u.txCount = 0;
  schedule(u.txTimer, NEVER);
}
/** A write to THR takes back the transmitter interrupt; an empty transmitter raises it again, as a new edge. */
export function transmit(u: Uart, value: u32): void {
  u.threPending = 0;
  driveIrq(u);
  drain(u);
  const byte = value & wordMask(u);
  if (u.mcr & MCR_LOOP) loopBack(u, byte);
  else if (u.txCount || !put(u.ring, byte)) return hold(u, byte);
  u.threPending = 1;
  driveIrq(u);
}
function slotAt(u: Uart, position: u32): usize {
  return changetype<usize>(u) + TX_FIFO + (position & (FIFO_SIZE - 1));
}
/** A guest that writes although there is no room overwrites the newest byte, as on the chip. */
function hold(u: Uart, byte: u32): void {
  const capacity: u32 = u.fcr & FCR_ENABLE ? FIFO_SIZE : 1;
  if (u.txCount == capacity) u.txCount--;
  store<u8>(slotAt(u, u.txFirst + u.txCount), <u8>byte);
  u.txCount++;
  u.threPending = 0;
  schedule(u.txTimer, now() + RETRY);
}
/** Sends what waits, as far as the ring has room. */
export function drain(u: Uart): void {
  if (!u.txCount) return;
  while (u.txCount) {
    if (!put(u.ring, load<u8>(slotAt(u, u.txFirst)))) return;
    u.txFirst = (u.txFirst + 1) & (FIFO_SIZE - 1);
    u.txCount--;
  }
  schedule(u.txTimer, NEVER);
  u.threPending = 1;
  driveIrq(u);
}
export function onRetry(device: usize, deadline: u64): void {
  const u = changetype<Uart>(device);
  drain(u);
  if (u.txCount) schedule(u.txTimer, now() + RETRY);
}
