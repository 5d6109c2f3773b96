/** MC146818 data sheet: time, formats, update cycle, alarm and periodic interrupts; CMOS contents. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine, MIB } from './machine.ts';

const SECOND = 1e9;
const UIE = 0x10;
const AIE = 0x20;
const PIE = 0x40;
let m: Machine;
beforeEach(async () => {
  m = await createMachine();
  m.initializePics();
});
function get(index: number): number {
  m.out8(0x70, index);
  return m.in8(0x71);
}
function set(index: number, value: number): void {
  m.out8(0x70, index);
  m.out8(0x71, value);
}
/** Century, year, month, day, weekday, hours, minutes, seconds, in hex. */
const clock = () => [0x32, 9, 8, 7, 6, 4, 2, 0].map((index) => get(index).toString(16).padStart(2, '0')).join(' ');

describe('time', () => {
  it('is the host clock at power-on plus guest time', () => {
    expect(clock()).toBe('20 26 11 22 01 10 26 05');
    m.core.advance(54.9 * SECOND);
    expect(clock()).toBe('20 26 11 22 01 10 26 59');
    m.core.advance(0.2 * SECOND);
    expect(clock()).toBe('20 26 11 22 01 10 27 00');
  });
  it('knows the calendar', async () => {
    for (const date of [
      '1970-01-01',
      '1999-12-31',
      '2000-02-29',
      '2024-02-29',
      '2026-03-01',
      '2100-02-28',
      '2100-03-01',
    ]) {
      const at = new Date(`${date}T23:59:58Z`);
      m = await createMachine(64 * MIB, at.getTime() / 1000);
      const [year, month, day] = date.split('-') as [string, string, string];
      const weekday = `0${at.getUTCDay() + 1}`;
      expect(clock()).toBe(`${year.slice(0, 2)} ${year.slice(2)} ${month} ${day} ${weekday} 23 59 58`);
      m.core.advance(2 * SECOND);
      const next = new Date(at.getTime() + 2000).toISOString();
      expect(clock().slice(0, 11)).toBe(
        `${next.slice(0, 2)} ${next.slice(2, 4)} ${next.slice(5, 7)} ${next.slice(8, 10)}`,
      );
    }
  });
  it('reads in binary, and in 12 hours with PM in bit 7', async () => {
    set(0x0b, 0x06);
    expect(clock()).toBe('14 1a 0b 16 01 0a 1a 05');
    set(0x0b, 0x00);
    for (const [hour, coded] of [
      [0, 0x12],
      [1, 0x01],
      [11, 0x11],
      [12, 0x92],
      [13, 0x81],
      [23, 0x91],
    ] as const) {
      m = await createMachine(64 * MIB, Date.UTC(2026, 0, 1, hour) / 1000);
      set(0x0b, 0x00);
      expect(get(4)).toBe(coded);
    }
  });
  it('can be set as Linux does: SET, divider off, write, on; the first update comes half a second later', () => {
    set(0x0b, 0x82);
    set(0x0a, 0x76);
    for (const [index, value] of [
      [0x32, 0x19],
      [9, 0x99],
      [8, 0x12],
      [7, 0x31],
      [6, 6],
      [4, 0x23],
      [2, 0x59],
      [0, 0x59],
    ] as const) {
      set(index, value);
    }
    m.core.advance(10 * SECOND);
    expect(clock()).toBe('19 99 12 31 06 23 59 59');
    set(0x0b, 0x02);
    set(0x0a, 0x26);
    m.core.advance(0.49 * SECOND);
    expect(clock()).toBe('19 99 12 31 06 23 59 59');
    m.core.advance(0.02 * SECOND);
    expect(clock()).toBe('20 00 01 01 07 00 00 00');
  });
  it('stands while SET is on', () => {
    set(0x0b, 0x82);
    m.core.advance(5 * SECOND);
    expect(get(0)).toBe(0x05);
    set(0x0b, 0x02);
    m.core.advance(1 * SECOND);
    expect(get(0)).toBe(0x06);
  });
  it('takes PM hours', () => {
    set(0x0b, 0x80);
    set(4, 0x92);
    set(0x0b, 0x00);
    set(0x0b, 0x02);
    expect(get(4)).toBe(0x12);
  });
});

