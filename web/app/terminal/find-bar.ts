/** The find bar: as you type, Enter and Shift+Enter walk the matches, Escape returns to the terminal. */
import type { ISearchOptions } from '@xterm/addon-search';
import { byId, setText } from '../dom.ts';
import { findColours } from '../../terminal/palette.ts';
import type { TerminalView } from './terminal.ts';

export class FindBar {
  private readonly form = byId<HTMLFormElement>('find');
  private readonly input = byId<HTMLInputElement>('find-text');
  private readonly matchCase = byId('find-case');
  private readonly count = byId('find-count');

  /** `shown`: the terminal to search, which changes with the machine that is shown. */
  constructor(
    private readonly shown: () => TerminalView,
    private readonly mode: () => 'light' | 'dark',
  ) {
    this.input.addEventListener('input', () => this.find('next', true));
    this.input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      this.find(event.shiftKey ? 'previous' : 'next');
    });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.find(event.submitter?.dataset['find'] === 'previous' ? 'previous' : 'next');
    });
    this.form.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
    byId('find-close').addEventListener('click', () => this.close());
    this.matchCase.addEventListener('click', () => {
      this.matchCase.setAttribute('aria-pressed', String(!this.caseSensitive));
      this.find('next', true);
    });
  }

  /** Has a terminal's matches counted. */
  follow(terminal: TerminalView): void {
    terminal.search.onDidChangeResults(({ resultIndex, resultCount }) => {
      if (terminal === this.shown()) this.show(resultIndex, resultCount);
    });
  }

  private get terminal(): TerminalView {
    return this.shown();
  }

  open(): void {
    this.form.hidden = false;
    const selection = this.terminal.xterm.getSelection();
    if (selection && !selection.includes('\n')) this.input.value = selection;
    this.input.focus();
    this.input.select();
    if (this.input.value) this.find('next', true);
  }

  close(): void {
    this.form.hidden = true;
    this.terminal.search.clearDecorations();
    this.terminal.focus();
  }

  private get caseSensitive(): boolean {
    return this.matchCase.getAttribute('aria-pressed') === 'true';
  }

  private find(direction: 'next' | 'previous', incremental = false): void {
    const text = this.input.value;
    if (!text) {
      this.terminal.search.clearDecorations();
      setText(this.count, '');
      return;
    }
    const options: ISearchOptions = {
      caseSensitive: this.caseSensitive,
      incremental,
      decorations: findColours(this.mode()),
    };
    if (direction === 'next') this.terminal.search.findNext(text, options);
    else this.terminal.search.findPrevious(text, options);
  }

  private show(index: number, count: number): void {
    if (!this.input.value) return;
    if (count === 0) setText(this.count, 'No match');
    else setText(this.count, index < 0 ? `${count}+` : `${index + 1} of ${count}`);
  }
}
