/**
 * One machine of the page: creates it for its guest, replaces it, carries the visitor's commands to it, and tells the
 * views what is the case. Each has a Worker of its own, so that none can disturb another.
 *
 * INVARIANT: at most one machine runs in a domain. A boot() that is overtaken by a later one disposes of what it made.
 */
import { inspectSnapshot } from '../../client/index.ts';
import type {
  EngineChoice,
  Flavour,
  LoadProgress,
  Machine,
  MachineExit,
  MachineState,
  SnapshotResult,
  Statistics,
} from '../../client/index.ts';
import { messageOf } from '../format.ts';
import type { Guest, GuestAbout } from '../session/guest.ts';
import type { OpenSnapshot } from '../snapshots/index.ts';
import { History } from './history.ts';
import { makeMachine } from './make.ts';
import { SETTINGS_DEFAULT } from './settings.ts';
import type { Settings } from './settings.ts';
import { Watchdog } from './watchdog.ts';

/** off: never started.  loading: files and core on their way.  failed: there is no machine, `message` says why. */
export type Activity =
  | { readonly kind: 'off' }
  | { readonly kind: 'loading'; readonly progress: readonly LoadProgress[] }
  | { readonly kind: 'failed'; readonly message: string; readonly ended?: boolean }
  | { readonly kind: 'machine' };

/** Where the guest's console goes. write() resolves when the bytes are drawn. */
export interface Screen {
  write(data: Uint8Array | string): Promise<void>;
  /** What it shows, to be kept with a snapshot. */
  text(): string;
  reset(): void;
}

export interface DomainOptions {
  readonly id: string;
  readonly name: string;
  readonly guest: GuestAbout;
  readonly settings?: Settings | undefined;
  readonly screen: Screen;
  /** Finds the guest's files, at each boot anew: an image may have been built again. */
  readonly find: () => Promise<Guest>;
  /** It was powered when the page was left. */
  readonly on?: boolean;
  readonly snapshot?: string | undefined;
  readonly bootedAt?: string | undefined;
  readonly onChange: (domain: Domain) => void;
}

/** A snapshot with those that it descends from; `id`: as the store knows it, unless it is not there. */
export interface Saved extends OpenSnapshot {
  readonly id?: string | undefined;
}

export interface BootOptions {
  /** By the kernel, whatever snapshot of the booted image there is. */
  readonly cold?: boolean | undefined;
  /** Goes on from there instead; looked for once the guest is known. */
  readonly saved?: (() => Promise<Saved | undefined>) | undefined;
}

export class Domain {
  readonly id: string;
  readonly screen: Screen;
  name: string;
  guest: GuestAbout;
  settings: Settings;
  history = new History();
  activity: Activity = { kind: 'off' };
  machine: Machine | undefined;
  statistics: Statistics | undefined;
  /** As the machine says, the first being its own; none before there has been one. */
  flavours: readonly Flavour[] = [];
  exit: MachineExit | undefined;
  /** It is to be powered when the page is opened again. */
  on: boolean;
  /** The snapshot in the browser's store that it was saved to last, or came from. */
  snapshot: string | undefined;
  /** When it was booted last; ISO 8601. */
  bootedAt: string | undefined;
  /** It came from the snapshot of its booted image: its kernel has not been fetched. */
  resumed = false;
  /** False while the Worker does not react. */
  answers = true;
  /** Memory or clock were changed: they need another machine. */
  private stale = false;
  /** False: the machine came as a snapshot, without a kernel. */
  private bootable = true;
  private find: () => Promise<Guest>;
  private loading: AbortController | undefined;
  /** Ends what waits for an answer of a machine that goes. */
  private gone = new AbortController();
  private readonly watchdog: Watchdog;
  private readonly onChange: (domain: Domain) => void;

  constructor({ id, name, guest, settings, screen, find, on, snapshot, bootedAt, onChange }: DomainOptions) {
    this.id = id;
    this.name = name;
    this.guest = guest;
    this.settings = settings ?? SETTINGS_DEFAULT;
    this.screen = screen;
    this.find = find;
    this.on = on ?? false;
    this.snapshot = snapshot;
    this.bootedAt = bootedAt;
    this.onChange = onChange;
    this.watchdog = new Watchdog(
      () => this.machine?.statistics() ?? Promise.resolve(),
      (answers) => this.heard(answers),
    );
  }

