/** What DR0 - DR3 and the fields of DR7 say about breakpoint `n` (SDM 3B 17.2.4). */
import { STATE } from '../layout';
import { cpu, CpuState } from './state';

/** R/W field of DR7; bit 0: data accesses. */
export namespace BreakOn {
  export const Execute: u32 = 0;
  export const Write: u32 = 1;
  export const Io: u32 = 2;
  export const ReadWrite: u32 = 3;
}

/** The L and G bits of all four. */
const ENABLES: u64 = 0xff;

export function anyBreakpoint(): bool {
  return (cpu.dr7 & ENABLES) != 0;
}
export function breakpointEnabled(n: u32): bool {
  return ((cpu.dr7 >> (n << 1)) & 3) != 0;
}
export function breakpointKind(n: u32): u32 {
  return (<u32>(cpu.dr7 >> (16 + (n << 2)))) & 3;
}
export function breakpointAddress(n: u32): u64 {
  return load<u64>(STATE + offsetof<CpuState>('dr0') + (n << 3));
}
export function setBreakpointAddress(n: u32, linear: u64): void {
  store<u64>(STATE + offsetof<CpuState>('dr0') + (n << 3), linear);
}
/** Does breakpoint `n`, aligned to its length, touch the `size` bytes or ports from `first`? */
export function breakpointCovers(n: u32, first: u64, size: u32): bool {
  const field = (<u32>(cpu.dr7 >> (18 + (n << 2)))) & 3;
  const length: u64 = field == 2 ? 8 : field + 1;
  const at = breakpointAddress(n) & ~(length - 1);
  return at < first + size && first < at + length;
}
