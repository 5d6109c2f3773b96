/**
 * <domzero-vm image="linux-nano" autostart>: a machine with its terminal as an element of any page.
 *
 * The element makes its machine when it is started, keeps it while it is in the page (moving it counts as staying) and
 * disposes of it when it is taken out. A change of what to boot ends the machine, as a new `src` ends a video.
 */
import { ENGINE_DEFAULT } from '../client/index.ts';
import type { Engine, Machine } from '../client/index.ts';
import { ATTRIBUTES, PROPERTIES, SOURCE, VmAttributes } from './attributes.ts';
import type { VmEvents, VmState } from './events.ts';
import { guestOf, type VmOptions } from './guest.ts';
import { Keeper } from './keeper.ts';
import { isLeaveKey, VmTerminal } from './terminal.ts';
import { View } from './view.ts';

const isSource = (name: string) => (SOURCE as readonly string[]).includes(name);

/** The element: attributes and events are those of VmAttributes and VmEvents, CSS parts and properties stand in docs/embedding.md. */
export class DomzeroVm extends VmAttributes {
  /** Attributes that the element reacts to. */
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;
  /** Options for every machine of the page, below `options` of an element. */
  static defaults: VmOptions = {};

  private readonly view: View;
  private readonly keeper: Keeper;
  private terminal: VmTerminal | undefined;
  private decoders: Partial<Record<VmEvents['console']['port'], TextDecoder>> = {};
  private given: VmOptions = {};
  private reason = '';
  private sight: IntersectionObserver | undefined;
  private restarting = false;
  private wantsFocus = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    this.view = new View(root, { main: () => this.onMain(), reset: () => quietly(this.reset()) });
    root.addEventListener('keydown', (event) => this.onKey(event as KeyboardEvent), { capture: true });
    this.keeper = new Keeper({
      progress: (files) => this.view.showProgress(files),
      changed: (state, before) => this.onState(state, before),
      ready: (machine) => this.onReady(machine),
      console: (bytes, port) => this.onConsole(bytes, port),
      exit: (exit) => this.onExit(exit),
      failed: (error) => this.onFailure(error),
    });
  }

  /** Undefined until the `ready` event, and again when the element has left the page. */
  get machine(): Machine | undefined {
    return this.keeper.machine;
  }
  /** As of the last `state` event. */
  get state(): VmState {
    return this.keeper.state;
  }
  /** More of what createMachine() takes (clock, acceleration, wasmUrl …); attributes give way. Takes effect as a change of `image` does. */
  get options(): VmOptions {
    return this.given;
  }
  set options(options: VmOptions) {
    this.given = options;
    this.restart();
  }

  /** Makes the machine if there is none, then boots or continues it; nothing when it runs. */
  async start(): Promise<void> {
    const { state } = await this.open();
    if (state !== 'running' && state !== 'paused') this.terminal?.reset();
    await this.command((machine) => machine.start());
  }
  /** Resolves when no further guest instruction runs. */
  pause(): Promise<void> {
    return this.command((machine) => machine.pause());
  }
  /** Continues after pause(). */
  resume(): Promise<void> {
    return this.command((machine) => machine.resume());
  }
  /** The reset button; makes and starts the machine when there is none. */
  reset(): Promise<void> {
    if (!this.machine) return this.start();
    this.terminal?.reset();
    return this.command((machine) => machine.reset());
  }
  /** Pulls the plug; start() boots again. */
  powerOff(): Promise<void> {
    return this.command((machine) => machine.powerOff());
  }
  /** Types into a serial port; text goes as UTF-8. */
  send(data: string | Uint8Array, port?: 'com1' | 'com2'): Promise<void> {
    return this.command((machine) => machine.send(data, port));
  }
  /** Runs a command in the guest, as Machine.exec() does; throws before the `ready` event. */
  exec(...call: Parameters<Machine['exec']>): ReturnType<Machine['exec']> {
    return this.running.exec(...call);
  }
  /** The guest's files, as Machine.files; throws before the `ready` event. */
  get files(): Machine['files'] {
    return this.running.files;
  }
  /** What the terminal shows, scrollback included. */
  text(): string {
    return this.terminal?.text() ?? '';
  }
  /** Ends the machine and frees its memory; start() makes another one. Leaving the page does it too. */
  async dispose(): Promise<void> {
    this.sight?.disconnect();
    this.reason = '';
    const closed = this.keeper.close();
    this.terminal?.dispose();
    this.terminal = undefined;
    this.decoders = {};
    await closed;
  }
  /** To the terminal, once there is one. */
  override focus(options?: FocusOptions): void {
    if (this.terminal) this.terminal.focus();
    else super.focus(options);
  }

  /** @internal */
  connectedCallback(): void {
    for (const name of PROPERTIES) this.upgrade(name);
    this.name();
    this.arm();
  }
  /** @internal */
  disconnectedCallback(): void {
    // An element that is moved comes back at once
    queueMicrotask(() => !this.isConnected && void this.dispose());
  }
  /** @internal */
  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value || !this.isConnected) return;
    if (isSource(name)) this.restart();
    if (name === 'image' || name === 'label') this.name();
    if (name === 'autostart' || name === 'loading') this.arm();
    if (name === 'screen-reader' && this.terminal) this.terminal.screenReader = this.screenReader;
    if (name === 'engine' && this.machine)
      quietly(this.command((m) => m.setEngine((value ?? ENGINE_DEFAULT) as Engine)));
  }

  private get running(): Machine {
    if (!this.machine) throw new Error('the element has no machine yet: wait for its ready event');
    return this.machine;
  }
  /** A property that was set before the element was defined hides its setter. */
  private upgrade(name: (typeof PROPERTIES)[number]): void {
    if (!Object.hasOwn(this, name)) return;
    const value: unknown = Object.getOwnPropertyDescriptor(this, name)?.value;
    Reflect.deleteProperty(this, name);
    Reflect.set(this, name, value);
  }
  private name(): void {
    this.view.label = this.label || (this.image ? `Terminal of ${this.image}` : 'Terminal');
  }

  /** Sees to `autostart`. */
  private arm(): void {
    this.sight?.disconnect();
    if (!this.autostart || this.state !== 'idle') return;
    if (this.loading === 'eager') return quietly(this.start());
    this.sight = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          this.sight?.disconnect();
          quietly(this.start());
        }
      },
      { rootMargin: '200px' },
    );
    this.sight.observe(this);
  }
  /** Once for all attributes that a script changes in one go. */
  private restart(): void {
    if (this.restarting || !this.isConnected) return;
    this.restarting = true;
    queueMicrotask(() => {
      this.restarting = false;
      void this.dispose();
      if (this.isConnected) this.arm();
    });
  }

  /** Machine and terminal, which load at the same time. */
  private async open(): Promise<Machine> {
    if (!this.isConnected) throw new Error('the element is not in a page');
    return this.keeper.open(async (signal) => {
      const terminal = this.terminal ? undefined : VmTerminal.open(this.view.terminal, signal);
      const options = { ...DomzeroVm.defaults, ...this.given };
      const [guest] = await Promise.all([
        guestOf(this, options, signal),
        terminal?.then((opened) => this.adopt(opened)),
      ]);
      return guest;
    });
  }
  private adopt(terminal: VmTerminal): void {
    this.terminal = terminal;
    terminal.screenReader = this.screenReader;
    terminal.onInput((data) => {
      if (this.state === 'running' || this.state === 'paused') quietly(this.send(data));
    });
  }

  /** What fails is an event too. */
  private async command(act: (machine: Machine) => Promise<void>): Promise<void> {
    const { machine } = this;
    try {
      if (!machine) throw new Error('there is no machine yet: call start(), or wait for the ready event');
      await act(machine);
    } catch (error) {
      // One that was disposed of meanwhile is nobody's concern
      if (machine === this.machine) this.onError(error);
      throw error;
    }
  }

  private onMain(): void {
    this.wantsFocus = this.state !== 'running' && this.state !== 'loading';
    if (this.state === 'loading') void this.dispose();
    else if (this.state === 'running') quietly(this.pause());
    else quietly(this.start());
  }
  private onKey(event: KeyboardEvent): void {
    if (!isLeaveKey(event) || !this.view.terminal.contains(event.target as Node)) return;
    event.preventDefault();
    event.stopPropagation();
    this.view.leaveTerminal();
  }
  /** A machine that was saved has a terminal with something on it. */
  private onReady(machine: Machine): void {
    if (machine.savedText) {
      this.terminal?.reset();
      void this.terminal?.write(machine.savedText.replaceAll('\n', '\r\n'));
    }
    this.tell('ready', { machine });
  }
  private onState(state: VmState, before: VmState): void {
    if (state === 'running' || state === 'loading' || state === 'idle') this.reason = '';
    this.view.show(state, this.reason);
    if (state === 'running' && this.wantsFocus) {
      this.wantsFocus = false;
      this.terminal?.focus();
    }
    this.tell('state', { state, before });
  }
  private onConsole(bytes: Uint8Array, port: VmEvents['console']['port']): void | Promise<void> {
    const decoder = (this.decoders[port] ??= new TextDecoder());
    this.tell('console', { bytes, text: decoder.decode(bytes, { stream: true }), port });
    if (port === 'com1') return this.terminal?.write(bytes);
  }
  /** Follows the state that it led to. */
  private onExit(exit: VmEvents['exit']): void {
    if (exit.reason === 'halted') this.reason = 'The guest stopped its processor for good: usually a kernel panic.';
    if (exit.reason === 'crashed') this.reason = `The machine crashed: ${exit.crash?.message ?? 'no reason is known'}`;
    this.view.show(this.state, this.reason);
    this.tell('exit', exit);
    if (exit.reason === 'crashed') this.tell('error', { message: this.reason, error: exit.crash });
  }
  private onFailure(error: unknown): void {
    this.reason = this.onError(error);
    this.view.show('failed', this.reason);
  }
  private onError(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    this.tell('error', { message, error });
    return message;
  }
  private tell<K extends keyof VmEvents>(type: K, detail: VmEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail, composed: true }));
  }
}

/** Nobody waits: what failed has been an event. */
function quietly(work: Promise<void>): void {
  work.catch(() => undefined);
}
