/**
 * Single instructions, for conformance tests: one is executed and nothing delivered, by the interpreter or as a region
 * of its own. Registers and memory come from the host, which has called `refresh`.
 */
import { grant, hasBudget, settle } from '../cpu/budget';
import { clearFault, faulted, faultVector } from '../cpu/exceptions';
import { openCode } from '../cpu/fetch';
import { applyMode } from '../cpu/prefix';
import { cpu } from '../cpu/state';
import { beginInstruction, here, openWindow, rewind } from '../cpu/window';
import { instructionLength } from '../interpreter/length';
import { Refusal } from '../jit/translate';
import { STRADDLE } from '../layout';
import { arrive, translateOne } from './dispatch';
import { linkNow } from './linking';
import { interpret, ripNow } from './run';

/** Opens the window on the instruction at RIP; false when it cannot be fetched. */
function begin(): bool {
  openWindow(0, 0, cpu.rip, STRADDLE);
  beginInstruction();
  applyMode();
  openCode(instructionLength.index);
  return !faulted();
}
/** -1, or the vector of the exception that was raised, the instruction pointer then being back at it. */
function end(): i32 {
  let result = -1;
  if (faulted()) {
    rewind();
    result = faultVector();
    clearFault();
  }
  cpu.rip = ripNow();
  return result;
}

/** Executes exactly one instruction: -1, or the vector of its exception. */
export function step(): i32 {
  if (begin()) {
    grant(1);
    // With the budget of one instruction a loop looks at nothing afterwards
    interpret();
    settle();
  }
  return end();
}
/** Translates the instruction at RIP and nothing else. The bytes of the module to link, 0: it was refused. */
export function translateStep(): u32 {
  const cr2 = cpu.cr2;
  const made = begin() && translateOne(here()) == Refusal.None ? linkNow() : 0;
  clearFault();
  cpu.cr2 = cr2;
  return made;
}
/** As `step`; translated code executes the instruction as far as it can. */
export function stepTranslated(): i32 {
  if (begin()) {
    grant(1);
    arrive(here());
    const left = hasBudget();
    settle();
    if (left) {
      cpu.rip = ripNow();
      return step();
    }
  }
  return end();
}
