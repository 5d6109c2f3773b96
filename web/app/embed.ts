/**
 * `window.domzero`: the page's machine for scripts: embedders, automation, a curious visitor's console.
 *
 *   await domzero.machine.send('uname -a\r');
 *   domzero.text();        // what the terminal shows, scrollback included
 */
import type { Machine } from '../client/index.ts';
import type { Guest } from './session/guest.ts';
import type { Session } from './session/session.ts';
import type { TerminalView } from './terminal/terminal.ts';

export interface DomZero {
  /** The machine that is there now; a boot() or another image makes another one. */
  readonly machine: Machine | undefined;
  /** Boots a kernel; resolves when it runs or has failed to. */
  boot(guest: Omit<Guest, 'name' | 'image'> & { name?: string }): Promise<void>;
  text(): string;
  readonly renderer: 'webgl' | 'dom';
}

declare global {
  interface Window {
    domzero?: DomZero;
  }
}

export function exposeTo(scope: Window, session: Session, terminal: TerminalView): void {
  scope.domzero = {
    get machine() {
      return session.machine;
    },
    get renderer() {
      return terminal.renderer;
    },
    boot: (guest) => session.boot({ name: 'kernel', ...guest, image: false }),
    text: () => terminal.text(),
  };
}
