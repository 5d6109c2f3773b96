/**
 * The registers of one CPU, as structs laid over constant addresses (layout.ts). Register and bit names are the SDM's.
 *
 * Arithmetic flags are kept as the last result and a word of carries, from which each condition is one or two
 * operations (cpu/flags.ts); `eflags` holds only the other bits.
 */
import { REGS, SEGMENTS, STATE } from '../layout';


@unmanaged
export class CpuState {
  /** Address of the next instruction. Valid between calls of `run`; inside, cpu/fetch.ts knows better. */
  rip: u64;
  /** Lazy flags: the last result, sign-extended, and the carries (cpu/flags.ts). */
  flagResult: i64;
  flagCarries: u64;
  /** EFLAGS without CF PF AF ZF SF OF; bit 1 is always set. */
  eflags: u32;
  cpl: u32;
  cr0: u64;
  cr2: u64;
  cr3: u64;
  cr4: u64;
  efer: u64;
  dr0: u64;
  dr1: u64;
  dr2: u64;
  dr3: u64;
  dr6: u64;
  dr7: u64;
  gdtBase: u64;
  idtBase: u64;
  gdtLimit: u32;
  idtLimit: u32;
  /** 1: code is 16 bit, 2: 32 bit, 3: 64 bit. Derived from CS, EFER and CR0 by updateMode(). */
  codeMode: u32;
  /** Waiting for an interrupt after HLT; 2: shut down after a triple fault. */
  halted: u32;
  /** Instructions retired since power-on. */
  instructions: u64;
  /** TSC = time in TSC ticks + this. */
  tscOffset: u64;
  sysenterCs: u64;
  sysenterEsp: u64;
  sysenterEip: u64;
  star: u64;
  lstar: u64;
  cstar: u64;
  fmask: u64;
  kernelGsBase: u64;
  tscAux: u64;
  pat: u64;
  apicBase: u64;
  miscEnable: u64;
  mtrrDefType: u64;
  /** Physical-address mask of the A20 gate: all ones, or bit 20 clear. */
  a20Mask: u64;
  /** What the instruction that retired as number `shadowAt` holds off until after the next: cpu/flagops.ts. */
  shadow: u32;
  /** Guest RAM in bytes. */
  ramSize: u32;
  /** Debug exceptions that wait for the end of the instruction: bits as in DR6. */
  pendingDebug: u32;
  /** Level of the INTR pin; and NMI waiting, NMI blocked until IRET. */
  intr: u32;
  nmiPending: u32;
  nmiBlocked: u32;
  /** The encoding that last raised #UD for want of an implementation: bytes, for the trace. */
  lastUndefined: u64;
  /** Whether such encodings are also written to the trace (setOption). */
  traceUndefined: u32;
  /** Page-directory-pointer entries, loaded by MOV CR3 in PAE paging (SDM 3A 4.4.1). */
  pdpte0: u64;
  pdpte1: u64;
  pdpte2: u64;
  pdpte3: u64;
  /** Task priority; without a local APIC it holds off nothing. */
  cr8: u64;
  shadowAt: u64;
}
// @ts-ignore: decorator
@inline export const cpu: CpuState = changetype<CpuState>(STATE);

/** A segment register with its hidden part. */
@unmanaged
export class Segment {
  base: u64;
  /**
   * Offsets below this need no check whatever the access: 16 bytes fit below the limit, and the segment can be read
   * and written. 0 sends every access to the exact check (memory/segmented.ts).
   */
  safeEnd: u64;
  /** In bytes, inclusive, granularity applied. */
  limit: u32;
  /** Access rights as in SDM 3C 25.4.1: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16. */
  access: u32;
  selector: u32;
  reserved: u32;
}
export const SEGMENT_SIZE: u32 = 32;

export namespace Seg {
  // @ts-ignore: decorator
  @inline export const ES: u32 = 0;
  // @ts-ignore: decorator
  @inline export const CS: u32 = 1;
  // @ts-ignore: decorator
  @inline export const SS: u32 = 2;
  // @ts-ignore: decorator
  @inline export const DS: u32 = 3;
  // @ts-ignore: decorator
  @inline export const FS: u32 = 4;
  // @ts-ignore: decorator
  @inline export const GS: u32 = 5;
  // @ts-ignore: decorator
  @inline export const LDTR: u32 = 6;
  // @ts-ignore: decorator
  @inline export const TR: u32 = 7;
  /** What data and stack accesses of 64-bit code go through: base 0, no limit (SDM 3A 3.4.4). */
  // @ts-ignore: decorator
  @inline export const FLAT: u32 = 8;
  // @ts-ignore: decorator
  @inline export const FLAT_STACK: u32 = 9;
}
// @ts-ignore: decorator
@inline export function segment(s: u32): Segment {
  return changetype<Segment>(SEGMENTS + s * SEGMENT_SIZE);
}

