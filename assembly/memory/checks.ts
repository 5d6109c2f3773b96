/**
 * What an access is checked for beside segmentation and paging: alignment (#AC, SDM 3A 6.15) and data breakpoints
 * (SDM 3B 17.2.4). Both are rare, so the TLB holds no data tags for pages where they can strike: the fast path never
 * matches there.
 */
import { raise, Vector } from '../cpu/exceptions';
import { CR0_AM, cpu, CpuState, FL_AC } from '../cpu/state';
import { shutWindow } from '../cpu/window';
import { STATE } from '../layout';
import { Access } from './paging';
import { flushAll, userTlb } from './tlb';

let aligning: bool = false;

/** To be called when CPL, CR0.AM or EFLAGS.AC changed. */
export function refreshAlignmentCheck(): void {
  const now = cpu.cpl == 3 && (cpu.cr0 & CR0_AM) != 0 && (cpu.eflags & FL_AC) != 0;
  if (now == aligning) return;
  aligning = now;
  flushAll();
}
/** May the TLB serve data accesses to the page of `linear`? */
export function fastAllowed(linear: u64): bool {
  if (aligning) return false;
  if (!(cpu.dr7 & 0xff)) return true;
  const page = linear & ~0xfff;
  for (let n: u32 = 0; n < 4; n++) if (isData(n) && overlaps(n, page, 4096)) return false;
  return true;
}

/** False when the access is misaligned and that is an error. Notes the data breakpoints it hits. */
export function checkAccess(linear: u64, size: u32, access: u32): bool {
  if (aligning && userTlb() && (<u32>linear) & (size - 1)) {
    raise(Vector.AC, 0);
    return false;
  }
  if (cpu.dr7 & 0xff) noteDataBreakpoints(linear, size, access);
  return true;
}
/** Data breakpoints are traps: they wait in pendingDebug for the end of the instruction. */
function noteDataBreakpoints(linear: u64, size: u32, access: u32): void {
  for (let n: u32 = 0; n < 4; n++) {
    if (!isData(n) || (kind(n) == 1 && access == Access.Read) || !overlaps(n, linear, size)) continue;
    cpu.pendingDebug |= 1 << n;
    shutWindow();
  }
}

function address(n: u32): u64 {
  return load<u64>(STATE + offsetof<CpuState>('dr0') + (n << 3));
}
/** R/W field of DR7: 0 execution, 1 writes, 2 I/O, 3 reads and writes. */
function kind(n: u32): u32 {
  return (<u32>(cpu.dr7 >> (16 + (n << 2)))) & 3;
}
function isData(n: u32): bool {
  return ((cpu.dr7 >> (n << 1)) & 3) != 0 && (kind(n) & 1) != 0;
}
function overlaps(n: u32, linear: u64, size: u32): bool {
  const field = (<u32>(cpu.dr7 >> (18 + (n << 2)))) & 3;
  const length: u64 = field == 2 ? 8 : field + 1;
  const at = address(n) & ~(length - 1);
  return at < linear + size && linear < at + length;
}
