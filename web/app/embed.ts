/**
 * `window.domzero`: the page's machines for scripts: embedders, automation, a curious visitor's console.
 *
 *   await domzero.machine.send('uname -a\r');
 *   domzero.text();        // what the terminal shows, scrollback included
 *   domzero.domains;       // all of them: [{ id, name, state, machine, text() }]
 */
import type { Machine } from '../client/index.ts';
import type { Domains } from './domains/domains.ts';
import { stateOf } from './page/status-line.ts';
import type { Guest } from './session/guest.ts';
import type { Terminals } from './terminal/terminals.ts';

export interface DomZero {
  /** The machine that is shown now; a boot() makes another one. */
  readonly machine: Machine | undefined;
  /** Boots a kernel in the machine that is shown; resolves when it runs or has failed to. */
  boot(guest: Omit<Guest, 'name' | 'image'> & { name?: string }): Promise<void>;
  text(): string;
  readonly renderer: 'webgl' | 'dom';
  /** All machines, in the order of the list. */
  readonly domains: readonly DomainHandle[];
}

export interface DomainHandle {
  readonly id: string;
  readonly name: string;
  /** As the page calls it: the machine's own state, or 'busy', 'failed', 'silent'. */
  readonly state: string;
  readonly machine: Machine | undefined;
  text(): string;
}

declare global {
  interface Window {
    domzero?: DomZero;
  }
}

export interface Exposed {
  readonly domains: Domains;
  readonly terminals: Terminals;
  boot(guest: Guest): Promise<void>;
}

export function exposeTo(scope: Window, { domains, terminals, boot }: Exposed): void {
  scope.domzero = {
    get machine() {
      return domains.current?.machine;
    },
    get renderer() {
      return terminals.shown().renderer;
    },
    get domains() {
      return domains.list.map((domain) => ({
        id: domain.id,
        name: domain.name,
        state: stateOf(domain).key,
        machine: domain.machine,
        text: () => terminals.of(domain.id).text(),
      }));
    },
    boot: (guest) => boot({ name: 'kernel', ...guest, image: false }),
    text: () => terminals.shown().text(),
  };
}
