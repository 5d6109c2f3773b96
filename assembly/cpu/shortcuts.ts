/**
 * The usual interrupt and the usual IRET of a 32-bit system, each in one piece: flat code and stacks, 32-bit gates,
 * within a ring or between rings 3 and 0, tables and stacks in the TLB. A shortcut does everything or, where anything is
 * unusual, nothing: then the long way (delivery.ts, returns.ts) makes every check in its order and knows what to raise.
 * Nothing is remembered: gates, descriptors and the TSS are read as memory has them now.
 */
import { READ, WRITE } from '../memory/tlb';
import { isFlatNow, switchRing } from './code';
import { clearFlags, flagImage, openTo } from './delivery';
import {
  accessOf,
  gateOffset,
  gateSelector,
  isFlatCode,
  isFlatData,
  isGate32,
  knownDescriptor,
  typeOf,
} from './descriptors';
import { writableByIret, writeSystemFlags } from './flagops';
import { isOdd, setPossibleFlags } from './flags';
import { innerPointer, innerSelector, readKnownInnerStack } from './inner';
import { usualMode } from './mode';
import { dropInnerSegments } from './segments';
import { knownInnerStack, knownStack } from './stack';
import { cpu, FL_NT, FL_VM, Gpr, gpr, Seg, segment, setGpr } from './state';
import { knownWord } from './system';

/** Transfers that translated code asks for by number; below these: INT n, by its vector. */
export namespace Transfer {
  export const Iret: u32 = 0x100;
  export const Sysenter: u32 = 0x101;
  export const Sysexit: u32 = 0x102;
}

/** EIP, CS, EFLAGS; from an outer ring ESP and SS follow. */
const FRAME: u32 = 12;
const OUTER: u32 = 8;

/** Where control goes: the instruction pointer is the caller's to move. */
export let shortTarget: u32 = 0;

// Conditions stand alone here: engines make detours of those that are joined.

/** Delivers `vector` at `rip`; false: nothing has changed. */
// @ts-ignore: decorator
@inline export function deliverShort(vector: u32, hasCode: bool, code: u32, kind: u32, rip: u32): bool {
  if (!usualMode) return false;
  if ((vector << 3) + 7 > cpu.idtLimit) return false;
  const gate = knownWord(<u32>cpu.idtBase + (vector << 3));
  if (!isGate32(gate)) return false;
  if (!openTo(gate, kind)) return false;
  const selector = gateSelector(gate) & ~3;
  const d = knownDescriptor(selector);
  if (!isFlatCode(d, 0)) return false;
  const error: u32 = hasCode ? 4 : 0;
  const frame = cpu.cpl ? pushInward(selector, d, error, rip) : pushHere(selector, d, error, rip);
  if (!frame) return false;
  store<u32>(frame, flagImage(vector, kind), 8);
  if (hasCode) store<u32>(frame - 4, code);
  clearFlags(typeOf(gate) & 1);
  shortTarget = gateOffset(gate);
  return true;
}
/**
 * Pushes the frame within ring 0, all but the flags; `error` bytes of error code will lie below it. Its host address, 0:
 * nothing has changed.
 */
// @ts-ignore: decorator
@inline function pushHere(selector: u32, d: u64, error: u32, rip: u32): usize {
  if (!isFlatNow(selector, d)) return 0;
  const sp = gpr<u32>(Gpr.RSP) - FRAME - error;
  const at = knownStack(sp, FRAME + error, WRITE);
  if (!at) return 0;
  pushReturn(at + error, rip);
  setGpr<u32>(Gpr.RSP, sp);
  return at + error;
}
/** Pushes it on the stack of ring 0 and goes there. */
function pushInward(selector: u32, d: u64, error: u32, rip: u32): usize {
  if (!readKnownInnerStack()) return 0;
  if (innerSelector & 3) return 0;
  const stack = knownDescriptor(innerSelector);
  if (!isFlatData(stack, 0)) return 0;
  const sp = <u32>innerPointer - FRAME - OUTER - error;
  const at = knownInnerStack(sp, FRAME + OUTER + error);
  if (!at) return 0;
  pushReturn(at + error, rip);
  store<u32>(at + error, gpr<u32>(Gpr.RSP), FRAME);
  store<u32>(at + error, segment(Seg.SS).selector, FRAME + 4);
  switchRing(selector, accessOf(d), d, innerSelector, accessOf(stack), 0);
  setGpr<u32>(Gpr.RSP, sp);
  return at + error;
}
// @ts-ignore: decorator
@inline function pushReturn(at: usize, rip: u32): void {
  store<u32>(at, rip);
  store<u32>(at, segment(Seg.CS).selector, 4);
}

/** IRETD; false: nothing has changed. */
// @ts-ignore: decorator
@inline export function returnShort(): bool {
  if (!usualMode) return false;
  if (cpu.eflags & FL_NT) return false;
  const sp = gpr<u32>(Gpr.RSP);
  const at = knownStack(sp, FRAME, READ);
  if (!at) return false;
  const selector = <u32>load<u16>(at, 4);
  const image = load<u32>(at, 8);
  if (image & FL_VM) return false;
  // Translated code cannot go on with flags that no result can have
  if (isOdd(image)) return false;
  const d = knownDescriptor(selector);
  if (!isFlatCode(d, selector & 3)) return false;
  const mask = writableByIret(4);
  if ((selector & 3) == cpu.cpl) {
    if (!isFlatNow(selector, d)) return false;
    setGpr<u32>(Gpr.RSP, sp + FRAME);
  } else if (!returnOutward(selector, d, sp + FRAME)) return false;
  shortTarget = load<u32>(at);
  setPossibleFlags(image);
  writeSystemFlags(image, mask);
  return true;
}
/** To ring 3, whose SS:ESP lie at `sp`. */
function returnOutward(selector: u32, d: u64, sp: u32): bool {
  if ((selector & 3) != 3) return false;
  const at = knownStack(sp, OUTER, READ);
  if (!at) return false;
  const ss = <u32>load<u16>(at, 4);
  if ((ss & 3) != 3) return false;
  const stack = knownDescriptor(ss);
  if (!isFlatData(stack, 3)) return false;
  switchRing(selector, accessOf(d), d, ss, accessOf(stack), 3);
  setGpr<u32>(Gpr.RSP, load<u32>(at));
  dropInnerSegments();
  return true;
}
