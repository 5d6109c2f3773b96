/** The terminal's context menu. When the guest tracks the mouse, the right button is the guest's (Shift shows the menu). */
import { byId, h } from '../dom.ts';
import type { TerminalView } from './terminal.ts';

export interface MenuItem {
  readonly label: string;
  readonly key?: string;
  readonly enabled?: () => boolean;
  readonly run: () => void;
}

export class ContextMenu {
  private readonly menu = byId('context');

  constructor(
    private readonly shown: () => TerminalView,
    container: HTMLElement,
    private readonly items: readonly MenuItem[],
  ) {
    container.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      if (shown().xterm.modes.mouseTrackingMode !== 'none' && !event.shiftKey) return;
      this.open(event.clientX, event.clientY);
    });
    this.menu.addEventListener('keydown', (event) => this.onKey(event));
    // A manual popover: an automatic one would take the release of the right button for a click outside
    window.addEventListener('pointerdown', (event) => {
      if (!this.menu.contains(event.target as Node)) this.menu.hidePopover();
    });
    window.addEventListener('blur', () => this.menu.hidePopover());
  }

  private open(x: number, y: number): void {
    this.menu.replaceChildren(...this.items.map((item) => this.button(item)));
    this.menu.showPopover();
    const { width, height } = this.menu.getBoundingClientRect();
    this.menu.style.left = `${Math.min(x, window.innerWidth - width - 8)}px`;
    this.menu.style.top = `${Math.min(y, window.innerHeight - height - 8)}px`;
    this.buttons.find((button) => !button.disabled)?.focus();
  }

  private get buttons(): HTMLButtonElement[] {
    return [...this.menu.querySelectorAll('button')];
  }

  private button({ label, key, enabled, run }: MenuItem): HTMLButtonElement {
    const disabled = enabled ? !enabled() : false;
    const button = h(
      'button',
      { class: 'row', type: 'button', role: 'menuitem', tabindex: '-1', disabled },
      h('span', { class: 'grow' }, label),
      key ? h('kbd', {}, key) : undefined,
    );
    button.addEventListener('click', () => {
      this.menu.hidePopover();
      this.shown().focus();
      run();
    });
    return button;
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const buttons = this.buttons.filter((button) => !button.disabled);
      const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
      buttons.at((at + step) % buttons.length)?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      this.menu.hidePopover();
      this.shown().focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
