/**
 * Guest time. Nanoseconds since power-on, read without a call to the host: the time at the start of the slice plus
 * the instructions retired since, at a rate that follows the speed of the last slices. With the instruction clock the
 * rate is fixed and the host's clock is not looked at: a run is then a pure function of its inputs.
 */
import { CLOCK } from '../layout';
import { retired } from '../cpu/budget';
import { demand, field, isRestoring } from './section';


@unmanaged
class Clock {
  /** Guest time at `baseInstructions`, ns. */
  base: u64;
  baseInstructions: u64;
  /** Guest ns an instruction, 32.32 fixed point. */
  rate: u64;
  /** Host ns an instruction as measured, 32.32; `rate` is that or, while guest time is ahead, less. */
  speed: u64;
  /** The host's clock at the last `synchronize`. */
  host: u64;
  /** 1: the instruction clock. */
  virtual: u32;
  /** The CPU slept since the last `synchronize`: what passed says nothing about its speed. */
  slept: u32;
  /** The host's wall clock at power-on, seconds since 1970 (for the RTC). */
  epoch: u64;
}
// @ts-ignore: decorator
@inline const clock: Clock = changetype<Clock>(CLOCK);

/** TSC ticks a second: what the hypervisor CPUID leaf tells the guest. One tick is one nanosecond. */
export const TSC_KHZ: u32 = 1_000_000;
/** The instruction clock's rate: 10 ns an instruction, in 32.32. */
const VIRTUAL_RATE: u64 = 10 << 32;
/** Bounds of the measured speed, ns an instruction: a slice that the host interrupted is no measure. */
const SLOWEST: u64 = 1000 << 32;
const FASTEST: u64 = 1 << 28;
/** Guest time that is ahead of the host still runs at 1/16 of the speed. */
const SLOWED: u64 = 4;

export function init(virtual: bool, epoch: u64): void {
  clock.base = 0;
  clock.baseInstructions = 0;
  clock.rate = VIRTUAL_RATE;
  clock.speed = VIRTUAL_RATE;
  clock.host = 0;
  clock.virtual = virtual;
  clock.slept = 0;
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

/**
 * The host's clock at the start of a slice, ns since power-on. Guest time that is behind jumps there; when it is ahead,
 * it runs slower until the host is there too, as timers that the guest sleeps for would come late by as much.
 */
export function synchronize(host: u64): void {
  if (clock.virtual) return;
  const t = now();
  const took = host > clock.host ? host - clock.host : 0;
  if (!clock.slept) measure(retired() - clock.baseInstructions, took);
  clock.slept = 0;
  clock.host = host;
  clock.base = max(host, t);
  clock.baseInstructions = retired();
  clock.rate = t > host ? slowed(t - host, took) : clock.speed;
}
function measure(count: u64, took: u64): void {
  if (count < 1000 || !took) return;
  const measured = max(min<u64>(((took << 20) / count) << 12, SLOWEST), FASTEST);
  clock.speed = (clock.speed * 3 + measured) >> 2;
}
/** The rate at which a slice as long as the last one ends with guest time no longer ahead. */
function slowed(ahead: u64, took: u64): u64 {
  const least = clock.speed >> SLOWED;
  if (took <= ahead) return least;
  return max((clock.speed >> 16) * (((took - ahead) << 16) / took), least);
}
/** `run` comes back because the CPU sleeps. */
export function sleep(): void {
  clock.slept = 1;
}
/** Time passes without instructions: the CPU slept until `to`, ns. */
export function skipTo(to: u64): void {
  const t = now();
  clock.baseInstructions = retired();
  clock.base = max(to, t);
}
/** Time passes as if `count` instructions were executed. */
export function passTurns(count: u64): void {
  skipTo(now() + ((count * (clock.rate >> 16)) >> 16));
}
/** How many instructions fit before `deadline`; at least 1. */
export function instructionsUntil(deadline: u64): u64 {
  const t = now();
  if (deadline <= t) return 1;
  const ns = min<u64>(deadline - t, 1 << 31);
  return max<u64>((ns << 32) / clock.rate, 1);
}

/** Guest time that is restored lies below this: 2^62 ns, 146 years. */
const LATEST: u64 = 1 << 62;
/** After the instruction count. The rate is the host's and is measured anew; the epoch says when the machine was made. */
export function persist(): void {
  const t = field<u64>(now());
  const epoch = field<u64>(clock.epoch);
  demand(t < LATEST);
  if (!isRestoring()) return;
  clock.base = min(t, LATEST);
  clock.baseInstructions = retired();
  clock.host = clock.base;
  clock.slept = 1;
  clock.epoch = epoch;
}
