/** The help dialog: the table of shortcuts, from the same source as the keyboard. */
import { byId, h } from '../dom.ts';
import { shortcuts } from './commands.ts';

export function fillHelp(): void {
  const rows = shortcuts.map(({ about, keys }) =>
    h('div', {}, h('dt', {}, about), h('dd', {}, ...keys.map((key) => h('kbd', {}, key)))),
  );
  const escape = h('div', {}, h('dt', {}, 'Back to the terminal'), h('dd', {}, h('kbd', {}, 'Esc')));
  byId('shortcuts').replaceChildren(...rows, escape);
}
