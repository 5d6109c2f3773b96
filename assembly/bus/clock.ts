/**
 * Guest time. Nanoseconds since power-on, read without a call to the host: the time at the start of the slice plus
 * the instructions retired since, at a rate that follows the speed of the last slices. With the instruction clock the
 * rate is fixed and the host's clock is not looked at: a run is then a pure function of its inputs.
 */
import { CLOCK } from '../layout';
import { retired } from '../cpu/budget';

@unmanaged
class Clock {
  /** Guest time at `baseInstructions`, ns. */
  base: u64;
  baseInstructions: u64;
  /** ns an instruction, 32.32 fixed point. */
  rate: u64;
  /** 1: the instruction clock. */
  virtual: u32;
  /** The host's wall clock at power-on, seconds since 1970 (for the RTC). */
  epoch: u64;
}
// @ts-ignore: decorator
@inline const clock: Clock = changetype<Clock>(CLOCK);

/** TSC ticks a second: what the hypervisor CPUID leaf tells the guest. One tick is one nanosecond. */
export const TSC_KHZ: u32 = 1_000_000;
/** The instruction clock's rate: 10 ns an instruction, in 32.32. */
const VIRTUAL_RATE: u64 = 10 << 32;
/** A slice may never run ahead of the host by more than this many ns an instruction. */
const SLOWEST: u64 = 1000 << 32;

export function init(virtual: bool, epoch: u64): void {
  clock.base = 0;
  clock.baseInstructions = 0;
  clock.rate = VIRTUAL_RATE;
  clock.virtual = virtual;
  clock.epoch = epoch;
}
/** Guest time, ns since power-on. Never runs backwards. */
export function now(): u64 {
  const n = retired() - clock.baseInstructions;
  return clock.base + ((n * (clock.rate >> 16)) >> 16);
}
/** Seconds since 1970 at power-on. */
export function epoch(): u64 {
  return clock.epoch;
}
export function isVirtual(): bool {
  return clock.virtual != 0;
}

/** The host's clock at the start of a slice, ns since power-on. Adapts the rate. */
export function synchronize(host: u64): void {
  if (clock.virtual) return;
  const before = clock.base;
  const count = retired() - clock.baseInstructions;
  clock.base = max(host, now());
  clock.baseInstructions = retired();
  if (count > 1000 && host > before) {
    const measured = min<u64>(((host - before) << 20) / count << 12, SLOWEST);
    clock.rate = (clock.rate * 3 + measured) >> 2;
  }
}
/** Time passes without instructions: the CPU slept until `to`, ns. */
export function skipTo(to: u64): void {
  const t = now();
  clock.baseInstructions = retired();
  clock.base = max(to, t);
}
/** How many instructions fit before `deadline`; at least 1. */
export function instructionsUntil(deadline: u64): u64 {
  const t = now();
  if (deadline <= t) return 1;
  const ns = min<u64>(deadline - t, 1 << 31);
  return max<u64>((ns << 32) / clock.rate, 1);
}