describe('update cycle', () => {
  it('shows UIP from 2228 us before the seconds change until then', () => {
    m.core.advance(SECOND - 2_230_000);
    expect(get(0x0a)).toBe(0x26);
    m.core.advance(4000);
    expect(get(0x0a)).toBe(0xa6);
    expect(get(0)).toBe(0x05);
    m.core.advance(2_226_000);
    expect(get(0x0a)).toBe(0x26);
    expect(get(0)).toBe(0x06);
  });
  it('never shows UIP while SET is on', () => {
    set(0x0b, 0x82);
    m.core.advance(SECOND - 1000);
    expect(get(0x0a) & 0x80).toBe(0);
  });
});

describe('interrupts', () => {
  it('update-ended: once a second, acknowledged by reading C', () => {
    get(0x0c);
    set(0x0b, 0x02 | UIE);
    m.core.advance(0.99 * SECOND);
    expect(m.intr).toBe(false);
    m.core.advance(0.02 * SECOND);
    expect(m.service()).toBe(8);
    expect(get(0x0c) & 0xb0).toBe(0x90);
    expect(get(0x0c)).toBe(0);
    m.core.advance(SECOND);
    expect(m.service()).toBe(8);
  });
  it('does not repeat until C is read', () => {
    set(0x0b, 0x02 | UIE);
    m.core.advance(SECOND);
    m.service();
    m.core.advance(10 * SECOND);
    expect(m.intr).toBe(false);
    expect(m.core.nextDeadline()).toBe(Infinity);
  });
  it('alarm: at the time given, with wildcards each minute', () => {
    set(5, 0x10);
    set(3, 0x27);
    set(1, 0x03);
    set(0x0b, 0x02 | AIE);
    expect(m.core.nextDeadline()).toBe(58 * SECOND);
    m.core.advance(58 * SECOND);
    expect(m.service()).toBe(8);
    expect(get(0x0c) & 0xa0).toBe(0xa0);
    expect(m.core.nextDeadline()).toBe((58 + 86400) * SECOND);
    set(5, 0xff);
    set(3, 0xc0);
    expect(m.core.nextDeadline()).toBe(118 * SECOND);
    set(1, 0x7a);
    expect(m.core.nextDeadline()).toBe(Infinity);
  });
  it('periodic: 1024 Hz by default, other rates by register A', () => {
    const frequencies = [0, 256, 128, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2];
    frequencies.forEach((hz, rate) => {
      set(0x0a, 0x20 | rate);
      set(0x0b, 0x02 | PIE);
      get(0x0c);
      if (!hz) return expect(m.core.nextDeadline()).toBe(Infinity);
      let count = 0;
      const end = m.core.time() + SECOND;
      while (m.core.nextDeadline() <= end) {
        m.core.advance(m.core.nextDeadline() - m.core.time());
        m.service();
        expect(get(0x0c) & 0xc0).toBe(0xc0);
        count++;
      }
      m.core.advance(end - m.core.time());
      expect(count).toBe(hz);
    });
  });
  it('raises flags without interrupts when they are not enabled', () => {
    get(0x0c);
    m.core.advance(2 * SECOND);
    expect(m.intr).toBe(false);
    expect(get(0x0c) & 0xf0).toBe(0x50);
    expect(get(0x0c)).toBe(0);
  });
});

describe('CMOS', () => {
  const word = (index: number) => get(index) | (get(index + 1) << 8);
  it('tells the memory sizes', async () => {
    expect([word(0x15), word(0x17), word(0x30), word(0x34)]).toEqual([640, 63 * 1024, 63 * 1024, 48 * 16]);
    m = await createMachine(2048 * MIB);
    expect([word(0x17), word(0x34)]).toEqual([0xffff, 2032 * 16]);
    m = await createMachine(8 * MIB);
    expect([word(0x17), word(0x34)]).toEqual([7 * 1024, 0]);
  });
  it('has a valid checksum and battery, and a normal shutdown status', () => {
    let sum = 0;
    for (let i = 0x10; i <= 0x2d; i++) sum += get(i);
    expect((get(0x2e) << 8) | get(0x2f)).toBe(sum);
    expect(get(0x0d)).toBe(0x80);
    expect(get(0x0f)).toBe(0);
  });
  it('is RAM that survives a reset, as the time does', () => {
    set(0x40, 0x5a);
    set(0x0b, 0x02 | UIE);
    m.core.advance(3 * SECOND);
    m.core.reset();
    expect(get(0x40)).toBe(0x5a);
    expect(get(0)).toBe(0x08);
    expect(get(0x0b)).toBe(0x02);
  });
  it('cannot be read at the index port', () => {
    expect(m.in8(0x70)).toBe(0xff);
  });
});
