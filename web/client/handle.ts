/** The machine as its users hold it (api.ts, Machine). */
import { proxy } from 'comlink';
import type { EventSink, KernelFiles, MachineConfig, MachineEvent, StateChange } from '../machine/protocol.ts';
import type {
  Acceleration,
  Counter,
  Engine,
  Flavour,
  Machine,
  MachineEvents,
  MachineState,
  FileSource,
  MachineOptions,
  Registers,
  SnapshotOptions,
  SnapshotResult,
  Statistics,
  WatchOptions,
} from './api.ts';
import { Sandbox } from './agent/sandbox.ts';
import type { Exec, GuestFiles } from './agent/types.ts';
import type { Connection, RemoteService } from './connection.ts';
import { Emitter } from './emitter.ts';
import { fetchSnapshot } from './fetch-file.ts';
import { checkEngine, checkFiles, checkShare, checkSnapshotOptions, checkSwitch, checkWatch } from './options.ts';

const READ_LIMIT = 16 * 1024 * 1024;

/** From a snapshot to a machine; `now`: the options that can have changed since the first one was made. */
export type MakeFork = (snapshot: Uint8Array, now: Pick<MachineOptions, 'engine' | 'acceleration'>) => Promise<Machine>;

export class MachineHandle implements Machine {
  private readonly connection: Connection;
  private readonly again: MakeFork;
  private readonly emitter = new Emitter<MachineEvents>();
  private change: StateChange = { sequence: 0, state: 'off' };
  /** The one that was chosen last, if it is not that of the options. */
  private engine: Engine | undefined;
  /** It comes from a snapshot, and its guest has not been told yet how late it is. */
  private away = false;
  /** Fetches the kernel of a machine that came as a snapshot: not before it boots. */
  private kernel: (() => Promise<KernelFiles>) | undefined;
  savedText = '';
  /** With the option `agent`, COM2 is its own. */
  private readonly sandbox: Sandbox;

  /** `again` makes a machine with the options of this one, but for those given. */
  constructor(connection: Connection, again: MakeFork, agent = false) {
    this.connection = connection;
    this.again = again;
    this.sandbox = new Sandbox(agent, this, (bytes) => this.call((s) => s.send(bytes, 'com2')));
    connection.lost.catch((error: unknown) => this.onLost(error));
  }
  /** Has the core compiled ahead of `load`. */
  async prepare(wasmUrl: string | undefined): Promise<void> {
    await this.call((s) => s.prepare(wasmUrl));
  }
  /** Hands the checked options to the machine; `remote`: they cross to another thread. */
  async load(
    config: MachineConfig,
    remote: boolean,
    hand: (config: MachineConfig) => MachineConfig,
    kernel?: () => Promise<KernelFiles>,
  ): Promise<void> {
    const sink: EventSink = (event) => this.receive(event);
    const { agent } = config;
    const saved = config.snapshot !== undefined;
    this.away = saved;
    this.kernel = kernel;
    const { savedText = '', ...change } = await this.call((s) => s.load(hand(config), remote ? proxy(sink) : sink));
    this.savedText = savedText;
    this.apply(change);
    if (saved && agent === undefined && (await this.call((s) => s.hasAgent()))) this.sandbox.connect();
  }

