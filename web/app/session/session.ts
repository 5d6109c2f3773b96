/**
 * The one machine of the page: creates it for a guest, replaces it, carries the visitor's commands to it, and tells
 * the views what is the case. Views never talk to the machine's life cycle themselves.
 *
 * INVARIANT: at most one machine runs. A boot() that is overtaken by a later one disposes of what it made.
 */
import { createMachine, ENGINE_DEFAULT } from '../../client/index.ts';
import type { LoadProgress, Machine, MachineExit, Statistics, Tier } from '../../client/index.ts';
import { messageOf } from '../format.ts';
import type { Guest } from './guest.ts';

/** loading: files and core on their way.  failed: there is no machine, `message` says why. */
export type Activity =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly progress: readonly LoadProgress[] }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'machine' };

/** Where the guest's console goes. write() resolves when the bytes are drawn. */
export interface Screen {
  write(bytes: Uint8Array): Promise<void>;
  reset(): void;
}

export class Session {
  activity: Activity = { kind: 'none' };
  guest: Guest | undefined;
  machine: Machine | undefined;
  statistics: Statistics | undefined;
  exit: MachineExit | undefined;
  /** Of the machine, and of those to come. */
  engine: Tier = ENGINE_DEFAULT;
  private loading: AbortController | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly screen: Screen) {}

  /** Calls the listener after each change. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Boots a guest in a new machine; the old one goes. Never rejects: a failure is an activity that is shown. */
  async boot(guest: Guest): Promise<void> {
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    const gone = this.discard();
    this.statistics = undefined;
    this.exit = undefined;
    this.guest = guest;
    this.become({ kind: 'loading', progress: [] });
    await gone;
    try {
      await this.create(guest, loading.signal);
    } catch (error) {
      if (loading.signal.aborted) return;
      await this.discard();
      this.become({ kind: 'failed', message: messageOf(error) });
    }
  }

  private async create(guest: Guest, signal: AbortSignal): Promise<void> {
    const files = new Map<string, LoadProgress>();
    const { engine } = this;
    const { kernel, initrd, commandLine, memory } = guest;
    const onProgress = (progress: LoadProgress) => {
      files.set(progress.file, progress);
      if (!signal.aborted) this.become({ kind: 'loading', progress: [...files.values()] });
    };
    const machine = await createMachine({ kernel, initrd, commandLine, memory, engine, onProgress, signal });
    if (signal.aborted) return machine.dispose();
    // It may have been changed while the files were on their way
    if (engine !== this.engine) await machine.setEngine(this.engine);
    this.attach(machine);
    this.screen.reset();
    await machine.start();
  }

  private async discard(): Promise<void> {
    const old = this.machine;
    this.machine = undefined;
    await old?.dispose();
  }

  private attach(machine: Machine): void {
    const live = (change: () => void) => {
      if (this.machine !== machine) return;
      change();
      this.changed();
    };
    this.machine = machine;
    machine.on('console', (bytes, port) => (port === 'com1' ? this.screen.write(bytes) : undefined));
    machine.on('state', (state) => live(() => state === 'running' && (this.exit = undefined)));
    machine.on('statistics', (statistics) => live(() => (this.statistics = statistics)));
    machine.on('exit', (exit) => live(() => (this.exit = exit)));
    this.become({ kind: 'machine' });
  }

  async setEngine(engine: Tier): Promise<void> {
    this.engine = engine;
    await this.machine?.setEngine(engine);
    this.changed();
  }

  async togglePause(): Promise<void> {
    if (this.machine?.state === 'running') await this.machine.pause();
    else if (this.machine?.state === 'paused') await this.machine.resume();
  }

  async reset(): Promise<void> {
    if (!this.machine) return this.retry();
    this.screen.reset();
    await this.machine.reset();
  }

  /** Off when something runs or is paused, on otherwise. */
  async togglePower(): Promise<void> {
    if (!this.machine) return this.retry();
    if (this.live) return this.machine.powerOff();
    this.screen.reset();
    await this.machine.start();
  }

  /** Boots the last guest anew, from its files. */
  async retry(): Promise<void> {
    if (this.guest) await this.boot(this.guest);
  }

  /** The machine is powered: running or paused. */
  get live(): boolean {
    return this.machine?.state === 'running' || this.machine?.state === 'paused';
  }

  private become(activity: Activity): void {
    this.activity = activity;
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
