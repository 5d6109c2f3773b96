/** A core with a guest, driven by hand: run to an instruction, saved, restored, looked at. */
import { readFileSync } from 'node:fs';
import { CORE_URL } from '../../web/cli/conformance/core.ts';
import {
  CodeLinker,
  type Core,
  CpuState,
  GuestMemory,
  instantiateCore,
  planBoot,
  RunStatus,
} from '../../web/machine/index.ts';
import { Counters } from '../../web/machine/counters.ts';
import type { AccelerationSettings } from '../../web/machine/types.ts';
import { Switches } from '../../web/machine/switches.ts';
import { type CoreSection, restoreCore, saveCore } from '../../web/machine/snapshot/core-sections.ts';

export const RAM_BYTES = 4 * 2 ** 20;
const EPOCH = Date.UTC(2026, 0, 1) / 1000;
let compiled: Promise<WebAssembly.Module> | undefined;

export type Tier = 'interpreter' | 'translator';
export interface SavedCore {
  readonly sections: readonly CoreSection[];
  readonly ram: Uint8Array;
}

export class HandDriven {
  readonly cpu: CpuState;
  readonly ram: GuestMemory;
  private readonly linker: CodeLinker;

  private constructor(
    readonly core: Core,
    tier: Tier,
    virtual: boolean,
  ) {
    const { functions } = core;
    this.cpu = new CpuState(core);
    this.ram = new GuestMemory(core.memory.buffer, core.at.RAM, RAM_BYTES);
    this.linker = new CodeLinker(core, () => 0);
    functions.powerOn(RAM_BYTES, virtual ? 1 : 0, EPOCH);
    functions.setEngine(tier === 'translator' ? 1 : 0);
  }
  /** `virtual`: with the instruction clock. */
  static async switchedOn(tier: Tier, virtual = true): Promise<HandDriven> {
    compiled ??= WebAssembly.compile(readFileSync(CORE_URL));
    return new HandDriven(await instantiateCore(await compiled, RAM_BYTES), tier, virtual);
  }
  static async boot(kernel: Uint8Array, tier: Tier, virtual = true): Promise<HandDriven> {
    const machine = await HandDriven.switchedOn(tier, virtual);
    planBoot({ kernel, initrd: undefined, commandLine: '', ramSize: RAM_BYTES }).load(machine.ram, machine.cpu);
    return machine;
  }
  static async restore(saved: SavedCore, tier: Tier): Promise<HandDriven> {
    const machine = await HandDriven.switchedOn(tier);
    machine.ram.write(0, saved.ram);
    restoreCore(machine.core, saved.sections);
    return machine;
  }
  save(): SavedCore {
    return { sections: saveCore(this.core), ram: this.ram.bytes.slice() };
  }
  /** Until so many instructions have been retired since power-on. */
  runTo(goal: number): void {
    const { functions } = this.core;
    for (let left = goal - functions.instructions(); left > 0; left = goal - functions.instructions()) {
      const status = functions.run(0, left);
      if (status === RunStatus.Link) this.linker.link();
      else if (status !== RunStatus.Continue && status !== RunStatus.Waiting)
        throw new Error(`run came back with status ${status}`);
    }
  }
  u16(at: number): number {
    return this.ram.u32(at) & 0xffff;
  }
  accelerate(settings: AccelerationSettings): void {
    new Switches(this.core).apply(settings);
  }
  counter(name: string): number {
    return new Counters(this.core).values()[name] ?? NaN;
  }
  get translated(): number {
    return this.counter('translated-executed');
  }
}
