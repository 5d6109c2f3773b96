/** The dialog of all snapshots in the browser's store: as a tree, with what they show, and the room that they take. */
import { byId, h } from '../dom.ts';
import type { Domain } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import type { Saves } from '../domains/saves.ts';
import { messageOf } from '../format.ts';
import type { SnapshotOperator } from '../page/snapshot-operator.ts';
import { toast } from '../page/toasts.ts';
import { descendants } from '../snapshots/index.ts';
import type { SnapshotEntry, SnapshotNode } from '../snapshots/index.ts';
import { Removal } from './removal.ts';
import { titleOf, treeList } from './row.ts';
import type { RowDeeds } from './row.ts';
import { StorageLine } from './storage.ts';

export class SnapshotManager {
  private readonly dialog = byId<HTMLDialogElement>('snapshots');
  private readonly storage = new StorageLine();
  private readonly tree = h('div', { class: 'snapshot-list' });
  private readonly status = h('div', { class: 'snapshot-status', role: 'status' });
  private readonly error = h('p', { class: 'error', role: 'alert', hidden: true });
  private readonly save = h('button', { class: 'button', type: 'button' });
  private readonly close = h('button', { class: 'button primary', type: 'button' }, 'Close');
  private readonly files = h('input', { type: 'file', multiple: true, hidden: true, 'aria-label': 'Files to import' });
  private readonly removal = new Removal((ids) => this.operator.remove(ids));

  constructor(
    private readonly domains: Domains,
    private readonly saves: Saves,
    private readonly operator: SnapshotOperator,
  ) {
    const bring = h('button', { class: 'button', type: 'button' }, 'Import…');
    const title = h('h2', {}, 'Snapshots');
    const head = h('div', { class: 'snapshots-head' }, title, this.save, bring, this.files);
    this.dialog.replaceChildren(head, this.storage.element, this.error, this.status, this.tree);
    this.dialog.append(h('div', { class: 'buttons' }, this.close));
    this.save.addEventListener('click', () => void this.attempt(() => this.saveCurrent()));
    bring.addEventListener('click', () => this.files.click());
    this.files.addEventListener('change', () => void this.attempt(() => this.import()));
    this.close.addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('close', () => {
      this.removal.finish().catch((error: unknown) => toast('report', messageOf(error)));
    });
  }

  async open(): Promise<void> {
    this.say();
    this.tree.replaceChildren(h('p', { class: 'hint' }, 'Reading the store…'));
    this.dialog.showModal();
    await this.attempt(() => Promise.resolve());
  }

  /** Does it, says what went wrong, and draws what is the case then. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    this.error.hidden = true;
    let trouble: string | undefined;
    try {
      await act();
    } catch (error) {
      trouble = messageOf(error);
    }
    trouble = (await this.draw()) ?? trouble;
    this.error.hidden = trouble === undefined;
    this.error.textContent = trouble ?? '';
  }

  /** The reason when there is nothing to draw. */
  private async draw(): Promise<string | undefined> {
    const { current } = this.domains;
    this.save.hidden = !current?.live;
    this.save.textContent = `Save ${current?.name ?? ''} now`;
    try {
      const store = await this.saves.store();
      const [tree, quota] = await Promise.all([store.tree(), store.quota()]);
      this.storage.show(quota);
      this.fill(this.visible(tree));
      return undefined;
    } catch (error) {
      this.save.hidden = true;
      this.tree.replaceChildren();
      return messageOf(error);
    }
  }

  private fill(nodes: readonly SnapshotNode[]): void {
    const none = 'No snapshots yet. “Save” in a machine’s menu makes one; an exported file can be imported.';
    const focused = document.activeElement?.closest<HTMLElement>('[data-snapshot]')?.dataset['snapshot'];
    this.tree.replaceChildren(
      nodes.length > 0 ? treeList(nodes, this.deeds) : h('p', { class: 'hint snapshots-none' }, none),
    );
    if (focused === undefined) return;
    const same = this.tree.querySelector<HTMLElement>(`[data-snapshot="${CSS.escape(focused)}"] button`);
    // What was removed had it: to the way back
    (same ?? this.status.querySelector('button') ?? this.close).focus();
  }

  private visible(nodes: readonly SnapshotNode[]): SnapshotNode[] {
    return nodes
      .filter(({ id }) => !this.removal.hides(id))
      .map((node) => ({ ...node, children: this.visible(node.children) }));
  }

  private readonly deeds: RowDeeds = {
    machineOf: ({ origin }) => this.domains.find(origin?.machine),
    resumeIn: (domain, entry) => this.leave(() => this.operator.resumeIn(domain, entry)),
    resume: (entry) => this.leave(() => this.operator.resume(entry)),
    rename: ({ id }, name) =>
      void this.attempt(async () => {
        await (await this.saves.store()).rename(id, name);
      }),
    export: (entry) =>
      void this.attempt(async () => {
        await this.operator.exportSnapshot(entry);
        this.say(`${titleOf(entry)} is exported as one file that needs no other.`);
      }),
    remove: (entry) => void this.attempt(() => this.remove(entry)),
  };

  /** To the machine, unless that fails. */
  private leave(act: () => Promise<void>): void {
    void this.attempt(async () => {
      await this.removal.finish();
      await act();
      this.dialog.close();
    });
  }

  private async saveCurrent(): Promise<void> {
    const domain: Domain | undefined = this.domains.current;
    // A child of what is being removed would go with it
    await this.removal.finish();
    if (!domain) return;
    await this.saves.save(domain);
    this.say(`${domain.name} is saved.`);
  }

  private async import(): Promise<void> {
    const files = [...(this.files.files ?? [])];
    this.files.value = '';
    await this.removal.finish();
    await this.saves.import(files);
    this.say(files.length === 1 ? 'The file is imported.' : `${files.length} files are imported.`);
  }

  private async remove(entry: SnapshotEntry): Promise<void> {
    const ids = descendants(entry.id, await (await this.saves.store()).list());
    await this.removal.begin(ids, (done) => void this.attempt(() => done.finally(() => this.say())));
    const others = ids.length - 1;
    const with_ =
      others === 0 ? '' : others === 1 ? ' and one that builds upon it' : ` and ${others} that build upon it`;
    const undo = h('button', { class: 'button', type: 'button' }, 'Undo');
    undo.addEventListener('click', () => {
      this.removal.undo();
      this.say();
      void this.attempt(() => Promise.resolve());
    });
    this.say(`${titleOf(entry)}${with_} removed.`, undo);
  }

  private say(text = '', action?: HTMLElement): void {
    this.status.replaceChildren(...(text ? [h('p', {}, text)] : []), ...(action ? [action] : []));
  }
}
