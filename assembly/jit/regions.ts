/**
 * The regions that exist: what they begin at, which code they cover, where they are linked to. A region is translated,
 * waits for the host to compile its module, is live, and is dropped when its code changes or its place is needed.
 *
 *   free → waiting → live → dropped (the host has still to clear its table slot) → free
 */
import { CODE_LISTS, JIT_LINKS, JIT_PIECES, JIT_REGIONS, RAM } from '../layout';
import { setCodePieces } from '../memory/code-pages';
import { denyWrites } from '../memory/tlb';
import { count, Counter } from '../counters';
import { entryAt, releaseEntry } from './entries';

export namespace State {
  export const Free: u16 = 0;
  export const Waiting: u16 = 1;
  export const Live: u16 = 2;
  export const Dropped: u16 = 3;
}


@unmanaged
export class Region {
  state: u16;
  /** How it was made. */
  style: u16;
  /** The entry at which it begins. */
  entry: u32;
  /** Its pieces and links, of which these were added last. */
  pieces: u32;
  links: u32;
  /** Bytes of its function. */
  bytes: u32;
  /** Exits by indirect transfers, and in the middle. */
  indirect: u32;
  side: u32;
  /** For its entry, when it is live; then the credit that was left when its side exits were looked at. */
  instructions: u32;
  credit: i32;
  /** The region of the same entry that runs until this one is live, number + 1. */
  replaces: u32;
  /** i16[MOST_PAGES], how many pages behind its first one each of its pages lies (reach.ts), up to the end of the place. */
  pages: u64;
}
/** What a region may have beside the least, which costs little to make. */
export namespace Style {
  /** Many instructions, and the functions that are called. */
  export const Large: u32 = 1;
  /** Code for accesses that the TLB does not serve at once; else the interpreter makes them. */
  export const Full: u32 = 2;
  /** A look-up for each access, none shared: neighbours lie in two pages. */
  export const Apart: u32 = 4;
}
const REGION_SIZE: u32 = 64;
export const MOST_REGIONS: u32 = 8192;
/** Slots of the core's table below belong to the core itself. */
export const FIRST_SLOT: u32 = 4096;
/** Bytes of Wasm that may be live. */
const MOST_BYTES: u32 = 48 << 20;

/** A region's share of a page. */
@unmanaged
class Piece {
  pieces: u64;
  /** Host address of the page. */
  page: u32;
  region: u32;
  /** The next one of the page, and of the region. */
  inPage: u32;
  inRegion: u32;
}
const PIECE_SIZE: u32 = 32;
const MOST_PIECES: u32 = 16384;
/** An exit of a region to an entry: {entry, next}. */
const LINK_SIZE: u32 = 8;
const MOST_LINKS: u32 = 65536;

// Number 0 stands for none in lists of pieces and links
let usedPieces: u32 = 1;
let freePieces: u32 = 0;
let usedLinks: u32 = 1;
let freeLinks: u32 = 0;
/** Where the search for a place goes on. */
let hand: u32 = 0;
let bytes: u32 = 0;
let dropped: u32 = 0;

// @ts-ignore: decorator
@inline export function regionAt(i: u32): Region {
  return changetype<Region>(JIT_REGIONS + i * REGION_SIZE);
}
// @ts-ignore: decorator
@inline function piece(i: u32): Piece {
  return changetype<Piece>(JIT_PIECES + i * PIECE_SIZE);
}
// @ts-ignore: decorator
@inline function listOf(page: u32): usize {
  return CODE_LISTS + (((page - <u32>RAM) >> 12) << 2);
}

// ---- making ----
/** A place for a region; the first one that has not run since the last look makes room when there is none. */
export function takeRegion(): u32 {
  for (let tries: u32 = 0; tries < 2 * MOST_REGIONS; tries++) {
    const i = hand;
    hand = (hand + 1) % MOST_REGIONS;
    const r = regionAt(i);
    if (r.state == State.Free || r.state == State.Dropped) {
      if (r.state == State.Dropped) dropped--;
      return occupy(i);
    }
    if (r.state == State.Live && !spared(r)) evict(i);
  }
  return 0;
}
function occupy(i: u32): u32 {
  memory.fill(JIT_REGIONS + i * REGION_SIZE, 0, REGION_SIZE);
  return i;
}
function spared(r: Region): bool {
  const e = entryAt(r.entry);
  const ran = e.used != 0;
  e.used = 0;
  return ran;
}
function evict(i: u32): void {
  count(Counter.Evictions);
  dropRegion(i);
}
/** Drops what is cold until `more` bytes of code fit the budget. */
export function makeRoom(more: u32): void {
  for (let tries: u32 = 0; tries < 2 * MOST_REGIONS && bytes + more > MOST_BYTES; tries++) {
    const r = regionAt(hand);
    if (r.state == State.Live && !spared(r)) evict(hand);
    hand = (hand + 1) % MOST_REGIONS;
  }
}
/** Are there nodes for `pieces` and `links` more? */
export function listsHaveRoom(pieces: u32, links: u32): bool {
  return (freePieces != 0 || usedPieces + pieces <= MOST_PIECES) && (freeLinks != 0 || usedLinks + links <= MOST_LINKS);
}
/** The region covers `pieces` of the page at host address `page`. False: no room. */
export function addPiece(region: u32, page: u32, pieces: u64): bool {
  let i = freePieces;
  if (i) freePieces = piece(i).inRegion;
  else if (usedPieces < MOST_PIECES) i = usedPieces++;
  else return false;
  const p = piece(i);
  const list = listOf(page);
  p.pieces = pieces;
  p.page = page;
  p.region = region;
  p.inPage = load<u32>(list);
  p.inRegion = regionAt(region).pieces;
  regionAt(region).pieces = i;
  store<u32>(list, i);
  if (!p.inPage) denyWrites(page);
  refreshPage(page);
  return true;
}
/** How many pages a region covers. */
export function pagesOf(r: Region): u32 {
  let n: u32 = 0;
  for (let i = r.pieces; i; i = piece(i).inRegion) n++;
  return n;
}
/** Host address of the page of a piece, and the region's piece before it, 0: it is the first. Region.pieces is the last. */
export function pageOfPiece(i: u32): u32 {
  return piece(i).page;
}
export function pieceBefore(i: u32): u32 {
  return piece(i).inRegion;
}
/** The region has an exit to `entry`. False: no room. */
export function addLink(region: u32, entry: u32): bool {
  let i = freeLinks;
  if (i) freeLinks = load<u32>(JIT_LINKS + i * LINK_SIZE, 4);
  else if (usedLinks < MOST_LINKS) i = usedLinks++;
  else return false;
  store<u32>(JIT_LINKS + i * LINK_SIZE, entry);
  store<u32>(JIT_LINKS + i * LINK_SIZE, regionAt(region).links, 4);
  regionAt(region).links = i;
  entryAt(entry).links++;
  return true;
}
/**
 * The region's function is done: it waits to be compiled. It may execute `credit` instructions before it is made anew; it
 * takes the place of another one that begins there as soon as it is live.
 */
