/**
 * Accesses to guest memory that translated code calls: those of a large region for which the TLB compare does
 * not match. Of each width there is a load, a store, and a preparation of what is read, modified and written.
 *
 * An access that is no plain one to RAM (faults, devices, watchpoints, alignment checks, writes that change code) is
 * refused: nothing has happened then, JIT_REFUSED says so, and the region leaves the instruction to the interpreter.
 * Devices are thereby accessed with an exact instruction count.
 */
import { clearFault, faulted } from '../cpu/exceptions';
import { cpu } from '../cpu/state';
import { JIT_REFUSED, SCRATCH } from '../layout';
import { probeRead, probeWrite } from '../memory/access';
import { codePieces, freeOfCode } from '../memory/code-pages';
import { isCanonical } from '../memory/segmented';
import { allowWrites, DELTA, entryFor, isCodePage, lastPage, READ, WRITE } from '../memory/tlb';

const PAGE: u32 = 0x1000;

function refuse(): void {
  store<u32>(JIT_REFUSED, 1);
}
/** A refusal has been heard. */
export function forgetRefusal(): void {
  store<u32>(JIT_REFUSED, 0);
}
// @ts-ignore: decorator
@inline function matches<T>(linear: u64, tag: usize): bool {
  return load<u64>(entryFor(linear) + tag) == lastPage<T>(linear);
}
// @ts-ignore: decorator
@inline function hostOf(linear: u64): usize {
  return <u32>linear + load<u32>(entryFor(linear), DELTA);
}
// @ts-ignore: decorator
@inline function crosses<T>(linear: u64): bool {
  return ((<u32>linear) & (PAGE - 1)) + sizeof<T>() > PAGE;
}
/** Fills the TLB for an access; false when the access is not one to plain RAM. CR2 stays for the one who faults for real. */
function probe(linear: u64, size: u32, write: bool): bool {
  if (!isCanonical(linear) || !isCanonical(linear + size - 1)) return false;
  const cr2 = cpu.cr2;
  const allowed = write ? probeWrite(linear, size) : probeRead(linear, size);
  if (!faulted()) return allowed;
  clearFault();
  cpu.cr2 = cr2;
  return false;
}
/** Does the TLB serve all bytes of an access? */
function known<T>(linear: u64, tag: usize): bool {
  return matches<u8>(linear, tag) && matches<u8>(linear + sizeof<T>() - 1, tag);
}
/** The same, after a look at the page tables if need be. */
function served<T>(linear: u64, tag: usize): bool {
  return known<T>(linear, tag) || (probe(linear, sizeof<T>(), tag == WRITE) && known<T>(linear, tag));
}

// ---- loads ----
// @ts-ignore: decorator
@inline function read<T>(linear: u64): T {
  return matches<T>(linear, READ) ? load<T>(hostOf(linear)) : readSlowly<T>(linear);
}
function readSlowly<T>(linear: u64): T {
  if (served<T>(linear, READ)) return crosses<T>(linear) ? readAcross<T>(linear) : load<T>(hostOf(linear));
  refuse();
  return 0;
}
/** The last eight bytes of the one page and the first eight of the other hold it. */
function readAcross<T>(linear: u64): T {
  const first = PAGE - ((<u32>linear) & (PAGE - 1));
  const low = load<u64>(hostOf(linear) + first - 8) >> ((8 - first) << 3);
  return <T>(low | (load<u64>(hostOf(linear + first)) << (first << 3)));
}
export function jitLoad8(linear: u64): u32 {
  return read<u8>(linear);
}
export function jitLoad16(linear: u64): u32 {
  return read<u16>(linear);
}
export function jitLoad32(linear: u64): u32 {
  return read<u32>(linear);
}
export function jitLoad64(linear: u64): u64 {
  return read<u64>(linear);
}

// ---- stores ----
// @ts-ignore: decorator
@inline function write<T>(linear: u64, value: T): void {
  if (matches<T>(linear, WRITE)) store<T>(hostOf(linear), value);
  else writeSlowly<T>(linear, value);
}
function writeSlowly<T>(linear: u64, value: T): void {
  if (crosses<T>(linear)) {
    if (served<T>(linear, WRITE)) writeAcross<T>(linear, value);
    else refuse();
  } else if (isCodePage(linear)) writeBesideCode<T>(linear, value);
  else if (served<T>(linear, WRITE)) store<T>(hostOf(linear), value);
  // The look at the page tables may have found a page with code
  else if (isCodePage(linear)) writeBesideCode<T>(linear, value);
  else refuse();
}
/** Into the last eight bytes of the one page and the first eight of the other. */
function writeAcross<T>(linear: u64, value: T): void {
  const first: u64 = PAGE - ((<u32>linear) & (PAGE - 1));
  const low = hostOf(linear) + <usize>first - 8;
  const high = hostOf(linear + first);
  const before = ones(8 - first);
  const after = ~ones(sizeof<T>() - first);
  store<u64>(low, (load<u64>(low) & before) | ((<u64>value) << ((8 - first) << 3)));
  store<u64>(high, (load<u64>(high) & after) | ((<u64>value) >> (first << 3)));
}
/** All bits of the lower `n` bytes, fewer than eight. */
// @ts-ignore: decorator
@inline function ones(n: u64): u64 {
  return ((<u64>1) << (n << 3)) - 1;
}
/** To a page that has code; what changes code is left to the interpreter, outside of any region. */
function writeBesideCode<T>(linear: u64, value: T): void {
  const host = hostOf(linear);
  if (!codePieces(host)) allowWrites(linear);
  else if (!freeOfCode(host, sizeof<T>())) {
    refuse();
    return;
  }
  store<T>(host, value);
}
export function jitStore8(linear: u64, value: u32): void {
  write<u8>(linear, <u8>value);
}
export function jitStore16(linear: u64, value: u32): void {
  write<u16>(linear, <u16>value);
}
export function jitStore32(linear: u64, value: u32): void {
  write<u32>(linear, value);
}
export function jitStore64(linear: u64, value: u64): void {
  write<u64>(linear, value);
}

// ---- read, modify, write: the host address of the operand, of one on two pages SCRATCH, which then holds it ----
// @ts-ignore: decorator
@inline function prepare<T>(linear: u64): u32 {
  return matches<T>(linear, WRITE) ? <u32>hostOf(linear) : prepareSlowly<T>(linear);
}
function prepareSlowly<T>(linear: u64): u32 {
  if (crosses<T>(linear)) {
    if (served<T>(linear, WRITE)) {
      store<T>(SCRATCH, readAcross<T>(linear));
      return <u32>SCRATCH;
    }
  } else {
    const ready = isCodePage(linear) || served<T>(linear, WRITE) || isCodePage(linear);
    if (ready && (!isCodePage(linear) || freeOfCode(hostOf(linear), sizeof<T>()))) return <u32>hostOf(linear);
  }
  refuse();
  return 0;
}
export function jitPrepare8(linear: u64): u32 {
  return prepare<u8>(linear);
}
export function jitPrepare16(linear: u64): u32 {
  return prepare<u16>(linear);
}
export function jitPrepare32(linear: u64): u32 {
  return prepare<u32>(linear);
}
export function jitPrepare64(linear: u64): u32 {
  return prepare<u64>(linear);
}
