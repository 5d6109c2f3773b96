/**
 * Port I/O: a device registers a range of ports; its handlers get offsets. A wider access to byte-wide registers is
 * the device's business. Nobody there: reads give all ones, writes vanish.
 *
 * PIO holds a u8 for each of the 65536 ports (0: nobody, else the number of a range), then the ranges.
 */
import { PIO } from '../layout';
import { ReadHandler, WriteHandler } from './mmio';


@unmanaged
class Range {
  device: usize;
  base: u32;
  read: u32;
  write: u32;
}
const RANGES: usize = PIO + 0x10000;
const COUNT: usize = RANGES;
const RANGE_SIZE: u32 = 16;

// @ts-ignore: decorator
@inline function range(i: u32): Range {
  return changetype<Range>(RANGES + i * RANGE_SIZE);
}

/** Overlap, or no room, is a fault of the machine's own wiring (pc.ts): it traps. */
export function register(base: u32, length: u32, device: usize, read: ReadHandler, write: WriteHandler): void {
  registerIndexed(base, length, device, read.index, write.index);
}
/** The same with table indices of the handlers. */
export function registerIndexed(base: u32, length: u32, device: usize, read: u32, write: u32): void {
  const n = freeRange();
  if (n > 255 || !isFree(base, length)) unreachable();
  store<u32>(COUNT, max(n, load<u32>(COUNT)));
  const r = range(n);
  r.device = device;
  r.base = base;
  r.read = read;
  r.write = write;
  memory.fill(PIO + base, <u8>n, length);
}
/** Numbers of ranges that were taken back are used again: a guest can move a range for ever. */
function freeRange(): u32 {
  const count = load<u32>(COUNT);
  for (let n: u32 = 1; n <= count; n++) if (!range(n).read) return n;
  return count + 1;
}
/** Nobody is at these ports, and they exist. Ask before a range is put where the guest says. */
export function isFree(base: u32, length: u32): bool {
  if (base + length > 0x10000 || base + length < base) return false;
  for (let p = base; p < base + length; p++) if (load<u8>(PIO + p)) return false;
  return true;
}
/** A whole range, for those that the guest moves (PCI BARs, the ACPI block). */
export function unregister(base: u32, length: u32): void {
  range(load<u8>(PIO + base)).read = 0;
  memory.fill(PIO + base, 0, length);
}
export function read(port: u32, size: u32): u32 {
  const n = load<u8>(PIO + port);
  if (!n) return <u32>(0xffff_ffff >> (32 - (size << 3)));
  const r = range(n);
  return call_indirect<u32>(r.read, r.device, port - r.base, size);
}
export function write(port: u32, size: u32, value: u32): void {
  const n = load<u8>(PIO + port);
  if (!n) return;
  const r = range(n);
  call_indirect<void>(r.write, r.device, port - r.base, size, value);
}
