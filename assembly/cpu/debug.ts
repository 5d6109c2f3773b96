/**
 * Debug registers and #DB (SDM 3B 17.2 and 17.3). Traps gather in `cpu.pendingDebug`, bits as in DR6, while an
 * instruction runs: data breakpoints (memory/checks.ts), I/O breakpoints (cpu/io.ts), the single step that `stepwise`
 * has armed, the T bit of a task. The run loop delivers them at the instruction's end.
 */
import { flushAll } from '../memory/tlb';
import {
  anyBreakpoint,
  breakpointAddress,
  breakpointCovers,
  breakpointEnabled,
  breakpointKind,
  BreakOn,
  setBreakpointAddress,
} from './breakpoints';
import { privileged } from './errors';
import { bits, field } from '../bus/section';
import { raise, raiseUd, Vector } from './exceptions';
import { deliverException, Kind } from './interrupts';
import { CODE64, CR4_DE, cpu, FL_RF, FL_TF } from './state';
import { shutWindow } from './window';

// DR6
const DR6_B: u32 = 0xf;
const DR6_BD: u64 = 1 << 13;
const DR6_BS: u32 = 1 << 14;
export const DR6_BT: u32 = 1 << 15;
const DR6_ONES: u64 = 0xffff_0ff0;
const DR6_WRITABLE: u64 = 0xe00f;
// DR7
/** LE and the local enables, which a task switch clears. */
const DR7_LOCAL: u64 = 0x155;
const DR7_GD: u64 = 1 << 13;
const DR7_ONES: u64 = 0x400;
const DR7_WRITABLE: u64 = 0xffff_23ff;

export const DR6_RESET: u64 = DR6_ONES;
export const DR7_RESET: u64 = DR7_ONES;

/** An instruction breakpoint is a fault: from the match to its delivery, between which a slice may end. */
let breakpointFault: bool = false;

// ---- for the run loop ----
/**
 * Arms the trap flag's trap for the instruction that now starts, and says whether the run loop must look again right
 * after it. INVARIANT: call only when an instruction is certain to start.
 */
export function stepwise(): bool {
  if (cpu.eflags & FL_TF) {
    cpu.pendingDebug |= DR6_BS;
    return true;
  }
  return codeBreakpoints();
}
/** Is any instruction breakpoint enabled? */
function codeBreakpoints(): bool {
  if (!anyBreakpoint()) return false;
  for (let n: u32 = 0; n < 4; n++) if (breakpointEnabled(n) && breakpointKind(n) == BreakOn.Execute) return true;
  return false;
}
/** Is a #DB due before the next instruction? Not right after MOV SS or POP SS: the run loop sees to that. */
export function debugPending(): bool {
  return cpu.pendingDebug != 0;
}
/** Is the instruction at `linear` a breakpoint? Then `deliverDebug`. RF lets one instruction pass. */
export function instructionBreakpoint(linear: u64): bool {
  const resumed = (cpu.eflags & FL_RF) != 0;
  cpu.eflags &= ~FL_RF;
  if (resumed || !anyBreakpoint()) return false;
  let hits: u32 = 0;
  for (let n: u32 = 0; n < 4; n++)
    if (breakpointEnabled(n) && breakpointKind(n) == BreakOn.Execute && breakpointAddress(n) == linear) hits |= 1 << n;
  if (!hits) return false;
  cpu.pendingDebug |= hits;
  breakpointFault = true;
  return true;
}
/** Delivers what is pending as one #DB. */
export function deliverDebug(): void {
  cpu.dr6 = (cpu.dr6 & ~(<u64>DR6_B)) | cpu.pendingDebug;
  cpu.pendingDebug = 0;
  const kind = breakpointFault ? Kind.Fault : Kind.Trap;
  breakpointFault = false;
  deliverException(Vector.DB, 0, kind);
}
/** A #DB has reached its handler, which may use the debug registers. */
export function noteDelivered(): void {
  cpu.dr7 &= ~DR7_GD;
}

// ---- for the rest of cpu/ ----
/** Notes the I/O breakpoints that an access to `port` hits (CR4.DE). */
export function noteIoBreakpoints(port: u32, size: u32): void {
  if (!anyBreakpoint() || !(cpu.cr4 & CR4_DE)) return;
  for (let n: u32 = 0; n < 4; n++) {
    if (!breakpointEnabled(n) || breakpointKind(n) != BreakOn.Io || !breakpointCovers(n, port, size)) continue;
    cpu.pendingDebug |= 1 << n;
    shutWindow();
  }
}
/** SDM 3A 7.3: local breakpoints end with the task; the T bit of the new one traps. */
export function noteTaskSwitch(trap: bool): void {
  if (cpu.dr7 & DR7_LOCAL) {
    cpu.dr7 &= ~DR7_LOCAL;
    flushAll();
  }
  if (trap) cpu.pendingDebug |= DR6_BT;
}

// ---- MOV to and from debug registers ----
/** DR4 and DR5 are DR6 and DR7 unless CR4.DE. False with the exception raised. */
function accessible(n: u32): bool {
  if (n > 7 || (cpu.cr4 & CR4_DE && (n == 4 || n == 5))) {
    raiseUd();
    return false;
  }
  if (!privileged()) return false;
  if (!(cpu.dr7 & DR7_GD)) return true;
  cpu.dr6 |= DR6_BD;
  raise(Vector.DB, 0);
  return false;
}
/** MOV r, DRn; ask `faulted()`. */
export function readDr(n: u32): u64 {
  if (!accessible(n)) return 0;
  if (n < 4) return breakpointAddress(n);
  return n & 1 ? cpu.dr7 : cpu.dr6;
}
/** MOV DRn, r. */
export function writeDr(n: u32, value: u64): void {
  if (!accessible(n)) return;
  if (n >= 4 && cpu.codeMode == CODE64 && value >> 32) {
    raise(Vector.GP, 0);
    return;
  }
  if (n < 4) setBreakpointAddress(n, value);
  else if (n & 1) cpu.dr7 = (value & DR7_WRITABLE) | DR7_ONES;
  else cpu.dr6 = (value & DR6_WRITABLE) | DR6_ONES;
  // Which pages the TLB may serve depends on the breakpoints (memory/checks.ts).
  flushAll();
  shutWindow();
}

export function persistDebug(): void {
  for (let n: u32 = 0; n < 4; n++) setBreakpointAddress(n, field<u64>(breakpointAddress(n)));
  cpu.dr6 = (field<u64>(cpu.dr6) & DR6_WRITABLE) | DR6_ONES;
  cpu.dr7 = (field<u64>(cpu.dr7) & DR7_WRITABLE) | DR7_ONES;
  cpu.pendingDebug = bits(cpu.pendingDebug, DR6_B | DR6_BS | DR6_BT);
  breakpointFault = bits(breakpointFault, 1) != 0;
}
