/** Dark, light, or as the system has it: one attribute on the root (tokens.css), remembered. */
import { byId, setIcon, setText } from '../dom.ts';
import { remember, remembered } from '../session/preferences.ts';

export type Theme = 'system' | 'light' | 'dark';

const order: readonly Theme[] = ['system', 'light', 'dark'];

export class ThemeChoice {
  theme: Theme;
  private readonly system = window.matchMedia('(prefers-color-scheme: dark)');
  private readonly listeners = new Set<() => void>();

  constructor() {
    const stored = remembered('theme');
    this.theme = order.find((theme) => theme === stored) ?? 'system';
    this.show();
    this.system.addEventListener('change', () => this.changed());
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** What the choice amounts to. */
  get mode(): 'light' | 'dark' {
    if (this.theme !== 'system') return this.theme;
    return this.system.matches ? 'dark' : 'light';
  }

  /** The next one: system, light, dark, and around. */
  cycle(): void {
    this.theme = order[(order.indexOf(this.theme) + 1) % order.length] ?? 'system';
    remember('theme', this.theme === 'system' ? undefined : this.theme);
    this.show();
    this.changed();
  }

  private show(): void {
    const root = document.documentElement;
    if (this.theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = this.theme;
    const label = `Theme: ${this.theme}`;
    for (const button of document.querySelectorAll('[data-command="theme"]')) {
      setIcon(button, this.theme);
      if (button.hasAttribute('aria-label')) button.setAttribute('aria-label', label);
    }
    for (const text of document.querySelectorAll('[data-theme-label]')) setText(text, label);
    const colour = getComputedStyle(byId('stage')).getPropertyValue('--chrome');
    if (this.theme !== 'system') document.querySelector('meta[name="theme-color"]')?.setAttribute('content', colour);
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
