/** Notices at the corner of the terminal that ask for nothing: they never take the focus and can be dismissed. */
import { byId, h, icon } from '../dom.ts';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

/** Shows a toast; without an action it leaves by itself. A toast with the same id is replaced. */
export function toast(id: string, text: string, action?: ToastAction): void {
  dismiss(id);
  const close = h('button', { class: 'tool quiet', type: 'button', 'aria-label': 'Dismiss' }, icon('close'));
  const act = action && h('button', { class: 'button primary', type: 'button' }, action.label);
  const element = h('div', { class: 'toast', 'data-toast': id }, h('p', {}, text), act, close);
  close.addEventListener('click', () => element.remove());
  act?.addEventListener('click', () => {
    element.remove();
    action?.run();
  });
  byId('toasts').append(element);
  if (!action) setTimeout(() => element.remove(), 6000);
}

export function dismiss(id: string): void {
  document.querySelector(`[data-toast="${CSS.escape(id)}"]`)?.remove();
}
