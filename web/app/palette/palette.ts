/** The command palette: type a few letters, choose with the arrows, Enter does it. A combobox, as ARIA describes it. */
import { byId, h } from '../dom.ts';
import { best } from './match.ts';
import type { Entry } from './entries.ts';

/** More would only be scrolled past. */
const SHOWN = 50;

export class Palette {
  private readonly dialog = byId<HTMLDialogElement>('palette');
  private readonly input = byId<HTMLInputElement>('palette-text');
  private readonly list = byId('palette-list');
  private readonly none = byId('palette-none');
  private entries: readonly Entry[] = [];
  private found: readonly Entry[] = [];
  private at = 0;

  constructor(private readonly collect: () => Promise<Entry[]>) {
    this.input.addEventListener('input', () => this.search());
    this.input.addEventListener('keydown', (event) => this.onKey(event));
    this.list.addEventListener('click', (event) => {
      const option = (event.target as Element).closest('[role="option"]');
      if (option) this.take([...this.list.children].indexOf(option));
    });
    this.dialog.addEventListener('click', (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    // Where the terminal has the focus, Ctrl+K is the guest's
    window.addEventListener('keydown', (event) => {
      const inTerminal = byId('terminal').contains(document.activeElement);
      if (event.key !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || inTerminal)
        return;
      event.preventDefault();
      this.open();
    });
  }

  open(): void {
    if (document.querySelector('dialog[open]')) return;
    this.input.value = '';
    this.entries = [];
    this.search();
    this.dialog.showModal();
    void this.collect().then((entries) => {
      this.entries = entries;
      this.search();
    });
  }

  private search(): void {
    this.found = best(this.entries, this.input.value).slice(0, SHOWN);
    this.list.replaceChildren(
      ...this.found.map(({ label, keys }, i) =>
        h(
          'li',
          { role: 'option', id: `palette-${i}` },
          h('span', { class: 'grow' }, label),
          keys && h('span', { class: 'palette-keys' }, ...keys.map((key) => h('kbd', {}, key))),
        ),
      ),
    );
    this.none.hidden = this.found.length > 0 || this.entries.length === 0;
    this.point(0);
  }

  private point(at: number): void {
    this.at = at;
    [...this.list.children].forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
    const option = this.list.children[at];
    if (option) this.input.setAttribute('aria-activedescendant', option.id);
    else this.input.removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  }

  private onKey(event: KeyboardEvent): void {
    const step = ({ ArrowDown: 1, ArrowUp: -1 } as const)[event.key];
    const { length } = this.found;
    if (step && length > 0) this.point((this.at + step + length) % length);
    else if (event.key === 'Enter') this.take(this.at);
    else return;
    event.preventDefault();
  }

  /** Once the palette is closed: the command may open something itself, or move the focus. */
  private take(i: number): void {
    const entry = this.found[i];
    this.dialog.addEventListener('close', () => entry?.run(), { once: true });
    this.dialog.close();
  }
}
