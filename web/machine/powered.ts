/**
 * A machine that is switched on: one core instance with everything that reads and writes its memory. Switching off
 * means dropping it, so that nothing of the last run can reach the next.
 */
import { planBoot } from './boot/detect.ts';
import type { BootPlan } from './boot/protocol.ts';
import { CodeLinker } from './code-linker.ts';
import { ConsolePump, type ConsoleReader } from './console-pump.ts';
import { type Core, CoreEngine, CoreOption, instantiateCore } from './core.ts';
import { Counters } from './counters.ts';
import { CpuState } from './cpu-state.ts';
import type { Engine } from './engines.ts';
import { GuestMemory } from './guest-memory.ts';
import type { Host } from './host.ts';
import type { MachineConfig } from './protocol.ts';
import { RunLoop, type RunLoopListener } from './run-loop.ts';
import { Switches } from './switches.ts';
import { TraceReader } from './trace-reader.ts';
import type { Acceleration, AccelerationSettings } from './types.ts';

/** The clock chip's time with the instruction clock, unless told: a run must not depend on the day. 2026-01-01. */
const FIXED_EPOCH = 1_767_225_600;

export function planOf(config: MachineConfig): BootPlan {
  return planBoot({
    kernel: config.kernel,
    initrd: config.initrd,
    commandLine: config.commandLine,
    ramSize: config.memory,
  });
}

/** What the machine is asked; linking is its own affair. */
export type MachineListener = Omit<RunLoopListener, 'link'>;

export class PoweredMachine {
  readonly core: Core;
  readonly counters: Counters;
  readonly linker: CodeLinker;
  readonly cpu: CpuState;
  readonly memory: GuestMemory;
  readonly pump: ConsolePump;
  readonly trace: TraceReader;
  readonly loop: RunLoop;
  private readonly plan: BootPlan;
  private readonly switches: Switches;

  private constructor(
    core: Core,
    config: MachineConfig,
    plan: BootPlan,
    host: Host,
    reader: ConsoleReader,
    listener: MachineListener,
  ) {
    const virtual = config.clock === 'instructions';
    this.core = core;
    this.plan = plan;
    this.cpu = new CpuState(core);
    this.memory = new GuestMemory(core.memory.buffer, core.at.RAM, config.memory);
    this.trace = new TraceReader(core);
    this.counters = new Counters(core);
    this.switches = new Switches(core);
    this.linker = new CodeLinker(core, () => host.now());
    this.loop = new RunLoop(core.functions, host, virtual, { ...listener, link: () => this.linker.link() });
    this.pump = new ConsolePump(core, reader, () => this.loop.wake());
    const epoch = config.epoch ?? (virtual ? FIXED_EPOCH : Math.floor(Date.now() / 1000));
    core.functions.powerOn(config.memory, virtual ? 1 : 0, epoch);
    core.functions.setOption(CoreOption.DebugExit, config.debugExit ? 1 : 0);
    core.functions.setOption(CoreOption.DebugConsole, config.debugConsole ? 1 : 0);
    core.functions.setOption(CoreOption.TraceUndefined, config.traceUndefined ? 1 : 0);
    this.setEngine(config.engine);
    this.accelerate(config.acceleration ?? {});
    plan.load(this.memory, this.cpu);
  }

  /** A new core, powered on, with the kernel loaded; its loop not started. */
  static async create(
    module: WebAssembly.Module,
    config: MachineConfig,
    plan: BootPlan,
    host: Host,
    reader: ConsoleReader,
    listener: MachineListener,
  ): Promise<PoweredMachine> {
    return new PoweredMachine(await instantiateCore(module, config.memory), config, plan, host, reader, listener);
  }

  setEngine(engine: Engine): void {
    this.core.functions.setEngine(CoreEngine[engine]);
    this.linker.dropFreed();
  }
  accelerations(): Acceleration[] {
    return this.switches.list();
  }
  /** Code that was made with the old values goes. */
  accelerate(settings: AccelerationSettings): void {
    this.switches.apply(settings);
    this.linker.dropFreed();
  }

  /** The guest's reset: devices and CPU as after power-on, the kernel loaded afresh. Time goes on. */
  reboot(): void {
    this.core.functions.reset();
    this.memory.clear();
    this.plan.load(this.memory, this.cpu);
  }
}
