/**
 * The public types of the client: what `createMachine()` takes and what it gives back. Types only, so that a face
 * (page, element, command line) can be checked without loading anything. The functions are in ./index.ts.
 *
 * A machine lives in a Worker of its own (browser or Node) unless `worker: false`. Everything here is either plain
 * data, which crosses by structured clone, or a method that returns a promise.
 *
 *   const machine = await createMachine({ kernel: 'linux-nano/vmlinux.gz', initrd: 'linux-nano/initramfs.cpio.gz' });
 *   machine.on('console', (bytes) => terminal.write(bytes));
 *   await machine.start();
 *   await machine.send('ls\r');
 */

import type {
  Acceleration,
  AccelerationSettings,
  ClockSource,
  ConsolePort,
  Counter,
  Engine,
  FileIdentity,
  Flavour,
  LockstepOptions,
  MachineExit,
  MachineState,
  Registers,
  SnapshotOptions,
  SnapshotResult,
  Statistics,
  TraceRecord,
  WatchOptions,
} from '../machine/types.ts';
import type { SnapshotInfo } from '../machine/snapshot/inspect.ts';
import type { Exec, GuestFiles } from './agent/types.ts';
export type * from '../machine/types.ts';
export type { ImageIdentity, SnapshotHeader } from '../machine/snapshot/format.ts';
export type { SectionInfo, SnapshotInfo } from '../machine/snapshot/inspect.ts';
export type * from './agent/types.ts';

/** Creates a machine: checks the options, fetches and unpacks the files, starts the Worker, recognises the kernel. */
export type CreateMachine = (options: MachineOptions) => Promise<Machine>;

/** As createMachine() will be told them. */
export type PreloadOptions = Pick<MachineOptions, 'wasmUrl' | 'workerUrl'>;
/**
 * Starts a Worker and compiles the core in it, for the next createMachine() with the same URLs to take: a page that will
 * want a machine calls it first of all. Resolves when that is ready; a failure is reported by createMachine(). In Node it
 * does nothing.
 */
export type Preload = (options?: PreloadOptions) => Promise<void>;

/**
 * A file: its bytes, a Blob (a File of a file picker), or the URL to fetch it from. gzip is unpacked on the way.
 * Relative URLs are relative to the page; in Node to the working directory.
 */
export type FileSource = Uint8Array | ArrayBuffer | Blob | URL | string;

