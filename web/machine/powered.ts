/**
 * A machine that is switched on: one core instance with everything that reads and writes its memory. Switching off
 * means dropping it, so that nothing of the last run can reach the next.
 */
import { planBoot } from './boot/detect.ts';
import type { BootPlan } from './boot/protocol.ts';
import { CodeLinker } from './code-linker.ts';
import { ConsolePump, type ConsoleReader } from './console-pump.ts';
import { type Core, CoreEngine, instantiateCore } from './core.ts';
import { Counters } from './counters.ts';
import type { CpuState } from './cpu-state.ts';
import type { EngineAtWork, Tier } from './engines.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Host } from './host.ts';
import { LoadedCore } from './loaded-core.ts';
import { Lockstep } from './lockstep/lockstep.ts';
import type { MachineConfig } from './protocol.ts';
import { RegionReader } from './regions.ts';
import { RunLoop, type RunLoopListener, type RunLoopStart } from './run-loop.ts';
import { renewIdentity } from './snapshot/identity.ts';
import { Since } from './snapshot/ram-copy.ts';
import type { SavedMachine } from './snapshot/saved-machine.ts';
import { Switches } from './switches.ts';
import { TraceReader } from './trace-reader.ts';
import type { Acceleration, AccelerationSettings } from './types.ts';

/** The clock chip's time with the instruction clock, unless told: a run must not depend on the day. 2026-01-01. */
const FIXED_EPOCH = 1_767_225_600;

/** Undefined without a kernel: then there is a snapshot. */
export function planOf(config: MachineConfig): BootPlan | undefined {
  if (!config.kernel) return undefined;
  return planBoot({
    kernel: config.kernel,
    initrd: config.initrd,
    commandLine: config.commandLine,
    ramSize: config.memory,
  });
}

function startOf(saved: SavedMachine | undefined): RunLoopStart | undefined {
  return saved && { guestMs: saved.header.guestSeconds * 1000, rest: saved.settings.rest };
}

/** What the machine is asked; linking is its own affair. */
export interface MachineListener extends Omit<RunLoopListener, 'link'> {
  /** The host takes no modules of translated code. */
  refused(): void;
}
/** The engine is one that is at work. */
export type PoweredConfig = MachineConfig & { readonly engine: EngineAtWork };

/** What a machine is made for. */
export interface Surroundings {
  readonly host: Host;
  readonly reader: ConsoleReader;
  readonly listener: MachineListener;
}

export class PoweredMachine {
  readonly core: Core;
  readonly cpu: CpuState;
  readonly memory: GuestMemory;
  readonly counters: Counters;
  readonly linker: CodeLinker;
  readonly lockstep: Lockstep | undefined;
  readonly pump: ConsolePump;
  readonly trace: TraceReader;
  readonly regions: RegionReader;
  readonly loop: RunLoop;
  readonly virtualClock: boolean;
  /** What executes the guest. */
  engine: EngineAtWork;
  /** The machine's, and with engine 'lockstep' the one that it is compared with. */
  private readonly cores: readonly [LoadedCore, ...LoadedCore[]];
  /** Of each core. */
  private readonly switches: readonly Switches[];

  /** `second`: the interpreting core of engine 'lockstep'. */
  private constructor(
    core: Core,
    second: Core | undefined,
    config: PoweredConfig,
    plan: BootPlan | undefined,
    { host, reader, listener }: Surroundings,
    saved?: SavedMachine,
  ) {
    const virtualClock = config.clock === 'instructions' || second !== undefined;
    const epoch = config.epoch ?? (virtualClock ? FIXED_EPOCH : Math.floor(Date.now() / 1000));
    const engine = config.engine === 'lockstep' ? 'jit' : config.engine;
    this.engine = config.engine;
    const first = new LoadedCore(core, config, plan, { virtualClock, epoch, engine });
    this.cores = [first];
    this.virtualClock = virtualClock;
    this.core = core;
    this.cpu = first.cpu;
    this.memory = first.memory;
    this.trace = new TraceReader(core);
    this.regions = new RegionReader(core, first.memory);
    this.counters = new Counters(core);
    this.linker = new CodeLinker(core, () => host.now());
    const link = (): void => {
      this.regions.beforeLink();
      if (!this.linker.link()) listener.refused();
    };
    if (second) {
      this.cores = [first, new LoadedCore(second, config, plan, { virtualClock, epoch, engine: 'interpreter' })];
      const cores = { translator: core, interpreter: second, link };
      this.lockstep = new Lockstep(cores, config.memory, config.lockstep ?? {});
    }
    this.switches = this.cores.map((each) => new Switches(each.core));
    this.accelerate(config.acceleration ?? {});
    const functions = this.lockstep ?? core.functions;
    this.loop = new RunLoop(functions, host, virtualClock, { ...listener, link }, startOf(saved));
    this.loop.limit(config.cpuShare ?? 1);
    this.pump = new ConsolePump({ ...core, functions }, this.lockstep?.listenTo(reader) ?? reader, () =>
      this.loop.wake(),
    );
  }

  /** A new core, powered on, with the kernel loaded; its loop not started. */
  static async create(
    module: WebAssembly.Module,
    config: PoweredConfig,
    plan: BootPlan | undefined,
    surroundings: Surroundings,
  ): Promise<PoweredMachine> {
    const core = await instantiateCore(module, config.memory);
    const second = config.engine === 'lockstep' ? await instantiateCore(module, config.memory) : undefined;
    const machine = new PoweredMachine(core, second, config, plan, surroundings);
    for (const each of machine.cores) each.boot();
    return machine;
  }
  /** The same with a machine that was saved, where it was then. Throws a SnapshotError. */
  static async restore(
    module: WebAssembly.Module,
    config: PoweredConfig,
    plan: BootPlan | undefined,
    surroundings: Surroundings,
    saved: SavedMachine,
  ): Promise<PoweredMachine> {
    const core = await instantiateCore(module, config.memory);
    const second = config.engine === 'lockstep' ? await instantiateCore(module, config.memory) : undefined;
    const machine = new PoweredMachine(core, second, config, plan, surroundings, saved);
    const cores = machine.cores.map((each) => each.core);
    await saved.restoreInto(cores);
    for (const port of ['com1', 'com2'] as const) machine.pump.send(saved.input[port], port);
    // What is saved next counts from here
    for (const { functions } of cores) functions.clearDirty(Since.Pass | Since.Snapshot);
    if (!machine.virtualClock) machine.goOn(saved.header.date);
    return machine;
  }
  /** Time has passed since, and there may be another machine from the same snapshot. */
  private goOn(date: string): void {
    const away = Math.max(0, Math.floor((Date.now() - Date.parse(date)) / 1000));
    for (const { core, memory } of this.cores) {
      core.functions.stepClock(away);
      renewIdentity(core, memory);
    }
  }
  /** The cores, which the same has to be done to. */
  allCores(): [Core, ...Core[]] {
    const [first, ...others] = this.cores;
    return [first.core, ...others.map(({ core }) => core)];
  }

  setEngine(engine: Tier): void {
    this.engine = engine;
    this.core.functions.setEngine(CoreEngine[engine]);
    this.linker.dropFreed();
  }
  accelerations(): Acceleration[] {
    return this.switches[0]?.list() ?? [];
  }
  /** Code that was made with the old values goes. */
  accelerate(settings: AccelerationSettings): void {
    for (const switches of this.switches) switches.apply(settings);
    this.linker.dropFreed();
  }
  bootFrom(plan: BootPlan | undefined): void {
    for (const core of this.cores) core.bootFrom(plan);
  }
  reboot(): void {
    for (const core of this.cores) core.reboot();
  }
}
