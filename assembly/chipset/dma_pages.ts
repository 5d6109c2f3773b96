/**
 * Ports 80h to 8Fh: the DMA page registers of a PC/AT, sixteen bytes that read back. 80h belongs to no channel and is
 * where firmware writes its POST codes and Linux its I/O delays. There is no 8237 behind them: nothing here does DMA.
 */
import { readBytes, writeBytes } from './bytewide';
import { block } from '../bus/section';

const REGISTERS: u32 = 16;

export function reset(device: usize): void {
  memory.fill(device, 0, REGISTERS);
}
export function read(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, read);
  return offset < REGISTERS ? load<u8>(device + offset) : 0xff;
}
export function write(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, write);
  if (offset < REGISTERS) store<u8>(device + offset, <u8>value);
}
export function persist(device: usize): void {
  block(device, REGISTERS);
}
