/**
 * What the runner asks a measuring child process for, and what it gets back. Plain data: it crosses as JSON.
 * `core` is DomZero's core.wasm: a copy, so that a build meanwhile does not mix two cores in one report.
 */
export type EngineId = 'domzero' | 'v86' | 'v86-interpreter' | 'qemu';

/** A bare-metal loop: an image whose parameters are filled in already (image.ts). */
export interface LoopJob {
  readonly kind: 'loop';
  readonly engine: EngineId;
  readonly core: string;
  readonly image: string;
}

/** A Linux boot up to its prompt. */
export interface BootJob {
  readonly kind: 'boot';
  readonly engine: EngineId;
  readonly core: string;
  /** Paths of what this engine is given: a kernel file, or one multiboot image that holds everything. */
  readonly kernel: string;
  readonly initrd?: string | undefined;
  readonly commandLine: string;
  readonly memory: number;
  readonly prompt: string;
}

export type Job = LoopJob | BootJob;

/** One measurement: between the two marks of a loop, or from power-on to the prompt. */
export interface Sample {
  readonly wallSeconds: number;
  /** CPU time of the emulator's process, all threads. */
  readonly cpuSeconds: number;
  /** CPU time of the whole process, its start included. */
  readonly processSeconds: number;
  /** Guest instructions in that time, where the engine counts them. */
  readonly instructions?: number | undefined;
}

/** One line of JSON on the child's standard output. */
export type Outcome = { readonly sample: Sample } | { readonly error: string };

/** Memory of the loops' machine: they map 16 MiB. */
export const LOOP_MEMORY = 32 * 1024 * 1024;

/** A child that needs longer has failed. */
export const TIMEOUT_SECONDS = 180;
