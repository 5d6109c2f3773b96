/** What the core offers to the host (web/machine/core.ts). Exports only. */
import { STATE } from './layout';
import { CpuState } from './cpu/state';

export { BUS, DEVICES, FPU, PIO, RAM, REGS, RINGS, SEGMENTS, STATE, TRACE } from './layout';
export {
  eflags,
  inspectAddress as inspect,
  instructions,
  nextDeadline,
  powerOn,
  refresh,
  reset,
  run,
  setEflags,
  time,
} from './machine';
export { consoleInput, debugExitCode, setOption } from './pc';
export { step, stepTranslated, translateStep } from './engine/step';
export { setEngine, setSwitch, watchRegion } from './engine/engine';
export { moduleLinked } from './engine/linking';
export { helperCount, helperSlot } from './engine/imports';
export { COUNTERS, COUNTER_VALUES } from './counters';
export { FLAVOURS } from './flavours';
export { MODULE } from './jit/emit';
export { moduleFunctions, moduleLength, moduleSlot } from './jit/module';
export { ENDING_TEXT, recordRegions, RECORDS, WATCHED } from './jit/records';
export { nextFreedSlot } from './jit/regions';
export { getSwitch, SWITCHES } from './jit/switches';
export { faultCode } from './cpu/exceptions';
export {
  clearDirty,
  DIRTY,
  markDirty,
  raiseEvent,
  restoreSection,
  resume,
  saveSection,
  SECTION,
  SECTIONS,
  settleSaved,
  stepClock,
} from './snapshot';
export { cpuFeature } from './cpu/cpuid';

// Addresses of CpuState fields, for boot loaders, debuggers and tests
export const S_RIP: usize = STATE + offsetof<CpuState>('rip');
export const S_EFLAGS: usize = STATE + offsetof<CpuState>('eflags');
export const S_CPL: usize = STATE + offsetof<CpuState>('cpl');
export const S_CR0: usize = STATE + offsetof<CpuState>('cr0');
export const S_CR2: usize = STATE + offsetof<CpuState>('cr2');
export const S_CR3: usize = STATE + offsetof<CpuState>('cr3');
export const S_CR4: usize = STATE + offsetof<CpuState>('cr4');
export const S_EFER: usize = STATE + offsetof<CpuState>('efer');
export const S_DR0: usize = STATE + offsetof<CpuState>('dr0');
export const S_DR1: usize = STATE + offsetof<CpuState>('dr1');
export const S_DR2: usize = STATE + offsetof<CpuState>('dr2');
export const S_DR3: usize = STATE + offsetof<CpuState>('dr3');
export const S_DR6: usize = STATE + offsetof<CpuState>('dr6');
export const S_DR7: usize = STATE + offsetof<CpuState>('dr7');
export const S_GDT_BASE: usize = STATE + offsetof<CpuState>('gdtBase');
export const S_GDT_LIMIT: usize = STATE + offsetof<CpuState>('gdtLimit');
export const S_IDT_BASE: usize = STATE + offsetof<CpuState>('idtBase');
export const S_IDT_LIMIT: usize = STATE + offsetof<CpuState>('idtLimit');
export const S_HALTED: usize = STATE + offsetof<CpuState>('halted');
export const S_INSTRUCTIONS: usize = STATE + offsetof<CpuState>('instructions');
export const S_RAM_SIZE: usize = STATE + offsetof<CpuState>('ramSize');
export const S_LAST_UNDEFINED: usize = STATE + offsetof<CpuState>('lastUndefined');
