/** PC16550D data sheet: registers, FIFOs, interrupts, modem lines, loopback; and the console rings behind it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine } from './machine.ts';

const COM1 = 0x3f8;
const THR = COM1;
const IER = COM1 + 1;
const IIR = COM1 + 2;
const FCR = COM1 + 2;
const LCR = COM1 + 3;
const MCR = COM1 + 4;
const LSR = COM1 + 5;
const MSR = COM1 + 6;
const SCR = COM1 + 7;
const OUT2 = 0x08;
const LOOP = 0x10;
const RING = 4096;
let m: Machine;
beforeEach(async () => {
  m = await createMachine();
  m.initializePics();
  m.out8(LCR, 0x03);
  m.out8(MCR, OUT2 | 3);
});
const iir = () => m.in8(IIR) & 0x0f;
const readAll = () => {
  let text = '';
  while (m.in8(LSR) & 1) text += String.fromCharCode(m.in8(COM1));
  return text;
};

describe('registers', () => {
  it('has the reset state of the data sheet, but for the word length that firmware sets', async () => {
    m = await createMachine();
    expect([IER, IIR, LCR, MCR, LSR, MSR].map((r) => m.in8(r))).toEqual([0, 1, 3, 0, 0x60, 0xb0]);
  });
  it('reads back what can be written', () => {
    m.out8(SCR, 0x5a);
    m.out8(IER, 0xff);
    m.out8(MCR, 0xff);
    expect([m.in8(SCR), m.in8(IER), m.in8(MCR)]).toEqual([0x5a, 0x0f, 0x1f]);
  });
  it('shows the divisor while DLAB is set', () => {
    m.out8(IER, 5);
    m.out8(LCR, 0x83);
    m.out8(COM1, 0x34);
    m.out8(COM1 + 1, 0x12);
    expect([m.in8(COM1), m.in8(COM1 + 1)]).toEqual([0x34, 0x12]);
    m.out8(LCR, 0x03);
    expect(m.in8(IER)).toBe(5);
    expect(m.output(0)).toBe('');
  });
  it('is a 16550A to the probe of Linux', () => {
    m.out8(IER, 0);
    expect(m.in8(IER) & 0x0f).toBe(0);
    m.out8(IER, 0x0f);
    expect(m.in8(IER) & 0x0f).toBe(0x0f);
    m.out8(IER, 0);
    m.out8(MCR, LOOP | 0x0a);
    expect(m.in8(MSR) & 0xf0).toBe(0x90);
    m.out8(MCR, 0);
    m.out8(FCR, 1);
    expect(m.in8(IIR) >> 6).toBe(3);
    m.out8(FCR, 0);
    expect(m.in8(IIR) >> 6).toBe(0);
  });
});

describe('transmitter', () => {
  it('sends to the ring of its port', () => {
    for (const c of 'hello') m.out8(THR, c.charCodeAt(0));
    m.out8(0x2f8 + 3, 3);
    m.out8(0x2f8, 'x'.charCodeAt(0));
    expect(m.in8(LSR)).toBe(0x60);
    expect([m.output(0), m.output(1)]).toEqual(['hello', 'x']);
  });
  it('raises THRI when it is enabled, takes it back at a read of IIR, and raises it again', () => {
    m.out8(IER, 2);
    expect(m.intr).toBe(true);
    expect(iir()).toBe(2);
    expect(iir()).toBe(1);
    expect(m.intr).toBe(false);
    m.out8(IER, 0);
    m.out8(IER, 2);
    expect(iir()).toBe(2);
  });
  it('makes an edge for each byte sent', () => {
    m.out8(IER, 2);
    expect(m.service()).toBe(4);
    for (let i = 0; i < 3; i++) {
      m.out8(THR, 65);
      expect(m.intr).toBe(true);
      expect(m.service()).toBe(4);
    }
  });
  it('passes a full ring on to the guest and loses nothing', () => {
    m.out8(FCR, 1);
    m.out8(IER, 2);
    let sent = '';
    while (m.in8(LSR) & 0x20) {
      const c = String.fromCharCode(33 + (sent.length % 90));
      m.out8(THR, c.charCodeAt(0));
      sent += c;
    }
    expect(sent.length).toBe(RING + 1);
    expect(m.in8(LSR) & 0x60).toBe(0);
    for (let i = 0; i < 15; i++) {
      m.out8(THR, 48 + i);
      sent += String.fromCharCode(48 + i);
    }
    expect(iir()).toBe(1);
    m.core.advance(5e6);
    expect(m.intr).toBe(false);
    const first = m.output(0);
    m.core.advance(1e6);
    expect(m.intr).toBe(true);
    expect(iir()).toBe(2);
    expect(first + m.output(0)).toBe(sent);
    expect(m.core.nextDeadline()).toBe(Infinity);
  });
});

describe('receiver', () => {
  it('gets bytes one by one without FIFO', () => {
    m.out8(IER, 1);
    m.type(0, 'ab');
    expect(m.service()).toBe(4);
    expect(iir()).toBe(4);
    expect(m.in8(COM1)).toBe(97);
    expect(m.intr).toBe(true);
    expect(m.service()).toBe(4);
    expect(m.in8(COM1)).toBe(98);
    expect(m.in8(LSR) & 1).toBe(0);
    expect(iir()).toBe(1);
  });
  it('interrupts at the trigger level', () => {
    m.out8(IER, 1);
    for (const [bits, level] of [
      [0, 1],
      [1, 4],
      [2, 8],
      [3, 14],
    ] as const) {
      m.out8(FCR, 0x07 | (bits << 6));
      m.type(0, 'x'.repeat(level - 1));
      expect(iir()).toBe(1);
      m.type(0, 'y');
      expect(iir()).toBe(4);
      expect(m.intr).toBe(true);
      expect(readAll()).toBe('x'.repeat(level - 1) + 'y');
      expect(m.intr).toBe(false);
    }
  });
  it('times out after four characters below the trigger level', () => {
    m.out8(LCR, 0x83);
    m.out8(COM1, 1);
    m.out8(COM1 + 1, 0);
    m.out8(LCR, 0x03);
    m.out8(FCR, 0xc1);
    m.out8(IER, 1);
    m.type(0, 'ab');
    m.core.advance(340_000);
    expect(m.intr).toBe(false);
    m.core.advance(10_000);
    expect(m.intr).toBe(true);
    expect(iir()).toBe(0x0c);
    expect(m.in8(COM1)).toBe(97);
    expect(iir()).toBe(1);
    m.core.advance(350_000);
    expect(iir()).toBe(0x0c);
    expect(m.in8(COM1)).toBe(98);
    expect(m.core.nextDeadline()).toBe(Infinity);
  });
  it('leaves in the ring what the FIFO cannot hold: no overrun', () => {
    const text = Array.from({ length: 1000 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');
    m.out8(FCR, 0x81);
    m.type(0, text);
    expect(m.in8(LSR) & 2).toBe(0);
    expect(readAll()).toBe(text);
  });
  it('forgets its bytes at a FIFO reset', () => {
    m.out8(FCR, 1);
    m.type(0, 'abc');
    m.out8(FCR, 3);
    expect(m.in8(LSR) & 1).toBe(0);
  });
  it('masks characters to the word length', () => {
    m.out8(LCR, 0x02);
    m.type(0, '\xc1');
    expect(m.in8(COM1)).toBe(0x41);
  });
});

describe('modem lines and loopback', () => {
  it('maps outputs to inputs and marks changes', () => {
    m.in8(MSR);
    m.out8(MCR, LOOP);
    expect(m.in8(MSR)).toBe(0x0b);
    expect(m.in8(MSR)).toBe(0);
    m.out8(MCR, LOOP | 0x0f);
    expect(m.in8(MSR)).toBe(0xfb);
    m.out8(MCR, LOOP | 0x0b);
    expect(m.in8(MSR)).toBe(0xb4);
  });
  it('raises a modem status interrupt until MSR is read', () => {
    m.in8(MSR);
    m.out8(IER, 8);
    m.out8(MCR, LOOP);
    expect(iir()).toBe(0);
    m.in8(MSR);
    expect(iir()).toBe(1);
  });
  it('returns bytes, sends none, and reports overrun', () => {
    m.out8(MCR, LOOP);
    m.out8(FCR, 1);
    m.out8(IER, 4);
    for (let i = 0; i < 17; i++) m.out8(THR, 65 + i);
    expect(iir()).toBe(6);
    expect(m.in8(LSR)).toBe(0x63);
    expect(iir()).toBe(1);
    expect(readAll()).toBe('ABCDEFGHIJKLMNOP');
    expect(m.output(0)).toBe('');
  });
  it('holds input back while in loopback', () => {
    m.out8(MCR, LOOP);
    m.type(0, 'a');
    expect(m.in8(LSR) & 1).toBe(0);
    m.out8(MCR, OUT2);
    expect(m.in8(COM1)).toBe(97);
  });
});

describe('interrupt line', () => {
  it('is gated by OUT2 and cut in loopback', () => {
    m.out8(MCR, 3);
    m.out8(IER, 2);
    expect(m.intr).toBe(false);
    m.out8(MCR, OUT2);
    expect(m.intr).toBe(true);
    m.out8(MCR, OUT2 | LOOP);
    expect(m.intr).toBe(false);
  });
  it('ranks line status over data over transmitter over modem status', () => {
    m.out8(MCR, LOOP);
    m.in8(MSR);
    m.out8(MCR, LOOP | 1);
    m.out8(THR, 1);
    m.out8(THR, 2);
    m.out8(IER, 0x0f);
    expect(iir()).toBe(6);
    m.in8(LSR);
    expect(iir()).toBe(4);
    m.in8(COM1);
    expect(iir()).toBe(2);
    expect(iir()).toBe(0);
    m.in8(MSR);
    expect(iir()).toBe(1);
  });
  it('is line 3 for COM2', () => {
    m.out8(0x2f8 + 4, OUT2);
    m.out8(0x2f8 + 1, 2);
    expect(m.service()).toBe(3);
  });
});
