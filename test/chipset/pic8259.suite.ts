/** 8259A data sheet: initialization, priorities, EOIs, rotation, masks, triggering, poll, cascade, spurious levels. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine } from './machine.ts';

let m: Machine;
beforeEach(async () => {
  m = await createMachine();
  m.core.setIrq(0, false); // the timer's output is high after reset
  m.initializePics();
});
const raise = (...lines: number[]) => lines.forEach((line) => m.core.setIrq(line, true));
const lower = (...lines: number[]) => lines.forEach((line) => m.core.setIrq(line, false));
const irr = () => (m.out8(0x20, 0x0a), m.in8(0x20));
const isr = () => (m.out8(0x20, 0x0b), m.in8(0x20));

describe('initialization', () => {
  it('keeps INTR low until the command words were given', async () => {
    m = await createMachine();
    raise(1);
    m.out8(0x20, 0x11);
    m.out8(0x21, 0x40, 0x04);
    expect(m.intr).toBe(false);
    m.out8(0x21, 0x01);
    lower(1);
    raise(1);
    expect(m.intr).toBe(true);
    expect(m.core.acknowledge()).toBe(0x41);
  });
  it('resets edge detectors and mask by ICW1: a high line has to rise again', () => {
    m.out8(0x21, 0xff);
    raise(3);
    m.initializePics();
    expect(m.in8(0x21)).toBe(0);
    expect(m.intr).toBe(false);
    lower(3);
    raise(3);
    expect(m.intr).toBe(true);
  });
  it('needs no ICW4 when IC4 is 0, no ICW3 when SNGL is 1', () => {
    m.out8(0x20, 0x12);
    m.out8(0x21, 0x60);
    m.out8(0x21, 0xfb);
    expect(m.in8(0x21)).toBe(0xfb);
    m.out8(0x21, 0);
    raise(5);
    expect(m.core.acknowledge()).toBe(0x65);
  });
  it('takes the upper five bits of the vector only', () => {
    m.out8(0x20, 0x11);
    m.out8(0x21, 0x57, 0x04, 0x01, 0);
    raise(0);
    expect(m.core.acknowledge()).toBe(0x50);
  });
});

describe('fully nested mode', () => {
  it('serves the highest priority first and holds off lower and equal ones until EOI', () => {
    raise(4, 1, 6);
    expect(m.core.acknowledge()).toBe(0x21);
    expect(isr()).toBe(0x02);
    expect(irr()).toBe(0x50);
    expect(m.intr).toBe(false);
    raise(0);
    expect(m.core.acknowledge()).toBe(0x20);
    m.out8(0x20, 0x20);
    expect(isr()).toBe(0x02);
    expect(m.intr).toBe(false);
    m.out8(0x20, 0x20);
    expect(m.core.acknowledge()).toBe(0x24);
  });
  it('ends a given level with a specific EOI', () => {
    raise(4);
    m.core.acknowledge();
    raise(1);
    m.core.acknowledge();
    m.out8(0x20, 0x64);
    expect(isr()).toBe(0x02);
  });
  it('masks requests without losing them', () => {
    m.out8(0x21, 0x10);
    raise(4);
    expect(m.intr).toBe(false);
    expect(irr()).toBe(0x10);
    m.out8(0x21, 0);
    expect(m.intr).toBe(true);
  });
});

describe('rotation', () => {
  it('rotates on non-specific EOI: the level served becomes the lowest', () => {
    raise(4);
    m.core.acknowledge();
    m.out8(0x20, 0xa0);
    raise(3, 5);
    expect(m.core.acknowledge()).toBe(0x25);
  });
  it('rotates on specific EOI', () => {
    raise(2 + 1);
    m.core.acknowledge();
    m.out8(0x20, 0xe3);
    expect(isr()).toBe(0);
    raise(0, 4);
    expect(m.core.acknowledge()).toBe(0x24);
  });
  it('sets the priority by command', () => {
    m.out8(0x20, 0xc5);
    raise(0, 5, 6);
    expect(m.core.acknowledge()).toBe(0x26);
    m.out8(0x20, 0x20);
    expect(m.core.acknowledge()).toBe(0x20);
  });
  it('rotates in automatic EOI mode', () => {
    m.initializePics(0x03);
    m.out8(0x20, 0x80);
    raise(1, 3);
    expect(m.core.acknowledge()).toBe(0x21);
    expect(isr()).toBe(0);
    lower(1);
    raise(1);
    expect(m.core.acknowledge()).toBe(0x23);
    m.out8(0x20, 0x00);
    expect(m.core.acknowledge()).toBe(0x21);
  });
});

describe('special mask mode', () => {
  it('lets lower levels through while the masked level is in service', () => {
    raise(2 + 1);
    m.core.acknowledge();
    raise(6);
    expect(m.intr).toBe(false);
    m.out8(0x21, 0x08);
    m.out8(0x20, 0x68);
    expect(m.core.acknowledge()).toBe(0x26);
    m.out8(0x20, 0x20); // does not end the masked level
    expect(isr()).toBe(0x08);
    m.out8(0x20, 0x48);
    raise(5);
    expect(m.intr).toBe(false);
  });
});

describe('triggering', () => {
  it('wants a new edge in edge mode', () => {
    raise(3);
    m.service();
    expect(m.intr).toBe(false);
    lower(3);
    raise(3);
    expect(m.intr).toBe(true);
  });
  it('repeats as long as the line is high in level mode', () => {
    m.out8(0x4d0, 0x20);
    raise(5);
    expect(m.service()).toBe(5);
    expect(m.intr).toBe(true);
    lower(5);
    expect(m.intr).toBe(false);
  });
  it('has no level mode for lines 0, 1, 2, 8 and 13', () => {
    m.out16(0x4d0, 0xffff);
    expect(m.in16(0x4d0)).toBe(0xdef8);
  });
  it('forgets a request whose line falls, and answers an acknowledge then with level 7', () => {
    raise(3);
    lower(3);
    expect(m.intr).toBe(false);
    expect(m.core.acknowledge()).toBe(0x27);
    expect(isr()).toBe(0);
  });
});

describe('cascade', () => {
  it('brings requests of the slave through input 2', () => {
    raise(12);
    expect(m.intr).toBe(true);
    expect(irr()).toBe(0x04);
    expect(m.core.acknowledge()).toBe(0x2c);
    expect(isr()).toBe(0x04);
    m.out8(0xa0, 0x0b);
    expect(m.in8(0xa0)).toBe(0x10);
  });
  it('ranks the slave between master levels 1 and 3', () => {
    raise(3, 8, 1);
    expect([m.service(), m.service(), m.service()]).toEqual([1, 8, 3]);
  });
  it('serves two requests of the slave one after the other', () => {
    raise(14, 12);
    expect(m.service()).toBe(12);
    expect(m.intr).toBe(true);
    expect(m.service()).toBe(14);
    expect(m.intr).toBe(false);
  });
  it('holds back a higher level of the slave, unless the master is in special fully nested mode', () => {
    raise(12);
    m.core.acknowledge();
    raise(9);
    expect(m.intr).toBe(false);
    lower(9, 12);
    m.initializePics(0x11);
    raise(12);
    m.core.acknowledge();
    raise(9);
    expect(m.intr).toBe(true);
    expect(m.core.acknowledge()).toBe(0x29);
  });
  it('polls the master for the input and the slave for its level', () => {
    raise(10);
    m.out8(0x20, 0x0c);
    expect(m.in8(0x20)).toBe(0x82);
    m.out8(0xa0, 0x0c);
    expect(m.in8(0xa0)).toBe(0x82);
    m.out8(0x20, 0x20);
    expect(m.intr).toBe(false);
  });
  it('asks the slave only where ICW3 says that there is one', () => {
    m.out8(0x20, 0x11);
    m.out8(0x21, 0x20, 0x00, 0x01, 0);
    raise(10);
    expect(m.core.acknowledge()).toBe(0x22);
  });
});

describe('poll mode', () => {
  it('acknowledges by a read', () => {
    raise(6);
    m.out8(0x20, 0x0c);
    expect(m.in8(0x20)).toBe(0x86);
    expect(isr()).toBe(0x40);
    expect(m.intr).toBe(false);
  });
  it('says so when there is nothing', () => {
    m.out8(0x20, 0x0c);
    expect(m.in8(0x20)).toBe(0);
    expect(isr()).toBe(0);
  });
});