/** General registers by number. */
export namespace Gpr {
  export const RAX: u32 = 0;
  export const RCX: u32 = 1;
  export const RDX: u32 = 2;
  export const RBX: u32 = 3;
  export const RSP: u32 = 4;
  export const RBP: u32 = 5;
  export const RSI: u32 = 6;
  export const RDI: u32 = 7;
}
/** Register `r` at width T; a 32-bit write clears the upper half (SDM 1 3.4.1.1). Not for AH..BH. */
// @ts-ignore: decorator
@inline export function gpr<T>(r: u32): T {
  return load<T>(REGS + (r << 3));
}
// @ts-ignore: decorator
@inline export function setGpr<T>(r: u32, v: T): void {
  if (sizeof<T>() == 4) store<u64>(REGS + (r << 3), <u64>(<u32>v));
  else store<T>(REGS + (r << 3), v);
}

// Access rights
export const AR_CODE: u32 = 1 << 3;
export const AR_CONFORMING: u32 = 1 << 2; // of code; expand-down of data
export const AR_WRITABLE: u32 = 1 << 1; // of data; readable of code
export const AR_ACCESSED: u32 = 1;
export const AR_S: u32 = 1 << 4;
export const AR_DPL: u32 = 3 << 5;
export const AR_P: u32 = 1 << 7;
export const AR_L: u32 = 1 << 13;
export const AR_DB: u32 = 1 << 14;
export const AR_G: u32 = 1 << 15;
export const AR_UNUSABLE: u32 = 1 << 16;

// EFLAGS
export const FL_CF: u32 = 1;
export const FL_PF: u32 = 1 << 2;
export const FL_AF: u32 = 1 << 4;
export const FL_ZF: u32 = 1 << 6;
export const FL_SF: u32 = 1 << 7;
export const FL_TF: u32 = 1 << 8;
export const FL_IF: u32 = 1 << 9;
export const FL_DF: u32 = 1 << 10;
export const FL_OF: u32 = 1 << 11;
export const FL_IOPL: u32 = 3 << 12;
export const FL_NT: u32 = 1 << 14;
export const FL_RF: u32 = 1 << 16;
export const FL_VM: u32 = 1 << 17;
export const FL_AC: u32 = 1 << 18;
export const FL_VIF: u32 = 1 << 19;
export const FL_VIP: u32 = 1 << 20;
export const FL_ID: u32 = 1 << 21;
export const FL_ARITHMETIC: u32 = FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_OF;

// CR0, CR4, EFER
export const CR0_PE: u32 = 1;
export const CR0_MP: u32 = 1 << 1;
export const CR0_EM: u32 = 1 << 2;
export const CR0_TS: u32 = 1 << 3;
export const CR0_ET: u32 = 1 << 4;
export const CR0_NE: u32 = 1 << 5;
export const CR0_WP: u32 = 1 << 16;
export const CR0_AM: u32 = 1 << 18;
export const CR0_NW: u32 = 1 << 29;
export const CR0_CD: u32 = 1 << 30;
export const CR0_PG: u32 = 1 << 31;
export const CR4_VME: u32 = 1;
export const CR4_PVI: u32 = 1 << 1;
export const CR4_TSD: u32 = 1 << 2;
export const CR4_DE: u32 = 1 << 3;
export const CR4_PSE: u32 = 1 << 4;
export const CR4_PAE: u32 = 1 << 5;
export const CR4_MCE: u32 = 1 << 6;
export const CR4_PGE: u32 = 1 << 7;
export const CR4_PCE: u32 = 1 << 8;
export const CR4_OSFXSR: u32 = 1 << 9;
export const CR4_OSXMMEXCPT: u32 = 1 << 10;
export const EFER_SCE: u32 = 1;
export const EFER_LME: u32 = 1 << 8;
export const EFER_LMA: u32 = 1 << 10;
export const EFER_NXE: u32 = 1 << 11;

// @ts-ignore: decorator
@inline export function protectedMode(): bool {
  return (cpu.cr0 & CR0_PE) != 0;
}
// @ts-ignore: decorator
@inline export function v86Mode(): bool {
  return (cpu.eflags & FL_VM) != 0;
}
/** IA-32e mode is active (64-bit or compatibility). */
// @ts-ignore: decorator
@inline export function longMode(): bool {
  return (cpu.efer & EFER_LMA) != 0;
}
/** Protected mode proper: selectors name descriptors. */
// @ts-ignore: decorator
@inline export function descriptorMode(): bool {
  return protectedMode() && !v86Mode();
}
export const CODE16: u32 = 1;
export const CODE32: u32 = 2;
export const CODE64: u32 = 3;
