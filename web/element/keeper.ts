/**
 * Keeps the one machine of an element: makes it, watches it, disposes of it.
 *
 * INVARIANT: an attempt that is overtaken by close() leaves nothing behind.
 */
import { createMachine } from '../client/index.ts';
import type { LoadProgress, Machine, MachineOptions } from '../client/index.ts';
import type { VmEvents, VmState } from './events.ts';

export type Plan = (signal: AbortSignal) => Promise<MachineOptions>;
export interface Watcher {
  progress(files: readonly LoadProgress[]): void;
  changed(state: VmState, before: VmState): void;
  /** Before anything runs. */
  ready(machine: Machine): void;
  console(bytes: Uint8Array, port: VmEvents['console']['port']): void | Promise<void>;
  exit(exit: VmEvents['exit']): void;
  /** The machine could not be made: follows the state `failed`. */
  failed(error: unknown): void;
}

export class Keeper {
  state: VmState = 'idle';
  machine: Machine | undefined;
  private attempt: { readonly abort: AbortController; readonly made: Promise<Machine> } | undefined;

  constructor(private readonly watcher: Watcher) {}

  /** The machine, made when there is none. All who wait for the same attempt get the same. */
  open(plan: Plan): Promise<Machine> {
    if (this.machine) return Promise.resolve(this.machine);
    if (!this.attempt) {
      const abort = new AbortController();
      // Later: a listener of the state that it leads to may close it already
      this.attempt = { abort, made: Promise.resolve().then(() => this.make(plan, abort.signal)) };
    }
    return this.attempt.made;
  }

  /** Ends the machine, or the attempt to make one: open() then rejects with an AbortError. */
  async close(): Promise<void> {
    const { machine } = this;
    this.attempt?.abort.abort();
    this.attempt = undefined;
    this.machine = undefined;
    this.become('idle');
    await machine?.dispose();
  }

  private async make(plan: Plan, signal: AbortSignal): Promise<Machine> {
    signal.throwIfAborted();
    this.become('loading');
    try {
      const files = new Map<string, LoadProgress>();
      const onProgress = (progress: LoadProgress) => {
        files.set(progress.file, progress);
        if (!signal.aborted) this.watcher.progress([...files.values()]);
      };
      const machine = await createMachine({ ...(await plan(signal)), signal, onProgress });
      if (signal.aborted) await machine.dispose();
      signal.throwIfAborted();
      this.attach(machine);
      return machine;
    } catch (error) {
      signal.throwIfAborted();
      this.attempt = undefined;
      this.become('failed');
      this.watcher.failed(error);
      throw error;
    }
  }

  private attach(machine: Machine): void {
    this.attempt = undefined;
    this.machine = machine;
    const live = () => this.machine === machine;
    machine.on('console', (bytes, port) => (live() ? this.watcher.console(bytes, port) : undefined));
    machine.on('state', (state) => live() && state !== 'disposed' && this.become(state));
    machine.on('exit', (exit) => live() && this.watcher.exit(exit));
    if (machine.state !== 'disposed') this.become(machine.state);
    this.watcher.ready(machine);
  }

  private become(state: VmState): void {
    const before = this.state;
    if (state === before) return;
    this.state = state;
    this.watcher.changed(state, before);
  }
}
