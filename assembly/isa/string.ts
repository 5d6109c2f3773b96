/**
 * String instructions (SDM 1 7.3.9), interpreter only. A repeated one runs in turns: some pages at a time, in bulk
 * where both sides are plain RAM; with work left it winds the instruction pointer back, so that interrupts come in
 * between and faults find the registers after the last complete element.
 */
import * as pio from '../bus/pio';
import { faulted } from '../cpu/exceptions';
import { FlagOp, setArithmetic, zero } from '../cpu/flags';
import { ioAllowed } from '../cpu/io';
import { addressMask, dataSegment, repeat, stringSegment } from '../cpu/prefix';
import { cpu, FL_DF, FL_TF, Gpr, gpr, Segment, setGpr } from '../cpu/state';
import { rewind } from '../cpu/window';
import { probeWrite, read, write } from '../memory/access';
import { hostForRead, hostForWrite, pageRoom } from '../memory/bulk';
import { beforeWrite } from '../memory/code-pages';
import { linearAddress, POISON } from '../memory/segmented';

/** Elements that the slow way handles in a turn. */
const TURN: u32 = 256;
/** Pieces, each within one page on either side, that the bulk way handles in a turn: some microseconds. */
const PAGES: u32 = 16;

// @ts-ignore: decorator
@inline function index(r: u32): u64 {
  return gpr<u64>(r) & addressMask;
}
/** Writes a count or index register at the address size. */
function setIndex(r: u32, v: u64): void {
  if (addressMask == 0xffff) setGpr<u16>(r, <u16>v);
  else setGpr<u64>(r, v & addressMask);
}
// @ts-ignore: decorator
@inline function step<T>(): i64 {
  return cpu.eflags & FL_DF ? -(<i64>sizeof<T>()) : sizeof<T>();
}
// @ts-ignore: decorator
@inline function source(): u64 {
  return linearAddress(dataSegment, index(Gpr.RSI));
}
// @ts-ignore: decorator
@inline function destination(): u64 {
  return linearAddress(stringSegment, index(Gpr.RDI));
}
// @ts-ignore: decorator
@inline function advance<T>(r: u32): void {
  setIndex(r, index(r) + step<T>());
}
/** How many elements this turn may do, one at a time. */
// @ts-ignore: decorator
@inline function turn(count: u64): u32 {
  return cpu.eflags & FL_TF ? 1 : <u32>min<u64>(count, TURN);
}
/** How many elements in bulk from offset `at` in `s`: within the page, the segment and the address size. */
function room<T>(s: Segment, at: u64, linear: u64, count: u64): u32 {
  const n = min<u64>(count, pageRoom(linear) / sizeof<T>());
  const end = at + n * sizeof<T>();
  return end < s.safeEnd && end - 1 <= addressMask ? <u32>n : 0;
}
function bulkAllowed(): bool {
  return !(cpu.eflags & (FL_DF | FL_TF));
}

// ---- MOVS ----
function moveOne<T>(): void {
  const v = read<T>(source());
  if (faulted()) return;
  write<T>(destination(), v);
  if (faulted()) return;
  advance<T>(Gpr.RSI);
  advance<T>(Gpr.RDI);
}
export function movs<T>(): void {
  if (!repeat) {
    moveOne<T>();
    return;
  }
  let count = index(Gpr.RCX);
  if (!count) return;
  let done: u32 = 0;
  for (let pages = bulkAllowed() ? PAGES : 0; pages && count; pages--) {
    done = moveBulk<T>(count);
    if (faulted()) return;
    if (!done) break;
    setIndex(Gpr.RCX, (count -= done));
  }
  if (!done && count)
    for (let n = turn(count); n; n--) {
      moveOne<T>();
      if (faulted()) return;
      setIndex(Gpr.RCX, --count);
    }
  if (count) rewind();
}
function moveBulk<T>(count: u64): u32 {
  const si = index(Gpr.RSI);
  const di = index(Gpr.RDI);
  const from = source();
  const hostFrom = from == POISON ? <usize>0 : hostForRead(from);
  if (!hostFrom) return 0;
  const to = destination();
  const hostTo = to == POISON ? <usize>0 : hostForWrite(to);
  if (!hostTo) return 0;
  const n = min(room<T>(dataSegment, si, from, count), room<T>(stringSegment, di, to, count));
  const bytes = n * sizeof<T>();
  if (bytes) beforeWrite(hostTo, bytes);
  // Copied upwards, element by element: a destination just above the source repeats a pattern.
  if (hostTo > hostFrom && hostTo < hostFrom + bytes) {
    for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(hostTo + i, load<T>(hostFrom + i));
  } else memory.copy(hostTo, hostFrom, bytes);
  setIndex(Gpr.RSI, si + bytes);
  setIndex(Gpr.RDI, di + bytes);
  return n;
}

