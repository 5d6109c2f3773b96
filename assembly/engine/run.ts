/**
 * The run loop. One comparison an instruction (inWindow) stands between it and `attend`, which deals with everything
 * that is not the next instruction of the same page: faults, traps, interrupts, timers, mode changes. Another one sees
 * that control has gone elsewhere than to the next instruction: there may be translated code (dispatch.ts).
 */
import * as timers from '../bus/timers';
import { instructionsUntil, isVirtual, passTurns, skipTo } from '../bus/clock';
import { outcome, takeYield } from '../bus/outcome';
import { count, Counter } from '../counters';
import { grant, hasBudget, limit, retired, settle, spend } from '../cpu/budget';
import { debugPending, deliverDebug, instructionBreakpoint, stepwise } from '../cpu/debug';
import { faulted } from '../cpu/exceptions';
import { moveOn, openCode } from '../cpu/fetch';
import { settleShadow, SHADOW_STACK, takeShadow } from '../cpu/flagops';
import { deliverFault, deliverInterrupt, deliverNmi, interruptPending, SHUTDOWN } from '../cpu/interrupts';
import { applyMode } from '../cpu/prefix';
import { CODE16, CODE32, CODE64, cpu, FL_IF, Seg, segment } from '../cpu/state';
import {
  beginAt,
  beginInstruction,
  here,
  inWindow,
  nextRip,
  onlyMoved,
  openWindow,
  rewind,
  shutWindow,
} from '../cpu/window';
import { Legacy, Long } from '../isa/kinds';
import { execute, executeInline } from '../isa/one-byte';
import { STRADDLE } from '../layout';
import { Interpreter } from '../interpreter/backend';
import { instructionLength } from '../interpreter/length';
import { Switch, switchValue } from '../jit/switches';
import { arrive, isTranslating } from './dispatch';
import { linkIfDue, takeLink } from './linking';

/** Why `run` came back, as far as the CPU knows; a device may have another reason (pc.ts). */
export namespace Stop {
  export const Budget: u32 = 0;
  /** HLT: an interrupt will end it. */
  export const Idle: u32 = 1;
  /** HLT with interrupts off: nothing will end it. */
  export const Halted: u32 = 4;
  /** Shutdown after a triple fault, or a device's doing. */
  export const Ended: u32 = 5;
  /** A module of translated code waits for the host to link it; then `run` is to be called for the rest. */
  export const Link: u32 = 6;
  /** A device has more for the host than it can hold; not seen outside. */
  export const Yield: u32 = 7;
  /** HLT, and idle skipping is off: `run` is to be called for the rest, at the time that it is by then. */
  export const Waiting: u32 = 8;
}

// @ts-ignore: decorator
@inline const b: Interpreter = changetype<Interpreter>(0);

// Transient within one call of `run`
let stop: u32 = 0;
let loopMode: u32 = 0;
/** The code mode is another one than the loop decodes for; the next instruction is ready. */
let changed: bool = false;

/** Runs up to `budget` instructions, timers and interrupts in between. Returns a Stop. */
export function run(budget: u32): u32 {
  openWindow(0, 0, cpu.rip, STRADDLE);
  beginInstruction();
  const goal = retired() + budget;
  stop = Stop.Budget;
  while (retired() < goal && !stop) {
    timers.runDue();
    grant(<i32>min(goal - retired(), instructionsUntil(timers.next())));
    runChunk();
    settle();
    if (stop == Stop.Idle) stop = wait();
  }
  deliverFaults();
  settleShadow();
  cpu.rip = ripNow();
  return stop == Stop.Yield ? Stop.Budget : stop;
}
/** Turns of the wait between two looks at the host's clock: some microseconds. */
const TURNS: u64 = 10_000;
/** The CPU has halted until an interrupt. Stop.Budget: the next timer is due, go on. */
function wait(): u32 {
  const next = timers.next();
  // With the instruction clock no time passes until there is input
  if (isVirtual() && next == timers.NEVER) return Stop.Idle;
  if (!switchValue(Switch.Idle)) return spin(next);
  if (!isVirtual()) return Stop.Idle;
  wakeAt(next);
  return Stop.Budget;
}
/** A turn takes as long as an instruction would, but with the host's clock, which says itself how late it is. */
function spin(next: u64): u32 {
  const turns = isVirtual() ? min(TURNS, instructionsUntil(next)) : TURNS;
  for (let i: u64 = 0; i < turns && !interruptPending(); i++) count(Counter.IdleTurns);
  if (!isVirtual()) return Stop.Waiting;
  if (turns == TURNS) {
    passTurns(turns);
    return Stop.Waiting;
  }
  wakeAt(next);
  return Stop.Budget;
}
/** With the instruction clock. */
function wakeAt(time: u64): void {
  skipTo(time);
  // A wake-up costs an instruction, so that a timer whose interrupt is masked cannot keep us here.
  cpu.instructions++;
}
export function ripNow(): u64 {
  return cpu.codeMode == CODE64 ? nextRip() : nextRip() & 0xffff_ffff;
}

