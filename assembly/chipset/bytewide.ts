/**
 * Wide accesses to byte-wide registers: the ISA bus runs them as byte cycles at rising addresses. A device calls these
 * from its own handlers, which then see size 1. What lies behind its last register reads as all ones.
 */
import { ReadHandler, WriteHandler } from '../bus/mmio';

export function readBytes(device: usize, offset: u32, size: u32, read: ReadHandler): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < size; i++) value |= (read(device, offset + i, 1) & 0xff) << (i << 3);
  return value;
}
export function writeBytes(device: usize, offset: u32, size: u32, value: u32, write: WriteHandler): void {
  for (let i: u32 = 0; i < size; i++) write(device, offset + i, 1, (value >> (i << 3)) & 0xff);
}
