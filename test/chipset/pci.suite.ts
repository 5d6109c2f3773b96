/** PCI Local Bus 2.3: configuration mechanism 1, base address registers, interrupt routing of the 82371SB. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine } from './machine.ts';

const ADDRESS = 0xcf8;
const DATA = 0xcfc;
let m: Machine;
beforeEach(async () => {
  m = await createMachine();
});
/** Selects a register by device, function and offset; the port of its byte. */
function select(device: number, fn: number, offset: number): number {
  m.out32(ADDRESS, (0x80000000 | (device << 11) | (fn << 8) | (offset & 0xfc)) >>> 0);
  return DATA + (offset & 3);
}
const get8 = (device: number, fn: number, offset: number) => m.in8(select(device, fn, offset));
const get16 = (device: number, fn: number, offset: number) => m.in16(select(device, fn, offset));
const get32 = (device: number, fn: number, offset: number) => m.in32(select(device, fn, offset));
const set32 = (device: number, fn: number, offset: number, value: number) => m.out32(select(device, fn, offset), value);
const set16 = (device: number, fn: number, offset: number, value: number) => m.out16(select(device, fn, offset), value);
const set8 = (device: number, fn: number, offset: number, value: number) => m.out8(select(device, fn, offset), value);

describe('configuration mechanism 1', () => {
  it('is there for the check of Linux', () => {
    m.out8(0xcfb, 1);
    const before = m.in32(ADDRESS);
    m.out32(ADDRESS, 0x80000000);
    expect(m.in32(ADDRESS)).toBe(0x80000000);
    m.out32(ADDRESS, before);
    expect(get16(0, 0, 0x0a)).toBe(0x0600);
  });
  it('shows host bridge, ISA bridge and power management, and nothing else', () => {
    const found: string[] = [];
    for (let device = 0; device < 32; device++) {
      for (let fn = 0; fn < 8; fn++) {
        const id = get32(device, fn, 0);
        if (id !== 0xffffffff) found.push(`${device}.${fn} ${id.toString(16)} ${get32(device, fn, 8).toString(16)}`);
      }
    }
    expect(found).toEqual(['0.0 12378086 6000002', '1.0 70008086 6010000', '1.3 71138086 6800003']);
    expect(get8(1, 0, 0x0e)).toBe(0x80);
  });
  it('reads bytes and words at their place', () => {
    expect([get8(0, 0, 0), get8(0, 0, 1), get16(0, 0, 2), get8(0, 0, 3)]).toEqual([0x86, 0x80, 0x1237, 0x12]);
  });
  it('answers with ones on other buses, without enable, and across a dword', () => {
    m.out32(ADDRESS, 0x80010000);
    expect(m.in32(DATA)).toBe(0xffffffff);
    m.out32(ADDRESS, 0);
    expect(m.in32(DATA)).toBe(0xffffffff);
    select(0, 0, 0);
    expect(m.in16(DATA + 3)).toBe(0xffff);
  });
  it('does not take byte or word writes to the address', () => {
    m.out32(ADDRESS, 0x80000800);
    m.out16(ADDRESS, 0);
    m.out8(ADDRESS, 0);
    expect(m.in32(ADDRESS)).toBe(0x80000800);
  });
  it('protects what cannot be written', () => {
    set32(0, 0, 0, 0);
    set32(0, 0, 8, 0);
    expect([get32(0, 0, 0), get32(0, 0, 8)]).toEqual([0x12378086, 0x06000002]);
  });
});

