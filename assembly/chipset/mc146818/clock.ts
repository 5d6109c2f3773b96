/**
 * The time of day of the MC146818, computed: the time at an anchor plus the seconds of guest time since. While updates
 * are off (register B's SET, or the divider held in reset) the ten time bytes are plain RAM; when they go on again the
 * time is read from them. Bytes are BCD or binary, hours 12 or 24, as register B says at the time of the access.
 *
 * Dates before 1970 become 1970. The century is the byte at 32h, as PC firmware and ACPI have it.
 */
import { now } from '../../bus/clock';
import { SECOND } from '../frequency';
import { dateOf, hourOf, join, minuteOf, secondOf, weekdayOf } from './calendar';


@unmanaged
export class Rtc {
  irq: u32;
  timer: u32;
  index: u32;
  /** Port 70h, bit 7. */
  nmiMasked: u32;
  /** Registers A (without UIP), B, and the flags of C that have come up. */
  a: u32;
  b: u32;
  c: u32;
  /** The weekday register runs this many days ahead of the calendar. */
  weekdayOffset: u32;
  /** Seconds since 1970 at guest time `anchor`, ns (it may lie before power-on). */
  seconds: i64;
  anchor: i64;
  /** The flags are right up to this guest time. */
  checked: u64;
}
/** The 128 bytes follow the struct. */
export const BYTES: usize = 64;

const A_DIVIDER: u32 = 0x70;
const A_DIVIDER_RESET: u32 = 0x60;
export const B_SET: u32 = 0x80;
export const B_UIE: u32 = 0x10;
const B_BINARY: u32 = 0x04;
const B_24H: u32 = 0x02;
const PM: u32 = 0x80;
const CENTURY: u32 = 0x32;
/** After the divider is let go the first update comes half a second later. */
const FIRST_UPDATE: i64 = 500_000_000;
/** UIP rises 244 us before an update, which takes 1984 us. */
const UPDATE: i64 = 2_228_000;

export function bytesOf(r: Rtc): usize {
  return changetype<usize>(r) + BYTES;
}
export function dividerReset(a: u32): bool {
  return (a & A_DIVIDER) >= A_DIVIDER_RESET;
}
function isFrozen(a: u32, b: u32): bool {
  return (b & B_SET) != 0 || dividerReset(a);
}
export function frozen(r: Rtc): bool {
  return isFrozen(r.a, r.b);
}
/** ns since the anchor. */
export function age(r: Rtc, t: u64): u64 {
  return <u64>(<i64>t - r.anchor);
}
export function secondsAt(r: Rtc, t: u64): i64 {
  return r.seconds + <i64>(age(r, t) / SECOND);
}
export function updateInProgress(r: Rtc): bool {
  return !frozen(r) && <i64>(age(r, now()) % SECOND) >= <i64>SECOND - UPDATE;
}

/** Registers A and B change; updates may go off or on. */
export function setControl(r: Rtc, a: u32, b: u32): void {
  const wasFrozen = frozen(r);
  if (!wasFrozen && isFrozen(a, b)) storeTime(r);
  const released = dividerReset(r.a) && !dividerReset(a);
  if (released) r.anchor = <i64>now() - FIRST_UPDATE;
  r.a = a;
  r.b = b & B_SET ? b & ~B_UIE : b;
  if (wasFrozen && !frozen(r)) loadTime(r);
}
/** A time byte is written. */
export function setTimeByte(r: Rtc, index: u32, value: u32): void {
  const running = !frozen(r);
  if (running) storeTime(r);
  store<u8>(bytesOf(r) + index, <u8>value);
  if (running) loadTime(r);
}
export function timeByte(r: Rtc, index: u32): u32 {
  if (!frozen(r)) storeTime(r);
  return load<u8>(bytesOf(r) + index);
}
export function isTimeByte(index: u32): bool {
  return index == 0 || index == 2 || index == 4 || (index >= 6 && index <= 9) || index == CENTURY;
}

/** Puts the time into the bytes. */
function storeTime(r: Rtc): void {
  const time = secondsAt(r, now());
  const date = dateOf(time);
  const year = date >> 16;
  const at = bytesOf(r);
  store<u8>(at, <u8>encode(r, secondOf(time)));
  store<u8>(at + 2, <u8>encode(r, minuteOf(time)));
  store<u8>(at + 4, <u8>encodeHour(r, hourOf(time)));
  store<u8>(at + 6, <u8>(((weekdayOf(time) + r.weekdayOffset) % 7) + 1));
  store<u8>(at + 7, <u8>encode(r, date & 0xff));
  store<u8>(at + 8, <u8>encode(r, (date >> 8) & 0xff));
  store<u8>(at + 9, <u8>encode(r, year % 100));
  store<u8>(at + CENTURY, <u8>encode(r, year / 100));
}
/** Takes the time from the bytes; the phase within the second stays. */
function loadTime(r: Rtc): void {
  const at = bytesOf(r);
  const year = decode(r, load<u8>(at + CENTURY)) * 100 + decode(r, load<u8>(at + 9));
  const month = decode(r, load<u8>(at + 8));
  const day = decode(r, load<u8>(at + 7));
  const hour = decodeHour(r, load<u8>(at + 4));
  const time = join(year, month, day, hour, decode(r, load<u8>(at + 2)), decode(r, load<u8>(at)));
  r.seconds = max<i64>(time, 0);
  r.anchor = <i64>(now() - (age(r, now()) % SECOND));
  const weekday: u32 = load<u8>(at + 6);
  r.weekdayOffset = (weekday + 6 + 7 - weekdayOf(r.seconds)) % 7;
}

export function encode(r: Rtc, v: u32): u32 {
  return r.b & B_BINARY ? v : ((v / 10) << 4) | (v % 10);
}
function decode(r: Rtc, v: u32): u32 {
  return r.b & B_BINARY ? v : (v >> 4) * 10 + (v & 15);
}
/** In 12-hour mode 12, 1 to 11, with bit 7 after noon. */
export function encodeHour(r: Rtc, hour: u32): u32 {
  if (r.b & B_24H) return encode(r, hour);
  const of12 = hour % 12 ? hour % 12 : 12;
  return encode(r, of12) | (hour >= 12 ? PM : 0);
}
function decodeHour(r: Rtc, v: u32): u32 {
  if (r.b & B_24H) return decode(r, v);
  return (decode(r, v & ~PM) % 12) + (v & PM ? 12 : 0);
}