export function finishRegion(i: u32, entry: u32, size: u32, instructions: u32, credit: i32, style: u32): void {
  const r = regionAt(i);
  r.state = State.Waiting;
  r.entry = entry;
  r.bytes = size;
  r.instructions = instructions;
  r.credit = credit;
  r.style = <u16>style;
  r.replaces = entryAt(entry).region;
  bytes += size;
  entryAt(entry).region = i + 1;
}
/** The host has put the region's function into its slot. */
export function enliven(i: u32): void {
  const r = regionAt(i);
  if (r.state != State.Waiting) return;
  if (stillRuns(r.replaces, r.entry)) dropRegion(r.replaces - 1);
  r.state = State.Live;
  const e = entryAt(r.entry);
  e.slot = FIRST_SLOT + i;
  e.instructions = r.instructions;
  e.credit = r.credit;
  e.used = 1;
  e.epoch = 0;
  count(Counter.Live);
}

/** Is region number `old` - 1 the one that runs from `entry`? */
function stillRuns(old: u32, entry: u32): bool {
  return old != 0 && entryAt(entry).slot == FIRST_SLOT + old - 1;
}

// ---- dropping ----
function refreshPage(page: u32): void {
  let all: u64 = 0;
  for (let i = load<u32>(listOf(page)); i; i = piece(i).inPage) all |= piece(i).pieces;
  setCodePieces(page, all);
}
/** Forgets a region that waits or is live; its function is not called again. */
export function dropRegion(i: u32): void {
  const r = regionAt(i);
  if (r.state != State.Live && r.state != State.Waiting) return;
  if (r.state == State.Live) count(Counter.Live, -1);
  freeLists(i);
  const e = entryAt(r.entry);
  if (e.slot == FIRST_SLOT + i) e.slot = 0;
  if (e.region == i + 1) e.region = stillRuns(r.replaces, r.entry) ? r.replaces : 0;
  releaseEntry(r.entry);
  bytes -= r.bytes;
  r.state = State.Dropped;
  dropped++;
}
/** Gives back pieces and links. */
export function freeLists(i: u32): void {
  const r = regionAt(i);
  for (let p = r.pieces; p;) {
    const next = piece(p).inRegion;
    unlist(p);
    piece(p).inRegion = freePieces;
    freePieces = p;
    p = next;
  }
  for (let l = r.links; l;) {
    const at = JIT_LINKS + l * LINK_SIZE;
    const next = load<u32>(at, 4);
    entryAt(load<u32>(at)).links--;
    releaseEntry(load<u32>(at));
    store<u32>(at, freeLinks, 4);
    freeLinks = l;
    l = next;
  }
  r.pieces = 0;
  r.links = 0;
}
function unlist(p: u32): void {
  const page = piece(p).page;
  let at = listOf(page);
  while (load<u32>(at) != p) at = changetype<usize>(piece(load<u32>(at))) + offsetof<Piece>('inPage');
  store<u32>(at, piece(p).inPage);
  refreshPage(page);
}
/** Drops the regions that cover any of `pieces` of the page at host address `page`. */
export function dropPieces(page: usize, pieces: u64): void {
  let i = load<u32>(listOf(<u32>page));
  while (i) {
    const next = piece(i).inPage;
    const hit = (piece(i).pieces & pieces) != 0;
    const region = piece(i).region;
    if (hit) {
      count(Counter.Invalidations);
      dropRegion(region);
      // The region may have had more than one piece in the list
      i = load<u32>(listOf(<u32>page));
    } else i = next;
  }
}
export function dropAllRegions(): void {
  for (let i: u32 = 0; i < MOST_REGIONS; i++) dropRegion(i);
}
/** A slot whose region was dropped, once; 0: there is none. */
export function nextFreedSlot(): u32 {
  if (!dropped) return 0;
  for (let i: u32 = 0; i < MOST_REGIONS; i++) {
    if (regionAt(i).state != State.Dropped) continue;
    regionAt(i).state = State.Free;
    dropped--;
    return FIRST_SLOT + i;
  }
  return 0;
}
