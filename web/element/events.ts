/** What <domzero-vm> tells its page. All events are CustomEvents, composed, and do not bubble, as those of <video>. */
import type { ConsolePort, Machine, MachineExit, MachineState } from '../client/index.ts';

/**
 * The element's state. idle: there is no machine yet.  loading: its files are on their way.  failed: it could not be
 * made; the `error` event said why.  Otherwise the machine's state.
 */
export type VmState = 'idle' | 'loading' | 'failed' | Exclude<MachineState, 'disposed'>;

/** The events by name, each with its `detail`. */
export interface VmEvents {
  /** There is a machine, with its kernel loaded or as it was saved; nothing has run yet. */
  ready: { readonly machine: Machine };
  state: { readonly state: VmState; readonly before: VmState };
  /** What the guest wrote; `text` is the same decoded as UTF-8, characters never torn apart. */
  console: { readonly bytes: Uint8Array; readonly text: string; readonly port: ConsolePort };
  /** The machine ended: why. */
  exit: MachineExit;
  /** The machine could not be made or did not do what it was told, in one line. */
  error: { readonly message: string; readonly error: unknown };
}

/** An event of the element. */
export type VmEvent<K extends keyof VmEvents> = CustomEvent<VmEvents[K]>;

/** For addEventListener(): this element's events, and those of every element. */
export interface VmEventMap extends Omit<HTMLElementEventMap, keyof VmEvents> {
  ready: VmEvent<'ready'>;
  state: VmEvent<'state'>;
  console: VmEvent<'console'>;
  exit: VmEvent<'exit'>;
  error: VmEvent<'error'>;
}
