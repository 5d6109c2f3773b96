/**
 * The console rings that core and host share (layout.ts, RINGS): bytes to the host (tx) and from it (rx). Counters run
 * free; each is written by one side only.
 *
 *   0x0000 u32 txHead (core)  u32 txTail (host)  u32 rxHead (host)  u32 rxTail (core)
 *   0x1000 tx bytes, 4 KiB    0x2000 rx bytes, 4 KiB
 */
import { RINGS } from '../layout';
import { atMost, block, isRestoring } from '../bus/section';


@unmanaged
class Ring {
  txHead: u32;
  txTail: u32;
  rxHead: u32;
  rxTail: u32;
}
const RING_SIZE: u32 = 0x4000;
const TX: usize = 0x1000;
const RX: usize = 0x2000;
const CAPACITY: u32 = 0x1000;

export function ringAt(n: u32): usize {
  return RINGS + n * RING_SIZE;
}
/** False: full, the byte was not taken. */
export function put(ring: usize, byte: u32): bool {
  const r = changetype<Ring>(ring);
  if (r.txHead - r.txTail >= CAPACITY) return false;
  store<u8>(ring + TX + (r.txHead & (CAPACITY - 1)), <u8>byte);
  r.txHead++;
  return true;
}
/** Has the host half a ring or more to take? */
export function halfFull(ring: usize): bool {
  const r = changetype<Ring>(ring);
  return r.txHead - r.txTail >= CAPACITY / 2;
}
export function hasInput(ring: usize): bool {
  const r = changetype<Ring>(ring);
  return r.rxHead != r.rxTail;
}
/** The next byte from the host; only when `hasInput`. */
export function take(ring: usize): u32 {
  const r = changetype<Ring>(ring);
  const byte = load<u8>(ring + RX + (r.rxTail & (CAPACITY - 1)));
  r.rxTail++;
  return byte;
}

/** The bytes under way in both directions. Counters begin anew. */
export function persist(ring: usize): void {
  const r = changetype<Ring>(ring);
  const tx = atMost(r.txHead - r.txTail, CAPACITY);
  const rx = atMost(r.rxHead - r.rxTail, CAPACITY);
  if (isRestoring()) {
    r.txTail = 0;
    r.txHead = tx;
    r.rxTail = 0;
    r.rxHead = rx;
  }
  persistBytes(ring + TX, r.txTail, tx);
  persistBytes(ring + RX, r.rxTail, rx);
}
/** `count` bytes from position `first` on, in one piece or two. */
function persistBytes(bytes: usize, first: u32, count: u32): void {
  const start = first & (CAPACITY - 1);
  const whole = min(count, CAPACITY - start);
  block(bytes + start, whole);
  block(bytes, count - whole);
}
