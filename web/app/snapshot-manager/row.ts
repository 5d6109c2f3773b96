/** One snapshot in the tree: what its terminal showed, what it is, and what can be done with it; its children below. */
import { h } from '../dom.ts';
import type { Domain } from '../domains/domain.ts';
import * as format from '../format.ts';
import type { SnapshotEntry, SnapshotNode } from '../snapshots/index.ts';

export interface RowDeeds {
  /** The machine that it was taken of, if it is in the list. */
  machineOf(entry: SnapshotEntry): Domain | undefined;
  resumeIn(domain: Domain, entry: SnapshotEntry): void;
  resume(entry: SnapshotEntry): void;
  rename(entry: SnapshotEntry, name: string): void;
  export(entry: SnapshotEntry): void;
  remove(entry: SnapshotEntry): void;
}

const THUMBNAIL_LINES = 24;
const THUMBNAIL_COLUMNS = 80;
/** Deeper ones are not moved to the right any more: a phone is narrow. */
const DEPTH_MAX = 4;

export function treeList(nodes: readonly SnapshotNode[], deeds: RowDeeds, depth = 0): HTMLUListElement {
  const list = h('ul', { class: 'snapshot-tree', 'data-flat': depth > DEPTH_MAX });
  for (const node of nodes) {
    const children = node.children.length > 0 ? treeList(node.children, deeds, depth + 1) : undefined;
    list.append(h('li', { 'data-snapshot': node.id }, card(node, deeds), children));
  }
  return list;
}

function card(entry: SnapshotEntry, deeds: RowDeeds): HTMLElement {
  const heading = h('h3', {}, titleOf(entry));
  const about = h('div', { class: 'snapshot-about' }, h('div', { class: 'snapshot-head' }, heading, badge(entry)));
  about.append(facts(entry), shown(entry), buttons(entry, deeds, heading));
  return h('article', { class: 'snapshot', 'aria-label': titleOf(entry) }, thumbnail(entry), about);
}

export function titleOf({ name, damaged }: SnapshotEntry): string {
  return name || (damaged ? 'Damaged snapshot' : 'Snapshot without a name');
}

function badge({ damaged, origin }: SnapshotEntry): HTMLElement | undefined {
  const text = damaged ? 'damaged' : origin === undefined ? 'imported' : origin.automatic ? 'automatic' : undefined;
  return text === undefined ? undefined : h('span', { class: 'badge', 'data-kind': text }, text);
}

function facts({ origin, memory, size, date, damaged }: SnapshotEntry): HTMLElement {
  const taken = new Date(date);
  const known = !Number.isNaN(taken.valueOf());
  const time = h('time', { datetime: date, title: taken.toLocaleString() }, known ? format.ago(taken, new Date()) : '');
  return h(
    'p',
    { class: 'hint snapshot-facts' },
    origin && h('span', {}, `Of ${origin.name}`),
    memory > 0 ? h('span', {}, `${format.bytes(memory)} of memory`) : undefined,
    h('span', {}, `${format.bytes(size)} in the store`),
    known ? time : undefined,
    damaged ? h('span', {}, 'It can be removed, or imported again.') : undefined,
  );
}

/** What the picture shows, for those who do not see it. */
function shown({ text }: SnapshotEntry): HTMLElement {
  const last = text.trimEnd().split('\n').at(-1)?.trim();
  return h('p', { class: 'unseen' }, last ? `Its terminal ended with: ${last}` : 'Its terminal was empty.');
}

function thumbnail({ text }: SnapshotEntry): HTMLElement {
  const lines = text.trimEnd().split('\n').slice(-THUMBNAIL_LINES);
  const picture = lines.map((line) => line.slice(0, THUMBNAIL_COLUMNS)).join('\n');
  return h('div', { class: 'thumbnail', 'aria-hidden': 'true' }, h('pre', {}, picture));
}

function buttons(entry: SnapshotEntry, deeds: RowDeeds, heading: HTMLElement): HTMLElement {
  const title = titleOf(entry);
  const button = (label: string, run: () => void, name = `${label} ${title}`) => {
    const element = h('button', { class: 'tool quiet text', type: 'button', 'aria-label': name }, label);
    element.addEventListener('click', run);
    return element;
  };
  const remove = button('Remove', () => deeds.remove(entry));
  if (entry.damaged) return h('div', { class: 'snapshot-buttons' }, remove);
  const machine = deeds.machineOf(entry);
  const here = machine && `Resume in ${machine.name}`;
  return h(
    'div',
    { class: 'snapshot-buttons' },
    machine && here ? button(here, () => deeds.resumeIn(machine, entry), `${here}: ${title}`) : undefined,
    button('Resume as a new machine', () => deeds.resume(entry), `Resume as a new machine: ${title}`),
    button('Rename', () => rename(entry, deeds, heading)),
    button('Export', () => deeds.export(entry)),
    remove,
  );
}

/** In place of the heading; Escape leaves it as it was. */
function rename(entry: SnapshotEntry, deeds: RowDeeds, heading: HTMLElement): void {
  const input = h('input', {
    type: 'text',
    'aria-label': `Name of ${titleOf(entry)}`,
    maxlength: '56',
    required: true,
  });
  const save = h('button', { class: 'button', type: 'submit' }, 'Rename');
  const form = h('form', { class: 'snapshot-rename' }, input, save);
  input.value = entry.name;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name) deeds.rename(entry, name);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    // The dialog stays
    event.preventDefault();
    event.stopPropagation();
    form.replaceWith(heading);
  });
  heading.replaceWith(form);
  input.select();
}
