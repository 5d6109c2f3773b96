/**
 * How often control has come to places that are not translated: u16 by a hash of the host address. What is hot gets
 * translated; what was never come to is not worth it, even within a region.
 */
import { retired } from '../cpu/budget';
import { JIT_HEAT } from '../layout';
import { counter, Counter } from '../counters';
import { Switch, switchValue } from './switches';

const PLACES: u32 = 0x10000;
/** Cannot be translated. */
const NEVER: u16 = 0xffff;
/**
 * Compiling a guest instruction costs a host as much as interpreting so many: while more has been translated than the
 * guest's run so far pays for, only what is hotter yet is worth it.
 */
const PAYS: u64 = 750;
const HOTTER: u32 = 4;
/** A place that control has come to 1 / 2^6 times as often as to a hot one is worth its translation within a region. */
const RARE: u32 = 6;

// @ts-ignore: decorator
@inline function slot(host: u32): usize {
  return JIT_HEAT + (((host ^ (host >> 15)) & (PLACES - 1)) << 1);
}
/** Control has come to `host`: is it hot now? */
export function warm(host: u32): bool {
  const at = slot(host);
  const heat = load<u16>(at);
  if (<u32>heat < threshold()) {
    store<u16>(at, heat + 1);
    return false;
  }
  return heat != NEVER;
}
function threshold(): u32 {
  const base = switchValue(Switch.Threshold);
  if (<u64>counter(Counter.Instructions) * PAYS <= retired()) return base;
  return min(base * HOTTER, <u32>NEVER - 1);
}
export function isWarm(host: u32): bool {
  return <u32>load<u16>(slot(host)) >= switchValue(Switch.Threshold) >> RARE;
}
export function neverAgain(host: u32): void {
  store<u16>(slot(host), NEVER);
}
export function cool(host: u32): void {
  store<u16>(slot(host), 0);
}
export function forgetHeat(): void {
  memory.fill(JIT_HEAT, 0, PLACES << 1);
}
