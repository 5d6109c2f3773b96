/**
 * The keys that a phone's keyboard lacks. Ctrl stays down for the next key, on the bar or on the keyboard. Buttons
 * keep the focus where it is, or the phone's keyboard would close at every tap.
 */
import { byId, h } from '../dom.ts';
import type { TerminalView } from './terminal.ts';

const keys: readonly (readonly [label: string, name: string, text: string])[] = [
  ['Esc', 'Escape', '\x1b'],
  ['Tab', 'Tab', '\t'],
  ['↑', 'Up', '\x1b[A'],
  ['↓', 'Down', '\x1b[B'],
  ['←', 'Left', '\x1b[D'],
  ['→', 'Right', '\x1b[C'],
];

export class KeyBar {
  private readonly control = h('button', { type: 'button', 'aria-pressed': 'false', title: 'Control' }, 'Ctrl');

  constructor(private readonly shown: () => TerminalView) {
    const bar = byId('keybar');
    for (const [label, name, text] of keys) {
      // Words speak for themselves (WCAG 2.5.3: what is seen is what is said), arrows need a name
      const named = /^\w/.test(label) ? { title: name } : { 'aria-label': name };
      const button = h('button', { type: 'button', ...named }, label);
      button.addEventListener('click', () => this.press(text));
      bar.append(button);
      if (label === 'Tab') bar.append(this.control);
    }
    bar.addEventListener('pointerdown', (event) => event.preventDefault());
    this.control.addEventListener('click', () => this.hold(!this.held));
  }

  private get held(): boolean {
    return this.control.getAttribute('aria-pressed') === 'true';
  }

  private hold(down: boolean): void {
    this.control.setAttribute('aria-pressed', String(down));
  }

  /** Applications that asked for it (DECCKM) get ESC O instead of ESC [ from the arrows. */
  private press(text: string): void {
    const { xterm } = this.shown();
    const application = xterm.modes.applicationCursorKeysMode;
    xterm.input(application && text.length === 3 ? text.replace('[', 'O') : text);
  }

  /** What the keyboard typed, with Ctrl applied when that is held: a letter or one of @ [ \ ] ^ _ becomes its control code. */
  apply(data: string): string {
    if (!this.held || data.length !== 1) return data;
    const code = data.toUpperCase().charCodeAt(0);
    this.hold(false);
    return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : data;
  }
}
