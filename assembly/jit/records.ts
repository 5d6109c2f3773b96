/**
 * What the host can see of regions as they are made: a ring with a record for each, and everything about one that it
 * waits for. Only when it has asked: translating is the same otherwise, but for one comparison a region.
 *
 *   RECORDS      u32 count, then at 64 a ring of 256 records
 *   ENDING_TEXT  names and descriptions of endings (endings.ts)
 *   WATCHED      one region: a header, at 64 its record, at 256 the pages of its code (pages.ts), at 1024 its blocks
 */
import { retired } from '../cpu/budget';
import { JIT_RECORDS, RAM } from '../layout';
import { block, Block, blockCount, caseOf } from './blocks';
import { ENDING_KINDS, findEndings, writeEndings } from './endings';
import { waitingFunctions } from './module';
import { codePageAt, CODE_PAGE_SIZE, pageCount } from './pages';
import { FIRST_SLOT } from './regions';
import { linearOfRip } from './stream';
import { blockInOrder, hasCode, orderedBlocks, successor, successors } from './structure';
import { regionInstructions } from './survey';

export const RECORDS: usize = JIT_RECORDS;
export const ENDING_TEXT: usize = JIT_RECORDS + 0xd000;
export const WATCHED: usize = JIT_RECORDS + 0x10000;


@unmanaged
class Record {
  rip: u64;
  linear: u64;
  physical: u64;
  /** The instruction count when it was made. */
  made: u64;
  /** The mode word (mode.ts). */
  mode: u32;
  blocks: u32;
  loops: u32;
  instructions: u32;
  /** Wasm code. */
  bytes: u32;
  /** A Refusal (translate.ts). */
  refusal: u32;
  pages: u32;
  /** Functions that were taken in. */
  calls: u32;
  // u8 by Ending: how many, from ENDINGS_AT on; then the linear addresses of the pages, from PAGES_AT on
}
const RECORD_SIZE: u32 = 192;
const ENDINGS_AT: usize = 64;
const PAGES_AT: usize = 96;
const MOST_RECORDS: u32 = 256;
const FIRST_RECORD: usize = 64;

/** The header. */
@unmanaged
class Watched {
  /** 1: there is one. */
  found: u32;
  blocks: u32;
  pages: u32;
  /** Its function in the module that waits, and the slot of the core's table for it. */
  index: u32;
  slot: u32;
}
/** What the host sees of a block (blocks.ts). */
@unmanaged
class WatchedBlock {
  rip: u64;
  end: u64;
  count: u32;
  control: u32;
  taken: u32;
  next: u32;
  context: u32;
  order: u32;
  isLoop: u32;
  isMerge: u32;
  ending: u32;
  /** Targets of an indirect transfer, their blocks from CASES_AT on. */
  cases: u32;
}
const CASES_AT: usize = 56;
const WATCHED_BLOCK: u32 = 128;
const WATCHED_RECORD: u32 = 64;
const WATCHED_PAGES: u32 = 256;
const WATCHED_BLOCKS: u32 = 1024;
const watched: Watched = changetype<Watched>(WATCHED);

let recording: bool = false;
let watching: bool = false;
let watchedLinear: u64 = 0;
let anywhere: bool = false;

export function initRecords(): void {
  writeEndings(ENDING_TEXT);
}
/** Records of all regions from now on, or of none. */
export function recordRegions(on: u32): void {
  recording = on != 0;
}
/** Keeps the next region that begins at `linear`, or `within`: that contains it. */
export function watch(linear: u64, within: bool): void {
  watching = true;
  watchedLinear = linear;
  anywhere = within;
  watched.found = 0;
}

