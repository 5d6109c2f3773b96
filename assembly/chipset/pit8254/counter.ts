/**
 * One counter of the 8254 (Intel 8254 data sheet, "Mode definitions"), computed from the number of its clock instead
 * of being counted down: what the counting element holds and the level of OUT follow from the clock at which the count
 * was loaded. All six modes, binary and BCD, with GATE.
 *
 * Times here are clock numbers since power-on. A count that is written at clock t is loaded at t + 1. In modes 2 and 3
 * a count written while counting waits for the end of the period (2) or half period (3): `settle` puts it in force.
 */
import { atMost, bits, demand, field } from '../../bus/section';


@unmanaged
export class Counter {
  mode: u32;
  bcd: u32;
  /** RW bits of the control word: 1 low byte, 2 high byte, 3 low then high. */
  access: u32;
  gate: u32;
  /** The period N in force, 1 to 65536 (10000 in BCD). */
  count: u32;
  /** The count register; 0: none written since the control word. */
  written: u32;
  /** `written` is not in force yet. */
  fresh: u32;
  /** The counting element was loaded since the control word. */
  loaded: u32;
  running: u32;
  /** Mode 3: OUT in the half period that begins at `start`; and at `due`. */
  high: u32;
  dueHigh: u32;
  /** Bytes of a latched count still to be read; the count; status latched, status. */
  latched: u32;
  latch: u32;
  statusLatched: u32;
  status: u32;
  /** Access 3: the next byte is the high one. */
  readHigh: u32;
  writeHigh: u32;
  lowByte: u32;
  /** Clock at which `count` was loaded. */
  start: i64;
  /** Clocks counted, while not running. */
  frozen: i64;
  /** Clock at which `written` comes into force. */
  due: i64;
}

/** The longest period. */
const LONGEST: u32 = 0x10000;

/** Control word: the counter stops and OUT takes its initial level, low in mode 0 only. */
export function program(c: Counter, access: u32, mode: u32, bcd: u32): void {
  c.mode = mode > 5 ? mode & 3 : mode;
  c.access = access;
  c.bcd = bcd;
  c.written = 0;
  c.fresh = 0;
  c.loaded = 0;
  c.running = 0;
  c.latched = 0;
  c.statusLatched = 0;
  c.readHigh = 0;
  c.writeHigh = 0;
  c.frozen = 0;
}
function isPeriodic(c: Counter): bool {
  return c.mode == 2 || c.mode == 3;
}
/** Modes 1 and 5 are started by GATE rising, and not stopped by GATE falling. */
function isTriggered(c: Counter): bool {
  return c.mode == 1 || c.mode == 5;
}
/** Clocks since the load; negative: the loading clock has not come. */
function elapsed(c: Counter, now: i64): i64 {
  return c.running ? now - c.start : c.frozen;
}
function firstHalf(c: Counter): i64 {
  return c.high ? (c.count + 1) >> 1 : c.count >> 1;
}
/** End of the period (mode 2) or half period (mode 3) that clock `now` lies in. */
function boundary(c: Counter, now: i64): i64 {
  const e = max<i64>(elapsed(c, now), 0);
  const position = e % c.count;
  if (c.mode == 2) return c.start + e - position + c.count;
  const half = firstHalf(c);
  return c.start + e - position + (position < half ? half : <i64>c.count);
}
/** Mode 3. */
function squareWave(c: Counter, e: i64): bool {
  return (c.high != 0) == e % c.count < firstHalf(c);
}

/** Puts a waiting count in force once its time has come. */
function settle(c: Counter, now: i64): void {
  if (!c.fresh || !isPeriodic(c) || !c.running || now < c.due) return;
  c.start = c.due;
  c.high = c.dueHigh;
  c.count = c.written;
  c.fresh = 0;
}
function start(c: Counter, now: i64): void {
  c.count = c.written;
  c.fresh = 0;
  c.loaded = 1;
  c.high = 1;
  c.running = isTriggered(c) ? 1 : c.gate;
  c.start = now + 1;
  c.frozen = 0;
}

/** A whole count, as the bytes written give it. */
export function writeCount(c: Counter, raw: u32, now: i64): void {
  settle(c, now);
  c.written = c.bcd ? fromBcd(raw) : raw;
  if (!c.written) c.written = modulus(c);
  if (isTriggered(c)) c.fresh = 1;
  else if (isPeriodic(c) && c.loaded) defer(c, now);
  else start(c, now);
}
function defer(c: Counter, now: i64): void {
  c.fresh = 1;
  if (!c.running) return;
  if (now < c.start) return start(c, c.start - 1);
  c.due = boundary(c, now);
  c.dueHigh = squareWave(c, now - c.start) ? 0 : 1;
}
/** Mode 0: the first of two bytes stops the count and drops OUT. */
export function beginWrite(c: Counter): void {
  if (c.mode != 0) return;
  c.loaded = 0;
  c.running = 0;
  c.frozen = 0;
}
export function setGate(c: Counter, level: bool, now: i64): void {
  if (<u32>level == c.gate) return;
  settle(c, now);
  c.gate = level;
  if (isTriggered(c) || isPeriodic(c)) {
    if (level && c.written) start(c, now);
    else if (!level && isPeriodic(c)) pause(c, now);
  } else if (!level) pause(c, now);
  else if (c.loaded) {
    c.start = now - c.frozen;
    c.running = 1;
  }
}
function pause(c: Counter, now: i64): void {
  if (!c.running) return;
  c.frozen = max<i64>(now - c.start, 0);
  c.running = 0;
}