describe('windows', () => {
  beforeEach(() => {
    m.core.plugPci(4);
    m.core.reset();
  });
  const io = () => get32(4, 0, 0x10) & ~3;
  const memory = () => (get32(4, 0, 0x14) & ~15) >>> 0;
  it('are placed, aligned and switched on as firmware does', () => {
    expect(io()).toBe(0xc000);
    expect(get32(4, 0, 0x10) & 3).toBe(1);
    expect(memory() % 4096).toBe(0);
    expect(m.in32(io() + 5)).toBe(0x105);
    expect(m.core.memoryRead(memory() + 0x10, 4)).toBe(0x210);
  });
  it('tell their size', () => {
    const [before1, before2] = [get32(4, 0, 0x10), get32(4, 0, 0x14)];
    set32(4, 0, 0x10, 0xffffffff);
    set32(4, 0, 0x14, 0xffffffff);
    set32(4, 0, 0x18, 0xffffffff);
    expect([get32(4, 0, 0x10), get32(4, 0, 0x14), get32(4, 0, 0x18)]).toEqual([0xffffffe1, 0xfffff000, 0]);
    set32(4, 0, 0x10, before1);
    set32(4, 0, 0x14, before2);
    expect(m.in32(0xc001)).toBe(0x101);
  });
  it('move, again and again', () => {
    for (let i = 0; i < 1000; i++) {
      const base = 0xd000 + (i % 64) * 32;
      set32(4, 0, 0x10, base);
      expect(m.in32(base + 3)).toBe(0x103);
      expect(m.in8(0xc000)).toBe(0xff);
    }
    for (let i = 0; i < 1000; i++) {
      const base = 0xe0000000 + (i % 64) * 4096;
      set32(4, 0, 0x14, base);
      expect(m.core.memoryRead(base, 4)).toBe(0x200);
    }
    expect(m.core.memoryRead(0xe0000000, 4) >>> 0).toBe(0xffffffff);
  });
  it('are off when decoding is', () => {
    set16(4, 0, 4, 2);
    expect(m.in8(0xc000)).toBe(0xff);
    expect(m.core.memoryRead(memory(), 4)).toBe(0x200);
    set16(4, 0, 4, 1);
    expect(m.in32(0xc000)).toBe(0x100);
    expect(m.core.memoryRead(memory(), 4) >>> 0).toBe(0xffffffff);
  });
  it('yield to what is there already', () => {
    set32(4, 0, 0x10, 0x3e0);
    m.out8(0x3ff, 0x5a);
    expect(m.in8(0x3ff)).toBe(0x5a);
    expect(m.in8(0x3e0)).toBe(0xff);
    set32(4, 0, 0x10, 0x10000);
    set32(4, 0, 0x10, 0xffffffe0);
    set32(4, 0, 0x10, 0xc000);
    expect(m.in32(0xc000)).toBe(0x100);
  });
});

describe('interrupts', () => {
  beforeEach(() => {
    m.core.plugPci(4);
    m.core.reset();
    m.initializePics();
  });
  it('go by pin and device to the line that the ISA bridge says, as a level', () => {
    const line = get8(4, 0, 0x3c);
    expect(line).toBe(11); // INTA# of device 4: PIRQD
    m.core.pciInterrupt(true);
    expect(get16(4, 0, 6) & 8).toBe(8);
    expect(m.service()).toBe(line);
    expect(m.intr).toBe(true);
    m.core.pciInterrupt(false);
    expect(m.intr).toBe(false);
  });
  it('follow a change of the route, and can be switched off at either end', () => {
    m.core.pciInterrupt(true);
    set8(1, 0, 0x63, 5);
    expect(m.service()).toBe(5);
    m.core.pciInterrupt(false);
    m.core.pciInterrupt(true);
    set8(1, 0, 0x63, 0x80);
    expect(m.intr).toBe(false);
    set8(1, 0, 0x63, 0x0b);
    expect(m.intr).toBe(true);
    set16(4, 0, 4, 0x403);
    expect(m.intr).toBe(false);
  });
});

describe('PIIX4 power management', () => {
  it('has its block of ports at 600h, and can move it', () => {
    expect(get32(1, 3, 0x40)).toBe(0x601);
    expect(m.in16(0x604)).toBe(1);
    set32(1, 3, 0x40, 0x4001);
    expect(m.in16(0x604)).toBe(0xffff);
    expect(m.in16(0x4004)).toBe(1);
    set8(1, 3, 0x80, 0);
    expect(m.in16(0x4004)).toBe(0xffff);
    m.core.reset();
    expect(m.in16(0x604)).toBe(1);
  });
});
