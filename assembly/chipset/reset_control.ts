/**
 * Reset control register at CF9h (82371SB data sheet, RC): bit 1 chooses hard (1) or soft reset, a 0 to 1 transition
 * of bit 2 does it. Both end in Outcome.Reset: no state of this machine tells the two apart.
 */
import { Outcome, request } from '../bus/outcome';
import { bits } from '../bus/section';


@unmanaged
class ResetControl {
  value: u32;
}
const SYSTEM_RESET: u32 = 2;
const RESET_CPU: u32 = 4;

export function reset(device: usize): void {
  changetype<ResetControl>(device).value = 0;
}
export function read(device: usize, offset: u32, size: u32): u32 {
  return changetype<ResetControl>(device).value;
}
export function write(device: usize, offset: u32, size: u32, value: u32): void {
  const d = changetype<ResetControl>(device);
  if (value & ~d.value & RESET_CPU) request(Outcome.Reset);
  d.value = value & (SYSTEM_RESET | RESET_CPU);
}
export function persist(device: usize): void {
  const d = changetype<ResetControl>(device);
  d.value = bits(d.value, SYSTEM_RESET | RESET_CPU);
}
