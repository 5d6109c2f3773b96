/**
 * The Gregorian calendar, in integers: seconds since 1970-01-01 and the fields of a clock. Years are counted from
 * March so that the leap day is the last of a year; 400 years are 146097 days.
 */
const DAY: i64 = 86400;
const DAYS_OF_400_YEARS: i64 = 146097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH: i64 = 719468;

export namespace Time {
  /** Results of `split`: transient, read at once. */
  export let second: u32 = 0;
  export let minute: u32 = 0;
  export let hour: u32 = 0;
  /** 1 to 31, 1 to 12, and the year as in 2026. */
  export let day: u32 = 0;
  export let month: u32 = 0;
  export let year: u32 = 0;
  /** 0: Sunday. */
  export let weekday: u32 = 0;
}
/** Days of the March-based year before the month `m` months after March. */
function daysBefore(m: i64): i64 {
  return (153 * m + 2) / 5;
}

/** Leaves the fields of `seconds` (not negative) in Time. */
export function split(seconds: i64): void {
  const ofDay = <u32>(seconds % DAY);
  Time.second = ofDay % 60;
  Time.minute = (ofDay / 60) % 60;
  Time.hour = ofDay / 3600;
  const days = seconds / DAY;
  Time.weekday = <u32>((days + 4) % 7);
  splitDate(days + EPOCH);
}
function splitDate(days: i64): void {
  const era = days / DAYS_OF_400_YEARS;
  const ofEra = days % DAYS_OF_400_YEARS;
  const year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  const ofYear = ofEra - (365 * year + year / 4 - year / 100);
  const m = (5 * ofYear + 2) / 153;
  Time.day = <u32>(ofYear - daysBefore(m) + 1);
  Time.month = <u32>(m < 10 ? m + 3 : m - 9);
  Time.year = <u32>(year + era * 400 + (Time.month <= 2 ? 1 : 0));
}
/** Fields out of range carry over into the next larger one. */
export function join(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32): i64 {
  const m = <i64>((month + 9) % 12);
  const y = <i64>year - (month <= 2 ? 1 : 0);
  const ofEra = (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 + daysBefore(m) + <i64>day - 1;
  const days = (y / 400) * DAYS_OF_400_YEARS + ofEra - EPOCH;
  return days * DAY + <i64>hour * 3600 + <i64>minute * 60 + <i64>second;
}
