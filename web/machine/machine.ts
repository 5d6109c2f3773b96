/**
 * One machine and its states (types.ts, MachineState), whoever calls: the Worker's message loop or, in Node, the
 * caller's own thread.
 */
import { READ_LIMIT, readLinear, readPhysical } from './address-space.ts';
import type { BootPlan } from './boot/protocol.ts';
import { compileCore, RunStatus } from './core.ts';
import { engineAtWork } from './engines.ts';
import { readFlavours } from './flavours.ts';
import { type Host, platformHost } from './host.ts';
import { Mismatch } from './lockstep/mismatch.ts';
import { Meter } from './meter.ts';
import { NO_KERNEL } from './loaded-core.ts';
import { planOf, type PoweredConfig, PoweredMachine, type Surroundings } from './powered.ts';
import { loadChecksum, hexOf } from './snapshot/checksum.ts';
import { type ImageIdentity, MACHINE_STATES_TO_SAVE } from './snapshot/format.ts';
import { type Savable, saveMachine } from './snapshot/save.ts';
import { SavedMachine } from './snapshot/saved-machine.ts';
import type {
  EventSink,
  KernelFiles,
  MachineConfig,
  MachineService,
  Restored,
  SnapshotFiles,
  StateChange,
} from './protocol.ts';
import type {
  Acceleration,
  Counter,
  CrashReport,
  Engine,
  ExitReason,
  Flavour,
  MachineExit,
  MachineState,
  Registers,
  SnapshotOptions,
  SnapshotResult,
  Statistics,
  WatchOptions,
} from './types.ts';

const STATISTICS_MS = 500;
/** Trace records in a crash report. */
const CRASH_TRACE = 32;

const EXIT_OF: Readonly<Record<number, ExitReason>> = {
  [RunStatus.PoweredOff]: 'power-off',
  [RunStatus.DebugExit]: 'debug-exit',
  [RunStatus.Halted]: 'halted',
  [RunStatus.Reset]: 'reset',
};

export interface MachineHostOptions {
  readonly host?: Host;
  readonly compile?: (url: URL | undefined) => Promise<WebAssembly.Module>;
}

