/**
 * The state of a task in its task-state segment (SDM 3A 7.2.1, 7.6): saving the running one, loading another. The
 * current TSS is the one in TR.
 *
 *   offset     32-bit TSS             16-bit TSS
 *   CR3        1C                     -
 *   (E)IP      20                     0E
 *   (E)FLAGS   24                     10
 *   registers  28 .. 44 by encoding   12 .. 20
 *   segments   48 ES CS SS DS FS GS   22 ES CS SS DS
 *   LDT        60                     2A
 */
import { probeRead, probeWrite } from '../memory/access';
import { selectTlb, userTlb } from '../memory/tlb';
import { checkRealTarget, checkTarget, currentRip } from './code';
import { loadPagingBase } from './control';
import { dplOf, inTable, isCode, isConforming, isNull, isPresent, markAccessed, readDescriptor } from './descriptors';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { writeFlags } from './flagops';
import { updateMode } from './mode';
import { cacheNull, cacheSegment, loadDataSegment, loadStackSegment, setRealSegment } from './segments';
import { CR0_PG, CR0_TS, cpu, FL_NT, FL_VM, gpr, Seg, segment, setGpr } from './state';
import { readTable, writeTable } from './system';
import { loadLdtChecked } from './tables';
import { beginInstruction, seek } from './window';

function isWide(): bool {
  return (segment(Seg.TR).access & 8) != 0;
}
function base(): u64 {
  return segment(Seg.TR).base;
}
/** Can the processor read and write the TSS at `base`? Raises #PF if not. */
export function pagesPresent(at: u64, wide: bool): bool {
  const user = userTlb();
  selectTlb(false);
  const last: u64 = wide ? 0x67 : 0x2b;
  const present = probeRead(at, 1) && probeWrite(at, 1) && probeWrite((at + last) & 0xffff_ffff, 1);
  selectTlb(user);
  return present;
}

export function saveOldTask(image: u32): void {
  const at = base();
  if (isWide()) {
    writeTable<u32>(at + 0x20, <u32>currentRip());
    writeTable<u32>(at + 0x24, image);
    for (let r: u32 = 0; r < 8; r++) writeTable<u32>(at + 0x28 + (r << 2), gpr<u32>(r));
    for (let s = Seg.ES; s <= Seg.GS; s++) writeTable<u16>(at + 0x48 + (s << 2), <u16>segment(s).selector);
  } else {
    writeTable<u16>(at + 0x0e, <u16>currentRip());
    writeTable<u16>(at + 0x10, <u16>image);
    for (let r: u32 = 0; r < 8; r++) writeTable<u16>(at + 0x12 + (r << 1), gpr<u16>(r));
    for (let s = Seg.ES; s <= Seg.DS; s++) writeTable<u16>(at + 0x22 + (s << 1), <u16>segment(s).selector);
  }
}

/** Loads the state from the TSS in TR, all of it before CR3: the new page tables may not map it. INVARIANT: `pagesPresent`. */
export function loadNewTask(nested: bool): void {
  const at = base();
  const wide = isWide();
  const pages = wide ? readTable<u32>(at + 0x1c) : <u32>cpu.cr3;
  const rip = wide ? readTable<u32>(at + 0x20) : <u32>readTable<u16>(at + 0x0e);
  const image = wide ? readTable<u32>(at + 0x24) : <u32>readTable<u16>(at + 0x10);
  const ldt = <u32>readTable<u16>(at + (wide ? 0x60 : 0x2a));
  for (let r: u32 = 0; r < 8; r++) {
    if (wide) setGpr<u32>(r, readTable<u32>(at + 0x28 + (r << 2)));
    else setGpr<u16>(r, readTable<u16>(at + 0x12 + (r << 1)));
  }
  nameSegments(at, wide);
  cpu.cr0 |= CR0_TS;
  writeFlags(image | (nested ? FL_NT : 0), 0xffff_ffff);
  // From here on a failure finds the new task at its first instruction.
  seek(rip);
  beginInstruction();
  if (wide && cpu.cr0 & CR0_PG) loadPagingBase(pages);
  segment(Seg.LDTR).selector = ldt;
  if (image & FL_VM && wide) loadV86(rip);
  else loadProtected(ldt, rip);
}
/** All selectors are there before any descriptor is looked at; none may be used yet. */
function nameSegments(at: u64, wide: bool): void {
  const step: u32 = wide ? 4 : 2;
  const first = at + (wide ? 0x48 : 0x22);
  const count: u32 = wide ? 6 : 4;
  for (let s = Seg.ES; s <= Seg.GS; s++) cacheNull(s, s < count ? readTable<u16>(first + s * step) : 0);
}
function loadV86(rip: u32): void {
  cpu.cpl = 3;
  for (let s = Seg.ES; s <= Seg.GS; s++) setRealSegment(s, segment(s).selector);
  updateMode();
  if (!loadLdtChecked(segment(Seg.LDTR).selector, Vector.TS, Vector.TS)) return;
  checkRealTarget(rip, 0xffff);
}
/** SDM 3A table 7-1: LDT, CS, SS, the others. */
function loadProtected(ldt: u32, rip: u32): void {
  const cs = segment(Seg.CS).selector;
  const cpl = cs & 3;
  // CPL is the new task's from the start; the privileges that its stack is accessed with follow.
  cpu.cpl = cpl;
  updateMode();
  if (!loadLdtChecked(ldt, Vector.TS, Vector.TS)) return;
  const d = findTaskCode(cs);
  if (faulted() || !markAccessed(cs, d)) return;
  cacheSegment(Seg.CS, cs, d);
  updateMode();
  if (!loadStackSegment(segment(Seg.SS).selector, cpl, Vector.TS)) return;
  if (!loadTaskData(Seg.ES) || !loadTaskData(Seg.DS) || !loadTaskData(Seg.FS) || !loadTaskData(Seg.GS)) return;
  checkTarget(d, rip);
}
function loadTaskData(s: u32): bool {
  return loadDataSegment(s, segment(s).selector, Vector.TS);
}
function findTaskCode(selector: u32): u64 {
  if (isNull(selector) || !inTable(selector)) {
    fail(Vector.TS, selector);
    return 0;
  }
  const d = readDescriptor(selector);
  if (faulted()) return 0;
  const rpl = selector & 3;
  if (!isCode(d) || (isConforming(d) ? dplOf(d) > rpl : dplOf(d) != rpl)) fail(Vector.TS, selector);
  else if (!isPresent(d)) fail(Vector.NP, selector);
  return d;
}