// ---- STOS ----
function storeOne<T>(): void {
  write<T>(destination(), gpr<T>(Gpr.RAX));
  if (!faulted()) advance<T>(Gpr.RDI);
}
export function stos<T>(): void {
  if (!repeat) {
    storeOne<T>();
    return;
  }
  let count = index(Gpr.RCX);
  if (!count) return;
  let done: u32 = 0;
  for (let pages = bulkAllowed() ? PAGES : 0; pages && count; pages--) {
    done = storeBulk<T>(count);
    if (faulted()) return;
    if (!done) break;
    setIndex(Gpr.RCX, (count -= done));
  }
  if (!done && count)
    for (let n = turn(count); n; n--) {
      storeOne<T>();
      if (faulted()) return;
      setIndex(Gpr.RCX, --count);
    }
  if (count) rewind();
}
function storeBulk<T>(count: u64): u32 {
  const di = index(Gpr.RDI);
  const to = destination();
  const host = to == POISON ? <usize>0 : hostForWrite(to);
  if (!host) return 0;
  const n = room<T>(stringSegment, di, to, count);
  const bytes = n * sizeof<T>();
  if (bytes) beforeWrite(host, bytes);
  const v = gpr<T>(Gpr.RAX);
  const low = <u8>v;
  const uniform = <u64>v == (0x0101_0101_0101_0101 * <u64>low) >> (64 - sizeof<T>() * 8);
  if (uniform) memory.fill(host, low, bytes);
  else for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(host + i, v);
  setIndex(Gpr.RDI, di + bytes);
  return n;
}

// ---- LODS ----
function loadOne<T>(): void {
  const v = read<T>(source());
  if (faulted()) return;
  setGpr<T>(Gpr.RAX, v);
  advance<T>(Gpr.RSI);
}
export function lods<T>(): void {
  if (!repeat) {
    loadOne<T>();
    return;
  }
  let count = index(Gpr.RCX);
  if (!count) return;
  for (let n = turn(count); n; n--) {
    loadOne<T>();
    if (faulted()) return;
    setIndex(Gpr.RCX, --count);
  }
  if (count) rewind();
}

// ---- CMPS, SCAS ----
function compareOne<T>(): void {
  const x = read<T>(source());
  if (faulted()) return;
  const y = read<T>(destination());
  if (faulted()) return;
  setArithmetic<T>(FlagOp.Sub, x, y, <T>(x - y));
  advance<T>(Gpr.RSI);
  advance<T>(Gpr.RDI);
}
function scanOne<T>(): void {
  const x = gpr<T>(Gpr.RAX);
  const y = read<T>(destination());
  if (faulted()) return;
  setArithmetic<T>(FlagOp.Sub, x, y, <T>(x - y));
  advance<T>(Gpr.RDI);
}
/** `scan`: SCAS, else CMPS. REPE goes on while ZF, REPNE while not. */
// @ts-ignore: decorator
@inline function comparing<T>(scan: bool): void {
  if (!repeat) {
    if (scan) scanOne<T>();
    else compareOne<T>();
    return;
  }
  let count = index(Gpr.RCX);
  if (!count) return;
  const equal = repeat == 0xf3;
  for (let n = turn(count); n; n--) {
    if (scan) scanOne<T>();
    else compareOne<T>();
    if (faulted()) return;
    setIndex(Gpr.RCX, --count);
    if (zero() != equal) return;
  }
  if (count) rewind();
}
export function cmps<T>(): void {
  comparing<T>(false);
}
export function scas<T>(): void {
  comparing<T>(true);
}

// ---- INS, OUTS ----
function inputOne<T>(port: u32): void {
  const to = destination();
  if (!probeWrite(to, sizeof<T>())) return;
  write<T>(to, <T>pio.read(port, sizeof<T>()));
  if (!faulted()) advance<T>(Gpr.RDI);
}
function outputOne<T>(port: u32): void {
  const v = read<T>(source());
  if (faulted()) return;
  pio.write(port, sizeof<T>(), <u32>v);
  advance<T>(Gpr.RSI);
}
/** `out`: OUTS, else INS. */
// @ts-ignore: decorator
@inline function porting<T>(out: bool): void {
  const port = <u32>gpr<u16>(Gpr.RDX);
  if (!ioAllowed(port, sizeof<T>())) return;
  if (!repeat) {
    if (out) outputOne<T>(port);
    else inputOne<T>(port);
    return;
  }
  let count = index(Gpr.RCX);
  if (!count) return;
  for (let n = turn(count); n; n--) {
    if (out) outputOne<T>(port);
    else inputOne<T>(port);
    if (faulted()) return;
    setIndex(Gpr.RCX, --count);
  }
  if (count) rewind();
}
export function ins<T>(): void {
  porting<T>(false);
}
export function outs<T>(): void {
  porting<T>(true);
}
