/**
 * What translated code calls: accesses for which the TLB compare does not match, instructions that only the interpreter
 * has, pages that have to be looked up again.
 *
 * An access that is no plain one to RAM (faults, devices, watchpoints, alignment checks, writes that change code) is
 * refused: nothing has happened then, JIT_REFUSED says so, and the region leaves the instruction to the interpreter.
 * Devices are thereby accessed with an exact instruction count.
 */
import { setRemaining } from '../cpu/budget';
import { clearFault, faulted } from '../cpu/exceptions';
import { oddFlags } from '../cpu/flags';
import { setOperand } from '../cpu/operand';
import { CODE16, CODE32, cpu, segment } from '../cpu/state';
import { beginAt, beginInstruction, here, onlyMoved, openWindow } from '../cpu/window';
import { Interpreter } from '../interpreter/backend';
import { Legacy, Long } from '../isa/kinds';
import { overflowsSigned } from '../isa/wide';
import { execute } from '../isa/one-byte';
import { escape as fpuEscape } from '../fpu/x87';
import { count, Counter } from '../jit/counters';
import { FLOAT_DUE, FLOAT_REFUSED } from '../jit/float';
import { siteCount, siteLength } from '../jit/exits';
import { JIT_REFUSED, JIT_SITE, RAM } from '../layout';
import { probeRead, probeWrite } from '../memory/access';
import { codePieces, freeOfCode } from '../memory/code-pages';
import { Access, inspectCode, translate } from '../memory/paging';
import { isCanonical } from '../memory/segmented';
import { allowWrites, DELTA, entryFor, EXECUTE, isCodePage, READ, userTlb, WRITE } from '../memory/tlb';
import { currentMode, runningMode, siteRip } from './running';

// @ts-ignore: decorator
@inline const b: Interpreter = changetype<Interpreter>(0);
const PAGE: u32 = 0x1000;

