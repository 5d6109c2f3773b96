/**
 * Model-specific registers (SDM 4). What CPUID does not announce (local APIC, MTRRs, machine check, performance
 * counters) has none, and an access raises #GP(0) as to any unknown register.
 */
import { isCanonical, refreshSegment } from '../memory/segmented';
import { flushAll } from '../memory/tlb';
import { fail, privileged } from './errors';
import { faulted, Vector } from './exceptions';
import { CR0_PG, cpu, EFER_LMA, EFER_LME, EFER_NXE, EFER_SCE, Gpr, gpr, Seg, segment } from './state';
import { readTsc, setEdxEax, writeTsc } from './tsc';
import { shutWindow } from './window';

export namespace Msr {
  export const TSC: u32 = 0x10;
  export const PLATFORM_ID: u32 = 0x17;
  export const TSC_ADJUST: u32 = 0x3b;
  export const BIOS_SIGN_ID: u32 = 0x8b;
  export const ARCH_CAPABILITIES: u32 = 0x10a;
  export const SYSENTER_CS: u32 = 0x174;
  export const SYSENTER_ESP: u32 = 0x175;
  export const SYSENTER_EIP: u32 = 0x176;
  export const MISC_ENABLE: u32 = 0x1a0;
  export const PAT: u32 = 0x277;
  export const EFER: u32 = 0xc0000080;
  export const STAR: u32 = 0xc0000081;
  export const LSTAR: u32 = 0xc0000082;
  export const CSTAR: u32 = 0xc0000083;
  export const FMASK: u32 = 0xc0000084;
  export const FS_BASE: u32 = 0xc0000100;
  export const GS_BASE: u32 = 0xc0000101;
  export const KERNEL_GS_BASE: u32 = 0xc0000102;
  export const TSC_AUX: u32 = 0xc0000103;
}
/** Fast strings on; no branch trace store, no PEBS. */
export const MISC_ENABLE_RESET: u64 = 0x1801;
const FAST_STRINGS: u64 = 1;
/** Nothing is speculated on, cached by privilege level or buffered: RDCL, SSB, MDS, TAA and their kin do not apply. */
const CAPABILITIES: u64 = 0x0d10_e179;
export const EFER_WRITABLE: u64 = EFER_SCE | EFER_LME | EFER_NXE;

function refuse(): void {
  fail(Vector.GP, 0);
}
export function rdmsr(): void {
  if (!privileged()) return;
  const v = readMsr(gpr<u32>(Gpr.RCX));
  if (!faulted()) setEdxEax(v);
}
export function wrmsr(): void {
  if (!privileged()) return;
  writeMsr(gpr<u32>(Gpr.RCX), ((<u64>gpr<u32>(Gpr.RDX)) << 32) | gpr<u32>(Gpr.RAX));
}

function readMsr(index: u32): u64 {
  switch (index) {
    case Msr.TSC:
      return readTsc();
    case Msr.TSC_ADJUST:
      return cpu.tscOffset;
    case Msr.PLATFORM_ID:
    case Msr.BIOS_SIGN_ID:
      return 0;
    case Msr.ARCH_CAPABILITIES:
      return CAPABILITIES;
    case Msr.SYSENTER_CS:
      return cpu.sysenterCs;
    case Msr.SYSENTER_ESP:
      return cpu.sysenterEsp;
    case Msr.SYSENTER_EIP:
      return cpu.sysenterEip;
    case Msr.MISC_ENABLE:
      return cpu.miscEnable;
    case Msr.PAT:
      return cpu.pat;
    case Msr.EFER:
      return cpu.efer;
    case Msr.STAR:
      return cpu.star;
    case Msr.LSTAR:
      return cpu.lstar;
    case Msr.CSTAR:
      return cpu.cstar;
    case Msr.FMASK:
      return cpu.fmask;
    case Msr.FS_BASE:
      return segment(Seg.FS).base;
    case Msr.GS_BASE:
      return segment(Seg.GS).base;
    case Msr.KERNEL_GS_BASE:
      return cpu.kernelGsBase;
    case Msr.TSC_AUX:
      return cpu.tscAux;
  }
  refuse();
  return 0;
}

function writeMsr(index: u32, value: u64): void {
  switch (index) {
    case Msr.TSC:
      writeTsc(value);
      return;
    case Msr.TSC_ADJUST:
      cpu.tscOffset = value;
      return;
    case Msr.BIOS_SIGN_ID: // asks CPUID for the microcode revision, which is 0
      return;
    case Msr.SYSENTER_CS:
      cpu.sysenterCs = <u32>value;
      return;
    case Msr.SYSENTER_ESP:
      if (canonical(value)) cpu.sysenterEsp = value;
      return;
    case Msr.SYSENTER_EIP:
      if (canonical(value)) cpu.sysenterEip = value;
      return;
    case Msr.MISC_ENABLE:
      if ((value ^ MISC_ENABLE_RESET) & ~FAST_STRINGS) refuse();
      else cpu.miscEnable = value;
      return;
    case Msr.PAT:
      if (validPat(value)) cpu.pat = value;
      else refuse();
      return;
    case Msr.EFER:
      writeEfer(value);
      return;
    case Msr.STAR:
      cpu.star = value;
      return;
    case Msr.LSTAR:
      if (canonical(value)) cpu.lstar = value;
      return;
    case Msr.CSTAR:
      if (canonical(value)) cpu.cstar = value;
      return;
    case Msr.FMASK:
      if (value >> 32) refuse();
      else cpu.fmask = value;
      return;
    case Msr.FS_BASE:
      writeBase(Seg.FS, value);
      return;
    case Msr.GS_BASE:
      writeBase(Seg.GS, value);
      return;
    case Msr.KERNEL_GS_BASE:
      if (canonical(value)) cpu.kernelGsBase = value;
      return;
    case Msr.TSC_AUX:
      if (value >> 32) refuse();
      else cpu.tscAux = value;
      return;
  }
  refuse();
}
function canonical(value: u64): bool {
  if (isCanonical(value)) return true;
  refuse();
  return false;
}
function writeBase(s: u32, value: u64): void {
  if (!canonical(value)) return;
  segment(s).base = value;
  refreshSegment(s);
}
/** Each byte is one of the memory types 0, 1, 4, 5, 6, 7 (SDM 3A 11.12.2). */
export function validPat(value: u64): bool {
  for (let i = 0; i < 64; i += 8) {
    const type = (<u32>(value >> i)) & 0xff;
    if (type > 7 || type == 2 || type == 3) return false;
  }
  return true;
}
/** LMA is read only; LME cannot change while paging is on (SDM 3A 2.2.1). */
function writeEfer(value: u64): void {
  const changed = cpu.efer ^ value;
  if (value & ~(EFER_WRITABLE | EFER_LMA) || (changed & EFER_LME && cpu.cr0 & CR0_PG)) {
    refuse();
    return;
  }
  cpu.efer = (value & EFER_WRITABLE) | (cpu.efer & EFER_LMA);
  if (changed & EFER_NXE) flushAll();
  shutWindow();
}
