/** PS/2 Technical Reference, keyboard controller: self test, command byte, ports without devices, A20, reset. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine } from './machine.ts';

const RESET = 5;
let m: Machine;
beforeEach(async () => {
  m = await createMachine();
  m.initializePics();
});
const command = (...bytes: number[]) => {
  m.out8(0x64, bytes[0]!);
  for (const byte of bytes.slice(1)) m.out8(0x60, byte);
};
const status = () => m.in8(0x64);
/** The answer, with its status bits above. */
const answer = () => {
  const flags = status();
  expect(flags & 1).toBe(1);
  return m.in8(0x60) | ((flags & 0xe0) << 8);
};

it('is empty, unlocked and past its self test after reset', () => {
  expect(status()).toBe(0x14);
});
it('passes self test and interface tests', () => {
  command(0xaa);
  expect(answer()).toBe(0x55);
  command(0xab);
  expect(answer()).toBe(0);
  command(0xa9);
  expect(answer()).toBe(0);
  expect(status() & 1).toBe(0);
});
it('keeps the command byte, with a bit for each port that is off', () => {
  command(0x60, 0x47);
  command(0xa7);
  command(0xad);
  command(0x20);
  expect(answer()).toBe(0x77);
  command(0xa8);
  command(0xae);
  command(0x20);
  expect(answer()).toBe(0x47);
});
it('tells command from data writes', () => {
  command(0xae);
  expect(status() & 8).toBe(8);
  m.out8(0x60, 0);
  expect(status() & 8).toBe(0);
});
it('loops bytes back as if they came from keyboard or AUX, with interrupts 1 and 12', () => {
  command(0x60, 0x47);
  command(0xd2, 0x12);
  expect(m.service()).toBe(1);
  expect(answer()).toBe(0x12);
  command(0xd3, 0x5a);
  expect(m.service()).toBe(12);
  expect(answer()).toBe(0x205a);
  expect(m.intr).toBe(false);
});
it('withdraws the interrupt when the byte is read', () => {
  command(0xd2, 1);
  expect(m.intr).toBe(true);
  m.in8(0x60);
  expect(m.intr).toBe(false);
});
it('answers for a missing device at once, with FEh and the time-out bit', () => {
  m.out8(0x60, 0xf2);
  expect(m.service()).toBe(1);
  expect(answer()).toBe(0x40fe);
  command(0xd4, 0xf2);
  expect(answer()).toBe(0x60fe);
  expect(status() & 1).toBe(0);
});

describe('with a keyboard', () => {
  beforeEach(() => m.core.plugKeyboard());
  it('carries bytes both ways', () => {
    m.out8(0x60, 0xf0);
    expect(m.service()).toBe(1);
    expect(answer()).toBe(0x0f);
  });
  it('holds bytes back while the port is off, and takes sixteen', () => {
    command(0xad);
    for (let i = 0; i < 16; i++) expect(m.core.keyboardSends(i)).toBe(1);
    expect(m.core.keyboardSends(16)).toBe(0);
    expect(status() & 1).toBe(0);
    command(0x20);
    expect(answer() & 0x10).toBe(0x10);
    command(0xae);
    for (let i = 0; i < 16; i++) {
      expect(m.service()).toBe(1);
      expect(answer()).toBe(i);
    }
    expect(status() & 1).toBe(0);
  });
});

describe('output port', () => {
  it('opens and shuts A20', () => {
    expect(m.core.a20()).toBe(1);
    command(0xd1, 0xdd);
    expect(m.core.a20()).toBe(0);
    m.out8(0x92, 2);
    expect(m.core.a20()).toBe(1);
    m.out8(0x92, 0);
    command(0xd1, 0xdf);
    expect(m.core.a20()).toBe(1);
    command(0xdd);
    expect(m.core.a20()).toBe(0);
    command(0xdf);
    expect(m.core.a20()).toBe(1);
  });
  it('reads back', () => {
    command(0xd0);
    expect(answer() & 0x03).toBe(0x03);
    command(0xd1, 0xdd);
    command(0xd0);
    expect(answer() & 0x03).toBe(0x01);
    command(0xdf);
    command(0xd0);
    expect(answer() & 0x03).toBe(0x03);
  });
  it('resets the machine by pulse, not by the null command', () => {
    command(0xff);
    expect(m.core.outcome()).toBe(0);
    command(0xfe);
    expect(m.core.outcome()).toBe(RESET);
  });
  it('resets the machine by its bit 0', () => {
    command(0xd1, 0xde);
    expect(m.core.outcome()).toBe(RESET);
  });
});
