/**
 * Translates one straight-line block: from CpuState.rip, in the mode of the CPU as it is, up to a control transfer, to
 * an instruction that only the interpreter has, to a cap, or to the end of the page. The result is a module in MODULE
 * (emit.ts); translating changes nothing that the guest can see but the accessed bit of its code page.
 *
 * What the module stands on: the code's bytes, code mode, base and limit of CS, width of SS, whether CPL is 3. Bases
 * and limits of data segments are read when the block runs. Stepping, breakpoints and interrupt shadows are for the
 * one who decides to run it.
 */
import { clearFault, faulted } from '../cpu/exceptions';
import { openCode } from '../cpu/fetch';
import { applyMode } from '../cpu/prefix';
import { CODE16, CODE32, cpu, Seg, segment } from '../cpu/state';
import { beginAt, beginInstruction, fetch, here, inWindow, nextRip, openWindow } from '../cpu/window';
import { instructionLength } from '../interpreter/length';
import { Legacy, Long } from '../isa/kinds';
import { execute } from '../isa/one-byte';
import { STRADDLE } from '../layout';
import { beginBackend, Jit } from './backend';
import { beginOutput, BODY, BODY_SIZE, cursor, overflowed, writeTo } from './emit';
import { beginBlock, beginJitInstruction, ended, endJitInstruction, fallThrough, misshapen, translated } from './exits';
import { beginFrame, FIRST_VALUE } from './frame';
import { beginLocals, valueLocals } from './local';
import { writeModule } from './module';

/** Why `translateBlock` returned 0. */
export namespace Refusal {
  export const None: u32 = 0;
  /** The code at RIP cannot be fetched. */
  export const Fetch: u32 = 1;
  /** The first instruction is the interpreter's, or reaches beyond its page. */
  export const Nothing: u32 = 2;
  /** The module does not fit; the caps below should make that impossible. */
  export const Overflow: u32 = 3;
  /** A body forks and then leaves (exits.ts). */
  export const Shape: u32 = 4;
}
let refusal: u32 = Refusal.None;
export function translationRefusal(): u32 {
  return refusal;
}
/** Guest instructions in the block that was translated last. */
export function translatedInstructions(): u32 {
  return translated();
}

// Engines give up, or take for ever, on functions without bounds, and a guest can ask for them
const MOST_INSTRUCTIONS: u32 = 64;
const MOST_LOCALS: u32 = 4000;
const MOST_BYTES: u32 = 0x10000;

const PAGE: u64 = 0x1000;
const LONGEST: u64 = 15;

// @ts-ignore: decorator
@inline const b: Jit = changetype<Jit>(0);

/** Length of the module in MODULE, 0 when there is none (`translationRefusal`). */
export function translateBlock(): u32 {
  const cr2 = cpu.cr2;
  const refused = translateFrom(cpu.rip);
  cpu.cr2 = cr2; // of a page that was only looked at
  refusal = refused;
  if (refused) return 0;
  const length = writeModule(<u32>(cursor() - BODY));
  if (!length) refusal = Refusal.Overflow;
  return length;
}

function begin(rip: u64): void {
  openWindow(0, 0, rip, STRADDLE);
  beginInstruction();
  applyMode();
  beginOutput();
  writeTo(BODY, BODY_SIZE);
  beginLocals(FIRST_VALUE);
  beginFrame();
  beginBlock();
  beginBackend();
}
function translateFrom(rip: u64): u32 {
  begin(rip);
  openCode(instructionLength.index);
  if (faulted()) {
    clearFault();
    return Refusal.Fetch;
  }
  const page = linear() & ~(PAGE - 1);
  while (!ended() && within(page) && !full()) translateOne();
  fallThrough();
  if (misshapen()) return Refusal.Shape;
  if (overflowed()) return Refusal.Overflow;
  return translated() ? Refusal.None : Refusal.Nothing;
}
function linear(): u64 {
  return segment(Seg.CS).base + nextRip();
}
function full(): bool {
  return translated() >= MOST_INSTRUCTIONS || valueLocals() >= MOST_LOCALS || <u32>(cursor() - BODY) >= MOST_BYTES;
}
/** Does the next instruction lie in `page` to its last byte? Makes it fetchable. */
function within(page: u64): bool {
  const offset = linear() - page;
  if (offset >= PAGE) return false;
  if (inWindow()) return offset <= PAGE - LONGEST || fits(offset);
  openCode(instructionLength.index);
  if (!faulted()) return fits(offset);
  clearFault();
  return false;
}
function fits(offset: u64): bool {
  beginInstruction();
  return offset + instructionLength() <= PAGE;
}
function translateOne(): void {
  beginAt();
  beginJitInstruction();
  const op: u32 = fetch<u8>();
  if (cpu.codeMode == CODE32) execute<Jit, u32, Legacy>(b, op, here());
  else if (cpu.codeMode == CODE16) execute<Jit, u16, Legacy>(b, op, here());
  else execute<Jit, u32, Long>(b, op, here());
  endJitInstruction();
}
