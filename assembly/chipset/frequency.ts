/**
 * Oscillators without ticking: the number of periods that lie in a span of guest time, and the time of the n-th, both
 * exact at any age of the machine (a plain t * hz / 10^9 overflows 64 bits after hours).
 */
/** ns a second. */
export const SECOND: u64 = 1_000_000_000;

/** Whole periods of `hz` in `t` ns. */
export function ticksAt(t: u64, hz: u64): u64 {
  return (t / SECOND) * hz + ((t % SECOND) * hz) / SECOND;
}
/** The first ns at which `n` periods are complete: ticksAt(timeOfTick(n)) == n for hz < 10^9. */
export function timeOfTick(n: u64, hz: u64): u64 {
  return (n / hz) * SECOND + ((n % hz) * SECOND + hz - 1) / hz;
}
