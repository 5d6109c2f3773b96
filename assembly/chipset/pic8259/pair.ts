/**
 * The two 8259As of a PC/AT: the slave's INT pin drives input 2 of the master, the master's drives the CPU. Lines 0 to
 * 7 belong to the master, 8 to 15 to the slave. The edge/level control registers (82371SB data sheet, ELCR1, ELCR2)
 * are here as well: lines 0, 1, 2, 8 and 13 are always edge triggered.
 *
 * Handlers get the address of one chip; INVARIANT: after each change of either chip `settle` carries the pins over.
 */
import { setIntr } from '../../bus/interrupts';
import { readBytes, writeBytes } from '../bytewide';
import { PIC_MASTER, PIC_SLAVE } from '../map';
import * as chip from './chip';
import { Pic } from './chip';

// @ts-ignore: decorator
@inline const master: Pic = changetype<Pic>(PIC_MASTER);
// @ts-ignore: decorator
@inline const slave: Pic = changetype<Pic>(PIC_SLAVE);
const CASCADE_LINE: u32 = 2;
const MASTER_LEVEL_LINES: u32 = 0xf8;
const SLAVE_LEVEL_LINES: u32 = 0xde;

export function reset(): void {
  chip.reset(master);
  chip.reset(slave);
  master.cascade = 1 << CASCADE_LINE;
  slave.cascade = 0;
  settle();
}
/** An interrupt line 0 to 15 changes its level. */
export function setLine(line: u32, level: bool): void {
  if (line < 8) chip.setLine(master, line, level);
  else chip.setLine(slave, line - 8, level);
  settle();
}
function settle(): void {
  slave.int = chip.wantsService(slave);
  chip.setLine(master, CASCADE_LINE, slave.int != 0);
  const int = chip.wantsService(master);
  if (<u32>int == master.int) return;
  master.int = int;
  setIntr(int);
}
/** The CPU's interrupt acknowledge cycle: the vector, of the slave where the master's level is its input. */
export function acknowledge(): u32 {
  const level = chip.acknowledge(master);
  const bit: u32 = 1 << level;
  const fromSlave = bit & master.cascade & slaveInputs();
  const vector = fromSlave ? chip.vectorOf(slave, chip.acknowledge(slave)) : chip.vectorOf(master, level);
  settle();
  return vector;
}
/** The inputs that ICW3 says have a slave. */
function slaveInputs(): u32 {
  return master.icw1 & chip.ICW1_SNGL ? 0 : master.icw3;
}

export function read(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, read);
  if (offset > 1) return 0xff;
  const p = changetype<Pic>(device);
  const value = offset ? chip.readData(p) : chip.readCommand(p);
  settle();
  return value;
}
export function write(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, write);
  if (offset > 1) return;
  const p = changetype<Pic>(device);
  if (offset) chip.writeData(p, value & 0xff);
  else chip.writeCommand(p, value & 0xff);
  settle();
}
/** ELCR1 and ELCR2. */
export function readTrigger(device: usize, offset: u32, size: u32): u32 {
  if (size != 1) return readBytes(device, offset, size, readTrigger);
  if (offset > 1) return 0xff;
  return offset ? slave.elcr : master.elcr;
}
export function writeTrigger(device: usize, offset: u32, size: u32, value: u32): void {
  if (size != 1) return writeBytes(device, offset, size, value, writeTrigger);
  if (offset == 0) setTrigger(master, value & MASTER_LEVEL_LINES);
  if (offset == 1) setTrigger(slave, value & SLAVE_LEVEL_LINES);
  settle();
}
/** A line that becomes level triggered requests if it is high. */
function setTrigger(p: Pic, elcr: u32): void {
  p.elcr = elcr;
  p.irr |= p.lines & elcr;
}

export function persist(): void {
  chip.persist(master);
  chip.persist(slave);
  settle();
  // The CPU's pin is derived as well
  setIntr(master.int != 0);
}
