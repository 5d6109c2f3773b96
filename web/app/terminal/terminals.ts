/**
 * The terminals: one for each machine, and one of the page's own while there is no machine. One is shown at a time, or
 * all beside one another. A terminal keeps what was written to it while it is hidden.
 */
import { byId, h, setText } from '../dom.ts';
import { TerminalView } from './terminal.ts';

export interface TerminalListener {
  created(terminal: TerminalView): void;
  input(id: string, data: string | Uint8Array): void;
  /** The visitor went into the terminal of another machine. */
  entered(id: string): void;
}

interface Pane {
  readonly element: HTMLElement;
  readonly title: HTMLElement;
  readonly body: HTMLElement;
  readonly terminal: TerminalView;
}

export class Terminals {
  private readonly root = byId('terminal');
  private readonly panes = new Map<string, Pane>();
  private shownId = '';
  private listed: readonly string[] = [];
  private tiled = false;
  private screenReaderMode = false;

  constructor(
    private mode: 'light' | 'dark',
    private readonly listener: TerminalListener,
  ) {}

  /** The one that is shown, or has the focus among all. */
  readonly shown = (): TerminalView => this.pane(this.shownId).terminal;

  /** The terminal of a machine. The first machine takes over the page's own, which then has served. */
  of(id: string): TerminalView {
    return this.pane(id).terminal;
  }

  /** Below a card the terminal cannot be used, nor keep the focus, where Tab would be its own. */
  cover(covered: boolean): void {
    const shown = this.pane(this.shownId);
    const { container, focused } = shown.terminal;
    for (const { terminal } of this.panes.values())
      terminal.container.inert = terminal.container === container && covered;
    if (covered && focused) byId('card').focus();
  }

  get covered(): boolean {
    return this.shown().container.inert;
  }

  /** Of `listed`, all of which are shown when tiled. */
  show(id: string, listed: readonly string[]): void {
    this.shownId = id;
    this.listed = listed;
    const { body } = this.pane(id);
    const card = byId('card');
    if (card.parentElement !== body) body.append(card);
    this.arrange();
  }

  /** All at once when there are several. */
  tile(tiled: boolean): void {
    this.tiled = tiled;
    this.arrange();
  }

  drop(id: string): void {
    const pane = this.panes.get(id);
    this.panes.delete(id);
    if (pane?.body.contains(byId('card'))) byId('terminal').append(byId('card'));
    pane?.terminal.dispose();
    pane?.element.remove();
    this.arrange();
  }

  name(id: string, name: string, still: boolean): void {
    const pane = this.panes.get(id);
    if (!pane) return;
    pane.element.setAttribute('aria-label', `Terminal of ${name}`);
    setText(pane.title, name);
    pane.terminal.setStill(still);
  }

  setTheme(mode: 'light' | 'dark'): void {
    this.mode = mode;
    for (const { terminal } of this.panes.values()) terminal.setTheme(mode);
  }

  setScreenReaderMode(on: boolean): void {
    this.screenReaderMode = on;
    for (const { terminal } of this.panes.values()) terminal.xterm.options.screenReaderMode = on;
  }

  private arrange(): void {
    const tiled = this.tiled && this.listed.length > 1;
    this.root.dataset['view'] = tiled ? 'tiles' : 'tabs';
    this.root.style.setProperty('--columns', String(Math.ceil(Math.sqrt(this.listed.length))));
    for (const [id, { element, terminal }] of this.panes) {
      element.hidden = tiled ? !this.listed.includes(id) : id !== this.shownId;
      element.dataset['shown'] = String(id === this.shownId);
      element.setAttribute('role', tiled ? 'group' : 'tabpanel');
      if (!element.hidden) terminal.open();
    }
  }

  private pane(id: string): Pane {
    return this.panes.get(id) ?? this.adopt(id) ?? this.make(id);
  }

  private adopt(id: string): Pane | undefined {
    const own = this.panes.get('');
    if (!own) return undefined;
    this.panes.delete('');
    this.panes.set(id, own);
    own.element.id = `pane-${id}`;
    if (this.shownId === '') this.shownId = id;
    return own;
  }

  private make(id: string): Pane {
    const console = h('div', { class: 'console' });
    const body = h('div', { class: 'pane-body' }, console);
    const title = h('p', { class: 'pane-title' });
    const element = h('section', { class: 'pane', id: `pane-${id}`, hidden: true }, title, body);
    this.root.append(element);
    const terminal = new TerminalView(console, this.mode);
    terminal.xterm.options.screenReaderMode = this.screenReaderMode;
    const pane: Pane = { element, title, body, terminal };
    this.panes.set(id, pane);
    terminal.onInput((data) => this.listener.input(this.idOf(pane), data));
    element.addEventListener('focusin', () => {
      if (this.idOf(pane) !== this.shownId) this.listener.entered(this.idOf(pane));
    });
    this.listener.created(terminal);
    return pane;
  }

  private idOf(pane: Pane): string {
    for (const [id, other] of this.panes) if (other === pane) return id;
    return '';
  }
}
