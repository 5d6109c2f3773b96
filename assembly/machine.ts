/** The machine as the host drives it: power, slices of time, and a look inside. */
import * as clock from './bus/clock';
import * as timers from './bus/timers';
import { retired } from './cpu/budget';
import { flags, setFlags } from './cpu/flags';
import { narrow, updateMode } from './cpu/mode';
import { refreshPdptes } from './cpu/pdpte';
import { resetCpu } from './cpu/reset';
import { CODE64, cpu } from './cpu/state';
import { forgetCode, initEngine } from './engine/engine';
import { run as runCpu, Stop } from './engine/run';
import { markAllDirty } from './memory/dirty';
import { inspect } from './memory/paging';
import { initFlatSegments } from './memory/segmented';
import { flushAll, initTlb } from './memory/tlb';
import { Outcome, outcome, powerOnDevices, resetDevices } from './pc';

/** Once, after instantiation: `ramBytes` of RAM, time by the host's clock or by instructions, date of power-on. */
export function powerOn(ramBytes: u32, virtualClock: bool, epochSeconds: f64): void {
  cpu.ramSize = ramBytes;
  clock.init(virtualClock, <u64>epochSeconds);
  initTlb();
  markAllDirty();
  initFlatSegments();
  initEngine();
  powerOnDevices();
  resetCpu();
}
/** The RESET line: CPU and devices; RAM keeps its content. */
export function reset(): void {
  resetDevices();
  resetCpu();
  forgetCode();
}
/**
 * Runs up to `budget` instructions; the host's clock shows `nowNs`, in ns since power-on. Returns why it came back:
 * 0 budget used, 1 idle, 4 halted for good, 6 a module waits to be linked, 8 the CPU spins until an interrupt (call
 * again for the rest after both), or what a device asked for (2 power-off, 3 debug exit, 5 reset).
 */
export function run(nowNs: f64, budget: u32): u32 {
  clock.synchronize(<u64>nowNs);
  const stop = runCpu(budget);
  if (stop == Stop.Idle || stop == Stop.Waiting) clock.sleep();
  if (stop != Stop.Ended) return stop;
  // A triple fault resets a PC.
  return outcome() ? outcome() : Outcome.Reset;
}
/** Guest time of the next timer, ns; infinite when there is none. */
export function nextDeadline(): f64 {
  const next = timers.next();
  return next == timers.NEVER ? Infinity : <f64>next;
}
/** Guest time, ns. */
export function time(): f64 {
  return <f64>clock.now();
}
export function instructions(): f64 {
  return <f64>retired();
}
export function eflags(): u32 {
  return flags();
}
export function setEflags(v: u32): void {
  setFlags(v);
}
/** To be called after the host wrote registers, segments, page tables or code. */
export function refresh(): void {
  flushAll();
  refreshPdptes();
  updateMode();
  if (cpu.codeMode != CODE64) narrow();
  forgetCode();
}
/** Physical address of `linear` without any effect on the guest; ~0 when it is not mapped. */
export function inspectAddress(linear: u64): u64 {
  return inspect(linear);
}