  /**
   * Boots the guest in a new machine, or has it go on where it was `saved`; the old one goes. An image that is there as a
   * booted machine goes on from that, unless it is to boot `cold`. Never rejects: a failure is an activity that is shown.
   */
  async boot({ cold = false, saved }: BootOptions = {}): Promise<void> {
    return this.replaceBy(async (signal) => {
      const { booted, ...guest } = await this.find();
      const from = await saved?.();
      signal.throwIfAborted();
      if (!from) this.bootedAt = now();
      await this.create({ ...guest, booted: cold ? undefined : booted, ...from }, signal);
      this.snapshot = from?.id ?? this.snapshot;
    });
  }

  /** Boots another guest here from now on. */
  async bootOther(guest: Guest): Promise<void> {
    this.guest = guest;
    this.find = () => Promise.resolve(guest);
    await this.boot();
  }

  private async replaceBy(make: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    const gone = this.discard();
    this.statistics = undefined;
    this.exit = undefined;
    this.on = true;
    this.become({ kind: 'loading', progress: [] });
    await gone;
    try {
      await make(loading.signal);
    } catch (error) {
      if (loading.signal.aborted) return;
      await this.discard();
      this.become({ kind: 'failed', message: messageOf(error) });
    }
  }

  private async create(guest: Guest, signal: AbortSignal): Promise<void> {
    const onProgress = (progress: readonly LoadProgress[]) => {
      if (!signal.aborted) this.become({ kind: 'loading', progress });
    };
    const machine = await makeMachine(guest, () => this.settings, { signal, onProgress });
    this.stale = false;
    this.bootable = guest.kernel !== undefined;
    this.resumed = !guest.snapshot && machine.state === 'paused';
    this.attach(machine);
    await this.goOn(machine, machine.savedText);
  }

  /** Takes over a machine that was made elsewhere: the twin of a forked one. It is started. */
  async adopt(machine: Machine, text: string): Promise<void> {
    await machine.setCpuShare(this.settings.cpuShare);
    this.bootable = (await this.find()).kernel !== undefined;
    this.on = true;
    this.attach(machine);
    await this.goOn(machine, text);
  }

  /** `text`: what its terminal showed when it was saved. */
  private async goOn(machine: Machine, text = ''): Promise<void> {
    this.screen.reset();
    // What the guest says next is drawn behind it: nobody has to wait
    if (text) void this.screen.write(text.replaceAll('\n', '\r\n'));
    await machine.start();
  }

  /**
   * The state of the machine as a file, while it runs: only what changed since the snapshot `parent`, if that was the
   * machine's last.
   */
  async save(parent?: string): Promise<SnapshotResult> {
    const { machine } = this;
    if (!machine || !this.live) throw new Error(`${this.name} is not powered: there is nothing to save`);
    const options = { name: this.name, text: this.screen.text() };
    const { signal } = this.gone;
    const saved = await unlessAborted(signal, machine.snapshot({ ...options, incremental: parent !== undefined }));
    // Between the two there was another one: of an export, of a script
    const isStrange = saved.parent !== undefined && saved.parent !== parent;
    return isStrange ? unlessAborted(signal, machine.snapshot(options)) : saved;
  }

  /** Becomes what was saved. When a file cannot be used, a machine that is there stays as it was. */
  async restore(saved: Saved): Promise<void> {
    const { machine } = this;
    if (!machine || !this.usable) {
      await inspectSnapshot(new Uint8Array(await saved.snapshot.arrayBuffer()));
      return this.boot({ saved: () => Promise.resolve(saved) });
    }
    await machine.restore(saved.snapshot, saved.parent);
    this.resumed = false;
    this.snapshot = saved.id ?? this.snapshot;
    await this.goOn(machine, machine.savedText);
    this.history.mark('restored');
  }

  /** The snapshot in the store that it was saved to last, or came from; undefined: that is not there any more. */
  wasSaved(id: string | undefined): void {
    this.snapshot = id;
    this.changed();
  }

  /** What it is made of; those of a machine that came as a snapshot are that. */
  files(): Promise<Guest> {
    return this.find();
  }

  private async discard(): Promise<void> {
    const old = this.machine;
    this.gone.abort(new Error(`${this.name} was ended before it was saved`));
    this.gone = new AbortController();
    this.watchdog.stop();
    this.answers = true;
    this.resumed = false;
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
    this.history = new History();
    machine.on('console', (bytes, port) => {
      this.history.received += bytes.length;
      return port === 'com1' ? this.screen.write(bytes) : undefined;
    });
    machine.on('state', (state) => live(() => this.enter(state)));
    machine.on('statistics', (statistics) => live(() => this.report(statistics)));
    machine.on('exit', (exit) => live(() => (this.exit = exit)));
    void machine.flavours().then(
      (flavours) => live(() => (this.flavours = flavours)),
      () => undefined,
    );
    this.watchdog.start();
    this.become({ kind: 'machine' });
  }

