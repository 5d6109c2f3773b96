/** The processor after power-up or RESET (SDM 3A table 9-1). RAM, the instruction count and the clock go on. */
import { FPU, REGS, SEGMENTS } from '../layout';
import { fpu } from '../fpu/state';
import { refreshAlignmentCheck } from '../memory/checks';
import { initFlatSegments } from '../memory/segmented';
import { initTlb } from '../memory/tlb';
import { SIGNATURE } from './cpuid';
import { DR6_RESET, DR7_RESET } from './debug';
import { clearFault } from './exceptions';
import { setFlags } from './flags';
import { updateMode } from './mode';
import { MISC_ENABLE_RESET } from './msr';
import { CR0_CD, CR0_ET, CR0_NW, cpu, Gpr, Seg, segment, SEGMENT_SIZE, setGpr } from './state';

const RESET_VECTOR: u64 = 0xfff0;
/** Present, writable data, accessed. */
const DATA: u32 = 0x93;
const LDT: u32 = 0x82;
const BUSY_TSS: u32 = 0x8b;
const PAT: u64 = 0x0007_0406_0007_0406;
const SEGMENT_COUNT: u32 = 8;
const ALL_ONES: u64 = ~(<u64>0);

export function resetCpu(): void {
  memory.fill(REGS, 0, 16 * 8);
  setGpr<u32>(Gpr.RDX, SIGNATURE);
  setFlags(2);
  cpu.rip = RESET_VECTOR;
  cpu.cpl = 0;
  resetControl();
  resetSegments();
  resetMsrs();
  resetFpu();
  clearFault();
  initTlb();
  refreshAlignmentCheck();
  updateMode();
}
function resetControl(): void {
  cpu.cr0 = CR0_CD | CR0_NW | CR0_ET;
  cpu.cr2 = 0;
  cpu.cr3 = 0;
  cpu.cr4 = 0;
  cpu.cr8 = 0;
  cpu.dr0 = 0;
  cpu.dr1 = 0;
  cpu.dr2 = 0;
  cpu.dr3 = 0;
  cpu.dr6 = DR6_RESET;
  cpu.dr7 = DR7_RESET;
  cpu.halted = 0;
  cpu.shadow = 0;
  cpu.pendingDebug = 0;
  cpu.nmiPending = 0;
  cpu.nmiBlocked = 0;
  cpu.a20Mask = ALL_ONES;
}
function resetSegments(): void {
  memory.fill(SEGMENTS, 0, SEGMENT_COUNT * SEGMENT_SIZE);
  for (let s = Seg.ES; s <= Seg.TR; s++) {
    segment(s).limit = 0xffff;
    segment(s).access = DATA;
  }
  segment(Seg.CS).selector = 0xf000;
  segment(Seg.CS).base = 0xffff0000;
  segment(Seg.LDTR).access = LDT;
  segment(Seg.TR).access = BUSY_TSS;
  initFlatSegments();
  cpu.gdtBase = 0;
  cpu.gdtLimit = 0xffff;
  cpu.idtBase = 0;
  cpu.idtLimit = 0xffff;
}
function resetMsrs(): void {
  cpu.efer = 0;
  cpu.tscOffset = 0;
  cpu.sysenterCs = 0;
  cpu.sysenterEsp = 0;
  cpu.sysenterEip = 0;
  cpu.star = 0;
  cpu.lstar = 0;
  cpu.cstar = 0;
  cpu.fmask = 0;
  cpu.kernelGsBase = 0;
  cpu.tscAux = 0;
  cpu.pat = PAT;
  cpu.miscEnable = MISC_ENABLE_RESET;
}
/** Control word 0040h, all registers +0 and tagged so. */
function resetFpu(): void {
  memory.fill(FPU, 0, 0x400);
  fpu.control = 0x40;
  fpu.full = 0xff;
  fpu.mxcsr = 0x1f80;
}
