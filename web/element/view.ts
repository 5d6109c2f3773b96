/**
 * The shadow tree: a bar with the state and two buttons, the terminal, and what lies over it (start, progress, a
 * failure). It shows a state and reports what was pressed; it knows no machine.
 */
import type { LoadProgress } from '../client/index.ts';
import { css } from './css.ts';
import type { VmState } from './events.ts';

export interface Deeds {
  /** The main button: start, stop loading, pause or resume, as the state has it. */
  main(): void;
  reset(): void;
}

const words: Record<VmState, readonly [state: string, action: string]> = {
  idle: ['Not started', 'Start'],
  loading: ['Loading', 'Stop loading'],
  failed: ['Did not start', 'Try again'],
  ready: ['Ready', 'Start'],
  running: ['Running', 'Pause'],
  paused: ['Paused', 'Resume'],
  off: ['Powered off', 'Power on'],
  halted: ['Halted', 'Start again'],
  crashed: ['Crashed', 'Start again'],
};
const paths = {
  start: 'M5 3.2v9.6l7.5-4.8z',
  pause: 'M4 3h2.6v10H4zM9.4 3H12v10H9.4z',
  stop: 'M4 4h8v8H4z',
  reset: 'M8 3a5 5 0 1 0 4.9 6h-1.6A3.5 3.5 0 1 1 8 4.5c.9 0 1.8.4 2.4 1L8.5 7.4H13V3l-1.5 1.4A5 5 0 0 0 8 3z',
};

let sheet: CSSStyleSheet | undefined;
/** One style sheet for all elements. */
function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
function icon(): { svg: SVGSVGElement; show(name: keyof typeof paths): void } {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(path);
  return { svg, show: (name) => path.setAttribute('d', paths[name]) };
}

export class View {
  readonly terminal = make('div', { class: 'terminal', part: 'terminal', role: 'region' });
  private readonly stateText = make('span', {});
  private readonly state = make('p', { class: 'state', part: 'state', role: 'status' }, this.stateText);
  private readonly symbol = icon();
  private readonly main = make('button', { type: 'button', part: 'button main' }, this.symbol.svg);
  private readonly reset = make('button', {
    type: 'button',
    part: 'button reset',
    'aria-label': 'Reset',
    title: 'Reset',
  });
  private readonly hint = make('span', { class: 'hint', 'aria-hidden': 'true' }, 'Ctrl+Alt+G leaves the terminal');
  private readonly message = make('p', { class: 'message', part: 'message', role: 'alert' });
  private readonly progress = make('progress', { part: 'progress', 'aria-label': 'Loading' });
  private readonly action = make('button', { type: 'button', class: 'action', part: 'button action' });
  private readonly poster = make('slot', {});
  private readonly overlay = make(
    'div',
    { class: 'overlay', part: 'overlay' },
    this.poster,
    this.message,
    this.progress,
    this.action,
  );

  constructor(
    private readonly root: ShadowRoot,
    deeds: Deeds,
  ) {
    const bar = make('div', { class: 'bar', part: 'bar' }, this.state, this.hint, this.main, this.reset);
    const reset = icon();
    reset.show('reset');
    this.reset.append(reset.svg);
    root.adoptedStyleSheets = [styles()];
    root.append(make('div', { class: 'frame' }, bar, make('div', { class: 'screen' }, this.terminal, this.overlay)));
    for (const button of [this.main, this.action]) button.addEventListener('click', () => deeds.main());
    this.reset.addEventListener('click', () => deeds.reset());
    this.show('idle');
  }

  /** `reason`: why there is no machine, or why it stopped; one line. */
  show(state: VmState, reason = ''): void {
    const [text, action] = words[state];
    const withoutMachine = state === 'idle' || state === 'failed';
    this.state.dataset['state'] = state;
    this.stateText.textContent = text;
    this.symbol.show(state === 'running' ? 'pause' : state === 'loading' ? 'stop' : 'start');
    this.main.setAttribute('aria-label', action);
    this.main.title = action;
    this.main.hidden = withoutMachine;
    this.reset.disabled = withoutMachine || state === 'loading' || state === 'ready';
    this.action.textContent = action;
    this.action.hidden = !withoutMachine;
    this.poster.hidden = state !== 'idle';
    this.progress.hidden = state !== 'loading';
    this.progress.removeAttribute('value');
    this.message.textContent = reason;
    this.message.hidden = reason === '';
    this.overlay.hidden = !withoutMachine && state !== 'loading' && reason === '';
    // A machine that has stopped leaves its last lines to be read
    this.overlay.classList.toggle('band', !withoutMachine && state !== 'loading');
  }

  showProgress(files: readonly LoadProgress[]): void {
    const loaded = files.reduce((sum, file) => sum + file.loaded, 0);
    const total = files.reduce((sum, file) => sum + (file.total ?? NaN), 0);
    if (total >= loaded && total > 0) this.progress.value = loaded / total;
    else this.progress.removeAttribute('value');
  }

  set label(text: string) {
    this.terminal.setAttribute('aria-label', text);
  }
  /** Where the focus is within the element, if it is. */
  get focused(): Element | null {
    return this.root.activeElement;
  }
  /** Out of the terminal: to the bar, or to nowhere when the page shows none. */
  leaveTerminal(): void {
    (this.focused as HTMLElement | null)?.blur();
    this.main.focus();
  }
}
