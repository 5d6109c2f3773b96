/**
 * The 8254 programmable interval timer: three counters behind four ports. Counters are in counter.ts; here are the
 * control words, latches and the byte-wise access, and counter 0's interrupt.
 *
 * Catching up: when the host was slow and several periods of counter 0 went by, the guest gets ONE interrupt for them
 * and the next one at the next period boundary of guest time: the phase never drifts, and there is no flood. A guest
 * that needs every tick has the time stamp counter, which follows the same clock.
 *
 * The interrupt line is pulsed low at each rising edge of OUT instead of following its low time: an interrupt that the
 * guest takes late is not withdrawn.
 */
import { now } from '../../bus/clock';
import { setIrq } from '../../bus/interrupts';
import { NEVER, persistTimer, register, schedule } from '../../bus/timers';
import { readBytes, writeBytes } from '../bytewide';
import { ticksAt, timeOfTick } from '../frequency';
import * as counter from './counter';
import { Counter } from './counter';

/** A third of the NTSC colour subcarrier's 14.31818 MHz, a quarter of that. */
export const PIT_HZ: u64 = 1_193_182;


@unmanaged
class Pit {
  irq: u32;
  timer: u32;
}
/** Counters follow the header, 104 bytes apart. */
const COUNTERS: usize = 16;
const COUNTER_SIZE: u32 = 104;
const CONTROL: u32 = 3;
const READ_BACK: u32 = 3;

function counterOf(device: usize, n: u32): Counter {
  return changetype<Counter>(device + COUNTERS + n * COUNTER_SIZE);
}
function clock(): i64 {
  return <i64>ticksAt(now(), PIT_HZ);
}

export function attach(device: usize, irq: u32): void {
  if (offsetof<Counter>() > COUNTER_SIZE) ERROR('Counter runs into the next one');
  const pit = changetype<Pit>(device);
  pit.irq = irq;
  pit.timer = register(device, onRise);
}
/** The data sheet leaves the state after power-on open: here no counter runs until it is programmed. */
export function reset(device: usize): void {
  for (let n: u32 = 0; n < 3; n++) {
    const c = counterOf(device, n);
    counter.program(c, 3, n == 1 ? 2 : 3, 0);
    c.gate = n < 2;
  }
  driveIrq(device);
}
export function setGateOf(device: usize, n: u32, level: bool): void {
  counter.setGate(counterOf(device, n), level, clock());
}
export function outputOf(device: usize, n: u32): bool {
  return counter.output(counterOf(device, n), clock());
}

/** Counter 0's OUT rose, once or more often. */
function onRise(device: usize, deadline: u64): void {
  const irq = changetype<Pit>(device).irq;
  setIrq(irq, false);
  setIrq(irq, true);
  rearm(device);
}
function rearm(device: usize): void {
  const rise = counter.nextRise(counterOf(device, 0), clock());
  schedule(changetype<Pit>(device).timer, rise < 0 ? NEVER : timeOfTick(<u64>rise, PIT_HZ));
}
/** After a write: OUT of mode 0 is low until the count is over, that of the other modes high. */
function driveIrq(device: usize): void {
  const c = counterOf(device, 0);
  setIrq(changetype<Pit>(device).irq, c.mode != 0 || counter.output(c, clock()));
  rearm(device);
}

export function read(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, read);
  if (offset >= CONTROL) return 0xff;
  const c = counterOf(device, offset);
  if (c.statusLatched) {
    c.statusLatched = 0;
    return c.status;
  }
  if (c.latched) c.latched--;
  else c.latch = counter.value(c, clock());
  return nextByte(c);
}
function nextByte(c: Counter): u32 {
  const high = c.access == 3 ? c.readHigh : c.access >> 1;
  if (c.access == 3) c.readHigh ^= 1;
  return (high ? c.latch >> 8 : c.latch) & 0xff;
}

export function write(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, write);
  if (offset == CONTROL) return control(device, value & 0xff);
  if (offset > CONTROL) return;
  writeByte(counterOf(device, offset), value & 0xff);
  if (offset == 0) driveIrq(device);
}
function writeByte(c: Counter, value: u32): void {
  if (c.access == 3 && !c.writeHigh) {
    c.lowByte = value;
    c.writeHigh = 1;
    return counter.beginWrite(c);
  }
  c.writeHigh = 0;
  const raw = c.access == 1 ? value : (value << 8) | (c.access == 3 ? c.lowByte : 0);
  counter.writeCount(c, raw, clock());
}
/** Control word: SC 7:6, RW 5:4, M 3:1, BCD 0. */
function control(device: usize, value: u32): void {
  const select = value >> 6;
  if (select == READ_BACK) return readBack(device, value);
  const c = counterOf(device, select);
  const access = (value >> 4) & 3;
  if (!access) return latchCount(c);
  counter.program(c, access, (value >> 1) & 7, value & 1);
  if (select == 0) driveIrq(device);
}
/** A count that is latched and not read yet stays. */
function latchCount(c: Counter): void {
  if (c.latched) return;
  c.latch = counter.value(c, clock());
  c.latched = c.access == 3 ? 2 : 1;
}
/** Bit 5 low: latch counts. Bit 4 low: latch status. Bits 3:1: of these counters. */
function readBack(device: usize, value: u32): void {
  for (let n: u32 = 0; n < 3; n++) {
    if (!(value & (2 << n))) continue;
    const c = counterOf(device, n);
    if (!(value & 0x20)) latchCount(c);
    if (value & 0x10 || c.statusLatched) continue;
    c.status = counter.statusByte(c, clock());
    c.statusLatched = 1;
  }
}
export function persist(device: usize): void {
  for (let n: u32 = 0; n < 3; n++) counter.persist(counterOf(device, n));
  persistTimer(changetype<Pit>(device).timer);
}