/** What createMachine() takes. Only `kernel` has no default. */
export interface MachineOptions {
  /**
   * ELF with a PVH note, multiboot 1 image, Linux bzImage, or a boot sector; told apart by content. With a `snapshot` it
   * can be left out: the machine then cannot be booted again, and a reset ends it. Kernel and initrd of a machine from a
   * snapshot are fetched when it boots for the first time, after a reset.
   */
  readonly kernel?: FileSource | undefined;
  /** Initial RAM disk for Linux; the first (only) module for a multiboot kernel. */
  readonly initrd?: FileSource | undefined;
  /** What the kernel is told; its image's manifest has one that works. Empty when absent. */
  readonly commandLine?: string | undefined;
  /**
   * A saved machine, which is restored instead of booted: it is 'paused' and goes on with start(). Memory, clock and debug
   * devices are as they were; engine and accelerations may be others. Rejects with one line when the file cannot be used.
   */
  readonly snapshot?: FileSource | undefined;
  /**
   * A snapshot of just this machine at its prompt, which saves the boot: the machine is then 'paused', as from a
   * `snapshot`. Where it cannot be used, or memory, clock or command line are others, the kernel is booted, and a warning
   * on the console says why.
   */
  readonly booted?: FileSource | undefined;
  /** The snapshots that an incremental one descends from, in any order. */
  readonly parent?: FileSource | readonly FileSource[] | undefined;
  /** Guest RAM: bytes, or text like '128M' or '1G'. 4 MiB to 2 GiB; 128M when absent. */
  readonly memory?: number | string | undefined;
  /** 'auto' when absent: the translator where the host allows it, else the interpreter. */
  readonly engine?: Engine | undefined;
  /** Switches by name: what accelerations() lists. */
  readonly acceleration?: AccelerationSettings | undefined;
  /** At most this share of one host core, above 0 up to 1; 1 when absent. The guest's clock goes on while it rests. */
  readonly cpuShare?: number | undefined;
  /** How engine 'lockstep' compares. */
  readonly lockstep?: LockstepOptions | undefined;
  /** 'host' when absent; engine 'lockstep' has 'instructions' only. */
  readonly clock?: ClockSource | undefined;
  /** Seconds since 1970 that the guest's clock chip shows at power-on; the host's wall clock when absent. */
  readonly epoch?: number | undefined;
  /** False runs the machine on the calling thread. For Node tools and tests; a page would stutter. */
  readonly worker?: boolean | undefined;
  /** A reset asked for by the guest ends the machine (exit reason 'reset') instead of booting again. */
  readonly noReboot?: boolean | undefined;
  /** isa-debug-exit at port 0xF4: a guest's write of v ends the machine with exit code (v << 1) | 1. */
  readonly debugExit?: boolean | undefined;
  /** A debug console at port 0xE9; its bytes arrive as console 'debug'. */
  readonly debugConsole?: boolean | undefined;
  /** Report encodings that raised #UD for want of an implementation as 'trace' events. */
  readonly traceUndefined?: boolean | undefined;
  /** Report each region that is translated as a 'trace' event. */
  readonly traceRegions?: boolean | undefined;
  /**
   * The guest has the agent of our images (their manifest says `"agent": true`): exec() and files work, and the second
   * serial port is theirs alone. Of a `snapshot`, as it was saved when absent.
   */
  readonly agent?: boolean | undefined;
  /** Where core.wasm and the worker's script are, when a bundler does not find them by itself. */
  readonly wasmUrl?: URL | string | undefined;
  readonly workerUrl?: URL | string | undefined;
  /** Called while the kernel and initrd download. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Aborts the downloads; createMachine() then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a download is. */
export interface LoadProgress {
  readonly file: 'kernel' | 'initrd' | 'snapshot';
  /** Bytes that arrived, before unpacking. */
  readonly loaded: number;
  /** Bytes in all; undefined when the server does not say. */
  readonly total: number | undefined;
}

/** Events and what their listeners get. */
export interface MachineEvents {
  /**
   * Bytes from a guest's serial port or debug console. A listener may return a promise (say, of a terminal that has
   * drawn them): when 64 KiB wait for such promises, the guest's serial port waits too and nothing is lost.
   */
  console: (bytes: Uint8Array, port: ConsolePort) => void | Promise<void>;
  /** After each change of state, with the old one. */
  state: (state: MachineState, before: MachineState) => void;
  /** Twice a second while running, and after each change of state. */
  statistics: (statistics: Statistics) => void;
  /** The machine ended by itself; follows the state event. powerOff() gives 'power-off' too. */
  exit: (exit: MachineExit) => void;
  /** What traceUndefined, traceRegions and watchRegion() report. */
  trace: (record: TraceRecord) => void;
}

/** A machine that createMachine() made. Commands reject with an error of one line, and all of them after dispose(). */
export interface Machine {
  /** As of the last state event. */
  readonly state: MachineState;
  /** What the terminal showed when the machine was saved, if it came from a snapshot that says so; else ''. */
  readonly savedText: string;
  /** Boots (ready, off, halted, crashed) or continues (paused); nothing when running. */
  start(): Promise<void>;
  /** Resolves when no further guest instruction runs. Nothing when not running. */
  pause(): Promise<void>;
  /** Continues after pause(); an error in any other state but running. */
  resume(): Promise<void>;
  /** The reset button: boots the same kernel again, whatever the state; runs afterwards. RAM is cleared. */
  reset(): Promise<void>;
  /** Pulls the plug. Nothing when already off. */
  powerOff(): Promise<void>;
  /** Types into a serial port; text goes as UTF-8. Waits in a queue of 1 MiB while the guest does not read; rejects when full. */
  send(data: string | Uint8Array, port?: 'com1' | 'com2'): Promise<void>;
  /**
   * Runs a command in the guest, away from its terminal; waits for a guest that is still booting. Needs the option
   * `agent`. docs/sandbox.md tells more.
   *
   *   const { stdout, exitCode } = await machine.exec('sort | uniq -c', { stdin: 'b\na\nb\n', timeout: 5000 });
   */
  readonly exec: Exec;
  /** The guest's files; needs the option `agent`. */
  readonly files: GuestFiles;
  /** Subscribes; call the result to unsubscribe. Nothing is lost between createMachine() and start(). */
  on<E extends keyof MachineEvents>(event: E, listener: MachineEvents[E]): () => void;
  /**
   * Changes what executes the guest, at any time; the guest does not notice. Later boots keep it. Rejects when this host
   * cannot do it.
   */
  setEngine(engine: Engine): Promise<void>;
  /** The ways to virtualize a guest that this version has; the first is what the machine has. */
  flavours(): Promise<Flavour[]>;
  /** What makes the machine faster, as switches, with their values. */
  accelerations(): Promise<Acceleration[]>;
  /** Turns a switch, at any time; code that was translated with the old value goes. Later boots keep it. */
  setAcceleration(name: string, value: boolean | number): Promise<void>;
  /** Limits the machine to a share of one host core, above 0 up to 1, at any time. Later boots keep it. */
  setCpuShare(share: number): Promise<void>;
  /**
   * Saves the machine while it runs (or is paused): the guest stands still for some milliseconds at the end, the file is
   * packed after that. The machine goes on; its next snapshot may hold only what has changed since (`incremental`).
   */
  snapshot(options?: SnapshotOptions): Promise<SnapshotResult>;
  /**
   * Becomes the machine that was saved, whatever the state, and is paused then. When the file cannot be used it rejects
   * with one line and the machine is as it was.
   */
  restore(snapshot: FileSource, parent?: FileSource | readonly FileSource[]): Promise<void>;
  /** A second machine that is where this one is now, in a Worker of its own: it is 'paused' and goes on with start(). */
  fork(): Promise<Machine>;
  /** Speed, load and counts, as of now. */
  statistics(): Promise<Statistics>;
  /** statistics().counters with units and meanings. */
  counters(): Promise<Counter[]>;
  /**
   * The next region that is translated at a linear address comes as a 'trace' event of kind 'watched-region', with its
   * code. Code that has been translated so far goes; the guest does not notice.
   */
  watchRegion(address: number | bigint, options?: WatchOptions): Promise<void>;
  /** The CPU's registers between two instructions; exact while the machine is paused. */
  registers(): Promise<Registers>;
  /**
   * Copies guest memory without side effects. 'physical' must lie in RAM; 'linear' goes through the guest's page
   * tables and rejects with the first address that is not mapped. At most 16 MiB a call.
   */
  readMemory(address: number | bigint, length: number, space?: 'physical' | 'linear'): Promise<Uint8Array>;
  /** Ends the Worker and frees the memory. Can be called twice. */
  dispose(): Promise<void>;
}

/** Tells a kernel from an initrd, so that a visitor can drop both at once. gzip is looked into. */
export type IdentifyFile = (file: Uint8Array | ArrayBuffer | Blob) => Promise<FileIdentity>;
/** Looks at a snapshot's file without a machine; verifies all of it. Rejects with one line that says what is wrong. */
export type InspectSnapshot = (file: Uint8Array) => Promise<SnapshotInfo>;
/** Bytes of '128M', '1G', '65536K', 134217728; throws a one-line Error outside 4 MiB to 2 GiB. */
export type ParseMemory = (memory: number | string) => number;
