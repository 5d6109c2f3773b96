/**
 * Interrupts, returns from them and system calls in translated code: the core has them in one piece (cpu/shortcuts.ts)
 * and needs of the region's locals only what it looks at. Where it has come to is then a target like that of an indirect
 * call or return. It refuses what is unusual; the instruction is then left to the interpreter.
 */
import { usualMode } from '../cpu/mode';
import { Transfer } from '../cpu/shortcuts';
import { Gpr } from '../cpu/state';
import { nextRip } from '../cpu/window';
import { i32Const, loadAt, op } from './emit';
import { closeIf, interpret, leaveIf, leaveTransferred, openIf, settle, wrapRip } from './exits';
import { reloadFlags } from './flags';
import { emitRegisterLoads, loadFlags, RIP_AT, storeFlags } from './frame';
import { Odds } from './hints';
import { callCore, IMPORT_INTERRUPT, IMPORT_IRET, IMPORT_SYSTEM_CALL } from './imports';
import { get, keep, Local, nothing } from './local';
import { forgetLookups } from './lookups';
import { handOver } from './registers';
import { EQ, I32_LOAD, VOID } from './wasm';

/** What the core says: nothing has happened; done, but the region has to be left. */
export const TRANSFER_REFUSED: u32 = 1;
export const TRANSFER_LEAVES: u32 = 2;

const STACK: u32 = 1 << Gpr.RSP;
/** SYSEXIT takes the stack pointer from ECX and the target from EDX. */
const SYSEXIT: u32 = STACK | (1 << Gpr.RCX) | (1 << Gpr.RDX);

/** Does transfer `which`; returns the target. Where the core has no short way the interpreter does it, and leaves. */
export function transfer(which: u32): Local {
  if (!usualMode) {
    interpret();
    return nothing();
  }
  settle();
  handOver(which == Transfer.Sysexit ? SYSEXIT : STACK);
  forgetLookups();
  call(which);
  const said = keep<u32>();
  get(said);
  openIf(VOID, Odds.Seldom);
  get(said);
  i32Const(TRANSFER_REFUSED);
  op(EQ);
  leaveIf();
  takeBack(which);
  leaveTransferred();
  closeIf();
  takeBack(which);
  if (which == Transfer.Iret) reloadFlags();
  loadAt(I32_LOAD, RIP_AT);
  return keep<u64>();
}
function call(which: u32): void {
  if (which < Transfer.Iret) {
    storeFlags(); // they are pushed
    i32Const(<u32>wrapRip(nextRip()));
  }
  if (which != Transfer.Iret) i32Const(which);
  callCore(which < Transfer.Iret ? IMPORT_INTERRUPT : which == Transfer.Iret ? IMPORT_IRET : IMPORT_SYSTEM_CALL);
}
/** Loads what the core has changed. */
function takeBack(which: u32): void {
  emitRegisterLoads(STACK);
  if (which == Transfer.Iret) loadFlags();
}
