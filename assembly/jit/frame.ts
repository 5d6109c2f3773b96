/**
 * The function of a block: which Wasm locals have a fixed use, and what is loaded before the block and stored after it.
 *
 *   (func (result i32)
 *     loads of the registers, flags and segments that the block uses
 *     block            exits, in the middle and at the end, set RIP and COUNT and leave it
 *       ...
 *     end
 *     stores of the registers and flags that the block changes, and of RIP
 *     COUNT)
 *
 * COUNT is the number of guest instructions that were executed; with LEFT set the next one is the interpreter's.
 */
import { CpuState, Segment, SEGMENT_SIZE } from '../cpu/state';
import { REGS, SEGMENTS, STATE } from '../layout';
import { access, i32Const } from './emit';
import { getLocal, setLocal } from './local';
import { I64_LOAD, I64_STORE } from './wasm';

/** Bit of the block's result: it was left because the interpreter has to execute the next instruction. */
export const LEFT: u32 = 0x8000_0000;

// Wasm locals: the guest's registers from 0 on, all of type i64 but COUNT
export const REGISTERS: u32 = 16;
export const FLAG_RESULT: u32 = REGISTERS;
export const FLAG_CARRIES: u32 = FLAG_RESULT + 1;
export const RIP: u32 = FLAG_CARRIES + 1;
/** Base and safeEnd of ES CS SS DS FS GS. */
const SEGMENT_BASE: u32 = RIP + 1;
const CACHED_SEGMENTS: u32 = 6;
const SEGMENT_END: u32 = SEGMENT_BASE + CACHED_SEGMENTS;
export const WIDE_LOCALS: u32 = SEGMENT_END + CACHED_SEGMENTS;
export const COUNT: u32 = WIDE_LOCALS;
export const FIRST_VALUE: u32 = COUNT + 1;

// Transient: of the block that is being translated, a bit each
let registersUsed: u32 = 0;
let registersWritten: u32 = 0;
let segmentsUsed: u32 = 0;
let flagsUsed: bool = false;
let flagsWritten: bool = false;

export function beginFrame(): void {
  registersUsed = 0;
  registersWritten = 0;
  segmentsUsed = 0;
  flagsUsed = false;
  flagsWritten = false;
}
/** Pushes guest register `r` as it was when it was last committed. */
export function getRegister(r: u32): void {
  registersUsed |= 1 << r;
  getLocal(r);
}
export function setRegister(r: u32): void {
  // Loaded too: an exit elsewhere stores it without having written it.
  registersUsed |= 1 << r;
  registersWritten |= 1 << r;
  setLocal(r);
}
export function useFlags(): void {
  flagsUsed = true;
}
/** Pops the carries, then the result. */
export function setFlagWords(): void {
  flagsUsed = true;
  flagsWritten = true;
  setLocal(FLAG_CARRIES);
  setLocal(FLAG_RESULT);
}
/** The flat segments of 64-bit code have constant fields instead. */
export function segmentIndex(s: Segment): u32 {
  return <u32>(changetype<usize>(s) - SEGMENTS) / SEGMENT_SIZE;
}
export function isFlat(s: Segment): bool {
  return segmentIndex(s) >= CACHED_SEGMENTS;
}
export function getSegmentBase(s: Segment): void {
  segmentsUsed |= 1 << segmentIndex(s);
  getLocal(SEGMENT_BASE + segmentIndex(s));
}
export function getSegmentEnd(s: Segment): void {
  segmentsUsed |= 1 << segmentIndex(s);
  getLocal(SEGMENT_END + segmentIndex(s));
}

function loadWide(local: u32, address: usize): void {
  i32Const(0);
  access(I64_LOAD, address);
  setLocal(local);
}
function storeWide(local: u32, address: usize): void {
  i32Const(0);
  getLocal(local);
  access(I64_STORE, address);
}
const RESULT_AT: usize = STATE + offsetof<CpuState>('flagResult');
const CARRIES_AT: usize = STATE + offsetof<CpuState>('flagCarries');

/** What the block has turned out to need. */
export function emitLoads(): void {
  for (let r: u32 = 0; r < REGISTERS; r++) if ((registersUsed >> r) & 1) loadWide(r, REGS + (r << 3));
  for (let s: u32 = 0; s < CACHED_SEGMENTS; s++) {
    if (!((segmentsUsed >> s) & 1)) continue;
    const at = SEGMENTS + s * SEGMENT_SIZE;
    loadWide(SEGMENT_BASE + s, at + offsetof<Segment>('base'));
    loadWide(SEGMENT_END + s, at + offsetof<Segment>('safeEnd'));
  }
  if (!flagsUsed) return;
  loadWide(FLAG_RESULT, RESULT_AT);
  loadWide(FLAG_CARRIES, CARRIES_AT);
}
export function emitStores(): void {
  for (let r: u32 = 0; r < REGISTERS; r++) if ((registersWritten >> r) & 1) storeWide(r, REGS + (r << 3));
  if (flagsWritten) {
    storeWide(FLAG_RESULT, RESULT_AT);
    storeWide(FLAG_CARRIES, CARRIES_AT);
  }
  storeWide(RIP, STATE + offsetof<CpuState>('rip'));
}
