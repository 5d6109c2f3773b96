/**
 * The MC146818 real-time clock behind index and data port: registers A to D, the periodic, alarm and update-ended
 * interrupts, and CMOS RAM (Motorola MC146818 data sheet). Time of day is in clock.ts.
 *
 * Flags of register C come up whether or not their interrupt is enabled, so they are worked out from guest time when
 * somebody looks. A timer runs only while an enabled interrupt has not been raised: a guest that does not read C gets
 * one interrupt, and no flood after a pause.
 *
 * Bit 7 of the index port masks NMI.
 */
import { epoch, now } from '../../bus/clock';
import { setIrq } from '../../bus/interrupts';
import { bits, block, demand, field } from '../../bus/section';
import { NEVER, persistTimer, register, schedule } from '../../bus/timers';
import { readBytes, writeBytes } from '../bytewide';
import { SECOND, ticksAt, timeOfTick } from '../frequency';
import { nextAlarm } from './alarm';
import {
  age,
  B_UIE,
  BYTES,
  bytesOf,
  dividerReset,
  frozen,
  isTimeByte,
  Rtc,
  secondsAt,
  setControl,
  setTimeByte,
  timeByte,
  updateInProgress,
} from './clock';
import { initialize } from './cmos';

const REGISTER_A: u32 = 0x0a;
const REGISTER_B: u32 = 0x0b;
const REGISTER_C: u32 = 0x0c;
const REGISTER_D: u32 = 0x0d;
const A_UIP: u32 = 0x80;
/** 32768 Hz, 1024 interrupts a second; 24 hours, BCD. */
const A_DEFAULT: u32 = 0x26;
const B_DEFAULT: u32 = 0x02;
const B_PIE: u32 = 0x40;
const B_AIE: u32 = 0x20;
const B_SQWE: u32 = 0x08;
const FLAGS: u32 = B_PIE | B_AIE | B_UIE;
const C_IRQF: u32 = 0x80;
/** RAM and time are valid: the battery is good. */
const D_VALID: u32 = 0x80;
const OSCILLATOR: u64 = 32768;
const NMI_MASK: u32 = 0x80;

/** Power-on: time from the host's clock, CMOS as firmware leaves it. */
export function attach(device: usize, irq: u32, ramBytes: u32): void {
  if (offsetof<Rtc>() > BYTES) ERROR('Rtc runs into the bytes behind it');
  const r = changetype<Rtc>(device);
  r.irq = irq;
  r.timer = register(device, onEvent);
  r.a = A_DEFAULT;
  r.b = B_DEFAULT;
  r.seconds = <i64>epoch();
  r.anchor = 0;
  r.weekdayOffset = 0;
  initialize(bytesOf(r), ramBytes);
}
/** RESET pin: interrupts off. Time, alarm and RAM stay. */
export function reset(device: usize): void {
  const r = changetype<Rtc>(device);
  r.b &= ~(FLAGS | B_SQWE);
  r.c = 0;
  r.index = 0;
  r.nmiMasked = 0;
  r.checked = now();
  settle(r);
}
export function nmiMasked(device: usize): bool {
  return changetype<Rtc>(device).nmiMasked != 0;
}

