/**
 * What the runner asks a measuring child process for, and what it gets back. Plain data: it crosses as JSON.
 * `core` is DomZero's core.wasm: a copy, so that a build meanwhile does not mix two cores in one report.
 */
export type EngineId = 'domzero' | 'domzero-interpreter' | 'v86-jit' | 'v86-interpreter' | 'qemu' | 'native';

/** A bare-metal loop: an image whose parameters are filled in already (image.ts). */
export interface LoopJob {
  readonly kind: 'loop';
  readonly engine: EngineId;
  readonly core: string;
  readonly image: string;
}

/** Linux, as each engine is given it: paths of a kernel file, or of one multiboot image that holds everything. */
interface LinuxJob {
  readonly engine: EngineId;
  readonly core: string;
  readonly kernel: string;
  readonly initrd?: string | undefined;
  readonly commandLine: string;
  readonly memory: number;
}

/** A Linux boot up to its prompt. */
export interface BootJob extends LinuxJob {
  readonly kind: 'boot';
  readonly prompt: string;
}

/** A guest program: a boot whose init runs it between two marks and prints what it prints (programs/init). */
export interface ProgramJob extends LinuxJob {
  readonly kind: 'program';
}

/** The same program as a process of the host. */
export interface NativeJob {
  readonly kind: 'native';
  readonly engine: 'native';
  readonly command: readonly string[];
  /** Where it may write. */
  readonly folder: string;
}

export type GuestJob = LoopJob | BootJob | ProgramJob;
export type Job = GuestJob | NativeJob;

/** One measurement: between the two marks of a loop or a program, or from power-on to the prompt. */
export interface Sample {
  readonly wallSeconds: number;
  /** CPU time of the emulator's process, all threads; in a browser, which does not tell it, the time on the wall. */
  readonly cpuSeconds: number;
  /** CPU time of the whole process, its start included. */
  readonly processSeconds: number;
  /** Guest instructions in that time, where the engine counts them. */
  readonly instructions?: number | undefined;
  /** Of programs: what the guest printed between the marks. */
  readonly output?: string | undefined;
}

/** One line of JSON on the child's standard output. */
export type Outcome = { readonly sample: Sample } | { readonly error: string };

/** Memory of the loops' machine: they map 16 MiB. */
export const LOOP_MEMORY = 32 * 1024 * 1024;

/** A child that needs longer has failed. */
export const TIMEOUT_SECONDS = 180;
