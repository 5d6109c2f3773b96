/** Interrupts, returns from them and system calls of translated code (jit/transfer.ts), without decoding anything. */
import { deliverShort, returnShort, Transfer } from '../cpu/shortcuts';
import { Kind } from '../cpu/delivery';
import { cpu } from '../cpu/state';
import { systemCallOpen, sysenter, sysexit } from '../cpu/syscall';
import { nextRip, onlyMoved, seek } from '../cpu/window';
import { TRANSFER_LEAVES, TRANSFER_REFUSED } from '../jit/transfer';
import { currentMode, runningMode } from './running';

/**
 * Does transfer `which` of 32-bit code; `rip` is that of the next instruction. 0: the region may go on at CpuState.rip,
 * else what jit/transfer.ts says.
 */
export function jitTransfer(rip: u32, which: u32): u32 {
  seek(rip);
  if (!transfer(which)) return TRANSFER_REFUSED;
  cpu.rip = nextRip() & 0xffff_ffff;
  return onlyMoved() && currentMode() == runningMode() ? 0 : TRANSFER_LEAVES;
}
/** False: nothing has changed, and the interpreter is to see what is unusual. */
function transfer(which: u32): bool {
  if (which < Transfer.Iret) return interrupt(which);
  // An IRET opens NMIs again even if it fails (SDM 3A 6.7.1)
  if (which == Transfer.Iret) return !cpu.nmiBlocked && returnShort();
  const call = which == Transfer.Sysenter;
  if (!systemCallOpen(call ? 3 : 0)) return false;
  if (call) sysenter();
  else sysexit(4);
  return true;
}
function interrupt(vector: u32): bool {
  if (!deliverShort(vector, false, 0, Kind.Software)) return false;
  cpu.pendingDebug = 0;
  return true;
}
