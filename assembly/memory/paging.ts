/**
 * Page walks: 32-bit paging with 4 MiB pages, PAE with NX, and 4-level paging (SDM 3A chapter 4). A walk sets accessed
 * and dirty bits, fills the TLB, or raises #PF with the architected error code.
 */
import { count, Counter } from '../counters';
import { raise, Vector } from '../cpu/exceptions';
import { CR0_PG, CR0_WP, CR4_PAE, CR4_PGE, CR4_PSE, cpu, CpuState, EFER_NXE, longMode } from '../cpu/state';
import { STATE } from '../layout';
import { fastAllowed } from './checks';
import { isDirty, markDirty } from './dirty';
import { gateA20, hostAddress, isRam, readPhysical, writePhysical } from './physical';
import { fill, noteLarge } from './tlb';

/** Kinds of access; also the index of what a walk must allow. */
export namespace Access {
  export const Read: u32 = 0;
  export const Write: u32 = 1;
  export const Execute: u32 = 2;
}

// Bits of a paging-structure entry
const P: u64 = 1;
const RW: u64 = 2;
const US: u64 = 4;
const A: u64 = 0x20;
const D: u64 = 0x40;
const PS: u64 = 0x80;
const G: u64 = 0x100;
const NX: u64 = 1 << 63;
/** MAXPHYADDR is 40 (CPUID 8000_0008h); bits from there to 51 are reserved. */
const FRAME: u64 = 0x000000ff_fffff000;
const RESERVED: u64 = 0x000fff00_00000000;
/** In PAE paging the bits above belong to them too (SDM 3A table 4-11). */
const RESERVED_PAE: u64 = 0x7fffff00_00000000;

// Page-fault error code
const PF_P: u32 = 1;
const PF_W: u32 = 2;
const PF_U: u32 = 4;
const PF_RSVD: u32 = 8;
const PF_I: u32 = 16;

// Results of the walk that runs
let rights: u64 = 0; // AND of R/W and U/S, OR of NX over the levels
let leaf: u64 = 0; // the entry that maps the page
let leafAddress: u64 = 0;
let leafSize: u32 = 4;
let pageMask: u64 = 0xfff;
let badBits: bool = false; // a reserved bit was set

/** Physical address (A20 applied) for an access to `linear`, or a page fault raised. Fills the TLB. */
export function translate(linear: u64, access: u32, user: bool): u64 {
  count(Counter.TlbRead + access);
  if (!(cpu.cr0 & CR0_PG)) return identity(linear, access);
  rights = RW | US;
  badBits = false;
  const present = cpu.cr4 & CR4_PAE ? walkLong(linear) : walk32(<u32>linear);
  if (!present || badBits) return pageFault(linear, access, user, badBits ? PF_P | PF_RSVD : 0);
  if (!permits(access, user)) return pageFault(linear, access, user, PF_P);
  if (access == Access.Write && !(leaf & D)) mark(D);
  const p = gateA20((leaf & FRAME & ~pageMask) | (linear & pageMask));
  fillFrom(linear, p, access, user);
  return p;
}

/** The physical address without any effect on the guest, ~0 if unmapped; for debuggers and tools. */
export function inspect(linear: u64): u64 {
  if (!(cpu.cr0 & CR0_PG)) return gateA20(linear);
  inspecting = true;
  badBits = false;
  const present = cpu.cr4 & CR4_PAE ? walkLong(linear) : walk32(<u32>linear);
  inspecting = false;
  return present && !badBits ? gateA20((leaf & FRAME & ~pageMask) | (linear & pageMask)) : ~(<u64>0);
}
/**
 * Physical address of the code page of `linear`, which may be fetched from and has its accessed bits set; ~0 if not. No
 * effect on the guest.
 */
export function inspectCode(linear: u64, user: bool): u64 {
  rights = RW | US;
  accessed = true;
  const physical = inspect(linear & ~0xfff);
  return !(cpu.cr0 & CR0_PG) || (accessed && permits(Access.Execute, user)) ? physical : ~(<u64>0);
}
let inspecting: bool = false;
/** No accessed bit was clear on the way. */
let accessed: bool = true;

