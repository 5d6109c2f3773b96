/**
 * How often control has come to places that are not translated: u16 by a hash of the host address. What is hot gets
 * translated; what was never come to is not worth it, even within a region.
 */
import { JIT_HEAT } from '../layout';
import { Switch, switchValue } from './switches';

const PLACES: u32 = 0x10000;
/** Cannot be translated. */
const NEVER: u16 = 0xffff;
/** One in so many executions of the hottest makes a place worth its translation. */
const RARE: u32 = 6;

// @ts-ignore: decorator
@inline function slot(host: u32): usize {
  return JIT_HEAT + (((host ^ (host >> 15)) & (PLACES - 1)) << 1);
}
/** Control has come to `host`: is it hot now? */
export function warm(host: u32): bool {
  const at = slot(host);
  const heat = load<u16>(at);
  if (<u32>heat < switchValue(Switch.Threshold)) {
    store<u16>(at, heat + 1);
    return false;
  }
  return heat != NEVER;
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
/** Its next arrival finds it hot. */
export function stayHot(host: u32): void {
  store<u16>(slot(host), <u16>switchValue(Switch.Threshold));
}
export function forgetHeat(): void {
  memory.fill(JIT_HEAT, 0, PLACES << 1);
}