function runChunk(): void {
  let ready = !prepare();
  while (ready) {
    changed = false;
    interpret();
    ready = changed;
  }
}
/** Runs the loop of the code mode, from an open window on: at least one instruction. */
export function interpret(): void {
  loopMode = cpu.codeMode;
  if (loopMode == CODE32) loop32();
  else if (loopMode == CODE16) loop16();
  else loop64();
}
/** Bytes to the next instruction, at most. */
const LONGEST: u64 = 15;
/** Control has gone elsewhere: translated code runs if there is any. False: the loop cannot go on. */
function follow(): bool {
  linkIfDue();
  if (!hasBudget()) return true;
  if (!inWindow() && !attend()) return false;
  // A step, or in the shadow of STI: to attend again would end it before it has begun
  if (!inWindow() && !onlyMoved()) interpretOne();
  else arrive(here());
  return true;
}
function interpretOne(): void {
  spend();
  const at = beginAt();
  if (loopMode == CODE32) execute<Interpreter, u32, Legacy>(b, load<u8>(<usize>at), at + 1);
  else if (loopMode == CODE16) execute<Interpreter, u16, Legacy>(b, load<u8>(<usize>at), at + 1);
  else execute<Interpreter, u32, Long>(b, load<u8>(<usize>at), at + 1);
}
function loop32(): void {
  // The first one out of line: asc then compiles the decode tree on its own before it inlines it below.
  spend();
  const first = beginAt();
  execute<Interpreter, u32, Legacy>(b, load<u8>(<usize>first), first + 1);
  while (hasBudget() && (inWindow() || attend())) {
    spend();
    const at = beginAt();
    executeInline<Interpreter, u32, Legacy>(b, load<u8>(<usize>at), at + 1);
    if (here() - at > LONGEST && isTranslating() && !follow()) return;
  }
}
function loop16(): void {
  do {
    spend();
    const at = beginAt();
    execute<Interpreter, u16, Legacy>(b, load<u8>(<usize>at), at + 1);
    if (here() - at > LONGEST && isTranslating() && !follow()) return;
  } while (hasBudget() && (inWindow() || attend()));
}
function loop64(): void {
  do {
    spend();
    const at = beginAt();
    execute<Interpreter, u32, Long>(b, load<u8>(<usize>at), at + 1);
    if (here() - at > LONGEST && isTranslating() && !follow()) return;
  } while (hasBudget() && (inWindow() || attend()));
}
/** Between two instructions, out of the window: can this loop go on? */
function attend(): bool {
  if (onlyMoved()) {
    if (moveOn()) return true;
    openCode(instructionLength.index);
    if (!faulted()) return true;
    if (prepare(true)) return false;
  } else if (prepare()) return false;
  changed = cpu.codeMode != loopMode;
  return !changed;
}

/** Of `prepare`: the budget is used up before the next instruction. Not a Stop. */
const NOT_READY: u32 = ~0;

/** Does what has to be done before the next instruction (SDM 3A table 6-2) and fetches it. Returns a Stop, or 0. */
function prepare(fetching: bool = false): u32 {
  for (let again = fetching; ; again = true) {
    deliverFaults();
    // What comes in between costs an instruction, or a handler that cannot be fetched could hold us here for ever
    if (again) {
      spend();
      if (!hasBudget()) return NOT_READY;
    }
    if (cpu.halted == SHUTDOWN || outcome()) return (stop = Stop.Ended);
    if (takeYield()) return (stop = Stop.Yield);
    if (takeLink()) return (stop = Stop.Link);
    beginInstruction();
    const shadow = takeShadow();
    if (deliverPending(shadow)) continue;
    if (cpu.halted) return (stop = cpu.eflags & FL_IF ? Stop.Idle : Stop.Halted);
    if (enter(shadow != 0)) break;
  }
  if (timers.takeChange()) limit(instructionsUntil(timers.next()));
  return 0;
}
/** The failure of the last instruction, or of fetching the next one. */
function deliverFaults(): void {
  while (faulted()) {
    rewind();
    deliverFault();
  }
}
/** Takes the trap, NMI or interrupt that waits and is not held off; false when there is none. */
function deliverPending(shadow: u32): bool {
  if (shadow != SHADOW_STACK && debugPending()) deliverDebug();
  else if (shadow) return false;
  else if (cpu.nmiPending && !cpu.nmiBlocked) deliverNmi();
  else if (interruptPending()) deliverInterrupt();
  else return false;
  cpu.halted &= SHUTDOWN;
  return true;
}
/** Opens the window on the next instruction; false when it is a breakpoint or faulted. `alone`: look again after it. */
function enter(alone: bool): bool {
  applyMode();
  if (instructionBreakpoint(linearRip())) return false;
  openCode(instructionLength.index);
  if (faulted()) return false;
  if (stepwise() || alone) shutWindow();
  return true;
}
function linearRip(): u64 {
  return cpu.codeMode == CODE64 ? nextRip() : (segment(Seg.CS).base + nextRip()) & 0xffff_ffff;
}
