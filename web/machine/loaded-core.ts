/** A core that is switched on, with its kernel in memory, or with a saved machine. */
import type { BootPlan } from './boot/protocol.ts';
import { type Core, CoreEngine, CoreOption } from './core.ts';
import { CpuState } from './cpu-state.ts';
import type { Tier } from './engines.ts';
import { GuestMemory } from './guest-memory.ts';
import type { MachineConfig } from './protocol.ts';
import { renewIdentity } from './snapshot/identity.ts';

export const NO_KERNEL =
  'the machine came from a snapshot, without its kernel: restore it, or give createMachine() the kernel too, to boot it again';

export interface PowerOn {
  readonly virtualClock: boolean;
  readonly epoch: number;
  readonly engine: Tier;
}

export class LoadedCore {
  readonly core: Core;
  readonly cpu: CpuState;
  readonly memory: GuestMemory;
  private plan: BootPlan | undefined;
  private readonly virtualClock: boolean;

  /** Without a `plan` nothing is loaded: the machine is about to be restored. */
  constructor(core: Core, config: MachineConfig, plan: BootPlan | undefined, { virtualClock, epoch, engine }: PowerOn) {
    const { functions } = core;
    this.core = core;
    this.plan = plan;
    this.virtualClock = virtualClock;
    this.cpu = new CpuState(core);
    this.memory = new GuestMemory(core.memory.buffer, core.at.RAM, config.memory);
    functions.powerOn(config.memory, virtualClock ? 1 : 0, epoch);
    functions.setOption(CoreOption.DebugExit, config.debugExit ? 1 : 0);
    functions.setOption(CoreOption.DebugConsole, config.debugConsole ? 1 : 0);
    functions.setOption(CoreOption.TraceUndefined, config.traceUndefined ? 1 : 0);
    functions.recordRegions(config.traceRegions ? 1 : 0);
    functions.setEngine(CoreEngine[engine]);
  }
  /** A machine that was restored gets its kernel when it has to boot. */
  bootFrom(plan: BootPlan | undefined): void {
    this.plan = plan;
  }
  /** Switched on: the kernel comes into memory. */
  boot(): void {
    if (!this.plan) throw new Error(NO_KERNEL);
    this.plan.load(this.memory, this.cpu);
    // With the instruction clock a run is a function of its inputs
    if (!this.virtualClock) renewIdentity(this.core, this.memory);
  }
  /** The guest's reset: devices and CPU as after power-on, the kernel loaded afresh. Time goes on. */
  reboot(): void {
    if (!this.plan) throw new Error(NO_KERNEL);
    this.core.functions.reset();
    this.memory.clear();
    this.core.functions.markDirty(0, this.memory.size);
    this.boot();
  }
}
