/**
 * CPUID. It announces what works, and nothing else. The vendor is Intel's, because its leaves 15h and 16h tell an
 * unmodified kernel the TSC's frequency without any paravirtualization; the hypervisor leaves tell those that look
 * there. Family 6, model 0Fh: the first one that no kernel has erratum workarounds for PAT, PGE or SYSENTER for.
 */
import { TSC_KHZ } from '../bus/clock';
import { CODE64, cpu, Gpr, gpr, setGpr } from './state';

/** Long mode: the state and the decoding are there; a constant until a 64-bit kernel has been seen to boot. */
const LONG_MODE: bool = false;

/** Leaf 1 EAX, and EDX after reset: family 6, model 0Fh, stepping 11. */
export const SIGNATURE: u32 = 0x0006fb;

// Leaf 1 EDX
const FPU: u32 = 1;
const DE: u32 = 1 << 2;
const PSE: u32 = 1 << 3;
const TSC: u32 = 1 << 4;
const MSR: u32 = 1 << 5;
const PAE: u32 = 1 << 6;
const CX8: u32 = 1 << 8;
const SEP: u32 = 1 << 11;
const PGE: u32 = 1 << 13;
const CMOV: u32 = 1 << 15;
const PAT: u32 = 1 << 16;
const PSE36: u32 = 1 << 17;
const FXSR: u32 = 1 << 24;
// Leaf 1 ECX
const CX16: u32 = 1 << 13;
const HYPERVISOR: u32 = 1 << 31;
// Leaf 7
const TSC_ADJUST: u32 = 1 << 1;
const ERMS: u32 = 1 << 9;
const ARCH_CAPABILITIES: u32 = 1 << 29;
// Leaf 80000001h
const LAHF64: u32 = 1;
const SYSCALL: u32 = 1 << 11;
const NX: u32 = 1 << 20;
const RDTSCP: u32 = 1 << 27;
const LM: u32 = 1 << 29;
// Leaf 80000007h
const INVARIANT_TSC: u32 = 1 << 8;
// Leaf 40000001h: port I/O needs no delays. The other features of this interface are not offered.
const NOP_IO_DELAY: u32 = 1 << 1;

const LAST_BASIC: u32 = 0x16;
const HYPERVISOR_BASE: u32 = 0x40000000;
const LAST_HYPERVISOR: u32 = 0x40000010;
const EXTENDED_BASE: u32 = 0x80000000;
const LAST_EXTENDED: u32 = 0x80000008;
/** Leaf 15h: the crystal, of which the TSC is a multiple. */
const CRYSTAL_KHZ: u32 = 25_000;

