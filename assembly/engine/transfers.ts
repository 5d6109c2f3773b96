/**
 * Interrupts, returns from them, system calls and segment loads of translated code, without decoding anything. 0: the
 * region may go on at CpuState.rip, else what jit/transfer.ts says. The interpreter's instruction pointer stays behind:
 * whoever leaves the region moves it.
 */
import { Kind } from '../cpu/delivery';
import { shapeChanged } from '../cpu/shape';
import { deliverShort, returnShort, shortTarget, Transfer } from '../cpu/shortcuts';
import { loadSegmentShort } from '../cpu/segments';
import { cpu } from '../cpu/state';
import { systemCallOpen, sysenter, sysexit } from '../cpu/syscall';
import { nextRip, onlyMoved } from '../cpu/window';
import { TRANSFER_LEAVES, TRANSFER_REFUSED } from '../jit/transfer';
import { packFlags, unpackFlags } from './raw-flags';
import { currentMode, runningMode } from './running';

/** INT n, the next instruction being at `rip`. */
export function jitInterrupt(rip: u32, vector: u32): u32 {
  packFlags();
  if (!deliverShort(vector, false, 0, Kind.Software, rip)) return TRANSFER_REFUSED;
  cpu.pendingDebug = 0;
  return arriveAt(shortTarget);
}
export function jitIret(): u32 {
  // It opens NMIs again even if it fails (SDM 3A 6.7.1)
  if (cpu.nmiBlocked || !returnShort()) return TRANSFER_REFUSED;
  unpackFlags();
  return arriveAt(shortTarget);
}
/** SYSENTER or SYSEXIT. */
export function jitSystemCall(which: u32): u32 {
  const enters = which == Transfer.Sysenter;
  if (!systemCallOpen(enters ? 3 : 0)) return TRANSFER_REFUSED;
  if (enters) sysenter();
  else sysexit(4);
  return arriveAt(<u32>nextRip());
}
/** Loads ES, DS, FS or GS; RIP is not looked at. */
export function jitSegment(s: u32, selector: u32): u32 {
  return loadSegmentShort(s, selector) ? whetherToLeave() : TRANSFER_REFUSED;
}
// @ts-ignore: decorator
@inline function arriveAt(rip: u32): u32 {
  cpu.rip = rip;
  return whetherToLeave();
}
// @ts-ignore: decorator
@inline function whetherToLeave(): u32 {
  return onlyMoved() && (!shapeChanged() || currentMode() == runningMode()) ? 0 : TRANSFER_LEAVES;
}
