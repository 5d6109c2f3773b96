/**
 * The processor's mode and what hangs on it: how code is decoded, how wide linear addresses are, which TLB serves,
 * which segments need checks. Everything here is derived; call it after the state that it is derived from changed.
 */
import { refreshAlignmentCheck } from '../memory/checks';
import { refreshSegment, setLinearWidth } from '../memory/segmented';
import { selectTlb } from '../memory/tlb';
import { flags, setFlags } from './flags';
import { noteShapeChange } from './shape';
import {
  AR_DB,
  AR_L,
  CODE16,
  CODE32,
  CODE64,
  cpu,
  descriptorMode,
  gpr,
  longMode,
  Seg,
  segment,
  setGpr,
  v86Mode,
} from './state';
import { forgetCodeDescriptor } from './segments';
import { shutWindow } from './window';

function codeModeNow(): u32 {
  const access = segment(Seg.CS).access;
  if (longMode() && access & AR_L) return CODE64;
  return access & AR_DB && !v86Mode() ? CODE32 : CODE16;
}
/** Selectors name descriptors, and it is not IA-32e mode. */
export let legacyProtected: bool = false;
/** Of that, 32-bit code: where the shortcuts are (cpu/shortcuts.ts). */
export let usualMode: bool = false;

/** After CR0, CR4, EFER or EFLAGS.VM changed, or all state did. */
export function updateMode(): void {
  forgetCodeDescriptor();
  const before = cpu.codeMode;
  cpu.codeMode = codeModeNow();
  if (cpu.codeMode != CODE64 && before != cpu.codeMode) narrow();
  legacyProtected = descriptorMode() && !longMode();
  usualMode = legacyProtected && cpu.codeMode == CODE32;
  setLinearWidth(cpu.codeMode == CODE64);
  for (let s = Seg.ES; s <= Seg.GS; s++) refreshSegment(s);
  updatePrivilege();
}
/**
 * Code that is not 64-bit begins: the upper halves of the eight registers that it sees are undefined (SDM 1 3.4.1.1), and
 * zero here as long as it runs; flags no longer come from a 64-bit result.
 */
export function narrow(): void {
  for (let r: u32 = 0; r < 8; r++) setGpr<u32>(r, gpr<u32>(r));
  setFlags(flags());
}
/** After CS changed. */
export function updateCode(): void {
  followMode();
  updatePrivilege();
}
/** The part of `updateCode` that the code segment's width decides. */
export function followMode(): void {
  if (cpu.codeMode != codeModeNow()) updateMode();
}
/** After CPL or EFLAGS.AC changed. */
export function updatePrivilege(): void {
  followPrivilege();
  shutWindow();
}
/** The same for one who has seen to the fetch window. */
export function followPrivilege(): void {
  selectTlb(cpu.cpl == 3);
  noteShapeChange();
  refreshAlignmentCheck();
}
export function setCpl(cpl: u32): void {
  cpu.cpl = cpl;
  updatePrivilege();
}
