/** A machine without a client around it: for tools that bring their own loop, and for tests of the core. */
export { CodeLinker, type LinkableCore } from './code-linker.ts';
export {
  type AddressName,
  compileCore,
  type Core,
  type CoreFunctions,
  CoreOption,
  coreUrl,
  instantiateCore,
  RunStatus,
} from './core.ts';
export { CpuState, type Register64 } from './cpu-state.ts';
export { ENGINE_DEFAULT, ENGINES } from './engines.ts';
export { GuestMemory } from './guest-memory.ts';
export { platformHost, type Host } from './host.ts';
export { MachineHost, type MachineHostOptions } from './machine.ts';
export { formatSize, parseMemory, MEMORY_DEFAULT, MEMORY_MAX, MEMORY_MIN } from './memory-size.ts';
export { planBoot } from './boot/detect.ts';
export { identifyFile } from './boot/identify.ts';
export type { BootInput, BootPlan } from './boot/protocol.ts';
export type * from './protocol.ts';
export type * from './types.ts';
