/** Notices at the corner of the terminal that ask for nothing: they never take the focus and can be dismissed. */
import { byId, h, icon } from '../dom.ts';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

export interface ToastLife {
  /** Leaves after so long; a toast with an action stays, without this. */
  readonly seconds: number;
  /** It left without its action having been taken: by the visitor's hand, or by itself. */
  readonly gone?: (byHand: boolean) => void;
}

const removers = new Map<string, (byHand: boolean) => void>();

/** Shows a toast; without an action it leaves by itself. A toast with the same id is replaced. */
export function toast(id: string, text: string, action?: ToastAction, life?: ToastLife): void {
  dismiss(id);
  const close = h('button', { class: 'tool quiet', type: 'button', 'aria-label': 'Dismiss' }, icon('close'));
  const act = action && h('button', { class: 'button primary', type: 'button' }, action.label);
  const element = h('div', { class: 'toast', 'data-toast': id }, h('p', {}, text), act, close);
  const { seconds, gone } = life ?? { seconds: action ? undefined : 6 };
  const timer = seconds === undefined ? undefined : setTimeout(() => dismiss(id), seconds * 1000);
  const remove = () => {
    clearTimeout(timer);
    element.remove();
    removers.delete(id);
  };
  removers.set(id, (byHand) => {
    remove();
    gone?.(byHand);
  });
  close.addEventListener('click', () => removers.get(id)?.(true));
  act?.addEventListener('click', () => {
    remove();
    action?.run();
  });
  byId('toasts').append(element);
}

export function dismiss(id: string): void {
  removers.get(id)?.(false);
}
