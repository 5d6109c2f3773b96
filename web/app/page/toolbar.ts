/** The machine's buttons: what they are called and whether they can be used follows the machine. */
import { byId, setIcon, setText } from '../dom.ts';
import type { Session } from '../session/session.ts';

export function showToolbar(session: Session): void {
  const state = session.machine?.state;
  setButton('pause', state === 'paused' ? 'Resume' : 'Pause', session.live);
  setIcon(button('pause'), state === 'paused' ? 'resume' : 'pause');
  const known = session.activity.kind === 'machine' || session.activity.kind === 'failed';
  setButton('reset', 'Reset', known);
  setButton('power', session.live ? 'Power off' : 'Power on', known);
  const name = session.guest?.name;
  setText(byId('guest-name'), name ?? 'Images');
  byId('images-button').setAttribute('aria-label', name ? `Image: ${name}` : 'Choose an image');
  document.title = name ? `${name} – DomZero` : 'DomZero';
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
