/**
 * Entry of the standalone test build (test/fpu*.test.ts): the x87 over a flat memory, without a CPU.
 * Not part of the core.
 */
import { FPU } from '../../layout';
import * as host from '../host';

export { escape, fwait, fxrstor, fxsave, initialize, reset } from '../x87';
export { clearOutputs, setEffective, setFlags, setMode } from '../host';

export const fpuBase: usize = FPU;
export const memoryBase: usize = host.MEMORY;
export function exceptionVector(): i32 {
  return host.exception;
}
export function flagsValue(): u32 {
  return host.flags;
}
export function axValue(): u32 {
  return host.ax;
}
export function ferrState(): bool {
  return host.ferrLevel;
}
