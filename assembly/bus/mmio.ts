/**
 * Memory-mapped I/O: a device registers a range of physical addresses; its handlers get offsets, so that it does not
 * know where it sits. Nobody there: reads give all ones, writes vanish.
 */
import { MMIO } from '../layout';

/** (device, offset, size 1|2|4) => value */
export type ReadHandler = (device: usize, offset: u32, size: u32) => u32;
export type WriteHandler = (device: usize, offset: u32, size: u32, value: u32) => void;


@unmanaged
class Range {
  base: u64;
  length: u64;
  device: usize;
  read: u32;
  write: u32;
  reserved: u32;
}
const SLOTS: u32 = 32;
const RANGE_SIZE: u32 = 32;

// @ts-ignore: decorator
@inline function range(i: u32): Range {
  return changetype<Range>(MMIO + 8 + i * RANGE_SIZE);
}
// @ts-ignore: decorator
@inline function count(): u32 {
  return load<u32>(MMIO);
}

/** Overlap, or no room, is a fault of the machine's own wiring (pc.ts): it traps. */
export function register(base: u64, length: u64, device: usize, read: ReadHandler, write: WriteHandler): void {
  registerIndexed(base, length, device, read.index, write.index);
}
/** The same with table indices of the handlers. */
export function registerIndexed(base: u64, length: u64, device: usize, read: u32, write: u32): void {
  if (!isFree(base, length)) unreachable();
  const r = range(count());
  r.base = base;
  r.length = length;
  r.device = device;
  r.read = read;
  r.write = write;
  store<u32>(MMIO, count() + 1);
}
/** Nobody is there, and there is room for one more. Ask before a range is put where the guest says. */
export function isFree(base: u64, length: u64): bool {
  if (count() == SLOTS) return false;
  for (let i: u32 = 0; i < count(); i++) {
    const r = range(i);
    if (base < r.base + r.length && r.base < base + length) return false;
  }
  return true;
}
/** The range that begins at `base`; the last one takes its place. */
export function unregister(base: u64): void {
  for (let i: u32 = 0; i < count(); i++) {
    if (range(i).base != base) continue;
    store<u32>(MMIO, count() - 1);
    memory.copy(changetype<usize>(range(i)), changetype<usize>(range(count())), RANGE_SIZE);
    return;
  }
}
function find(physical: u64): Range | null {
  for (let i: u32 = 0; i < count(); i++) if (physical - range(i).base < range(i).length) return range(i);
  return null;
}
export function read(physical: u64, size: u32): u32 {
  const r = find(physical);
  if (!r) return <u32>(0xffff_ffff >> (32 - (size << 3)));
  return call_indirect<u32>(r.read, r.device, <u32>(physical - r.base), size);
}
export function write(physical: u64, size: u32, value: u32): void {
  const r = find(physical);
  if (r) call_indirect<void>(r.write, r.device, <u32>(physical - r.base), size, value);
}
