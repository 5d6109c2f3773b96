/**
 * The Gregorian calendar, in integers: seconds since 1970-01-01 and dates. Years are counted from March so that the
 * leap day is the last of a year; 400 years are 146097 days.
 */
const DAY: i64 = 86400;
const DAYS_OF_400_YEARS: i64 = 146097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH: i64 = 719468;

/** Days of the March-based year before the month `m` months after March. */
function daysBefore(m: i64): i64 {
  return (153 * m + 2) / 5;
}

export function secondOf(seconds: i64): u32 {
  return <u32>(seconds % 60);
}
export function minuteOf(seconds: i64): u32 {
  return <u32>((seconds / 60) % 60);
}
export function hourOf(seconds: i64): u32 {
  return <u32>((seconds / 3600) % 24);
}
/** 0: Sunday. */
export function weekdayOf(seconds: i64): u32 {
  return <u32>((seconds / DAY + 4) % 7);
}
/** The date of `seconds` (not negative): year 31:16, month 15:8, day 7:0. */
export function dateOf(seconds: i64): u32 {
  const days = seconds / DAY + EPOCH;
  const ofEra = days % DAYS_OF_400_YEARS;
  const year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  const ofYear = ofEra - (365 * year + year / 4 - year / 100);
  const m = (5 * ofYear + 2) / 153;
  const day = ofYear - daysBefore(m) + 1;
  const month = m < 10 ? m + 3 : m - 9;
  const calendarYear = year + (days / DAYS_OF_400_YEARS) * 400 + (month <= 2 ? 1 : 0);
  return ((<u32>calendarYear) << 16) | ((<u32>month) << 8) | (<u32>day);
}
/** Fields out of range carry over into the next larger one. */
export function join(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32): i64 {
  const m = <i64>((month + 9) % 12);
  const y = <i64>year - (month <= 2 ? 1 : 0);
  const ofEra = (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 + daysBefore(m) + <i64>day - 1;
  const days = (y / 400) * DAYS_OF_400_YEARS + ofEra - EPOCH;
  return days * DAY + <i64>hour * 3600 + <i64>minute * 60 + <i64>second;
}