/** 48 characters: leaves 80000002h to 80000004h. */
const BRAND: usize = memory.data<u8>([
  0x44, 0x6f, 0x6d, 0x5a, 0x65, 0x72, 0x6f, 0x20, 0x76, 0x69, 0x72, 0x74, 0x75, 0x61, 0x6c, 0x20, 0x43, 0x50, 0x55, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

function answer(eax: u32, ebx: u32, ecx: u32, edx: u32): void {
  setGpr<u32>(Gpr.RAX, eax);
  setGpr<u32>(Gpr.RBX, ebx);
  setGpr<u32>(Gpr.RCX, ecx);
  setGpr<u32>(Gpr.RDX, edx);
}
export function cpuid(): void {
  const leaf = gpr<u32>(Gpr.RAX);
  const subleaf = gpr<u32>(Gpr.RCX);
  if (leaf - HYPERVISOR_BASE < 0x10000) hypervisor(leaf);
  else if (leaf - EXTENDED_BASE <= LAST_EXTENDED - EXTENDED_BASE) extended(leaf);
  // Beyond the last leaf, the last basic one answers (SDM 2A CPUID).
  else basic(min(leaf, LAST_BASIC), subleaf);
}

function basic(leaf: u32, subleaf: u32): void {
  switch (leaf) {
    case 0: // "GenuineIntel"
      answer(LAST_BASIC, 0x756e6547, 0x6c65746e, 0x49656e69);
      return;
    case 1:
      answer(SIGNATURE, 1 << 16, cpuFeature(Features.Ecx), cpuFeature(Features.Edx));
      return;
    case 2: // caches: see leaf 4
      answer(0x0000ff01, 0, 0, 0);
      return;
    case 4:
      cache(subleaf);
      return;
    case 7:
      if (subleaf == 0) answer(0, cpuFeature(Features.Ebx7), 0, cpuFeature(Features.Edx7));
      else answer(0, 0, 0, 0);
      return;
    case 0x15:
      answer(1, TSC_KHZ / CRYSTAL_KHZ, CRYSTAL_KHZ * 1000, 0);
      return;
    case 0x16: // base, maximum and bus frequency in MHz
      answer(TSC_KHZ / 1000, TSC_KHZ / 1000, 100, 0);
      return;
  }
  answer(0, 0, 0, 0);
}
/** Sizes for software that tiles its loops: 32 KiB level 1 for data and code, 2 MiB level 2; 64-byte lines, 8 ways. */
function cache(subleaf: u32): void {
  if (subleaf > 2) {
    answer(0, 0, 0, 0);
    return;
  }
  const type: u32 = subleaf == 2 ? 3 : subleaf + 1;
  const level: u32 = subleaf == 2 ? 2 : 1;
  const sets: u32 = subleaf == 2 ? 4096 : 64;
  // Bit 8: initializes itself.
  answer(type | (level << 5) | (1 << 8), (7 << 22) | 63, sets - 1, 0);
}

function hypervisor(leaf: u32): void {
  switch (leaf) {
    case HYPERVISOR_BASE: // "KVMKVMKVM"
      answer(LAST_HYPERVISOR, 0x4b4d564b, 0x564b4d56, 0x4d);
      return;
    case 0x40000001:
      answer(NOP_IO_DELAY, 0, 0, 0);
      return;
    case LAST_HYPERVISOR: // frequencies in kHz of the TSC and of the local APIC, which is not there
      answer(TSC_KHZ, 0, 0, 0);
      return;
  }
  answer(0, 0, 0, 0);
}

function extended(leaf: u32): void {
  switch (leaf) {
    case EXTENDED_BASE:
      answer(LAST_EXTENDED, 0, 0, 0);
      return;
    case 0x80000001:
      answer(0, 0, cpuFeature(Features.ExtendedEcx), NX | RDTSCP | longModeFeatures());
      return;
    case 0x80000002:
    case 0x80000003:
    case 0x80000004:
      brand(BRAND + ((leaf - 0x80000002) << 4));
      return;
    case 0x80000006: // level 2 cache: 2 MiB, 8 ways, 64-byte lines
      answer(0, 0, (2048 << 16) | (6 << 12) | 64, 0);
      return;
    case 0x80000007:
      answer(0, 0, 0, INVARIANT_TSC);
      return;
    case LAST_EXTENDED: // linear and physical address widths
      answer(((LONG_MODE ? 48 : 32) << 8) | 40, 0, 0, 0);
      return;
  }
  answer(0, 0, 0, 0);
}
/** The words of feature bits that tell whether a guest that was saved elsewhere finds here what it has seen there. */
namespace Features {
  export const Edx: u32 = 0;
  export const Ecx: u32 = 1;
  export const Ebx7: u32 = 2;
  export const Edx7: u32 = 3;
  export const ExtendedEdx: u32 = 4;
  export const ExtendedEcx: u32 = 5;
}
/** Feature word `n` whatever the mode; 0 beyond the last. */
export function cpuFeature(n: u32): u32 {
  switch (n) {
    case Features.Edx:
      return FPU | DE | PSE | TSC | MSR | PAE | CX8 | SEP | PGE | CMOV | PAT | PSE36 | FXSR;
    case Features.Ecx:
      return HYPERVISOR | (LONG_MODE ? CX16 : 0);
    case Features.Ebx7:
      return TSC_ADJUST | ERMS;
    case Features.Edx7:
      return ARCH_CAPABILITIES;
    case Features.ExtendedEdx:
      return NX | RDTSCP | (LONG_MODE ? LM | SYSCALL : 0);
    case Features.ExtendedEcx:
      return LONG_MODE ? LAHF64 : 0;
  }
  return 0;
}
function longModeFeatures(): u32 {
  if (!LONG_MODE) return 0;
  return cpu.codeMode == CODE64 ? LM | SYSCALL : LM;
}
function brand(at: usize): void {
  answer(load<u32>(at), load<u32>(at, 4), load<u32>(at, 8), load<u32>(at, 12));
}
