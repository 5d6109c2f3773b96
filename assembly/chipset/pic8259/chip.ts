/**
 * One 8259A interrupt controller: request, mask and in-service registers, priorities, the acknowledge cycle
 * (Intel 8259A data sheet). It neither knows the CPU nor the other chip: pair.ts wires them.
 *
 * INVARIANT: an edge-triggered request lives only as long as its line is high; one that falls before the acknowledge
 * makes the chip answer with level 7 and leave the in-service register alone (the "default IR7", a spurious interrupt).
 *
 * As in the 82371SB, ICW1's LTIM bit is ignored: ELCR chooses edge or level a line. MCS-80 call sequences do not exist.
 */
import { atMost, bits } from '../../bus/section';


@unmanaged
export class Pic {
  /** Requests, in-service and mask registers, bit n: IRn. */
  irr: u32;
  isr: u32;
  imr: u32;
  /** Levels of the inputs as they are now. */
  lines: u32;
  /** 1: level triggered. */
  elcr: u32;
  /** Inputs that a slave's INT pin drives: they follow its level, whatever ELCR says. */
  cascade: u32;
  icw1: u32;
  icw2: u32;
  icw3: u32;
  icw4: u32;
  /** The initialization command word that the next write to the odd port is; 0: none. */
  expected: u32;
  /** ICW1 to ICW4 were received once; before that INT stays low. */
  initialized: u32;
  /** The level with the lowest priority; 7 unless rotated. */
  lowest: u32;
  specialMask: u32;
  /** Rotate in automatic EOI mode. */
  rotateOnAutoEoi: u32;
  /** The next read is an acknowledge (poll command). */
  poll: u32;
  /** Reads of the even port give ISR, not IRR. */
  readIsr: u32;
  /** Level of the INT pin. */
  int: u32;
}

const ICW1_IC4: u32 = 0x01;
export const ICW1_SNGL: u32 = 0x02;
const ICW1_FLAG: u32 = 0x10;
const ICW4_AEOI: u32 = 0x02;
const ICW4_SFNM: u32 = 0x10;
const OCW3_FLAG: u32 = 0x08;
const NONE: u32 = 8;
/** The level that answers when there is no request. */
const SPURIOUS: u32 = 7;

/** As after power-on; the levels of the inputs and the wiring stay. */
export function reset(p: Pic): void {
  p.irr = 0;
  p.isr = 0;
  p.imr = 0;
  p.elcr = 0;
  p.icw1 = 0;
  p.icw2 = 0;
  p.icw4 = 0;
  p.expected = 0;
  p.initialized = 0;
  p.lowest = 7;
  p.specialMask = 0;
  p.rotateOnAutoEoi = 0;
  p.poll = 0;
  p.readIsr = 0;
}

/** An input changes its level. */
export function setLine(p: Pic, line: u32, level: bool): void {
  const bit: u32 = 1 << line;
  if (!level) {
    p.lines &= ~bit;
    p.irr &= ~bit;
  } else if (!(p.lines & bit)) {
    p.lines |= bit;
    p.irr |= bit;
  }
}
/** The level of the highest priority among `bits`, as a distance from the highest: 0 to 7, or NONE. */
function priorityOf(p: Pic, bits: u32): u32 {
  if (!bits) return NONE;
  const twice = bits | (bits << 8);
  return ctz<u32>((twice >> ((p.lowest + 1) & 7)) & 0xff);
}
function levelAt(p: Pic, priority: u32): u32 {
  return (p.lowest + 1 + priority) & 7;
}
/** In-service levels that hold off others: all, but in special mask mode the masked ones. */
function blocking(p: Pic): u32 {
  return p.specialMask ? p.isr & ~p.imr : p.isr;
}
/** The level that would be acknowledged now, or NONE. */
export function pending(p: Pic): u32 {
  const requested = priorityOf(p, p.irr & ~p.imr);
  if (requested == NONE || !p.initialized) return NONE;
  const level = levelAt(p, requested);
  const served = priorityOf(p, blocking(p));
  // Special fully nested mode: a slave in service may ask again, for a higher level of its own.
  const nested = p.icw4 & ICW4_SFNM ? p.icw3 & p.cascade & (1 << level) : 0;
  if (requested < served || (nested != 0 && requested == served)) return level;
  return NONE;
}
export function wantsService(p: Pic): bool {
  return pending(p) != NONE;
}
/** First INTA pulse, or a poll: the level goes into service. Nothing pending: SPURIOUS. */
export function acknowledge(p: Pic): u32 {
  const level = pending(p);
  if (level == NONE) return SPURIOUS;
  const bit: u32 = 1 << level;
  if (!((p.elcr | p.cascade) & bit)) p.irr &= ~bit;
  if (!(p.icw4 & ICW4_AEOI)) p.isr |= bit;
  else if (p.rotateOnAutoEoi) p.lowest = level;
  return level;
}
export function vectorOf(p: Pic, level: u32): u32 {
  return (p.icw2 & 0xf8) | level;
}

