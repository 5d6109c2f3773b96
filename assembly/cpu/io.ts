/** Who may use which port (SDM 1 18.5): IOPL, then the I/O permission bit map of the task. */
import { noteIoBreakpoints } from './debug';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { cpu, protectedMode, Seg, segment, v86Mode } from './state';
import { readTable } from './system';

/** Bit 3 of a TSS type: not a 16-bit one, which has no bit map. */
const TSS32: u32 = 8;
const MAP_BASE: u32 = 0x66;

/** May `size` bytes at `port` be accessed? Raises #GP(0) if not; notes I/O breakpoints if so. */
// @ts-ignore: decorator
@inline export function ioAllowed(port: u32, size: u32): bool {
  const byLevel = !protectedMode() || (!v86Mode() && cpu.cpl <= ((cpu.eflags >> 12) & 3));
  if (!byLevel && !mapAllows(port, size)) {
    fail(Vector.GP, 0);
    return false;
  }
  if (cpu.dr7 & 0xff) noteIoBreakpoints(port, size);
  return true;
}
/** All bits of the ports must be 0; two bytes of the map are read whatever the port. */
function mapAllows(port: u32, size: u32): bool {
  const task = segment(Seg.TR);
  if (!(task.access & TSS32) || MAP_BASE + 1 > task.limit) return false;
  const at = <u32>readTable<u16>(task.base + MAP_BASE) + (port >> 3);
  if (faulted() || at + 1 > task.limit) return false;
  const bits = (<u32>readTable<u16>(task.base + at)) >> (port & 7);
  return !faulted() && !(bits & ((1 << size) - 1));
}
