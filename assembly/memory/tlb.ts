/**
 * The software TLB: direct-mapped by the low bits of the page number, one table for user and one for supervisor mode
 * so that a ring change flushes nothing, separate tags for read, write and execute. A tag is the linear address of the
 * page; an access compares it with the page of its LAST byte, so one that crosses a page never matches. Pages of MMIO,
 * with watchpoints, and clean pages (for writes) never match either: their tag stays EMPTY.
 *
 * A flush shuts the fetch window (cpu/window.ts), which stands on what was mapped, and visits only what was filled since
 * the last one, by way of two logs (pages with and without the G bit).
 *
 * Between two flushes mappings stay what they were, even where the table had no room to keep them: as on a real processor, which
 * may remember what it has looked up until it is told to forget (SDM 3A 4.10.2). Such times are numbered, as epochs.
 */
import { shutWindow } from '../cpu/window';
import { codePieces } from './code-pages';
import {
  TLB_ENTRIES,
  TLB_ENTRY,
  TLB_GLOBAL_LOG,
  TLB_LARGE,
  TLB_LOG,
  TLB_RELIED,
  TLB_SUPERVISOR,
  TLB_USER,
} from '../layout';

/** Never the address of a page. */
const EMPTY: u64 = 1;
// Offsets in an entry
// @ts-ignore: decorator
@inline export const READ: usize = 0;
// @ts-ignore: decorator
@inline export const WRITE: usize = 8;
// @ts-ignore: decorator
@inline export const EXECUTE: usize = 16;
// @ts-ignore: decorator
@inline export const DELTA: usize = 24;
const LOGGED: usize = 28; // bit 0: in the log, bit 1: in the global log
const GLOBAL: u32 = 4;
/** Bit 3: the page may be written, but for translated code in it (memory/code-pages.ts); it then has a read tag. */
const CODE: u32 = 8;

/** The table of the current privilege; derived from CPL, set by `selectTlb`. */
let table: usize = TLB_SUPERVISOR;
// Lengths of the logs: like the TLB itself not part of a snapshot.
let logged: u32 = 0;
let globalLogged: u32 = 0;

// @ts-ignore: decorator
@inline export function entryFor(linear: u64): usize {
  return table + (((<u32>(linear >> 12)) & (TLB_ENTRIES - 1)) << 5);
}
/** The same in the table of user or supervisor mode. */
// @ts-ignore: decorator
@inline export function entryOfTable(linear: u64, user: bool): usize {
  return (user ? TLB_USER : TLB_SUPERVISOR) + (((<u32>(linear >> 12)) & (TLB_ENTRIES - 1)) << 5);
}
// @ts-ignore: decorator
@inline export function lastPage<T>(linear: u64): u64 {
  return (linear + (sizeof<T>() - 1)) & ~0xfff;
}
export function selectTlb(user: bool): void {
  table = user ? TLB_USER : TLB_SUPERVISOR;
}
export function userTlb(): bool {
  return table == TLB_USER;
}

/** Empties every entry; only for a new machine. */
export function initTlb(): void {
  for (let e = TLB_SUPERVISOR; e < TLB_LOG; e += TLB_ENTRY) clear(e);
  logged = 0;
  globalLogged = 0;
  endGlobalEpoch();
  selectTlb(false);
}
function clear(entry: usize): void {
  store<u64>(entry, EMPTY, READ);
  store<u64>(entry, EMPTY, WRITE);
  store<u64>(entry, EMPTY, EXECUTE);
  store<u32>(entry, 0, LOGGED);
}
function slotOf(entry: usize): u16 {
  return <u16>((entry - TLB_SUPERVISOR) / TLB_ENTRY);
}
function entryOf(slot: u32): usize {
  return TLB_SUPERVISOR + slot * TLB_ENTRY;
}

// ---- epochs ----
// Even numbers end with every flush, odd ones only with those that forget global pages too.
let epoch: u64 = 2;
let globalEpoch: u64 = 1;

/** Has nothing been flushed since the epoch of that number? */
// @ts-ignore: decorator
@inline export function lasts(number: u64): bool {
  return number == epoch || number == globalEpoch;
}
/** The number of the epoch that is now, for who stands on global pages only, or on others too. */
export function epochOf(global: bool): u64 {
  return global ? globalEpoch : epoch;
}
/** Is the page of `linear` global? INVARIANT: the TLB has it. */
export function isGlobal(linear: u64): bool {
  return (load<u32>(entryFor(linear), LOGGED) & GLOBAL) != 0;
}
/** An INVLPG for the page of `linear` shall end the epoch; for other pages it does not. */
export function relyOn(linear: u64): void {
  store<u8>(reliedOn(linear), 1);
}
function reliedOn(linear: u64): usize {
  return TLB_RELIED + ((<u32>(linear >> 12)) & (TLB_ENTRIES - 1));
}
function endEpoch(): void {
  epoch += 2;
}
function endGlobalEpoch(): void {
  epoch += 2;
  globalEpoch += 2;
  memory.fill(TLB_RELIED, 0, TLB_ENTRIES);
}

