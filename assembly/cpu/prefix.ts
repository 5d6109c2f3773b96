/**
 * What the prefixes and the mode of the code say about the running instruction. At rest these globals hold the mode's
 * defaults; `applyMode` derives them whenever the run loop has had to look at the world, and a prefixed instruction
 * sets them back when it is done. Transient: all follows from CpuState and the segment registers.
 */
import { AR_DB, CODE16, CODE64, cpu, Seg, Segment, segment } from './state';
import { SEGMENTS } from '../layout';
import { noteShapeChange } from './shape';

/** Segments of memory operands with base other than, and with base, (E)SP or (E)BP. */
export let dataSegment: Segment = changetype<Segment>(SEGMENTS);
export let frameSegment: Segment = changetype<Segment>(SEGMENTS);
/** Segments without override: pushes and pops, string destinations. */
export let stackSegment: Segment = changetype<Segment>(SEGMENTS);
export let stringSegment: Segment = changetype<Segment>(SEGMENTS);
/** Selector index (Seg) of dataSegment, for what needs the number. */
export let overridden: bool = false;
/** All ones of the address size and of the stack's width. */
export let addressMask: u64 = 0xffff;
export let stackMask: u64 = 0xffff;
/** Largest offset that a near jump may reach. */
export let codeLimit: u64 = 0xffff;
/** F3h or F2h, 0 without. */
export let repeat: u32 = 0;
export let locked: bool = false;
/** The REX byte of 64-bit code, 0 without. */
export let rex: u32 = 0;
export let operandSize16: bool = false;
let hasPrefixes: bool = false;

/** Derives everything from the mode. */
export function applyMode(): void {
  const mode = cpu.codeMode;
  const long = mode == CODE64;
  stackSegment = segment(long ? Seg.FLAT_STACK : Seg.SS);
  stringSegment = segment(long ? Seg.FLAT : Seg.ES);
  stackMask = long ? ~(<u64>0) : segment(Seg.SS).access & AR_DB ? 0xffff_ffff : 0xffff;
  noteShapeChange();
  codeLimit = long ? 0x7fff_ffff_ffff : <u64>segment(Seg.CS).limit;
  hasPrefixes = true;
  resetPrefixes();
}
export function resetPrefixes(): void {
  if (!hasPrefixes) return;
  hasPrefixes = false;
  const mode = cpu.codeMode;
  dataSegment = segment(mode == CODE64 ? Seg.FLAT : Seg.DS);
  frameSegment = stackSegment;
  overridden = false;
  addressMask = mode == CODE64 ? ~(<u64>0) : mode == CODE16 ? 0xffff : 0xffff_ffff;
  repeat = 0;
  locked = false;
  rex = 0;
  operandSize16 = mode == CODE16;
}
export function overrideSegment(s: u32): void {
  hasPrefixes = true;
  // In 64-bit mode only FS and GS have a base (SDM 3A 3.4.4); other overrides are ignored.
  if (cpu.codeMode == CODE64 && s < Seg.FS) return;
  overridden = true;
  dataSegment = segment(s);
  frameSegment = segment(s);
}
export function overrideOperandSize(): void {
  hasPrefixes = true;
  operandSize16 = cpu.codeMode != CODE16;
}
export function overrideAddressSize(): void {
  hasPrefixes = true;
  addressMask = cpu.codeMode == CODE16 || cpu.codeMode == CODE64 ? 0xffff_ffff : 0xffff;
}
export function setRepeat(prefix: u32): void {
  hasPrefixes = true;
  repeat = prefix;
}
export function setLocked(): void {
  hasPrefixes = true;
  locked = true;
}
export function setRex(prefix: u32): void {
  hasPrefixes = true;
  rex = prefix;
}

let savedData: Segment = changetype<Segment>(SEGMENTS);
let savedFrame: Segment = changetype<Segment>(SEGMENTS);
let savedMask: u64 = 0;
let savedRest: u32 = 0;
/** For reading an instruction twice (interpreter/length.ts). Not nested. */
export function savePrefixes(): void {
  savedData = dataSegment;
  savedFrame = frameSegment;
  savedMask = addressMask;
  savedRest = repeat | (rex << 8) | ((<u32>locked) << 16) | ((<u32>operandSize16) << 17) | ((<u32>overridden) << 18);
}
export function restorePrefixes(): void {
  hasPrefixes = true;
  dataSegment = savedData;
  frameSegment = savedFrame;
  addressMask = savedMask;
  repeat = savedRest & 0xff;
  rex = (savedRest >> 8) & 0xff;
  locked = (savedRest & 0x10000) != 0;
  operandSize16 = (savedRest & 0x20000) != 0;
  overridden = (savedRest & 0x40000) != 0;
}
