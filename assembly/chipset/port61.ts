/**
 * Port 61h, system control port B (82371SB data sheet, NMISC).
 * Bit 0: gate of PIT channel 2. Bit 1: speaker data. Bits 2, 3: NMI sources off. Read only: bit 4 toggles with each
 * memory refresh (about 15 us: 18 clocks of the 8254), bit 5 is OUT2, bits 6 and 7 the NMI sources, which never fire.
 */
import { now } from '../bus/clock';
import { bits } from '../bus/section';
import { ticksAt } from './frequency';
import { readBytes, writeBytes } from './bytewide';
import { outputOf, PIT_HZ, setGateOf } from './pit8254/device';


@unmanaged
class Port61 {
  pit: usize;
  value: u32;
}
const GATE2: u32 = 1;
const WRITABLE: u32 = 0x0f;
const REFRESH_CLOCKS: u64 = 18;
const CHANNEL: u32 = 2;

export function attach(device: usize, pit: usize): void {
  changetype<Port61>(device).pit = pit;
}
export function reset(device: usize): void {
  const d = changetype<Port61>(device);
  d.value = 0;
  setGateOf(d.pit, CHANNEL, false);
}
export function read(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, read);
  if (offset) return 0xff;
  const d = changetype<Port61>(device);
  const refresh = <u32>((ticksAt(now(), PIT_HZ) / REFRESH_CLOCKS) & 1);
  return d.value | (refresh << 4) | ((<u32>outputOf(d.pit, CHANNEL)) << 5);
}
export function write(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, write);
  if (offset) return;
  const d = changetype<Port61>(device);
  d.value = value & WRITABLE;
  setGateOf(d.pit, CHANNEL, (value & GATE2) != 0);
}
/** The gate of channel 2 is the PIT's. */
export function persist(device: usize): void {
  const d = changetype<Port61>(device);
  d.value = bits(d.value, WRITABLE);
}
