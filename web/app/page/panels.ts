/** Popovers: placed at the button that opens them (a phone gets a sheet, panels.css), the focus moved in and back. */
import { byId } from '../dom.ts';

/** Below the button, or above when it stands at the bottom; always inside the window. */
export function placePanel(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, window.innerWidth - panel.offsetWidth - 8));
  const below = at.top < window.innerHeight / 2;
  panel.style.setProperty('--left', `${left}px`);
  panel.style.setProperty('--top', below ? `${at.bottom + 6}px` : 'auto');
  panel.style.setProperty('--bottom', below ? 'auto' : `${window.innerHeight - at.top + 6}px`);
}

/** Ties a panel to its buttons; `fill` draws its content each time that it opens. */
export function definePanel(id: string, buttons: readonly HTMLElement[], fill: () => void = () => {}): void {
  const panel = byId(id);
  let opener: HTMLElement | undefined;
  for (const button of buttons) {
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', () => (opener = button), { capture: true });
  }
  panel.addEventListener('beforetoggle', (event) => {
    const opens = event.newState === 'open';
    for (const button of buttons) button.setAttribute('aria-expanded', String(opens));
    if (opens) fill();
  });
  panel.addEventListener('toggle', (event) => {
    if (event.newState !== 'open') return;
    // Opened by a shortcut there is no click: the first of the buttons that is shown at this width
    const button = opener ?? buttons.find((candidate) => candidate.offsetParent !== null);
    opener = undefined;
    if (button) placePanel(panel, button);
    firstControl(panel)?.focus();
  });
}

function firstControl(panel: HTMLElement): HTMLElement | null {
  return (
    panel.querySelector<HTMLElement>('[aria-current="true"]:not(:disabled)') ??
    panel.querySelector<HTMLElement>('button:not(:disabled), select, input')
  );
}

export function togglePanel(id: string): void {
  byId(id).togglePopover();
}

export function closePanels(): void {
  for (const panel of document.querySelectorAll<HTMLElement>('[popover]:popover-open')) panel.hidePopover();
}