  get state(): MachineState {
    return this.change.state;
  }
  async start(): Promise<void> {
    if (this.state === 'off' || this.state === 'halted' || this.state === 'crashed') await this.bringKernel();
    this.apply(await this.call((s) => s.start()));
    await this.tellTime();
  }
  async pause(): Promise<void> {
    this.apply(await this.call((s) => s.pause()));
  }
  async resume(): Promise<void> {
    this.apply(await this.call((s) => s.resume()));
    await this.tellTime();
  }
  async reset(): Promise<void> {
    await this.bringKernel();
    this.apply(await this.call((s) => s.reset()));
  }
  async powerOff(): Promise<void> {
    this.apply(await this.call((s) => s.powerOff()));
  }
  async send(data: string | Uint8Array, port: 'com1' | 'com2' = 'com1'): Promise<void> {
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) throw new Error('send: give a string or Uint8Array');
    if (port !== 'com1' && port !== 'com2') throw new Error(`send: there is no port '${String(port)}'`);
    if (port === 'com2' && this.sandbox.present)
      throw new Error("send: com2 belongs to the guest's agent; use exec(), or create the machine without 'agent'");
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data.slice();
    await this.call((s) => s.send(bytes, port));
  }
  get exec(): Exec {
    return this.sandbox.exec;
  }
  get files(): GuestFiles {
    return this.sandbox.files;
  }
  on<E extends keyof MachineEvents>(event: E, listener: MachineEvents[E]): () => void {
    return this.emitter.on(event, listener);
  }
  async setEngine(engine: Engine): Promise<void> {
    checkEngine(engine);
    await this.call((s) => s.setEngine(engine));
    this.engine = engine;
  }
  flavours(): Promise<Flavour[]> {
    return this.call((s) => s.flavours());
  }
  accelerations(): Promise<Acceleration[]> {
    return this.call((s) => s.accelerations());
  }
  async setAcceleration(name: string, value: boolean | number): Promise<void> {
    checkSwitch(name, value);
    await this.call((s) => s.setAcceleration(name, value));
  }
  async setCpuShare(share: number): Promise<void> {
    checkShare(share);
    await this.call((s) => s.setCpuShare(share));
  }
  async watchRegion(address: number | bigint, options: WatchOptions = {}): Promise<void> {
    checkWatch(address, options);
    await this.call((s) => s.watchRegion(BigInt(address), options));
  }
  async snapshot(options: SnapshotOptions = {}): Promise<SnapshotResult> {
    checkSnapshotOptions(options);
    return this.call((s) => s.snapshot(options));
  }
  async restore(snapshot: FileSource, parent?: FileSource | readonly FileSource[]): Promise<void> {
    checkFiles(snapshot, parent);
    const files = await fetchSnapshot(snapshot, parent);
    const { savedText = '', ...change } = await this.call((s) => s.restore(files));
    this.savedText = savedText;
    this.apply(change);
    this.sandbox.replaced();
    this.away = true;
  }
  async fork(): Promise<Machine> {
    const [{ bytes }, switches] = await Promise.all([this.snapshot({ compress: false }), this.accelerations()]);
    const acceleration = Object.fromEntries(switches.map(({ name, value }) => [name, value]));
    return this.again(bytes, this.engine ? { engine: this.engine, acceleration } : { acceleration });
  }
  statistics(): Promise<Statistics> {
    return this.call((s) => s.statistics());
  }
  counters(): Promise<Counter[]> {
    return this.call((s) => s.counters());
  }
  registers(): Promise<Registers> {
    return this.call((s) => s.registers());
  }
  async readMemory(
    address: number | bigint,
    length: number,
    space: 'physical' | 'linear' = 'physical',
  ): Promise<Uint8Array> {
    if (!(typeof address === 'bigint' || Number.isSafeInteger(address)) || address < 0)
      throw new Error(`readMemory: '${String(address)}' is not an address`);
    if (!Number.isInteger(length) || length < 0 || length > READ_LIMIT)
      throw new Error(`readMemory: ${String(length)} bytes; give 0 to 16 MiB`);
    if (space !== 'physical' && space !== 'linear') throw new Error(`readMemory: there is no space '${String(space)}'`);
    return this.call((s) => s.readMemory(BigInt(address), length, space));
  }
  async dispose(): Promise<void> {
    if (this.state === 'disposed') return;
    this.apply({ sequence: Infinity, state: 'disposed' });
    await this.connection.close();
  }

  private async tellTime(): Promise<void> {
    if (!this.away || this.state !== 'running') return;
    this.away = false;
    await this.sandbox.tellTime(() => this.call((s) => s.wallTime()));
  }
  /** A command; fails when the Worker dies instead of waiting for ever. */
  private async call<T>(command: (service: RemoteService) => Promise<T>): Promise<T> {
    if (this.state === 'disposed') throw new Error('the machine is disposed');
    return Promise.race([command(this.connection.service), this.connection.lost]);
  }
  private async bringKernel(): Promise<void> {
    const { kernel } = this;
    if (!kernel) return;
    const files = await kernel();
    await this.call((s) => s.provide(files));
    this.kernel = undefined;
  }
  /** The guest has reset itself. Without its kernel the machine ends, as one that never had one. */
  private async resetByGuest(): Promise<void> {
    try {
      await this.reset();
    } catch (error) {
      console.warn(`domzero: the machine cannot boot again: ${error instanceof Error ? error.message : String(error)}`);
      if (this.state !== 'disposed') this.apply(await this.call((s) => s.powerOff('reset')));
    }
  }
  private receive(event: MachineEvent): void | Promise<void> {
    if (this.state === 'disposed') return;
    switch (event.type) {
      case 'console':
        if (event.port === 'com2' && this.sandbox.present) return this.sandbox.receive(event.bytes);
        return allOf(this.emitter.emit('console', event.bytes, event.port));
      case 'state':
        return this.apply(event.change);
      case 'statistics':
        this.sandbox.resetsSeen(event.statistics.resets);
        this.emitter.emit('statistics', event.statistics);
        return;
      case 'trace':
        for (const record of event.records) this.emitter.emit('trace', record);
        return;
      case 'kernel':
        void this.resetByGuest().catch(() => undefined);
    }
  }
  /** News may come twice, and the reply before the event: the sequence number tells. */
  private apply(change: StateChange): void {
    if (change.sequence <= this.change.sequence) return;
    const before = this.change.state;
    this.change = change;
    if (change.state !== before) this.sandbox.stateChanged(change.state);
    if (change.state !== before) this.emitter.emit('state', change.state, before);
    if (change.exit) this.emitter.emit('exit', change.exit);
  }
  /** There is nobody left to ask for registers. */
  private onLost(error: unknown): void {
    if (this.state === 'disposed') return;
    const message = error instanceof Error ? error.message : String(error);
    this.apply({
      sequence: this.change.sequence + 1,
      state: 'crashed',
      exit: { reason: 'crashed', crash: { message, registers: undefined, trace: [] } },
    });
  }
}

function allOf(results: unknown[]): void | Promise<void> {
  const waiting = results.filter((r) => r instanceof Promise);
  if (waiting.length) return Promise.allSettled(waiting).then(() => undefined);
}
