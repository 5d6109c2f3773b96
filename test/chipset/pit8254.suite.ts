/** 8254 data sheet: six modes, gates, reading and latching, BCD; and counter 0's interrupt in guest time. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine } from './machine.ts';

const HZ = 1193182;
let m: Machine;
let clocks: number;
beforeEach(async () => {
  m = await createMachine();
  m.initializePics();
  clocks = 0;
  // Half a clock after an edge, so that rounding never matters.
  m.core.advance(Math.round(0.5e9 / HZ));
});
/** Lets `n` clocks of the 8254 go by. */
function tick(n: number): void {
  clocks += n;
  m.core.advance(Math.round(((clocks + 0.5) * 1e9) / HZ) - m.core.time());
}
const control = (value: number) => m.out8(0x43, value);
function load(counter: number, count: number): void {
  m.out8(0x40 + counter, count & 0xff, count >> 8);
}
function count(counter: number): number {
  control(counter << 6);
  return m.in8(0x40 + counter) | (m.in8(0x40 + counter) << 8);
}
function status(counter: number): number {
  control(0xe0 | (2 << counter));
  return m.in8(0x40 + counter);
}
const out = (counter: number) => status(counter) >> 7;
const gate2 = (level: number) => m.out8(0x61, level);
/** OUT of counter 2 over the next `n` clocks, as a string of levels. */
function trace(n: number): string {
  let levels = '';
  for (let i = 0; i < n; i++) {
    tick(1);
    levels += (m.in8(0x61) >> 5) & 1;
  }
  return levels;
}

describe('mode 0, interrupt on terminal count', () => {
  it('raises OUT n + 1 clocks after the write and counts on', () => {
    gate2(1);
    control(0xb0);
    load(2, 4);
    expect(trace(7)).toBe('0000111');
    expect(count(2)).toBe(0xfffe);
  });
  it('stops while GATE is low', () => {
    gate2(1);
    control(0xb0);
    load(2, 10);
    tick(4);
    gate2(0);
    tick(100);
    expect(count(2)).toBe(7);
    gate2(1);
    tick(6);
    expect(out(2)).toBe(0);
    tick(1);
    expect(out(2)).toBe(1);
  });
  it('loads while GATE is low, and then needs n clocks', () => {
    gate2(0);
    control(0xb0);
    load(2, 3);
    tick(5);
    gate2(1);
    expect(trace(4)).toBe('0011');
  });
  it('drops OUT and stops at the first of two bytes', () => {
    gate2(1);
    control(0xb0);
    load(2, 3);
    tick(10);
    expect(out(2)).toBe(1);
    m.out8(0x42, 5);
    expect(out(2)).toBe(0);
    tick(100);
    expect(out(2)).toBe(0);
    m.out8(0x42, 0);
    expect(trace(6)).toBe('000001');
  });
});

describe('mode 1, one-shot', () => {
  it('is low for n clocks from the clock after the trigger, and can be triggered again', () => {
    control(0xb2);
    load(2, 3);
    expect(trace(3)).toBe('111');
    gate2(1);
    expect(trace(5)).toBe('00011');
    gate2(0);
    gate2(1);
    expect(trace(2)).toBe('00');
    gate2(0);
    gate2(1);
    expect(trace(5)).toBe('00011');
  });
  it('uses a new count at the next trigger only', () => {
    control(0xb2);
    load(2, 3);
    gate2(1);
    tick(1);
    load(2, 5);
    expect(status(2) & 0x40).toBe(0x40);
    expect(trace(3)).toBe('001');
    gate2(0);
    gate2(1);
    expect(trace(7)).toBe('0000011');
  });
});

describe('mode 2, rate generator', () => {
  it('is low for one clock in n', () => {
    gate2(1);
    control(0xb4);
    load(2, 4);
    expect(trace(10)).toBe('1110111011');
  });
  it('keeps OUT high while GATE is low and starts anew when it rises', () => {
    gate2(1);
    control(0xb4);
    load(2, 4);
    tick(4);
    expect(out(2)).toBe(0);
    gate2(0);
    expect(out(2)).toBe(1);
    expect(trace(6)).toBe('111111');
    gate2(1);
    expect(trace(5)).toBe('11101');
  });
  it('finishes the period before a new count', () => {
    gate2(1);
    control(0xb4);
    load(2, 5);
    tick(2);
    load(2, 3);
    expect(status(2) & 0x40).toBe(0x40);
    expect(trace(9)).toBe('110110110');
    expect(status(2) & 0x40).toBe(0);
  });
});

describe('mode 3, square wave', () => {
  it('divides an even count in halves and counts by two', () => {
    gate2(1);
    control(0xb6);
    load(2, 6);
    const counts: number[] = [];
    let levels = '';
    for (let i = 0; i < 7; i++) {
      levels += trace(1);
      counts.push(count(2));
    }
    expect(levels).toBe('1110001');
    expect(counts).toEqual([6, 4, 2, 6, 4, 2, 6]);
  });
  it('is high one clock longer with an odd count', () => {
    gate2(1);
    control(0xb6);
    load(2, 5);
    expect(trace(11)).toBe('11100111001');
  });
  it('takes a new count at the end of the half period', () => {
    gate2(1);
    control(0xb6);
    load(2, 8);
    tick(2);
    load(2, 4);
    expect(trace(9)).toBe('110011001');
  });
});

