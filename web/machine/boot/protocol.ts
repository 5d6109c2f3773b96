/**
 * What the boot protocols have in common. Each one is a function that looks at the files and either refuses with one
 * clear line or gives a plan. Making the plan checks everything and touches nothing; carrying it out cannot fail, and
 * happens at each reset again.
 */
import type { CpuState } from '../cpu-state.ts';
import type { GuestMemory } from '../guest-memory.ts';

export interface BootInput {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array | undefined;
  readonly commandLine: string;
  readonly ramSize: number;
}
export interface BootPlan {
  /** For people: 'PVH', 'Linux boot protocol 2.15' … */
  readonly protocol: string;
  load(memory: GuestMemory, cpu: CpuState): void;
}
export type BootProtocol = (input: BootInput) => BootPlan;

/** A zero-terminated string. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(text + '\0');
}