export class MachineHost implements MachineService {
  private readonly host: Host;
  private readonly compile: (url: URL | undefined) => Promise<WebAssembly.Module>;
  private readonly meter = new Meter();
  private config: MachineConfig | undefined;
  private plan: BootPlan | undefined;
  private compiling: Promise<WebAssembly.Module> | undefined;
  private module: WebAssembly.Module | undefined;
  private sink: EventSink = () => undefined;
  private powered: PoweredMachine | undefined;
  private change: StateChange = { sequence: 0, state: 'off' };
  private resets = 0;
  private cancelStatistics: (() => void) | undefined;
  /** The snapshot that the core's marks of changed pages count from. */
  private base: string | undefined;
  private saving: Promise<unknown> = Promise.resolve();
  /** The guest's date is not the host's. */
  private ownDate = false;
  /** Of a machine that came without its kernel. */
  private restoredImage: ImageIdentity | undefined;
  /** Commands that wait for something run one after the other. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(options: MachineHostOptions = {}) {
    this.host = options.host ?? platformHost();
    this.compile = options.compile ?? compileCore;
  }

  prepare(wasmUrl: string | undefined): void {
    this.compiling ??= this.compile(wasmUrl === undefined ? undefined : new URL(wasmUrl));
    this.compiling.catch(() => undefined); // `load` reports it
  }
  async load(config: MachineConfig, sink: EventSink): Promise<Restored> {
    if (this.config) throw new Error('this machine is loaded already');
    this.plan = planOf(config);
    this.prepare(config.wasmUrl);
    this.module = await this.compiling;
    this.sink = sink;
    const { snapshot, ...settings } = config;
    this.config = settings;
    if (snapshot) return this.adopt(await SavedMachine.read(snapshot.file, snapshot.parents));
    this.powered = await this.powerOn();
    return this.enter('ready');
  }
  provide({ kernel, initrd }: KernelFiles): void {
    const config = { ...this.loaded, kernel, initrd, kernelLater: false };
    this.plan = planOf(config);
    this.config = config;
    this.powered?.bootFrom(this.plan);
  }
  start(): Promise<StateChange> {
    return this.inTurn(async () => {
      if (this.state === 'running') return this.change;
      if (this.state === 'paused') return this.resume();
      if (this.state !== 'ready') this.powered = await this.powerOn();
      this.resets = 0;
      return this.run();
    });
  }
  pause(): StateChange {
    if (this.state !== 'running') return this.change;
    this.machine.loop.stop();
    try {
      this.machine.lockstep?.check();
    } catch (error) {
      return this.crashed(error);
    }
    return this.enter('paused');
  }
  resume(): StateChange {
    if (this.state === 'running') return this.change;
    if (this.state !== 'paused') throw new Error(`resume: the machine is ${this.state}, not paused`);
    return this.run();
  }
  reset(): Promise<StateChange> {
    return this.inTurn(async () => {
      if (!this.plan && this.config) throw new Error(NO_KERNEL);
      this.powered?.loop.stop();
      if (this.state === 'running' || this.state === 'paused') this.machine.reboot();
      else if (this.state !== 'ready') this.powered = await this.powerOn();
      this.resets++;
      return this.run();
    });
  }
  powerOff(reason: ExitReason = 'power-off'): StateChange {
    if (this.state !== 'running' && this.state !== 'paused') return this.change;
    return this.end('off', { reason });
  }
  send(bytes: Uint8Array, port: 'com1' | 'com2'): void {
    if (this.state === 'off' || this.state === 'halted' || this.state === 'crashed')
      throw new Error(`send: the machine is ${this.state}`);
    this.machine.pump.send(bytes, port);
    this.machine.loop.wake();
  }
  /** Between two slices: the guest does not notice. Later boots keep it. */
  setEngine(engine: Engine): void {
    if (engine === this.loaded.engine) return;
    if (engine === 'lockstep' || this.loaded.engine === 'lockstep')
      throw new Error("setEngine: 'lockstep' is for a machine's whole life; choose it in createMachine()");
    const tier = engineAtWork(engine);
    if (tier !== 'lockstep') this.machine.setEngine(tier);
    this.config = { ...this.loaded, engine };
  }
  flavours(): Flavour[] {
    return readFlavours(this.machine.core);
  }
  accelerations(): Acceleration[] {
    return this.machine.accelerations();
  }
  setAcceleration(name: string, value: boolean | number): void {
    this.machine.accelerate({ [name]: value });
    this.config = { ...this.loaded, acceleration: { ...this.loaded.acceleration, [name]: value } };
  }
  setCpuShare(share: number): void {
    this.machine.loop.limit(share);
    this.config = { ...this.loaded, cpuShare: share };
  }
  watchRegion(address: bigint, options: WatchOptions): void {
    this.machine.regions.watch(address, options);
  }
  /** One after the other: each clears the marks that the next one counts from. */
  snapshot(options: SnapshotOptions): Promise<SnapshotResult> {
    const turn = this.saving.then(() => this.save(options));
    this.saving = turn.catch(() => undefined);
    return turn;
  }
  restore({ file, parents }: SnapshotFiles): Promise<Restored> {
    return this.inTurn(async () => {
      const saved = await SavedMachine.read(file, parents);
      return this.adopt(saved);
    });
  }
  hasAgent(): boolean {
    return this.loaded.agent ?? this.restoredImage?.agent ?? false;
  }
  wallTime(): number | undefined {
    return this.machine.virtualClock || this.ownDate ? undefined : Date.now();
  }
  statistics(): Statistics {
    const { loop, core, linker, counters } = this.machine;
    const instructions = core.functions.instructions();
    const running = this.state === 'running';
    const rates = running ? this.meter.rates(this.host.now(), instructions, loop.busyMs()) : { mips: 0, share: 0 };
    return {
      state: this.state,
      engine: this.machine.engine,
      boot: this.plan?.protocol ?? this.restoredImage?.boot ?? '',
      memory: this.loaded.memory,
      instructions,
      uptime: loop.elapsed() / 1000,
      busySeconds: loop.busyMs() / 1000,
      guestSeconds: core.functions.time() / 1e9,
      mips: rates.mips,
      hostShare: rates.share,
      resets: this.resets,
      compileMs: linker.ms,
      counters: counters.values(),
    };
  }
  counters(): Counter[] {
    return this.machine.counters.list();
  }
  registers(): Registers {
    return this.machine.cpu.snapshot();
  }
  readMemory(address: bigint, length: number, space: 'physical' | 'linear'): Uint8Array {
    if (length > READ_LIMIT) throw new Error(`readMemory: ${length} bytes at once; at most 16 MiB`);
    const { core, memory } = this.machine;
    return space === 'linear' ? readLinear(core, memory, address, length) : readPhysical(memory, address, length);
  }
  dispose(): void {
    this.powered?.loop.stop();
    this.stopStatistics();
    this.powered = undefined;
    this.enter('disposed');
  }

