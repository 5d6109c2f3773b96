/** The machine's buttons: what they are called and whether they can be used follows the machine. */
import { byId, setIcon, setText } from '../dom.ts';
import type { Domain } from '../domains/domain.ts';

export function showToolbar(domain: Domain | undefined): void {
  const state = domain?.machine?.state;
  setButton('pause', state === 'paused' ? 'Resume' : 'Pause', domain?.live === true);
  setIcon(button('pause'), state === 'paused' ? 'resume' : 'pause');
  const known = domain !== undefined && domain.activity.kind !== 'loading';
  setButton('reset', 'Reset', known);
  setButton('power', domain?.live ? 'Power off' : 'Power on', known);
  const name = domain?.guest.name;
  setText(byId('guest-name'), name ?? 'Images');
  byId('images-button').setAttribute('aria-label', name ? `Image: ${name}` : 'Choose an image');
  document.title = domain ? `${domain.name} – DomZero` : 'DomZero';
}

function button(command: string): HTMLButtonElement {
  const found = document.querySelector<HTMLButtonElement>(`.bar [data-command="${command}"]`);
  if (!found) throw new Error(`index.html has no button for ${command}`);
  return found;
}

function setButton(command: string, label: string, enabled: boolean): void {
  const element = button(command);
  const text = element.querySelector('.label');
  if (text) setText(text, label);
  const keys = element.getAttribute('aria-keyshortcuts')?.replace('Control', 'Ctrl');
  element.title = keys ? `${label} (${keys})` : label;
  if (element.disabled !== enabled) return;
  // A disabled button drops the focus; the next one in the bar is where a keyboard visitor would go
  if (!enabled && element === document.activeElement) byId('images-button').focus();
  element.disabled = !enabled;
}