function refuse(site: u32): void {
  store<u32>(JIT_SITE, site);
  store<u32>(JIT_REFUSED, 1);
}
function grant(): void {
  store<u32>(JIT_REFUSED, 0);
}
// @ts-ignore: decorator
@inline function matches(linear: u64, tag: usize): bool {
  return load<u64>(entryFor(linear) + tag) == (linear & ~0xfff);
}
// @ts-ignore: decorator
@inline function hostOf(linear: u64): usize {
  return <u32>linear + load<u32>(entryFor(linear), DELTA);
}
// @ts-ignore: decorator
@inline function crosses(linear: u64, size: u32): bool {
  return (<u32>linear & (PAGE - 1)) + size > PAGE;
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
/** Does the TLB serve all bytes of an access, after a look at the page tables if need be? */
function served(linear: u64, size: u32, tag: usize): bool {
  if (matches(linear, tag) && matches(linear + size - 1, tag)) return true;
  return probe(linear, size, tag == WRITE) && matches(linear, tag) && matches(linear + size - 1, tag);
}

// ---- reads ----
function readServed(linear: u64, size: u32): u64 {
  const host = hostOf(linear);
  if (!crosses(linear, size)) {
    if (size == 4) return <u64>load<u32>(host);
    if (size == 8) return load<u64>(host);
    return size == 2 ? <u64>load<u16>(host) : <u64>load<u8>(host);
  }
  // The last eight bytes of the one page and the first eight of the other hold it
  const first = PAGE - (<u32>linear & (PAGE - 1));
  const low = load<u64>(host + first - 8) >> ((8 - first) << 3);
  const v = low | (load<u64>(hostOf(linear + first)) << (first << 3));
  return size == 8 ? v : v & (((<u64>1) << (size << 3)) - 1);
}
export function jitRead(linear: u64, size: u32, site: u32): u32 {
  return <u32>jitReadWide(linear, size, site);
}
export function jitReadWide(linear: u64, size: u32, site: u32): u64 {
  if (!served(linear, size, READ)) {
    refuse(site);
    return 0;
  }
  grant();
  return readServed(linear, size);
}

// ---- writes ----
export function jitWrite(linear: u64, size: u32, site: u32, value: u64): void {
  if (!crosses(linear, size) && isCodePage(linear)) writeBesideCode(linear, size, site, value);
  else if (!served(linear, size, WRITE)) {
    // The probe may have found a page with code
    if (!crosses(linear, size) && isCodePage(linear)) writeBesideCode(linear, size, site, value);
    else refuse(site);
  } else {
    grant();
    if (crosses(linear, size)) writeAcross(linear, size, value);
    else storeSized(hostOf(linear), size, value);
  }
}
function storeSized(host: usize, size: u32, value: u64): void {
  if (size == 4) store<u32>(host, <u32>value);
  else if (size == 8) store<u64>(host, value);
  else if (size == 2) store<u16>(host, <u16>value);
  else store<u8>(host, <u8>value);
}
function writeAcross(linear: u64, size: u32, value: u64): void {
  const first = PAGE - (<u32>linear & (PAGE - 1));
  const low = hostOf(linear);
  const high = hostOf(linear + first) - first;
  for (let i: u32 = 0; i < size; i++) store<u8>((i < first ? low : high) + i, <u8>(value >> (<u64>i << 3)));
}
/** To a page that has code; what changes code is left to the interpreter, outside of any region. */
function writeBesideCode(linear: u64, size: u32, site: u32, value: u64): void {
  const host = hostOf(linear);
  if (!codePieces(host)) allowWrites(linear);
  else if (!freeOfCode(host, size)) {
    refuse(site);
    return;
  }
  grant();
  storeSized(host, size, value);
}
/** Host address of an operand that is read, modified and written in place. */
export function jitPrepare(linear: u64, size: u32, site: u32): u32 {
  if (!crosses(linear, size)) {
    const ready = isCodePage(linear) || served(linear, size, WRITE) || isCodePage(linear);
    if (ready && (!isCodePage(linear) || freeOfCode(hostOf(linear), size))) {
      grant();
      return <u32>hostOf(linear);
    }
  }
  refuse(site);
  return 0;
}

// ---- the rest ----
/** Does the signed product of two u64 exceed 64 bits? */
export function jitMulOverflows(x: u64, y: u64): u32 {
  return <u32>overflowsSigned<u64>(x, y);
}
/** Is the code page of `linear` still the one at host address `host`, and may it be executed? */
export function jitPage(linear: u64, host: u32): u32 {
  if (inspectCode(linear, userTlb()) + RAM != <u64>host) return 0;
  const cr2 = cpu.cr2;
  translate(linear, Access.Execute, userTlb());
  if (faulted()) {
    clearFault();
    cpu.cr2 = cr2;
    return 0;
  }
  return <u32>(matches(linear, EXECUTE) && hostOf(linear) == host);
}
/**
 * Executes the x87 instruction at `site` and host address `host`; `code` is its opcode and ModRM byte, the operand lies
 * at `offset` in segment register number `s`. 0: done, or what jit/float.ts says.
 */
export function jitFloat(offset: u64, s: u32, code: u32, host: u32, site: u32): u32 {
  openWindow(host & ~(PAGE - 1), PAGE - 14, siteRip(site), host);
  beginInstruction();
  const cr2 = cpu.cr2;
  setOperand(segment(s), offset);
  fpuEscape(code >> 8, code & 0xff);
  if (onlyMoved()) return 0;
  if (!faulted()) return FLOAT_DUE;
  clearFault();
  cpu.cr2 = cr2;
  refuse(site);
  return FLOAT_REFUSED;
}
/**
 * Has the interpreter execute the instruction at `site`, whose bytes lie at host address `host`, with registers and flags
 * in memory; `left` instructions were left in the slice where its block began. 0: the region goes on with the next one.
 */
export function jitInterpret(host: u32, site: u32, left: i32): u32 {
  const page = host & ~(PAGE - 1);
  openWindow(page, PAGE - 14, siteRip(site), host);
  setRemaining(left - <i32>siteCount(site) - 1);
  const at = beginAt();
  const op: u32 = load<u8>(<usize>at);
  if (cpu.codeMode == CODE32) execute<Interpreter, u32, Legacy>(b, op, at + 1);
  else if (cpu.codeMode == CODE16) execute<Interpreter, u16, Legacy>(b, op, at + 1);
  else execute<Interpreter, u32, Long>(b, op, at + 1);
  count(Counter.Helped);
  if (!onlyMoved() || here() != at + siteLength(site)) return 1;
  return <u32>(oddFlags() || currentMode() != runningMode());
}
