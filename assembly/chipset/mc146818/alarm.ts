/**
 * The alarm of the MC146818: second, minute and hour bytes at 1, 3 and 5, coded like the time. A byte with both top
 * bits set matches always; one that is no time of day matches never.
 */
import { bytesOf, encode, encodeHour, Rtc } from './clock';

const ANY: i32 = -1;
const NEVER_MATCHES: i32 = -2;
const DONT_CARE: u32 = 0xc0;

function wanted(r: Rtc, index: u32, range: u32): i32 {
  const byte: u32 = load<u8>(bytesOf(r) + index);
  if ((byte & DONT_CARE) == DONT_CARE) return ANY;
  for (let v: u32 = 0; v < range; v++) {
    const coded = range == 24 ? encodeHour(r, v) : encode(r, v);
    if (coded == byte) return v;
  }
  return NEVER_MATCHES;
}
function matches(want: i32, is: i64): bool {
  return want == ANY || want == <i32>is;
}
/** The first second after `after` at which the alarm goes off; -1: never. */
export function nextAlarm(r: Rtc, after: i64): i64 {
  const second = wanted(r, 1, 60);
  const minute = wanted(r, 3, 60);
  const hour = wanted(r, 5, 24);
  if (min(second, min(minute, hour)) == NEVER_MATCHES) return -1;
  let s = after + 1;
  // At most 24 hours, 60 minutes and 60 seconds are stepped over.
  while (true) {
    if (!matches(hour, (s / 3600) % 24)) s += 3600 - (s % 3600);
    else if (!matches(minute, (s / 60) % 60)) s += 60 - (s % 60);
    else if (!matches(second, s % 60)) s++;
    else return s;
  }
  return -1;
}
