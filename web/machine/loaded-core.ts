/** A core that is switched on, with its kernel in memory. */
import type { BootPlan } from './boot/protocol.ts';
import { type Core, CoreEngine, CoreOption } from './core.ts';
import { CpuState } from './cpu-state.ts';
import type { Tier } from './engines.ts';
import { GuestMemory } from './guest-memory.ts';
import type { MachineConfig } from './protocol.ts';

export interface PowerOn {
  readonly virtualClock: boolean;
  readonly epoch: number;
  readonly engine: Tier;
}

export class LoadedCore {
  readonly core: Core;
  readonly cpu: CpuState;
  readonly memory: GuestMemory;
  private readonly plan: BootPlan;

  constructor(core: Core, config: MachineConfig, plan: BootPlan, { virtualClock, epoch, engine }: PowerOn) {
    const { functions } = core;
    this.core = core;
    this.plan = plan;
    this.cpu = new CpuState(core);
    this.memory = new GuestMemory(core.memory.buffer, core.at.RAM, config.memory);
    functions.powerOn(config.memory, virtualClock ? 1 : 0, epoch);
    functions.setOption(CoreOption.DebugExit, config.debugExit ? 1 : 0);
    functions.setOption(CoreOption.DebugConsole, config.debugConsole ? 1 : 0);
    functions.setOption(CoreOption.TraceUndefined, config.traceUndefined ? 1 : 0);
    functions.recordRegions(config.traceRegions ? 1 : 0);
    functions.setEngine(CoreEngine[engine]);
    plan.load(this.memory, this.cpu);
  }
  /** The guest's reset: devices and CPU as after power-on, the kernel loaded afresh. Time goes on. */
  reboot(): void {
    this.core.functions.reset();
    this.memory.clear();
    this.plan.load(this.memory, this.cpu);
  }
}