  private get state(): MachineState {
    return this.change.state;
  }
  private get loaded(): MachineConfig {
    if (!this.config) throw new Error('the machine has no kernel yet');
    return this.config;
  }
  private get machine(): PoweredMachine {
    if (!this.powered) throw new Error(`the machine is ${this.config ? this.state : 'not loaded'}`);
    return this.powered;
  }
  private inTurn<T>(command: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(() => {
      if (this.state === 'disposed') throw new Error('the machine is disposed');
      return command();
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private powerOn(): Promise<PoweredMachine> {
    if (!this.plan && this.config) throw new Error(NO_KERNEL);
    this.base = undefined;
    this.ownDate = this.config?.epoch !== undefined;
    return this.makeMachine((module, surroundings) =>
      PoweredMachine.create(module, this.withEngine(this.loaded), this.plan, surroundings),
    );
  }
  private async makeMachine(
    make: (module: WebAssembly.Module, surroundings: Surroundings) => Promise<PoweredMachine>,
  ): Promise<PoweredMachine> {
    if (!this.module) throw new Error('the machine has no kernel yet');
    // A leftover of the machine before may not speak for this one.
    const current = (): boolean => this.powered === machine;
    const machine: PoweredMachine = await make(this.module, {
      host: this.host,
      reader: (bytes, port) => this.sink({ type: 'console', port, bytes }),
      listener: {
        afterSlice: () => this.afterSlice(machine),
        reset: () => current() && this.guestReset(),
        ended: (status) => void (current() && this.ended(status)),
        crashed: (error) => void (current() && this.crashed(error)),
        refused: () => void (this.loaded.engine === 'auto' && machine.setEngine('interpreter')),
      },
    });
    return machine;
  }
  private withEngine(config: MachineConfig): PoweredConfig {
    return { ...config, engine: engineAtWork(config.engine) };
  }
  /** The saved machine takes the place of the one there is, if it can be restored. */
  private async adopt(saved: SavedMachine): Promise<Restored> {
    const { header, settings, text } = saved;
    const { debugExit, debugConsole } = settings;
    const config = { ...this.loaded, memory: header.memory, debugExit, debugConsole };
    const clock = config.engine === 'lockstep' ? 'instructions' : header.clock;
    const machine = await this.makeMachine((module, surroundings) =>
      PoweredMachine.restore(module, this.withEngine({ ...config, clock }), this.plan, surroundings, saved),
    );
    this.powered?.loop.stop();
    this.config = { ...config, clock };
    this.powered = machine;
    this.base = header.id;
    this.restoredImage = header.image;
    this.ownDate = settings.ownDate;
    this.resets = 0;
    return { ...this.enter('paused'), savedText: text };
  }
  private async save({ name = '', incremental, text, compress = true }: SnapshotOptions): Promise<SnapshotResult> {
    const start = this.host.now();
    const machine = this.machine;
    const parent = incremental ? this.base : undefined;
    // Should it fail, the marks are gone: the next one has to be whole
    this.base = undefined;
    const { header, bytes, ...measured } = await saveMachine(this.savable(machine), { name, parent, text, compress });
    if (this.powered === machine) this.base = header.id;
    return { bytes, id: header.id, parent, date: header.date, ...measured, totalMs: this.host.now() - start };
  }
  private savable(machine: PoweredMachine): Savable {
    const { debugExit, debugConsole, memory } = this.loaded;
    const check = (): void => {
      if (this.powered === machine && MACHINE_STATES_TO_SAVE.includes(this.state)) return;
      throw new Error(`snapshot: the machine is ${this.state}; it can be saved while it runs or is paused`);
    };
    check();
    return {
      cores: machine.allCores(),
      memory,
      image: () => this.identify(),
      clock: machine.virtualClock ? 'instructions' : 'host',
      settings: () => ({ debugExit, debugConsole, rest: machine.loop.unfinished(), ownDate: this.ownDate }),
      input: (port) => machine.pump.waiting(port),
      now: () => this.host.now(),
      pause: async () => {
        await new Promise<void>((resolve) => this.host.soon(resolve));
        check();
      },
    };
  }
  private async identify(): Promise<ImageIdentity> {
    const { kernel, initrd, commandLine } = this.loaded;
    const agent = this.hasAgent() || undefined;
    if (!kernel || !this.plan) return { boot: '', commandLine, ...this.restoredImage, agent };
    const sum = await loadChecksum();
    const initrdSum = initrd && hexOf(sum.of(initrd));
    return { boot: this.plan.protocol, commandLine, kernel: hexOf(sum.of(kernel)), initrd: initrdSum, agent };
  }
  private run(): StateChange {
    const { loop, core } = this.machine;
    this.meter.restart(this.host.now(), core.functions.instructions(), loop.busyMs());
    loop.start();
    this.reportStatistics();
    return this.enter('running');
  }
  private afterSlice(machine: PoweredMachine): void {
    machine.pump.pump();
    const records = [...machine.trace.fresh(), ...machine.regions.afterSlice()];
    if (records.length) void this.sink({ type: 'trace', records });
  }
  private guestReset(): boolean {
    if (this.loaded.noReboot || !this.plan) return false;
    this.machine.reboot();
    this.resets++;
    return true;
  }
  private ended(status: number): void {
    const { kernelLater, noReboot } = this.loaded;
    if (status === RunStatus.Reset && kernelLater && !noReboot) return this.awaitKernel();
    const code = status === RunStatus.DebugExit ? this.machine.core.functions.debugExitCode() : undefined;
    const reason = EXIT_OF[status];
    const message = reason === 'reset' && !this.plan ? `the guest asked for a reset, and ${NO_KERNEL}` : undefined;
    if (reason) this.end(reason === 'halted' ? 'halted' : 'off', { reason, code, message });
    else this.crashed(new Error(`the core stopped with unknown status ${status}`));
  }
  private awaitKernel(): void {
    this.machine.loop.stop();
    this.enter('paused');
    void this.sink({ type: 'kernel' });
  }
  private crashed(error: unknown): StateChange {
    return this.end('crashed', { reason: 'crashed', crash: this.crashReport(error) });
  }
  private crashReport(error: unknown): CrashReport {
    return {
      message: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? error.stack : undefined,
      registers: this.machine.cpu.snapshot(),
      trace: this.machine.trace.last(CRASH_TRACE),
      ...(error instanceof Mismatch ? { lockstep: error.report } : {}),
    };
  }
  private end(state: MachineState, exit: MachineExit): StateChange {
    this.machine.loop.stop();
    return this.enter(state, exit);
  }

  private enter(state: MachineState, exit?: MachineExit): StateChange {
    if (state === this.state && !exit) return this.change;
    this.change = { sequence: this.change.sequence + 1, state, exit };
    if (state !== 'running') this.stopStatistics();
    void this.sink({ type: 'state', change: this.change });
    if (this.powered) void this.sink({ type: 'statistics', statistics: this.statistics() });
    return this.change;
  }
  private reportStatistics(): void {
    this.stopStatistics();
    this.cancelStatistics = this.host.after(STATISTICS_MS, () => {
      void this.sink({ type: 'statistics', statistics: this.statistics() });
      this.reportStatistics();
    });
  }
  private stopStatistics(): void {
    this.cancelStatistics?.();
    this.cancelStatistics = undefined;
  }
}