function identity(linear: u64, access: u32): u64 {
  const p = gateA20(linear);
  if (isRam(p)) {
    const host = hostAddress(p & ~0xfff);
    if (access == Access.Write) markDirty(host);
    const data = fastAllowed(linear);
    fill(linear, host, data, data && isDirty(host), true, false);
  }
  return p;
}
function fillFrom(linear: u64, p: u64, access: u32, user: bool): void {
  if (!isRam(p)) return;
  const host = hostAddress(p & ~0xfff);
  if (access == Access.Write) markDirty(host);
  if (pageMask != 0xfff) noteLarge(linear);
  const data = fastAllowed(linear);
  const write = data && (leaf & D) != 0 && isDirty(host) && permits(Access.Write, user);
  const global = (leaf & G) != 0 && (cpu.cr4 & CR4_PGE) != 0;
  fill(linear, host, data && permits(Access.Read, user), write, permits(Access.Execute, user), global);
}
/** SDM 3A 4.6. */
function permits(access: u32, user: bool): bool {
  if (user && !(rights & US)) return false;
  if (access == Access.Write) return (rights & RW) != 0 || (!user && !(cpu.cr0 & CR0_WP));
  if (access == Access.Execute) return !(rights & NX);
  return true;
}
function pageFault(linear: u64, access: u32, user: bool, code: u32): u64 {
  if (access == Access.Write) code |= PF_W;
  if (user) code |= PF_U;
  if (access == Access.Execute && cpu.cr4 & CR4_PAE && cpu.efer & EFER_NXE) code |= PF_I;
  cpu.cr2 = linear;
  raise(Vector.PF, code);
  return 0;
}

function walk32(linear: u32): bool {
  const directory = ((<u32>cpu.cr3) & 0xfffff000) + ((linear >> 22) << 2);
  leafSize = 4;
  if (!enter(directory, US | RW)) return false;
  if (leaf & PS && cpu.cr4 & CR4_PSE) {
    // PSE-36: bits 20:13 are address bits 39:32, bit 21 is reserved (SDM 3A table 4-4).
    if (leaf & 0x200000) badBits = true;
    const frame = (leaf & 0xffc00000) | ((leaf & 0x1fe000) << 19);
    leaf = (leaf & 0x1fff & ~0x1000) | frame;
    pageMask = 0x3fffff;
    return true;
  }
  pageMask = 0xfff;
  return enter((leaf & 0xfffff000) + (((linear >> 12) & 0x3ff) << 2), US | RW);
}

function walkLong(linear: u64): bool {
  leafSize = 8;
  let table = cpu.cr3 & FRAME;
  if (longMode()) {
    if (!enter(table + (((linear >> 39) & 0x1ff) << 3), RW | US)) return false;
    if (leaf & PS) badBits = true;
    table = leaf & FRAME;
    if (!enter(table + (((linear >> 30) & 0x1ff) << 3), RW | US)) return false;
    if (leaf & PS) {
      badBits = true; // 1 GiB pages are not announced
      return true;
    }
  } else {
    // PDPTEs hold neither rights nor an accessed bit; the CPU keeps copies of them (SDM 3A 4.4.1).
    leaf = pdpte((<u32>(linear >> 30)) & 3);
    if (!(leaf & P)) return false;
  }
  if (!enter((leaf & FRAME) + (((linear >> 21) & 0x1ff) << 3), RW | US)) return false;
  if (leaf & PS) {
    pageMask = 0x1fffff;
    if (leaf & 0x1fe000) badBits = true;
    return true;
  }
  pageMask = 0xfff;
  return enter((leaf & FRAME) + (((linear >> 12) & 0x1ff) << 3), RW | US);
}
function pdpte(i: u32): u64 {
  return load<u64>(STATE + offsetof<CpuState>('pdpte0') + (i << 3));
}

/** Reads the entry at `at` into `leaf`, gathers its rights, marks it accessed. */
function enter(at: u64, mask: u64): bool {
  leafAddress = at;
  leaf = leafSize == 8 ? readPhysical<u64>(at) : <u64>readPhysical<u32>(at);
  if (!(leaf & P)) return false;
  if (leafSize == 8 && (leaf & (longMode() ? RESERVED : RESERVED_PAE) || (leaf & NX && !(cpu.efer & EFER_NXE))))
    badBits = true;
  rights = (rights & leaf & mask) | ((rights | leaf) & NX);
  if (!badBits && !(leaf & A)) mark(A);
  return true;
}
function mark(bit: u64): void {
  if (inspecting) {
    accessed = false;
    return;
  }
  leaf |= bit;
  if (leafSize == 8) writePhysical<u64>(leafAddress, readPhysical<u64>(leafAddress) | bit);
  else writePhysical<u32>(leafAddress, readPhysical<u32>(leafAddress) | (<u32>bit));
}