/** Clocks of the oscillator a periodic interrupt; 0: off. Rates 1 and 2 repeat 8 and 9 (data sheet, table 5). */
function period(r: Rtc): u64 {
  const rate = r.a & 15;
  if (!rate || dividerReset(r.a)) return 0;
  return rate <= 2 ? (<u64>64) << rate : (<u64>1) << (rate - 1);
}
/** Raises the flags of what happened since the last look. */
function look(r: Rtc): void {
  const t = now();
  const from = r.checked;
  r.checked = t;
  const p = period(r);
  if (p && ticksAt(age(r, from), OSCILLATOR) / p != ticksAt(age(r, t), OSCILLATOR) / p) r.c |= B_PIE;
  if (frozen(r)) return;
  const before = secondsAt(r, from);
  const after = secondsAt(r, t);
  if (before == after) return;
  r.c |= B_UIE;
  const alarm = nextAlarm(r, before);
  if (alarm >= 0 && alarm <= after) r.c |= B_AIE;
}
/** The interrupt line, and the timer for what will raise it. */
function settle(r: Rtc): void {
  const raised = (r.c & r.b & FLAGS) != 0;
  setIrq(r.irq, raised);
  schedule(r.timer, raised ? NEVER : nextEvent(r));
}
function nextEvent(r: Rtc): u64 {
  const t = now();
  let next = NEVER;
  const p = period(r);
  if (r.b & B_PIE && p) next = at(r, timeOfTick((ticksAt(age(r, t), OSCILLATOR) / p + 1) * p, OSCILLATOR));
  if (frozen(r)) return next;
  const second = secondsAt(r, t);
  if (r.b & B_UIE) next = min(next, startOf(r, second + 1));
  const alarm = r.b & B_AIE ? nextAlarm(r, second) : -1;
  return alarm < 0 ? next : min(next, startOf(r, alarm));
}
function at(r: Rtc, sinceAnchor: u64): u64 {
  return <u64>(r.anchor + <i64>sinceAnchor);
}
function startOf(r: Rtc, second: i64): u64 {
  return at(r, <u64>(second - r.seconds) * SECOND);
}
function onEvent(device: usize, deadline: u64): void {
  const r = changetype<Rtc>(device);
  look(r);
  settle(r);
}

/** Offset 0 is the index port, which cannot be read; 1 the data port. */
export function read(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, read);
  return offset == 1 ? readRegister(changetype<Rtc>(device)) : 0xff;
}
function readRegister(r: Rtc): u32 {
  const index = r.index;
  if (isTimeByte(index)) return timeByte(r, index);
  switch (index) {
    case REGISTER_A:
      return r.a | (updateInProgress(r) ? A_UIP : 0);
    case REGISTER_B:
      return r.b;
    case REGISTER_C:
      return readFlags(r);
    case REGISTER_D:
      return D_VALID;
    default:
      return load<u8>(bytesOf(r) + index);
  }
}
function readFlags(r: Rtc): u32 {
  look(r);
  const flags = r.c;
  const irqf = flags & r.b & FLAGS ? C_IRQF : 0;
  r.c = 0;
  settle(r);
  return flags | irqf;
}
export function write(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, write);
  const r = changetype<Rtc>(device);
  if (offset == 1) return writeRegister(r, value & 0xff);
  if (offset) return;
  r.index = value & 0x7f;
  r.nmiMasked = value & NMI_MASK;
}
function writeRegister(r: Rtc, value: u32): void {
  const index = r.index;
  look(r);
  if (isTimeByte(index)) setTimeByte(r, index, value);
  else if (index == REGISTER_A) setControl(r, value & ~A_UIP, r.b);
  else if (index == REGISTER_B) setControl(r, r.a, value);
  else if (index != REGISTER_C && index != REGISTER_D) store<u8>(bytesOf(r) + index, <u8>value);
  settle(r);
}

/** Until the end of the year 9999. */
const LAST_SECOND: i64 = 253_402_300_800;
export function persist(device: usize): void {
  const r = changetype<Rtc>(device);
  r.index = bits(r.index, 0x7f);
  r.nmiMasked = bits(r.nmiMasked, NMI_MASK);
  r.a = bits(r.a, 0x7f);
  r.b = bits(r.b, 0xff);
  r.c = bits(r.c, FLAGS);
  r.weekdayOffset = bits(r.weekdayOffset, 7) % 7;
  r.seconds = field<i64>(r.seconds);
  r.anchor = field<i64>(r.anchor);
  r.checked = field<u64>(r.checked);
  block(bytesOf(r), 128);
  persistTimer(r.timer);
  demand(r.seconds >= 0 && r.seconds < LAST_SECOND);
  demand(r.anchor <= <i64>now() && r.anchor > -(<i64>SECOND));
  demand(r.checked <= now());
}
/** The wall clock has gone on by `seconds` while the machine was not there. Not while the guest holds the time. */
export function stepForward(device: usize, seconds: u32): void {
  const r = changetype<Rtc>(device);
  if (!frozen(r)) r.seconds = min(r.seconds + <i64>seconds, LAST_SECOND - 1);
  settle(r);
}