/** Level of OUT. */
export function output(c: Counter, now: i64): bool {
  settle(c, now);
  const e = elapsed(c, now);
  const n: i64 = c.count;
  const counting = c.loaded != 0 && e >= 0;
  switch (c.mode) {
    case 0:
      return counting && e >= n;
    case 1:
      return !(counting && e < n);
    case 2:
      return !(counting && c.running != 0 && e % n == n - 1);
    case 3:
      return !(counting && c.running != 0) || squareWave(c, e);
    default:
      return !(counting && e == n);
  }
}
/** The clock after `now` at which OUT rises next, if nothing is written; -1: never. */
export function nextRise(c: Counter, now: i64): i64 {
  settle(c, now);
  if (!c.loaded || !c.running) return -1;
  const e = now - c.start;
  const end = c.start + c.count;
  switch (c.mode) {
    case 2:
      return boundary(c, now);
    case 3:
      return nextSquareRise(c, now);
    case 4:
    case 5:
      return e <= <i64>c.count ? end + 1 : -1;
    default:
      return e < <i64>c.count ? end : -1;
  }
}
function nextSquareRise(c: Counter, now: i64): i64 {
  const end = boundary(c, now);
  if (now >= c.start && !squareWave(c, now - c.start)) return end;
  return end + ((c.fresh ? c.written : c.count) >> 1);
}

/** What the counting element holds, coded as a read gives it. */
export function value(c: Counter, now: i64): u32 {
  settle(c, now);
  if (!c.loaded) return 0;
  const e = max<i64>(elapsed(c, now), 0);
  const left = isPeriodic(c) ? leftInPeriod(c, e) : <i64>c.count - e;
  const m: i64 = modulus(c);
  const v = <u32>(((left % m) + m) % m);
  return c.bcd ? toBcd(v) : v;
}
/** Mode 3 counts down by two in each half, an odd count from N - 1. */
function leftInPeriod(c: Counter, e: i64): i64 {
  const position = e % c.count;
  if (c.mode == 2) return c.count - position;
  const half = firstHalf(c);
  const clocks = position < half ? position : position - half;
  return (c.count & ~1) - 2 * clocks;
}
/** Status byte of the read-back command: OUT, NULL COUNT, then the control word. */
export function statusByte(c: Counter, now: i64): u32 {
  const out = <u32>output(c, now);
  const nullCount = <u32>(c.fresh != 0 || !c.loaded || elapsed(c, now) < 0);
  return (out << 7) | (nullCount << 6) | (c.access << 4) | (c.mode << 1) | c.bcd;
}

function modulus(c: Counter): u32 {
  return c.bcd ? 10000 : 0x10000;
}
function fromBcd(v: u32): u32 {
  return (v & 15) + ((v >> 4) & 15) * 10 + ((v >> 8) & 15) * 100 + ((v >> 12) & 15) * 1000;
}
function toBcd(v: u32): u32 {
  return (v % 10) | (((v / 10) % 10) << 4) | (((v / 100) % 10) << 8) | ((v / 1000) << 12);
}

/** A period is never 0: it divides. */
export function persist(c: Counter): void {
  c.mode = atMost(c.mode, 5);
  c.bcd = bits(c.bcd, 1);
  c.access = bits(c.access, 3);
  c.gate = bits(c.gate, 1);
  c.count = atMost(c.count, LONGEST);
  c.written = atMost(c.written, LONGEST);
  c.fresh = bits(c.fresh, 1);
  c.loaded = bits(c.loaded, 1);
  c.running = bits(c.running, 1);
  c.high = bits(c.high, 1);
  c.dueHigh = bits(c.dueHigh, 1);
  c.latched = atMost(c.latched, 2);
  c.latch = bits(c.latch, 0xffff);
  c.statusLatched = bits(c.statusLatched, 1);
  c.status = bits(c.status, 0xff);
  c.readHigh = bits(c.readHigh, 1);
  c.writeHigh = bits(c.writeHigh, 1);
  c.lowByte = bits(c.lowByte, 0xff);
  c.start = field<i64>(c.start);
  c.frozen = field<i64>(c.frozen);
  c.due = field<i64>(c.due);
  demand(c.count != 0 || !c.loaded);
  demand(c.written != 0 || !(c.loaded | c.fresh));
}
