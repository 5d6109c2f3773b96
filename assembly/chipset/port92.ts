/**
 * Port 92h, system control port A (82371SB data sheet): fast A20 and fast CPU reset.
 * Bit 0: a 0 to 1 transition resets the CPU. Bit 1: A20. The others read back.
 */
import { A20Source, setA20 } from './a20';
import { Outcome, request } from '../bus/outcome';
import { bits } from '../bus/section';


@unmanaged
class Port92 {
  value: u32;
}
const FAST_RESET: u32 = 1;
const A20_OPEN: u32 = 2;

export function reset(device: usize): void {
  changetype<Port92>(device).value = 0;
  setA20(A20Source.Port92, false);
}
export function read(device: usize, offset: u32, size: u32): u32 {
  return changetype<Port92>(device).value | ((<u32>0xffff_ff00) & ((<u32>0xffff_ffff) >> (32 - (size << 3))));
}
export function write(device: usize, offset: u32, size: u32, value: u32): void {
  const d = changetype<Port92>(device);
  const raised = value & ~d.value;
  d.value = value & 0xff;
  setA20(A20Source.Port92, (value & A20_OPEN) != 0);
  if (raised & FAST_RESET) request(Outcome.Reset);
}
export function persist(device: usize): void {
  const d = changetype<Port92>(device);
  d.value = bits(d.value, 0xff);
}