/** The region that has been surveyed is done: written in `bytes` for table slot FIRST_SLOT + `region`, or refused. */
export function noteRegion(host: u32, rip: u64, mode: u32, region: u32, bytes: u32, refusal: u32): void {
  if (!recording && !watching) return;
  findEndings();
  if (recording) append(host, rip, mode, bytes, refusal);
  if (watching && bytes && isWatched(rip)) keepRegion(host, rip, mode, region, bytes);
}
function append(host: u32, rip: u64, mode: u32, bytes: u32, refusal: u32): void {
  const n = load<u32>(RECORDS);
  fill(changetype<Record>(RECORDS + FIRST_RECORD + (n % MOST_RECORDS) * RECORD_SIZE), host, rip, mode, bytes, refusal);
  store<u32>(RECORDS, n + 1);
}
function fill(r: Record, host: u32, rip: u64, mode: u32, bytes: u32, refusal: u32): void {
  memory.fill(changetype<usize>(r), 0, RECORD_SIZE);
  r.rip = rip;
  r.linear = linearOfRip(rip);
  r.physical = host - <u32>RAM;
  r.made = retired();
  r.mode = mode;
  r.blocks = orderedBlocks();
  r.instructions = regionInstructions();
  r.bytes = bytes;
  r.refusal = refusal;
  r.pages = pageCount();
  for (let i: u32 = 0; i < pageCount(); i++)
    store<u64>(changetype<usize>(r) + PAGES_AT + (i << 3), codePageAt(i).linear);
  countBlocks(r);
}
function countBlocks(r: Record): void {
  for (let n: u32 = 0; n < orderedBlocks(); n++) {
    const b = block(blockInOrder(n));
    r.loops += b.isLoop;
    if (b.call) r.calls += callsWithin(b);
    countEnding(r, b.ending);
  }
  for (let i: u32 = 0; i < blockCount(); i++) if (!hasCode(i)) countEnding(r, block(i).ending);
}
function callsWithin(b: Block): u32 {
  let calls: u32 = 0;
  for (let k: u32 = 0; k < successors(b); k++) calls += <u32>hasCode(successor(b, k));
  return calls;
}
function countEnding(r: Record, ending: u32): void {
  const at = changetype<usize>(r) + ENDINGS_AT + ending;
  if (ending && ending < ENDING_KINDS && load<u8>(at) < 0xff) store<u8>(at, load<u8>(at) + 1);
}

function isWatched(rip: u64): bool {
  if (!anywhere) return linearOfRip(rip) == watchedLinear;
  for (let n: u32 = 0; n < orderedBlocks(); n++) {
    const b = block(blockInOrder(n));
    const from = linearOfRip(b.rip);
    if (watchedLinear - from < b.end - b.rip) return true;
  }
  return false;
}
function keepRegion(host: u32, rip: u64, mode: u32, region: u32, bytes: u32): void {
  watching = false;
  fill(changetype<Record>(WATCHED + WATCHED_RECORD), host, rip, mode, bytes, 0);
  memory.copy(WATCHED + WATCHED_PAGES, changetype<usize>(codePageAt(0)), pageCount() * CODE_PAGE_SIZE);
  for (let i: u32 = 0; i < blockCount(); i++) keepBlock(i);
  watched.blocks = blockCount();
  watched.pages = pageCount();
  watched.index = waitingFunctions() - 1;
  watched.slot = FIRST_SLOT + region;
  watched.found = 1;
}
function keepBlock(i: u32): void {
  const b = block(i);
  const w = changetype<WatchedBlock>(WATCHED + WATCHED_BLOCKS + i * WATCHED_BLOCK);
  w.rip = b.rip;
  w.end = b.end;
  w.count = b.count;
  w.control = b.control;
  w.taken = b.taken;
  w.next = b.next;
  w.context = b.context;
  w.order = b.order;
  w.isLoop = b.isLoop;
  w.isMerge = b.isMerge;
  w.ending = b.ending;
  w.cases = b.cases;
  for (let k: u32 = 0; k < b.cases; k++) store<u32>(changetype<usize>(w) + CASES_AT + (k << 2), caseOf(b, k));
}