describe('modes 4 and 5, strobes', () => {
  it('mode 4: low for one clock, n + 1 clocks after the write', () => {
    gate2(1);
    control(0xb8);
    load(2, 3);
    expect(trace(7)).toBe('1110111');
  });
  it('mode 5: the same after the trigger', () => {
    control(0xba);
    load(2, 3);
    expect(trace(5)).toBe('11111');
    gate2(1);
    expect(trace(6)).toBe('111011');
  });
});

describe('reading', () => {
  it('holds a latched count until it is read, and does not latch again before', () => {
    control(0x34);
    load(0, 1000);
    tick(11);
    control(0x00);
    tick(20);
    control(0x00);
    expect(m.in8(0x40) | (m.in8(0x40) << 8)).toBe(990);
    expect(count(0)).toBe(970);
  });
  it('reads back status first, then count', () => {
    control(0x34);
    load(0, 1000);
    tick(1);
    control(0xc2);
    tick(50);
    expect(m.in8(0x40)).toBe(0xb4);
    expect(m.in8(0x40) | (m.in8(0x40) << 8)).toBe(1000);
  });
  it('latches several counters at once', () => {
    gate2(1);
    control(0x34);
    load(0, 500);
    control(0xb4);
    load(2, 700);
    tick(101);
    control(0xda);
    tick(9);
    expect(m.in8(0x40) | (m.in8(0x40) << 8)).toBe(400);
    expect(m.in8(0x42) | (m.in8(0x42) << 8)).toBe(600);
  });
  it('shows a null count until the counting element is loaded', () => {
    control(0x34);
    expect(status(0) & 0x7f).toBe(0x74);
    load(0, 10);
    expect(status(0) & 0x40).toBe(0x40);
    tick(1);
    expect(status(0) & 0x40).toBe(0);
  });
  it('gives single bytes in low-byte and high-byte access', () => {
    control(0x14);
    m.out8(0x40, 200);
    tick(1);
    expect([m.in8(0x40), m.in8(0x40)]).toEqual([200, 200]);
    control(0x24);
    m.out8(0x40, 0x12);
    tick(1);
    expect(m.in8(0x40)).toBe(0x12);
  });
  it('counts in BCD, 0 being 10000', () => {
    control(0x35);
    load(0, 0x1000);
    tick(1 + 1);
    expect(count(0)).toBe(0x0999);
    control(0x31);
    load(0, 0);
    tick(2);
    expect(count(0)).toBe(0x9999);
  });
});

describe('interrupt of counter 0', () => {
  /** Times of the next `n` interrupts, in clocks, rounded. */
  function interrupts(n: number): number[] {
    const times: number[] = [];
    while (times.length < n) {
      m.core.advance(m.core.nextDeadline() - m.core.time());
      if (!m.intr) continue;
      expect(m.service()).toBe(0);
      times.push(Math.floor((m.core.time() * HZ) / 1e9));
    }
    return times;
  }
  it('comes each period in modes 2 and 3', () => {
    for (const mode of [0x34, 0x36]) {
      control(mode);
      load(0, 1193);
      if (m.intr) m.service();
      const [a, b, c] = interrupts(3) as [number, number, number];
      expect([b - a, c - b]).toEqual([1193, 1193]);
    }
  });
  it('does not drift: 100 000 periods of 1193 clocks take as many clocks', () => {
    control(0x34);
    load(0, 1193);
    if (m.intr) m.service();
    const first = interrupts(1)[0]!;
    m.core.advance(1193 * 99_998 * (1e9 / HZ));
    if (m.intr) m.service();
    expect(interrupts(1)[0]! - first).toBe(1193 * 99_999);
  });
  it('comes once after a pause of many periods, then in phase', () => {
    control(0x34);
    load(0, 1000);
    if (m.intr) m.service();
    const first = interrupts(1)[0]!;
    m.core.stall(5.3e6);
    expect(m.intr).toBe(true);
    expect(m.service()).toBe(0);
    expect(m.intr).toBe(false);
    expect((interrupts(1)[0]! - first) % 1000).toBe(0);
  });
  it('comes once in modes 0 and 4', () => {
    for (const [mode, clocksAfterWrite] of [
      [0x30, 101],
      [0x38, 102],
    ] as const) {
      control(mode);
      const written = Math.floor((m.core.time() * HZ) / 1e9);
      load(0, 100);
      if (m.intr) m.service();
      expect(interrupts(1)[0]! - written).toBe(clocksAfterWrite);
      expect(m.core.nextDeadline()).toBe(Infinity);
    }
  });
  it('is withdrawn by programming mode 0', () => {
    control(0x34);
    load(0, 100);
    m.core.advance(1e6);
    expect(m.intr).toBe(true);
    control(0x30);
    expect(m.intr).toBe(false);
  });
  it('needs no timer before it is programmed', () => {
    expect(m.core.nextDeadline()).toBe(Infinity);
  });
});

describe('port 61h', () => {
  it('reads back its low bits and toggles bit 4 with the refresh', () => {
    m.out8(0x61, 0xff);
    expect(m.in8(0x61) & 0xcf).toBe(0x0f);
    let changes = 0;
    let last = m.in8(0x61) & 0x10;
    for (let i = 0; i < 300; i++) {
      m.core.advance(1000);
      const now = m.in8(0x61) & 0x10;
      if (now !== last) changes++;
      last = now;
    }
    expect(changes).toBe(19); // 300 us in pieces of 15.09 us
  });
});
