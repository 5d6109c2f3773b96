/**
 * Task switches (SDM 3A chapter 7), 16- and 32-bit. Up to the commit a failure belongs to the old task and changes
 * nothing; after it the new task runs, and what its segments fail with is raised in it, before its first instruction.
 */
import { noteTaskSwitch } from './debug';
import {
  accessOf,
  baseOf,
  gateSelector,
  inTable,
  isLocal,
  isNull,
  isPresent,
  limitOf,
  readDescriptor,
  setBusy,
  System,
  typeOf,
} from './descriptors';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { flags } from './flags';
import { FL_NT, FL_RF, Seg, segment } from './state';
import { readTable, writeTable } from './system';
import { cacheTask } from './tables';
import { loadNewTask, pagesPresent, saveOldTask } from './tss';

export namespace TaskSwitch {
  export const Jump: u32 = 0;
  /** CALL and interrupts nest: the new task links back to the old. */
  export const Call: u32 = 1;
  export const Interrupt: u32 = 2;
  export const Return: u32 = 3;
}
/** Smallest limits of a TSS. */
const LIMIT32: u32 = 0x67;
const LIMIT16: u32 = 0x2b;

/** Through a task gate that has been found open and present. */
export function switchThroughGate(gate: u64, kind: u32, fault: bool): void {
  const selector = gateSelector(gate);
  if (isNull(selector) || isLocal(selector) || !inTable(selector)) {
    fail(Vector.GP, selector);
    return;
  }
  const d = readDescriptor(selector);
  if (faulted()) return;
  const type = typeOf(d);
  if (type != System.Tss16 && type != System.Tss32) {
    fail(Vector.GP, selector);
    return;
  }
  if (!isPresent(d)) {
    fail(Vector.NP, selector);
    return;
  }
  switchToTask(selector, d, kind, fault);
}
/** IRET with NT: to the task that the current one is nested in. */
export function returnFromTask(): void {
  const selector = <u32>readTable<u16>(segment(Seg.TR).base);
  if (faulted()) return;
  if (isNull(selector) || isLocal(selector) || !inTable(selector)) {
    fail(Vector.TS, selector);
    return;
  }
  const d = readDescriptor(selector);
  if (faulted()) return;
  const type = typeOf(d);
  if (type != System.Tss16Busy && type != System.Tss32Busy) {
    fail(Vector.TS, selector);
    return;
  }
  if (!isPresent(d)) {
    fail(Vector.NP, selector);
    return;
  }
  switchToTask(selector, d, TaskSwitch.Return, false);
}
/** To the task with TSS descriptor `d`, checked for type and presence. `fault`: the old task repeats its instruction. */
export function switchToTask(selector: u32, d: u64, kind: u32, fault: bool): void {
  const old = segment(Seg.TR);
  const wide = (accessOf(d) & 8) != 0;
  const nests = kind == TaskSwitch.Call || kind == TaskSwitch.Interrupt;
  if (isLocal(selector)) {
    fail(Vector.GP, selector);
    return;
  }
  if (limitOf(d) < (wide ? LIMIT32 : LIMIT16)) {
    fail(Vector.TS, selector);
    return;
  }
  // Everything that is written or read up to the commit must be there.
  if (!pagesPresent(old.base, (old.access & 8) != 0) || !pagesPresent(baseOf(d), wide)) return;
  if (!nests && !isNull(old.selector)) setBusy(old.selector, false);
  if (kind != TaskSwitch.Return) setBusy(selector, true);
  if (faulted()) return;
  let image = flags();
  if (kind == TaskSwitch.Return) image &= ~FL_NT;
  if (fault) image |= FL_RF;
  saveOldTask(image);
  if (nests) writeTable<u16>(baseOf(d), <u16>old.selector);
  if (faulted()) return;
  cacheTask(selector, d);
  noteTaskSwitch(wide && (readTable<u8>(baseOf(d) + 0x64) & 1) != 0);
  loadNewTask(nests);
}
