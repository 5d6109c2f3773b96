/**
 * Translates a region: finds its blocks, gives them structure, writes each through the same decode tree and bodies as the
 * interpreter's, and puts the function among those that wait for a module. Nothing that the guest can see changes.
 *
 * What the function stands on: the code's bytes, the mode word, where its pages are mapped. Who calls it has seen to it
 * that no trap, breakpoint or interrupt is due (engine/dispatch.ts).
 */
import { CODE64, cpu } from '../cpu/state';
import { beginRegion } from './exits';
import { count, Counter } from '../counters';
import { beginOutput, BODY, BODY_SIZE, bytes, cursor, overflowed, writeTo } from './emit';
import { FOR_GOOD, holdEntry, letGoOfEntry, makeEntry } from './entries';
import { beginFrame, firstValue } from './frame';
import { beginHints } from './hints';
import { beginLocals, valueLocals } from './local';
import { setMode } from './mode';
import { closeFunction, functionsHaveRoom, openFunction } from './module';
import { codePageAt, pageCount } from './pages';
import { writeEnd, writeStart } from './prologue';
import { keepPages } from './reach';
import { noteRegion } from './records';
import { addPiece, finishRegion, freeLists, makeRoom, Style, takeRegion } from './regions';
import { linearOfRip } from './stream';
import { orderedBlocks, structureRegion } from './structure';
import {
  regionInstructions,
  regionIsTiny,
  regionReads,
  regionReturns,
  regionTouchesFlags,
  regionWrites,
  surveyRegion,
} from './survey';
import { setWidth } from './width';
import { writeBlocks } from './write';

/** Why nothing was translated. */
export namespace Refusal {
  export const None: u32 = 0;
  /** The code cannot be read, or its first instruction lies on pages that are not there. */
  export const Nothing: u32 = 1;
  /** No room: try again when the waiting module has been compiled. */
  export const Full: u32 = 2;
  /** It came out too large. */
  export const TooLarge: u32 = 3;
}
/** Engines give up, or take for ever, on functions without bounds, and a guest can ask for them. */
const MOST_BYTES: u32 = 0xc000;
const MOST_LOCALS: u32 = 1200;
/** By so much (a power of two) longer does a function that returns stay small. */
const CALLEE: i32 = 2;
/** A function with all that surrounds its body. */
const MOST_FUNCTION: u32 = MOST_BYTES + 0x2000;

/**
 * Translates up to `most` instructions at `rip`, which lies at host address `host`, for the mode word `mode`; a Refusal.
 * `style` is a Style; it is to be made anew when it has executed `credit` instructions.
 */
export function translateRegion(host: u32, rip: u64, mode: u32, most: u32, style: u32, credit: i32): u32 {
  if (!functionsHaveRoom(MOST_FUNCTION)) return Refusal.Full;
  setMode(mode);
  setWidth(cpu.codeMode == CODE64);
  if (!surveyRegion(rip, most, (style & Style.Large) != 0)) return Refusal.Nothing;
  if (!structureRegion()) return Refusal.TooLarge;
  makeRoom(MOST_BYTES);
  const entry = makeEntry(host, rip, mode, linearOfRip(rip));
  if (!entry) return Refusal.Full;
  holdEntry(entry); // a region may link to itself
  const region = takeRegion();
  const size = writeRegion(region, rip, style);
  const covered = size != 0 && coverPages(region);
  if (!covered) {
    freeLists(region);
    letGoOfEntry(entry);
    if (size) return Refusal.Full;
    noteRegion(host, rip, mode, region, 0, Refusal.TooLarge);
    return Refusal.TooLarge;
  }
  keepPages(region, linearOfRip(rip));
  finishRegion(region, entry, size, regionInstructions(), creditOf(credit, style), style);
  noteRegion(host, rip, mode, region, size, Refusal.None);
  letGoOfEntry(entry);
  account(size);
  return Refusal.None;
}
/** A function waits for its caller, which may take it in, to be made large before it; a tiny one, which all take in, for ever. */
function creditOf(credit: i32, style: u32): i32 {
  if (!regionReturns() || style & Style.Large || credit == FOR_GOOD) return credit;
  return regionIsTiny() ? FOR_GOOD : credit << CALLEE;
}
function account(size: u32): void {
  count(Counter.Regions);
  count(Counter.Blocks, orderedBlocks());
  count(Counter.Instructions, regionInstructions());
  count(Counter.Bytes, size);
}
/** Writes the function; its size, 0 when it became too large. */
function writeRegion(region: u32, rip: u64, style: u32): u32 {
  beginOutput();
  writeTo(BODY, BODY_SIZE);
  beginFrame(regionReads(), regionWrites(), regionTouchesFlags(), (style & Style.Full) != 0);
  beginLocals(firstValue());
  beginRegion();
  beginHints();
  writeBlocks(region, (style & Style.Apart) == 0);
  const size = <u32>(cursor() - BODY);
  if (overflowed() || size > MOST_BYTES || valueLocals() > MOST_LOCALS) return 0;
  const at = openFunction();
  writeStart();
  const before = <u32>(cursor() - at);
  bytes(BODY, size);
  writeEnd();
  return closeFunction(at, region, before);
}
function coverPages(region: u32): bool {
  for (let i: u32 = 0; i < pageCount(); i++)
    if (!addPiece(region, codePageAt(i).host, codePageAt(i).pieces)) return false;
  return true;
}
