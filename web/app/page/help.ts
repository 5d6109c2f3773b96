/** The help dialog: the table of shortcuts, from the same source as the keyboard, and the topics. */
import { byId, h, setText } from '../dom.ts';
import { topics } from '../help/topics.ts';
import type { Term, Topic } from '../help/topics.ts';
import type { Flavour } from '../../client/index.ts';
import { shortcuts } from './commands.ts';

export function fillHelp(): void {
  const rows = shortcuts.map(({ about, keys }) =>
    h('div', {}, h('dt', {}, about), h('dd', {}, ...keys.map((key) => h('kbd', {}, key)))),
  );
  const escape = h('div', {}, h('dt', {}, 'Back to the terminal'), h('dd', {}, h('kbd', {}, 'Esc')));
  byId('shortcuts').replaceChildren(...rows, escape);
  byId('topics').replaceChildren(...topics.map(section));
}

/** At the shortcuts, or at a topic. */
export function openHelp(topic?: Topic['id']): void {
  const dialog = byId<HTMLDialogElement>('help');
  for (const details of dialog.querySelectorAll('details')) details.open = details.id === `help-${topic}`;
  if (!dialog.open) dialog.showModal();
  const chosen = topic && byId<HTMLDetailsElement>(`help-${topic}`);
  if (!chosen) return;
  chosen.scrollIntoView({ block: 'start' });
  chosen.querySelector('summary')?.focus();
}

/** Which flavours there are, a machine has said. */
export function announceFlavours(flavours: readonly Flavour[]): void {
  for (const element of byId('topics').querySelectorAll<HTMLElement>('[data-flavour]'))
    fill(
      element,
      flavours.some(({ name }) => name === element.dataset['flavour']),
    );
}

function badge(there: Term['there']): HTMLElement {
  if (typeof there === 'boolean') return fill(h('span', { class: 'badge' }), there);
  return h('span', { class: 'badge', 'data-flavour': there.flavour, hidden: true });
}
function fill(element: HTMLElement, there: boolean): HTMLElement {
  element.dataset['there'] = String(there);
  element.hidden = false;
  setText(element, there ? 'here' : 'not in this version');
  return element;
}

function section({ id, title, text, terms, link }: Topic): HTMLElement {
  const list = terms?.flatMap(({ term, there, meaning }) => [
    h('dt', {}, term, ' ', badge(there)),
    h('dd', {}, meaning),
  ]);
  const more = h('a', { href: `docs/${link}`, target: '_blank', rel: 'noopener' }, 'More in the documentation');
  return h(
    'details',
    { id: `help-${id}`, class: 'topic' },
    h('summary', {}, title),
    ...text.map((paragraph) => h('p', {}, paragraph)),
    list && h('dl', { class: 'terms' }, ...list),
    h('p', {}, more),
  );
}