  private enter(state: MachineState): void {
    if (state === 'running') this.exit = undefined;
    this.on = state !== 'off' && state !== 'halted';
  }

  private report(statistics: Statistics): void {
    this.statistics = statistics;
    if (statistics.resets > 0) this.resumed = false;
    this.history.push(statistics);
  }

  /** Types into the guest's first serial line; nothing when it is not powered. */
  async send(data: string | Uint8Array): Promise<void> {
    if (!this.live) return;
    this.history.sent += data.length;
    await this.machine?.send(data);
  }

  async setEngine(engine: EngineChoice): Promise<void> {
    await this.machine?.setEngine(engine);
    this.settings = { ...this.settings, engine };
    this.mark(`engine ${engine}`);
  }

  /** A switch of the translator; `standard` is its default, which need not be remembered. */
  async setAcceleration(name: string, value: number, standard?: number): Promise<void> {
    await this.machine?.setAcceleration(name, value);
    const { [name]: _old, ...others } = this.settings.acceleration;
    this.settings = { ...this.settings, acceleration: value === standard ? others : { ...others, [name]: value } };
    this.mark(`${name} ${value}`);
  }

  async setCpuShare(cpuShare: number): Promise<void> {
    await this.machine?.setCpuShare(cpuShare);
    this.settings = { ...this.settings, cpuShare };
    this.mark(`CPU limit ${Math.round(cpuShare * 100)} %`);
  }

  setAutosave(autosave: boolean): void {
    this.settings = { ...this.settings, autosave };
    this.changed();
  }

  /** Takes effect at the next power-on. */
  setHardware(hardware: Pick<Settings, 'memory' | 'clock'>): void {
    this.settings = { ...this.settings, ...hardware };
    this.stale = true;
    this.changed();
  }

  rename(name: string): void {
    this.name = name;
    this.changed();
  }

  /** Settings wait for the next power-on. */
  get waits(): boolean {
    return this.stale && this.machine !== undefined;
  }

  async togglePause(): Promise<void> {
    if (this.machine?.state === 'running') await this.machine.pause();
    else if (this.machine?.state === 'paused') await this.machine.resume();
  }

  async reset(): Promise<void> {
    if (!this.usable || this.resumed) return this.bootKernel();
    this.screen.reset();
    this.bootedAt = now();
    await this.machine?.reset();
  }

  /** Off when something runs or is paused, on otherwise. */
  async togglePower(): Promise<void> {
    if (this.live) return this.machine?.powerOff();
    if (!this.usable || this.resumed) return this.bootKernel();
    this.screen.reset();
    this.bootedAt = now();
    await this.machine?.start();
  }

  /** A machine that is reset or switched on again boots. The first start need not. */
  private bootKernel(): Promise<void> {
    return this.boot({ cold: this.machine !== undefined });
  }

  /** Ends a Worker that does not react. What the guest had in memory is lost. */
  async end(): Promise<void> {
    const message = 'Its Worker did not answer any more and was ended.';
    await this.discard();
    this.become({ kind: 'failed', message, ended: true });
  }

  /** For good: nothing of it is left but what is written down. */
  async dispose(): Promise<void> {
    this.loading?.abort();
    await this.discard();
    this.become({ kind: 'off' });
  }

  /** The machine is powered: running or paused. */
  get live(): boolean {
    return this.machine?.state === 'running' || this.machine?.state === 'paused';
  }

  /** It has ended and cannot boot again: powered on, it is the one that was saved once more. */
  get spent(): boolean {
    return !this.bootable && this.machine !== undefined && !this.live;
  }

  /** There is a Worker that can boot again as it is. */
  private get usable(): boolean {
    const died = this.exit?.crash !== undefined && this.exit.crash.registers === undefined;
    return this.machine !== undefined && !died && !this.stale && !this.spent;
  }

  private heard(answers: boolean): void {
    this.answers = answers;
    this.changed();
  }

  private mark(label: string): void {
    this.history.mark(label);
    this.changed();
  }

  private become(activity: Activity): void {
    this.activity = activity;
    this.changed();
  }

  private changed(): void {
    this.onChange(this);
  }
}

function now(): string {
  return new Date().toISOString();
}

/** What comes of `promise`; rejects with the signal's reason if that is aborted first. */
async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let end = (): void => undefined;
  const gone = new Promise<never>((_resolve, reject) => (end = () => reject(signal.reason as Error)));
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    return await Promise.race([promise, gone]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
