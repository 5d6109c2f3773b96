/** The time-stamp counter (SDM 3B 17.17): guest time in TSC ticks, one a nanosecond, plus IA32_TSC_ADJUST. */
import * as clock from '../bus/clock';
import { fail } from './errors';
import { raise, Vector } from './exceptions';
import { CR4_TSD, cpu, Gpr, setGpr } from './state';

/** INVARIANT: TSC_KHZ is 1,000,000, so that ticks are nanoseconds. */
export function readTsc(): u64 {
  return clock.now() + cpu.tscOffset;
}
/** WRMSR to IA32_TIME_STAMP_COUNTER; the difference shows in IA32_TSC_ADJUST. */
export function writeTsc(value: u64): void {
  cpu.tscOffset = value - clock.now();
}
function readable(): bool {
  if (!(cpu.cr4 & CR4_TSD) || cpu.cpl == 0) return true;
  fail(Vector.GP, 0);
  return false;
}
export function setEdxEax(v: u64): void {
  setGpr<u32>(Gpr.RAX, <u32>v);
  setGpr<u32>(Gpr.RDX, <u32>(v >> 32));
}
export function rdtsc(): void {
  if (readable()) setEdxEax(readTsc());
}
export function rdtscp(): void {
  if (!readable()) return;
  setEdxEax(readTsc());
  setGpr<u32>(Gpr.RCX, <u32>cpu.tscAux);
}
/** No performance counters are announced, so that every ECX is out of range. */
export function rdpmc(): void {
  raise(Vector.GP, 0);
}