/** Even port. The poll answer: bit 7 a request, bits 2:0 its level. */
export function readCommand(p: Pic): u32 {
  if (p.poll) return answerPoll(p);
  return p.readIsr ? p.isr : p.irr;
}
export function readData(p: Pic): u32 {
  return p.poll ? answerPoll(p) : p.imr;
}
function answerPoll(p: Pic): u32 {
  p.poll = 0;
  return wantsService(p) ? 0x80 | acknowledge(p) : 0;
}

export function writeCommand(p: Pic, value: u32): void {
  if (value & ICW1_FLAG) initialize(p, value);
  else if (value & OCW3_FLAG) writeOcw3(p, value);
  else writeOcw2(p, value);
}
/** ICW1: the edge detectors are reset, so a line has to rise again; mask and modes are cleared. */
function initialize(p: Pic, value: u32): void {
  p.icw1 = value;
  p.irr = p.lines & (p.elcr | p.cascade);
  p.imr = 0;
  p.isr = 0;
  p.lowest = 7;
  p.specialMask = 0;
  p.rotateOnAutoEoi = 0;
  p.poll = 0;
  p.readIsr = 0;
  if (!(value & ICW1_IC4)) p.icw4 = 0;
  p.initialized = 0;
  p.expected = 2;
}
export function writeData(p: Pic, value: u32): void {
  if (!p.expected) {
    p.imr = value & 0xff;
    return;
  }
  if (p.expected == 2) {
    p.icw2 = value;
    p.expected = p.icw1 & ICW1_SNGL ? afterIcw3(p) : 3;
  } else if (p.expected == 3) {
    p.icw3 = value;
    p.expected = afterIcw3(p);
  } else {
    p.icw4 = value;
    p.expected = 0;
  }
  if (!p.expected) p.initialized = 1;
}
function afterIcw3(p: Pic): u32 {
  return p.icw1 & ICW1_IC4 ? 4 : 0;
}
/** OCW2: R, SL and EOI in bits 7:5, a level in bits 2:0. */
function writeOcw2(p: Pic, value: u32): void {
  const operand = value & 7;
  switch (value >> 5) {
    case 0:
      p.rotateOnAutoEoi = 0;
      break;
    case 1:
      endOfInterrupt(p, highestInService(p), false);
      break;
    case 3:
      endOfInterrupt(p, operand, false);
      break;
    case 4:
      p.rotateOnAutoEoi = 1;
      break;
    case 5:
      endOfInterrupt(p, highestInService(p), true);
      break;
    case 6:
      p.lowest = operand;
      break;
    case 7:
      endOfInterrupt(p, operand, true);
      break;
  }
}
/** What a non-specific EOI ends. In special mask mode it does not end a masked level. */
function highestInService(p: Pic): u32 {
  const priority = priorityOf(p, blocking(p));
  return priority == NONE ? NONE : levelAt(p, priority);
}
function endOfInterrupt(p: Pic, level: u32, rotate: bool): void {
  if (level == NONE) return;
  p.isr &= ~(1 << level);
  if (rotate) p.lowest = level;
}
/** OCW3: ESMM SMM in bits 6:5, poll bit 2, RR RIS in bits 1:0. */
function writeOcw3(p: Pic, value: u32): void {
  if (value & 0x40) p.specialMask = (value >> 5) & 1;
  if (value & 4) p.poll = 1;
  else if (value & 2) p.readIsr = value & 1;
}

/** INT follows from the rest. The wiring (`cascade`) is no field. */
export function persist(p: Pic): void {
  p.irr = bits(p.irr, 0xff);
  p.isr = bits(p.isr, 0xff);
  p.imr = bits(p.imr, 0xff);
  p.lines = bits(p.lines, 0xff);
  p.elcr = bits(p.elcr, 0xff);
  p.icw1 = bits(p.icw1, 0xff);
  p.icw2 = bits(p.icw2, 0xff);
  p.icw3 = bits(p.icw3, 0xff);
  p.icw4 = bits(p.icw4, 0xff);
  p.expected = atMost(p.expected, 4);
  p.initialized = bits(p.initialized, 1);
  p.lowest = bits(p.lowest, 7);
  p.specialMask = bits(p.specialMask, 1);
  p.rotateOnAutoEoi = bits(p.rotateOnAutoEoi, 1);
  p.poll = bits(p.poll, 1);
  p.readIsr = bits(p.readIsr, 1);
}
