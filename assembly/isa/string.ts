/**
 * String instructions (SDM 1 7.3.9). A repeated one is the interpreter's and runs in turns: some pages at a time, in bulk
 * where both sides are plain RAM; with work left it winds the instruction pointer back, so that interrupts come in
 * between and faults find the registers after the last complete element.
 */
import * as pio from '../bus/pio';
import { faulted } from '../cpu/exceptions';
import { FlagOp, zero } from '../cpu/flags';
import { ioAllowed } from '../cpu/io';
import { addressMask, dataSegment, repeat, stringSegment } from '../cpu/prefix';
import { cpu, FL_DF, FL_TF, Gpr, gpr, Segment, setGpr } from '../cpu/state';
import { rewind } from '../cpu/window';
import { probeWrite, read, write } from '../memory/access';
import { hostForRead, hostForWrite, moveWhole, pageRoom } from '../memory/bulk';
import { beforeWrite } from '../memory/code-pages';
import { linearAddress, POISON } from '../memory/segmented';
import { Mem } from './kinds';

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
@inline function source(): u64 {
  return linearAddress(dataSegment, index(Gpr.RSI));
}
// @ts-ignore: decorator
@inline function destination(): u64 {
  return linearAddress(stringSegment, index(Gpr.RDI));
}
/** Moves index register `r` from offset `at` to the next element; the type of `size` is the element's. */
// @ts-ignore: decorator
@inline function advance<B, T, V>(b: B, size: T, r: u32, at: V): void {
  const next = b.add<u64>(
    at,
    b.select<u64>(b.backwards(), b.constant<u64>(-(<u64>sizeof<T>())), b.constant<u64>(sizeof<T>())),
  );
  if (addressMask == 0xffff) b.writeReg<u16>(r << 3, b.convert<u64, u16>(next));
  else b.writeReg<u64>(r << 3, b.and<u64>(next, b.constant<u64>(addressMask)));
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
function moveOne<B, T>(b: B): void {
  const si = b.and<u64>(b.readReg<u64>(Gpr.RSI << 3), b.constant<u64>(addressMask));
  const v = b.loadAt<T>(dataSegment, si);
  if (b.failed<Mem>()) return;
  const di = b.and<u64>(b.readReg<u64>(Gpr.RDI << 3), b.constant<u64>(addressMask));
  b.storeAt<T>(stringSegment, di, v);
  if (b.failed<Mem>()) return;
  advance(b, <T>0, Gpr.RSI, si);
  advance(b, <T>0, Gpr.RDI, di);
}
export function movs<B, T>(b: B): void {
  if (!repeat) moveOne<B, T>(b);
  else if (b.interprets()) repeatMove<B, T>(b);
}
function repeatMove<B, T>(b: B): void {
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
      moveOne<B, T>(b);
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
  if (!moveWhole || (hostTo > hostFrom && hostTo < hostFrom + bytes)) {
    for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(hostTo + i, load<T>(hostFrom + i));
  } else memory.copy(hostTo, hostFrom, bytes);
  setIndex(Gpr.RSI, si + bytes);
  setIndex(Gpr.RDI, di + bytes);
  return n;
}

// ---- STOS ----
function storeOne<B, T>(b: B): void {
  const di = b.and<u64>(b.readReg<u64>(Gpr.RDI << 3), b.constant<u64>(addressMask));
  b.storeAt<T>(stringSegment, di, b.readReg<T>(Gpr.RAX << 3));
  if (!b.failed<Mem>()) advance(b, <T>0, Gpr.RDI, di);
}
export function stos<B, T>(b: B): void {
  if (!repeat) storeOne<B, T>(b);
  else if (b.interprets()) repeatStore<B, T>(b);
}
function repeatStore<B, T>(b: B): void {
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
      storeOne<B, T>(b);
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
  if (uniform && moveWhole) memory.fill(host, low, bytes);
  else for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(host + i, v);
  setIndex(Gpr.RDI, di + bytes);
  return n;
}

// ---- LODS ----
function loadOne<B, T>(b: B): void {
  const si = b.and<u64>(b.readReg<u64>(Gpr.RSI << 3), b.constant<u64>(addressMask));
  const v = b.loadAt<T>(dataSegment, si);
  if (b.failed<Mem>()) return;
  b.writeReg<T>(Gpr.RAX << 3, v);
  advance(b, <T>0, Gpr.RSI, si);
}
export function lods<B, T>(b: B): void {
  if (!repeat) loadOne<B, T>(b);
  else if (b.interprets()) repeatLoad<B, T>(b);
}
function repeatLoad<B, T>(b: B): void {
  let count = index(Gpr.RCX);
  if (!count) return;
  for (let n = turn(count); n; n--) {
    loadOne<B, T>(b);
    if (faulted()) return;
    setIndex(Gpr.RCX, --count);
  }
  if (count) rewind();
}

// ---- CMPS, SCAS ----
function compareOne<B, T>(b: B): void {
  const si = b.and<u64>(b.readReg<u64>(Gpr.RSI << 3), b.constant<u64>(addressMask));
  const x = b.loadAt<T>(dataSegment, si);
  if (b.failed<Mem>()) return;
  const di = b.and<u64>(b.readReg<u64>(Gpr.RDI << 3), b.constant<u64>(addressMask));
  const y = b.loadAt<T>(stringSegment, di);
  if (b.failed<Mem>()) return;
  b.setFlags<T>(FlagOp.Sub, x, y, b.sub<T>(x, y));
  advance(b, <T>0, Gpr.RSI, si);
  advance(b, <T>0, Gpr.RDI, di);
}
function scanOne<B, T>(b: B): void {
  const x = b.readReg<T>(Gpr.RAX << 3);
  const di = b.and<u64>(b.readReg<u64>(Gpr.RDI << 3), b.constant<u64>(addressMask));
  const y = b.loadAt<T>(stringSegment, di);
  if (b.failed<Mem>()) return;
  b.setFlags<T>(FlagOp.Sub, x, y, b.sub<T>(x, y));
  advance(b, <T>0, Gpr.RDI, di);
}
export function cmps<B, T>(b: B): void {
  if (!repeat) compareOne<B, T>(b);
  else if (b.interprets()) repeatComparing<B, T>(b, false);
}
export function scas<B, T>(b: B): void {
  if (!repeat) scanOne<B, T>(b);
  else if (b.interprets()) repeatComparing<B, T>(b, true);
}
/** `scan`: SCAS, else CMPS. REPE goes on while ZF, REPNE while not. */
// @ts-ignore: decorator
@inline function repeatComparing<B, T>(b: B, scan: bool): void {
  let count = index(Gpr.RCX);
  if (!count) return;
  const equal = repeat == 0xf3;
  for (let n = turn(count); n; n--) {
    if (scan) scanOne<B, T>(b);
    else compareOne<B, T>(b);
    if (faulted()) return;
    setIndex(Gpr.RCX, --count);
    if (zero() != equal) return;
  }
  if (count) rewind();
}
// ---- INS, OUTS: interpreter only ----
function step<T>(r: u32): void {
  setIndex(r, index(r) + (cpu.eflags & FL_DF ? -(<i64>sizeof<T>()) : sizeof<T>()));
}
function inputOne<T>(port: u32): void {
  const to = destination();
  if (!probeWrite(to, sizeof<T>())) return;
  write<T>(to, <T>pio.read(port, sizeof<T>()));
  if (!faulted()) step<T>(Gpr.RDI);
}
function outputOne<T>(port: u32): void {
  const v = read<T>(source());
  if (faulted()) return;
  pio.write(port, sizeof<T>(), <u32>v);
  step<T>(Gpr.RSI);
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
