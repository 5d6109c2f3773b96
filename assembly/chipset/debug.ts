/**
 * Two devices for test guests, off unless asked for (pc.ts, setOption): the debug console, a byte sink that reads as
 * E9h so that a guest can tell that it is there, and the debug exit, which ends the run with the code (value << 1) | 1.
 * The console has no flow control, so a ring that is half full ends the slice: the host then empties it. What is left
 * holds more than the longest turn of OUTS writes.
 */
import { Outcome, request, yieldToHost } from '../bus/outcome';
import { halfFull, persist as persistRing, put } from './ring';


@unmanaged
class DebugConsole {
  ring: usize;
}
export function attachConsole(device: usize, ring: usize): void {
  changetype<DebugConsole>(device).ring = ring;
}
export function readConsole(device: usize, offset: u32, size: u32): u32 {
  return 0xe9;
}
export function writeConsole(device: usize, offset: u32, size: u32, value: u32): void {
  const ring = changetype<DebugConsole>(device).ring;
  for (let i: u32 = 0; i < size; i++) put(ring, (value >> (i << 3)) & 0xff);
  if (halfFull(ring)) yieldToHost();
}
export function readExit(device: usize, offset: u32, size: u32): u32 {
  return 0;
}
export function writeExit(device: usize, offset: u32, size: u32, value: u32): void {
  request(Outcome.DebugExit, (value << 1) | 1);
}
export function persistConsole(device: usize): void {
  persistRing(changetype<DebugConsole>(device).ring);
}