/** Makes the page of `linear` match for the given accesses; its first byte lies at host address `host`. */
export function fill(linear: u64, host: usize, read: bool, write: bool, execute: bool, global: bool): void {
  const page = linear & ~0xfff;
  const entry = entryFor(linear);
  let state = load<u32>(entry, LOGGED);
  const same =
    load<u32>(entry, DELTA) == <u32>(host - <usize>page) &&
    (load<u64>(entry, READ) == page || load<u64>(entry, EXECUTE) == page);
  if (!same) {
    if (load<u64>(entry, EXECUTE) == page) endGlobalEpoch();
    store<u64>(entry, EMPTY, READ);
    store<u64>(entry, EMPTY, WRITE);
    store<u64>(entry, EMPTY, EXECUTE);
    store<u32>(entry, <u32>(host - <usize>page), DELTA);
    state &= ~CODE;
  }
  if (read) store<u64>(entry, page, READ);
  if (write) {
    const code = codePieces(host) != 0;
    store<u64>(entry, code ? EMPTY : page, WRITE);
    state = code ? state | CODE : state & ~CODE;
  }
  if (execute) store<u64>(entry, page, EXECUTE);
  state = global ? state | GLOBAL : state & ~GLOBAL;
  if (global && !(state & 2)) {
    store<u16>(TLB_GLOBAL_LOG + (globalLogged++ << 1), slotOf(entry));
    state |= 2;
  } else if (!global && !(state & 1)) {
    store<u16>(TLB_LOG + (logged++ << 1), slotOf(entry));
    state |= 1;
  }
  store<u32>(entry, state, LOGGED);
}

/** Is the page of `linear` one that may be written but for its code, so that it has no write tag? */
// @ts-ignore: decorator
@inline export function isCodePage(linear: u64): bool {
  const entry = entryFor(linear);
  return (load<u32>(entry, LOGGED) & CODE) != 0 && load<u64>(entry, READ) == (linear & ~0xfff);
}
/** The page of `linear` has no code any more. INVARIANT: `isCodePage`. */
export function allowWrites(linear: u64): void {
  const entry = entryFor(linear);
  store<u64>(entry, linear & ~0xfff, WRITE);
  store<u32>(entry, load<u32>(entry, LOGGED) & ~CODE, LOGGED);
}
/** The page at host address `host` gets code: wherever it is mapped, writes have to be looked at. */
export function denyWrites(host: u32): void {
  for (let i: u32 = 0; i < globalLogged; i++) deny(entryOf(load<u16>(TLB_GLOBAL_LOG + (i << 1))), host);
  for (let i: u32 = 0; i < logged; i++) deny(entryOf(load<u16>(TLB_LOG + (i << 1))), host);
}
function deny(entry: usize, host: u32): void {
  const page = load<u64>(entry, WRITE);
  if (page == EMPTY || <u32>page + load<u32>(entry, DELTA) != host) return;
  store<u64>(entry, EMPTY, WRITE);
  store<u32>(entry, load<u32>(entry, LOGGED) | CODE, LOGGED);
}

/** Nothing may be written without a look at the page tables (memory/dirty.ts). */
export function forgetWritable(): void {
  for (let i: u32 = 0; i < globalLogged; i++) protect(entryOf(load<u16>(TLB_GLOBAL_LOG + (i << 1))));
  for (let i: u32 = 0; i < logged; i++) protect(entryOf(load<u16>(TLB_LOG + (i << 1))));
}
function protect(entry: usize): void {
  store<u64>(entry, EMPTY, WRITE);
  store<u32>(entry, load<u32>(entry, LOGGED) & ~CODE, LOGGED);
}

/** MOV CR3: forgets all pages but global ones. */
export function flushLocal(): void {
  shutWindow();
  endEpoch();
  for (let i: u32 = 0; i < logged; i++) {
    const entry = entryOf(load<u16>(TLB_LOG + (i << 1)));
    const state = load<u32>(entry, LOGGED) & ~1;
    if (!(state & GLOBAL)) {
      clear(entry);
      store<u32>(entry, state, LOGGED);
    } else store<u32>(entry, state, LOGGED);
  }
  logged = 0;
}
/** Forgets everything. */
export function flushAll(): void {
  shutWindow();
  endGlobalEpoch();
  for (let i: u32 = 0; i < globalLogged; i++) clear(entryOf(load<u16>(TLB_GLOBAL_LOG + (i << 1))));
  for (let i: u32 = 0; i < logged; i++) clear(entryOf(load<u16>(TLB_LOG + (i << 1))));
  logged = 0;
  globalLogged = 0;
  memory.fill(TLB_LARGE, 0, LARGE_BYTES);
}
/** INVLPG: forgets the page of `linear` in both tables, global or not, all of it if it was a large one. */
export function flushPage(linear: u64): void {
  shutWindow();
  if (load<u8>(largeByte(linear)) & largeBit(linear)) {
    const region = linear & ~0x3fffff;
    for (let i: u32 = 0; i < 1024; i++) flushSmall(region + (i << 12));
  } else flushSmall(linear);
}
/** The page of `linear` belongs to one of 2 or 4 MiB, of which the TLB holds 4 KiB pieces. */
export function noteLarge(linear: u64): void {
  store<u8>(largeByte(linear), load<u8>(largeByte(linear)) | largeBit(linear));
}
/** One bit for each 4 MiB of 4 GiB, hashed: large pages were cut up there since the last flush of everything. */
const LARGE_BYTES: u32 = 128;
function largeByte(linear: u64): usize {
  return TLB_LARGE + ((<usize>(linear >> 25)) & (LARGE_BYTES - 1));
}
function largeBit(linear: u64): u8 {
  const bit = (<u32>(linear >> 22)) & 7;
  const mask: u32 = 1 << bit;
  return <u8>mask;
}
function flushSmall(linear: u64): void {
  if (load<u8>(reliedOn(linear))) endGlobalEpoch();
  const offset = ((<u32>(linear >> 12)) & (TLB_ENTRIES - 1)) * TLB_ENTRY;
  empty(TLB_SUPERVISOR + offset);
  empty(TLB_USER + offset);
}
/** Its place in the logs stays taken. */
function empty(entry: usize): void {
  store<u64>(entry, EMPTY, READ);
  store<u64>(entry, EMPTY, WRITE);
  store<u64>(entry, EMPTY, EXECUTE);
}
