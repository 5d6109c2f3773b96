/** EFLAGS as instructions may see and change it at each privilege level (SDM 2 POPF, PUSHF, CLI, STI; SDM 3A 2.3). */
import { refreshAlignmentCheck } from '../memory/checks';
import { retired } from './budget';
import { fail } from './errors';
import { Vector } from './exceptions';
import { flags, setArithmeticBits } from './flags';
import {
  cpu,
  FL_AC,
  FL_ARITHMETIC,
  FL_DF,
  FL_ID,
  FL_IF,
  FL_IOPL,
  FL_NT,
  FL_RF,
  FL_TF,
  FL_VIF,
  FL_VIP,
  FL_VM,
  protectedMode,
  v86Mode,
} from './state';
import { shutWindow } from './window';

/** Bits that exist; all others read as 0, bit 1 as 1. */
export const EXISTING: u32 =
  FL_ARITHMETIC | FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT | FL_RF | FL_VM | FL_AC | FL_VIF | FL_VIP | FL_ID;

/** What STI leaves in `cpu.shadow`, and what MOV SS and POP SS do: they hold off debug exceptions as well. */
export const SHADOW_STI: u32 = 1;
export const SHADOW_STACK: u32 = 2;

/** Sets the flags of `mask` from `value`, and what follows from them but for the mode. */
// @ts-ignore: decorator
@inline export function writeFlags(value: u32, mask: u32): void {
  const arithmetic = mask & FL_ARITHMETIC;
  if (arithmetic == FL_ARITHMETIC) setArithmeticBits(value);
  else if (arithmetic) setArithmeticBits((flags() & ~arithmetic) | (value & arithmetic));
  writeSystemFlags(value, mask);
}
/** The same for those that are not arithmetic. */
// @ts-ignore: decorator
@inline export function writeSystemFlags(value: u32, mask: u32): void {
  const before = cpu.eflags;
  const system = mask & EXISTING & ~FL_ARITHMETIC;
  cpu.eflags = (before & ~system) | (value & system);
  const changed = before ^ cpu.eflags;
  if (!(changed & (FL_AC | FL_TF | FL_RF | FL_IF))) return;
  if (changed & FL_AC) refreshAlignmentCheck();
  // IF matters to a waiting interrupt only; one that comes later shuts the window itself.
  if (changed & (FL_TF | FL_RF) || (changed & cpu.eflags & FL_IF && cpu.intr)) shutWindow();
}
/** The flags that IRET may change at the present CPL. */
// @ts-ignore: decorator
@inline export function writableByIret(size: u32): u32 {
  let mask = FL_ARITHMETIC | FL_TF | FL_DF | FL_NT;
  if (size > 2) mask |= FL_RF | FL_AC | FL_ID;
  if (cpu.cpl == 0) return mask | FL_IF | FL_IOPL | (size > 2 ? FL_VIF | FL_VIP : 0);
  return cpu.cpl <= ((cpu.eflags >> 12) & 3) ? mask | FL_IF : mask;
}
/** #GP(0) in virtual-8086 mode with IOPL below 3. */
function sensitiveAllowed(): bool {
  if (!v86Mode() || (cpu.eflags & FL_IOPL) == FL_IOPL) return true;
  fail(Vector.GP, 0);
  return false;
}
/** POPF; the value was read from the stack. Before the stack pointer moves: ask `faulted()`. */
export function popFlags(value: u32, size: u32): void {
  if (!sensitiveAllowed()) return;
  let mask = FL_ARITHMETIC | FL_TF | FL_DF | FL_NT;
  if (size > 2) {
    mask |= FL_AC | FL_ID | FL_RF;
    if (!v86Mode()) mask |= FL_VIF | FL_VIP;
    value &= ~(FL_RF | FL_VIF | FL_VIP);
  }
  if (cpu.cpl == 0) mask |= FL_IOPL;
  if (cpu.cpl <= ((cpu.eflags >> 12) & 3)) mask |= FL_IF;
  writeFlags(value, mask);
}
/** What PUSHF pushes: VM and RF read as 0. May fail: ask `faulted()` before pushing. */
export function pushableFlags(): u32 {
  if (!sensitiveAllowed()) return 0;
  return flags() & ~(FL_VM | FL_RF);
}
/** CLI and STI: IOPL must not be below CPL, which is 3 in virtual-8086 mode. */
function mayChangeInterrupts(): bool {
  if (!protectedMode() || cpu.cpl <= ((cpu.eflags >> 12) & 3)) return true;
  fail(Vector.GP, 0);
  return false;
}
export function cli(): void {
  if (mayChangeInterrupts()) cpu.eflags &= ~FL_IF;
}
/** Interrupts stay shut for one more instruction when they were shut before (SDM 3A 6.8.3). */
export function sti(): void {
  if (!mayChangeInterrupts() || cpu.eflags & FL_IF) return;
  cpu.eflags |= FL_IF;
  cast(SHADOW_STI);
  if (cpu.intr) shutWindow();
}
/** After MOV SS and POP SS, so that the stack pointer can follow undisturbed. Whatever waits has shut the window. */
export function shadowStackLoad(): void {
  cast(SHADOW_STACK);
}
/** The shadow covers the time between the running instruction and the next. */
// @ts-ignore: decorator
@inline function cast(shadow: u32): void {
  cpu.shadow = shadow;
  cpu.shadowAt = retired();
}
/** Forgets a shadow that has passed: what is left in memory does not depend on who has looked at it. */
export function settleShadow(): void {
  if (cpu.shadow && cpu.shadowAt == retired()) return;
  cpu.shadow = 0;
  cpu.shadowAt = 0;
}
/** Between two instructions, when events are looked at: the shadow that the last one cast, 0 if none. */
export function takeShadow(): u32 {
  const shadow = cpu.shadowAt == retired() ? cpu.shadow : 0;
  cpu.shadow = 0;
  return shadow;
}
