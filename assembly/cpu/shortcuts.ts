/**
 * The usual interrupt and the usual IRET of a 32-bit system, each in one piece: flat code and stacks, 32-bit gates,
 * within a ring or between rings 3 and 0, tables and stacks in the TLB. A shortcut does everything or, where anything is
 * unusual, nothing: then the long way (delivery.ts, returns.ts) makes every check in its order and knows what to raise.
 * Nothing is remembered: gates, descriptors and the TSS are read as memory has them now.
 */
import { READ, WRITE } from '../memory/tlb';
import { currentRip, isFlatNow, switchRing } from './code';
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
import { writableByIret, writeFlags } from './flagops';
import { isOdd } from './flags';
import { innerPointer, innerSelector, readKnownInnerStack } from './inner';
import { usualMode } from './mode';
import { dropInnerSegments, isCurrentCode } from './segments';
import { knownInnerStack, knownStack } from './stack';
import { cpu, FL_NT, FL_VM, Gpr, gpr, Seg, segment, setGpr } from './state';
import { knownTable } from './system';
import { seek } from './window';

/** Transfers that translated code asks for by number; below these: INT n, by its vector. */
export namespace Transfer {
  export const Iret: u32 = 0x100;
  export const Sysenter: u32 = 0x101;
  export const Sysexit: u32 = 0x102;
}

/** EIP, CS, EFLAGS; from an outer ring ESP and SS follow. */
const FRAME: u32 = 12;
const OUTER: u32 = 8;

/** Host address of the frame that was pushed. */
let frame: usize = 0;

/** Delivers `vector`; false: nothing has changed. */
// @ts-ignore: decorator
@inline export function deliverShort(vector: u32, hasCode: bool, code: u32, kind: u32): bool {
  if (!usualMode || (vector << 3) + 7 > cpu.idtLimit) return false;
  const at = knownTable(<u32>cpu.idtBase + (vector << 3));
  if (!at) return false;
  const gate = load<u64>(at);
  if (!isGate32(gate) || !openTo(gate, kind)) return false;
  const selector = gateSelector(gate) & ~3;
  const d = knownDescriptor(selector);
  if (!isFlatCode(d, 0)) return false;
  const error: u32 = hasCode ? 4 : 0;
  if (cpu.cpl ? !pushInward(selector, d, error) : !pushHere(selector, d, error)) return false;
  store<u32>(frame, flagImage(vector, kind), 8);
  if (hasCode) store<u32>(frame - 4, code);
  clearFlags(typeOf(gate) & 1);
  seek(gateOffset(gate));
  return true;
}
/** Pushes the frame within ring 0, all but the flags; `error` bytes of error code will lie below it. */
// @ts-ignore: decorator
@inline function pushHere(selector: u32, d: u64, error: u32): bool {
  if (!isCurrentCode(selector, d) && !isFlatNow(selector, d)) return false;
  const sp = gpr<u32>(Gpr.RSP) - FRAME - error;
  const at = knownStack(sp, FRAME + error, WRITE);
  if (!at) return false;
  pushReturn(at + error);
  setGpr<u32>(Gpr.RSP, sp);
  return true;
}
/** Pushes it on the stack of ring 0 and goes there. */
// @ts-ignore: decorator
@inline function pushInward(selector: u32, d: u64, error: u32): bool {
  if (!readKnownInnerStack() || innerSelector & 3) return false;
  const stack = knownDescriptor(innerSelector);
  if (!isFlatData(stack, 0)) return false;
  const sp = <u32>innerPointer - FRAME - OUTER - error;
  const at = knownInnerStack(sp, FRAME + OUTER + error);
  if (!at) return false;
  pushReturn(at + error);
  store<u32>(frame, gpr<u32>(Gpr.RSP), FRAME);
  store<u32>(frame, segment(Seg.SS).selector, FRAME + 4);
  switchRing(selector, accessOf(d), d, innerSelector, accessOf(stack), 0);
  setGpr<u32>(Gpr.RSP, sp);
  return true;
}
// @ts-ignore: decorator
@inline function pushReturn(at: usize): void {
  frame = at;
  store<u32>(at, <u32>currentRip());
  store<u32>(at, segment(Seg.CS).selector, 4);
}

/** IRETD; false: nothing has changed. */
// @ts-ignore: decorator
@inline export function returnShort(): bool {
  if (!usualMode || cpu.eflags & FL_NT) return false;
  const sp = gpr<u32>(Gpr.RSP);
  const at = knownStack(sp, FRAME, READ);
  if (!at) return false;
  const selector = <u32>load<u16>(at, 4);
  const image = load<u32>(at, 8);
  const d = knownDescriptor(selector);
  // Translated code cannot go on with flags that no result can have
  if (image & FL_VM || isOdd(image) || !isFlatCode(d, selector & 3)) return false;
  const mask = writableByIret(4);
  if ((selector & 3) == cpu.cpl) {
    if (!isCurrentCode(selector, d) && !isFlatNow(selector, d)) return false;
    setGpr<u32>(Gpr.RSP, sp + FRAME);
  } else if ((selector & 3) != 3 || !returnOutward(selector, d, sp + FRAME)) return false;
  seek(load<u32>(at));
  writeFlags(image, mask);
  return true;
}
/** To ring 3, whose SS:ESP lie at `sp`. */
// @ts-ignore: decorator
@inline function returnOutward(selector: u32, d: u64, sp: u32): bool {
  const at = knownStack(sp, OUTER, READ);
  if (!at) return false;
  const ss = <u32>load<u16>(at, 4);
  const stack = knownDescriptor(ss);
  if ((ss & 3) != 3 || !isFlatData(stack, 3)) return false;
  switchRing(selector, accessOf(d), d, ss, accessOf(stack), 3);
  setGpr<u32>(Gpr.RSP, load<u32>(at));
  dropInnerSegments();
  return true;
}
