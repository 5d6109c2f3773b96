/**
 * What an access is checked for beside segmentation and paging: alignment (#AC, SDM 3A 6.15) and data breakpoints
 * (SDM 3B 17.2.4). Both are rare, so the TLB holds no data tags for pages where they can strike: the fast path never
 * matches there.
 */
import { anyBreakpoint, breakpointCovers, breakpointEnabled, breakpointKind, BreakOn } from '../cpu/breakpoints';
import { raise, Vector } from '../cpu/exceptions';
import { CR0_AM, cpu, FL_AC } from '../cpu/state';
import { shutWindow } from '../cpu/window';
import { Access } from './paging';
import { flushAll, userTlb } from './tlb';

let aligning: bool = false;

/** To be called when CPL, CR0.AM or EFLAGS.AC changed. */
// @ts-ignore: decorator
@inline export function refreshAlignmentCheck(): void {
  const now = (cpu.eflags & FL_AC) != 0 && cpu.cpl == 3 && (cpu.cr0 & CR0_AM) != 0;
  if (now != aligning) setAligning(now);
}
function setAligning(now: bool): void {
  aligning = now;
  flushAll();
}
/** May the TLB serve data accesses to the page of `linear`? */
export function fastAllowed(linear: u64): bool {
  if (aligning) return false;
  if (!anyBreakpoint()) return true;
  const page = linear & ~0xfff;
  for (let n: u32 = 0; n < 4; n++) if (isData(n) && breakpointCovers(n, page, 4096)) return false;
  return true;
}

/** False when the access is misaligned and that is an error. Notes the data breakpoints it hits. */
export function checkAccess(linear: u64, size: u32, access: u32): bool {
  if (aligning && userTlb() && (<u32>linear) & (size - 1)) {
    raise(Vector.AC, 0);
    return false;
  }
  if (anyBreakpoint()) noteDataBreakpoints(linear, size, access);
  return true;
}
/** Data breakpoints are traps: they wait in pendingDebug for the end of the instruction. */
function noteDataBreakpoints(linear: u64, size: u32, access: u32): void {
  for (let n: u32 = 0; n < 4; n++) {
    if (!isData(n) || !breakpointCovers(n, linear, size)) continue;
    if (breakpointKind(n) == BreakOn.Write && access == Access.Read) continue;
    cpu.pendingDebug |= 1 << n;
    shutWindow();
  }
}

function isData(n: u32): bool {
  return breakpointEnabled(n) && (breakpointKind(n) & BreakOn.Write) != 0;
}
