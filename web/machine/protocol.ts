/** What crosses between a machine and its client: over comlink to a Worker, or as plain calls on the same thread. */
import type {
  Acceleration,
  AccelerationSettings,
  ClockSource,
  ConsolePort,
  Counter,
  Engine,
  Flavour,
  ExitReason,
  LockstepOptions,
  MachineExit,
  MachineState,
  Registers,
  SnapshotOptions,
  SnapshotResult,
  Statistics,
  TraceRecord,
  WatchOptions,
} from './types.ts';

/** Checked options; files are unpacked. */
export interface MachineConfig {
  /** Absent: then there is a snapshot, and the machine cannot be booted again, unless `kernelLater`. */
  readonly kernel: Uint8Array | undefined;
  readonly initrd: Uint8Array | undefined;
  readonly commandLine: string;
  readonly memory: number;
  readonly engine: Engine;
  /** Switches that differ from their defaults. */
  readonly acceleration?: AccelerationSettings | undefined;
  readonly lockstep?: LockstepOptions | undefined;
  /** Of one host core, at most; absent: all of it. */
  readonly cpuShare?: number | undefined;
  readonly clock: ClockSource;
  readonly epoch: number | undefined;
  readonly noReboot: boolean;
  readonly debugExit: boolean;
  readonly debugConsole: boolean;
  readonly traceUndefined: boolean;
  readonly traceRegions?: boolean | undefined;
  /** A saved machine, and the files of those that it descends from: it is restored instead of booted. */
  readonly snapshot?: SnapshotFiles | undefined;
  /** The guest has the agent; absent: as it was saved. */
  readonly agent?: boolean | undefined;
  /** There is a kernel, which comes by `provide` when it is asked for. */
  readonly kernelLater?: boolean | undefined;
  /** Absolute; absent: where the build puts it. */
  readonly wasmUrl: string | undefined;
}

/** What a machine from a snapshot needs no sooner than it boots. */
export type KernelFiles = Pick<MachineConfig, 'kernel' | 'initrd'>;

export interface SnapshotFiles {
  readonly file: Uint8Array;
  readonly parents: readonly Uint8Array[];
}

/** `sequence` counts changes: news of one may arrive as an event and with a reply, in either order. */
export interface StateChange {
  readonly sequence: number;
  readonly state: MachineState;
  readonly exit?: MachineExit | undefined;
}

/** What the terminal showed when it was saved, of a machine that was restored. */
export interface Restored extends StateChange {
  readonly savedText?: string | undefined;
}

export type MachineEvent =
  | { readonly type: 'console'; readonly port: ConsolePort; readonly bytes: Uint8Array }
  | { readonly type: 'state'; readonly change: StateChange }
  | { readonly type: 'statistics'; readonly statistics: Statistics }
  | { readonly type: 'trace'; readonly records: readonly TraceRecord[] }
  /** The guest resets itself, and its kernel has not been fetched: it waits, paused, for `provide` and `reset`. */
  | { readonly type: 'kernel' };

/** A promise given back for console bytes settles when they have been dealt with. */
export type EventSink = (event: MachineEvent) => void | Promise<void>;

/** Commands answer with the state that they led to. */
export interface MachineService {
  /** Starts compiling the core while the files are still on their way; `load` waits for it, and reports its failure. */
  prepare(wasmUrl: string | undefined): void;
  load(config: MachineConfig, sink: EventSink): Promise<Restored>;
  /** Of a machine from a snapshot, before it boots. */
  provide(files: KernelFiles): void;
  start(): Promise<StateChange>;
  pause(): StateChange;
  resume(): StateChange;
  reset(): Promise<StateChange>;
  powerOff(reason?: ExitReason): StateChange;
  send(bytes: Uint8Array, port: 'com1' | 'com2'): void;
  setEngine(engine: Engine): void;
  flavours(): Flavour[];
  accelerations(): Acceleration[];
  setAcceleration(name: string, value: boolean | number): void;
  setCpuShare(share: number): void;
  /** While it runs, or paused. */
  snapshot(options: SnapshotOptions): Promise<SnapshotResult>;
  /** The machine becomes the one that was saved, and is paused. When that fails it is as it was. */
  restore(files: SnapshotFiles): Promise<Restored>;
  hasAgent(): boolean;
  /** Milliseconds since 1970 that the guest's clock should show; undefined: it has a time of its own. */
  wallTime(): number | undefined;
  statistics(): Statistics;
  counters(): Counter[];
  watchRegion(address: bigint, options: WatchOptions): void;
  registers(): Registers;
  readMemory(address: bigint, length: number, space: 'physical' | 'linear'): Uint8Array;
  dispose(): void;
}
