/** ACPI fixed hardware, reset and A20 ports, DMA pages, debug devices, wide accesses, and the machine's outcome. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine } from './machine.ts';

const POWERED_OFF = 2;
const DEBUG_EXIT = 3;
const RESET = 5;
const SECOND = 1e9;
const PM = 0x600;
let m: Machine;
beforeEach(async () => {
  m = await createMachine();
  m.initializePics();
});

describe('ACPI', () => {
  it('counts 3.579545 MHz in 24 bits, exactly at any age', () => {
    expect(m.in32(PM + 8)).toBe(0);
    m.core.advance(SECOND);
    expect(m.in32(PM + 8)).toBe(3579545);
    m.core.advance(86400 * SECOND);
    expect(m.in32(PM + 8)).toBe((3579545 * 86401) % 2 ** 24);
  });
  it('raises the SCI, a level, when bit 23 of the timer changes', () => {
    m.out16(PM + 2, 1);
    const change = (2 ** 23 / 3579545) * SECOND;
    expect(m.core.nextDeadline()).toBeCloseTo(change, -1);
    m.core.advance(change + 10);
    expect(m.service()).toBe(9);
    expect(m.intr).toBe(true);
    expect(m.in16(PM) & 1).toBe(1);
    m.out16(PM, 1);
    expect(m.intr).toBe(false);
    m.core.advance(change);
    expect(m.intr).toBe(true);
  });
  it('sets the status without an interrupt when it is not enabled, and needs no timer then', () => {
    expect(m.core.nextDeadline()).toBe(Infinity);
    m.core.advance(3 * SECOND);
    expect(m.in16(PM)).toBe(1);
    expect(m.intr).toBe(false);
  });
  it('is in ACPI mode always', () => {
    m.out16(PM + 4, 0);
    expect(m.in16(PM + 4)).toBe(1);
  });
  it('reads status and enable in one access, and by bytes', () => {
    m.out16(PM + 2, 0x121);
    expect(m.in32(PM)).toBe(0x01210000);
    m.out8(PM + 3, 0);
    expect(m.in16(PM + 2)).toBe(0x21);
  });
  it('passes the power button on', () => {
    m.out16(PM + 2, 0x100);
    m.core.pressPowerButton();
    expect(m.service()).toBe(9);
    expect(m.in16(PM)).toBe(0x100);
    m.out16(PM, 0x100);
    expect(m.in16(PM)).toBe(0);
  });
  it('powers off by SLP_EN with the type of S5 only', () => {
    m.out16(PM + 4, 0x0001);
    m.out16(PM + 4, 0x2401);
    expect(m.core.outcome()).toBe(0);
    m.out16(PM + 4, 0x2001);
    expect(m.core.outcome()).toBe(POWERED_OFF);
  });
});

describe('reset', () => {
  it('by CF9h: a rising bit 2', () => {
    m.out8(0xcf9, 0x02);
    expect(m.core.outcome()).toBe(0);
    expect(m.in8(0xcf9)).toBe(2);
    m.out8(0xcf9, 0x06);
    expect(m.core.outcome()).toBe(RESET);
  });
  it('by port 92h: a rising bit 0', () => {
    m.out8(0x92, 0x02);
    expect(m.core.outcome()).toBe(0);
    m.out8(0x92, 0x03);
    expect(m.core.outcome()).toBe(RESET);
  });
  it('keeps the first request, and none after the reset', () => {
    m.out8(0xcf9, 0x06);
    m.out16(PM + 4, 0x2001);
    expect(m.core.outcome()).toBe(RESET);
    m.core.reset();
    expect(m.core.outcome()).toBe(0);
    expect(m.in8(0xcf9)).toBe(0);
  });
  it('stops timers and takes interrupts away', () => {
    m.out8(0x43, 0x34);
    m.out8(0x40, 100, 0);
    m.core.advance(1e6);
    expect(m.intr).toBe(true);
    m.core.reset();
    expect(m.intr).toBe(false);
    expect(m.core.nextDeadline()).toBe(Infinity);
  });
});

describe('ports', () => {
  it('80h to 8Fh are storage', () => {
    for (let i = 0; i < 16; i++) m.out8(0x80 + i, 0xa0 + i);
    for (let i = 0; i < 16; i++) expect(m.in8(0x80 + i)).toBe(0xa0 + i);
  });
  it('split wide accesses of byte-wide devices', () => {
    m.out32(0x84, 0x04030201);
    expect([m.in8(0x84), m.in8(0x85), m.in8(0x86), m.in8(0x87)]).toEqual([1, 2, 3, 4]);
    expect(m.in32(0x84)).toBe(0x04030201);
    m.out16(0x8f, 0x1234);
    expect(m.in16(0x8f)).toBe(0xff34);
  });
  it('read as ones where nobody is', () => {
    expect([m.in8(0x300), m.in16(0x300), m.in32(0x300)]).toEqual([0xff, 0xffff, 0xffffffff]);
  });
  it('never trap, whatever is read and written', () => {
    for (let port = 0; port < 0x10000; port += port < 0x1000 ? 1 : 61) {
      for (const size of [1, 2, 4]) {
        m.core.portRead(port, size);
        m.core.portWrite(port, size, 0xffffffff);
        m.core.portWrite(port, size, 0);
        m.core.portRead(port, size);
      }
    }
    m.core.advance(2 * SECOND);
  });
});

/** xorshift32: the same sequence each time. */
function* random(seed: number): Generator<number, never> {
  for (let x = seed; ;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}
it('survives random port writes, reads, line changes and time', () => {
  m.core.plugPci(4);
  m.core.reset();
  const next = random(0x2545f491);
  const draw = () => next.next().value;
  const ports = [0x20, 0x21, 0xa0, 0xa1, 0x40, 0x41, 0x42, 0x43, 0x60, 0x61, 0x64, 0x70, 0x71, 0x92, 0xcf8, 0xcf9];
  ports.push(0xcfc, 0xcfd, 0xcfe, 0x4d0, 0x4d1, 0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x2f9, 0x600, 0x602, 0x604);
  let interrupts = 0;
  for (let i = 0; i < 200_000; i++) {
    const port = ports[draw() % ports.length]!;
    const value = draw();
    const size = 1 << (draw() % 3);
    if (port === 0xcf8 && value & 1) m.out32(0xcf8, (0x80000000 | (value & 0x3bfc)) >>> 0);
    else if (value & 2) m.core.portWrite(port, size, value >>> 3);
    else m.core.portRead(port, size);
    if (i % 16 === 0) m.core.stall(draw() % 2_000_000);
    if (i % 64 === 0) m.type(0, 'abc');
    if (m.intr) m.service();
    if (m.intr) interrupts++;
  }
  expect(interrupts).toBeGreaterThan(0);
  m.core.reset();
  expect([m.intr, m.core.outcome(), m.core.nextDeadline()]).toEqual([false, 0, Infinity]);
  expect(m.in16(0x604)).toBe(1);
});

describe('debug devices', () => {
  it('are off unless asked for', () => {
    m.out8(0xf4, 1);
    m.out8(0xe9, 65);
    expect([m.in8(0xe9), m.core.outcome(), m.output(3)]).toEqual([0xff, 0, '']);
  });
  it('exit with (value << 1) | 1', () => {
    expect(m.core.setOption(0, 1)).toBe(1);
    m.out32(0xf4, 0x21);
    expect([m.core.outcome(), m.core.debugExitCode()]).toEqual([DEBUG_EXIT, 0x43]);
  });
  it('print to ring 3', () => {
    m.core.setOption(1, 1);
    m.core.setOption(1, 1);
    expect(m.in8(0xe9)).toBe(0xe9);
    for (const c of 'ok\n') m.out8(0xe9, c.charCodeAt(0));
    expect(m.output(3)).toBe('ok\n');
    m.core.setOption(1, 0);
    expect(m.in8(0xe9)).toBe(0xff);
  });
  it('know no other options', () => {
    expect(m.core.setOption(77, 1)).toBe(0);
  });
});
