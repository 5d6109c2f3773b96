/**
 * Deadlines of devices, in guest time. A device owns a timer slot (handed out at registration); its callback runs
 * between two instructions once the time has come, and may set the next deadline.
 */
import { TIMERS } from '../layout';
import { shutWindow } from '../cpu/window';
import { now } from './clock';
import { field, isRestoring } from './section';

/** (device, the deadline that was set) */
export type TimerHandler = (device: usize, deadline: u64) => void;


@unmanaged
class Timer {
  deadline: u64;
  device: usize;
  handler: u32;
}
const SLOTS: u32 = 16;
/** No deadline. */
export const NEVER: u64 = ~(<u64>0);

// @ts-ignore: decorator
@inline function timer(i: u32): Timer {
  return changetype<Timer>(TIMERS + 16 + (i << 4));
}
/** A new timer slot. More than 16 is a fault of the machine's own wiring: it traps. */
export function register(device: usize, handler: TimerHandler): u32 {
  const i = load<u32>(TIMERS);
  if (i == SLOTS) unreachable();
  store<u32>(TIMERS, i + 1);
  timer(i).deadline = NEVER;
  timer(i).device = device;
  timer(i).handler = handler.index;
  return i;
}
/** Sets or, with NEVER, cancels the deadline, ns of guest time. */
export function schedule(slot: u32, deadline: u64): void {
  timer(slot).deadline = deadline;
  changed = true;
  shutWindow();
}
/** The deadline, as a field of the section of the device that owns the slot. */
export function persistTimer(slot: u32): void {
  const deadline = field<u64>(timer(slot).deadline);
  if (isRestoring()) schedule(slot, deadline);
}
/** Transient: a deadline was set since the run loop last asked. */
let changed: bool = true;
/** Has a deadline been set since the last call? Then the running slice may have become too long. */
export function takeChange(): bool {
  const c = changed;
  changed = false;
  return c;
}
export function next(): u64 {
  let first = NEVER;
  for (let i: u32 = 0; i < load<u32>(TIMERS); i++) first = min(first, timer(i).deadline);
  return first;
}
/** Runs what is due. */
export function runDue(): void {
  const t = now();
  for (let i: u32 = 0; i < load<u32>(TIMERS); i++) {
    const deadline = timer(i).deadline;
    if (deadline > t) continue;
    timer(i).deadline = NEVER;
    call_indirect<void>(timer(i).handler, timer(i).device, deadline);
  }
}
