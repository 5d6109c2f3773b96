/** What a visitor does with snapshots of machines: saves and restores, forks, takes files in and gives them out. */
import { inspectSnapshot } from '../../client/index.ts';
import { h } from '../dom.ts';
import type { Domain, Saved } from '../domains/domain.ts';
import type { Domains } from '../domains/domains.ts';
import type { Guests } from '../domains/guests.ts';
import { fileOf } from '../domains/saves.ts';
import type { Saves } from '../domains/saves.ts';
import * as format from '../format.ts';
import type { Guest } from '../session/guest.ts';
import { guestOf } from '../session/library.ts';
import type { Library } from '../session/library.ts';
import { fileName } from '../snapshots/index.ts';
import type { SnapshotEntry } from '../snapshots/index.ts';
import type { Operator } from './operator.ts';
import { toast } from './toasts.ts';

export class SnapshotOperator {
  constructor(
    private readonly domains: Domains,
    private readonly library: Library,
    private readonly guests: Guests,
    private readonly saves: Saves,
    private readonly operator: Operator,
    private readonly enter: () => void,
  ) {}

  async save(domain: Domain): Promise<void> {
    const { size } = await this.saves.save(domain);
    toast('saved', `${domain.name} is saved (${format.bytes(size)})`);
  }

  async restoreLast(domain: Domain): Promise<void> {
    await this.saves.restoreLast(domain);
    this.enter();
  }

  /** The machine goes on from any snapshot. */
  async resumeIn(domain: Domain, { id }: SnapshotEntry): Promise<void> {
    await domain.restore(await this.saves.open(id));
    this.domains.select(domain);
    this.enter();
  }

  /** A new machine that goes on from a snapshot of the store. */
  async resume({ id, name, origin }: SnapshotEntry): Promise<void> {
    const saved = await this.saves.open(id);
    const image = this.library.find(origin?.image);
    const guest = image?.state === 'ready' ? guestOf(image) : { name: name || 'snapshot', image: false };
    await this.operator.resume(guest, { name: name || undefined, snapshot: id }, saved);
  }

  /** New machines from exported ones. All are looked at, and kept, before the first is made. */
  async resumeFiles(files: readonly File[]): Promise<void> {
    const store = await this.saves.store().catch(() => undefined);
    if (!store) return this.resumeUnkept(files);
    for (const entry of await this.saves.import(files)) await this.resume(entry);
  }

  /** Where the browser keeps no snapshots: for as long as the page. */
  private async resumeUnkept(files: readonly File[]): Promise<void> {
    for (const file of files) {
      const { header } = await inspectSnapshot(new Uint8Array(await file.arrayBuffer()));
      if (header.parent !== undefined)
        throw new Error(`snapshot: “${file.name}” holds only what changed since ${header.parent}, which is not here`);
      const saved: Saved = { snapshot: file, parent: [] };
      await this.operator.resume({ name: header.name || file.name, image: false, ...saved }, {}, saved);
    }
    toast('files', 'This browser keeps no snapshots: a reload will ask for the files again.');
  }

  /** A second machine that is where this one is now. */
  async fork(domain: Domain): Promise<void> {
    const [guest, twin] = [await domain.files(), await domain.machine?.fork()];
    if (!twin) throw new Error(`${domain.name} has no machine to fork`);
    const { name, settings } = domain;
    // Without a kernel it can begin again only where the other did
    const snapshot = guest.kernel === undefined ? domain.snapshot : undefined;
    const other = this.domains.add(guest, { name, settings, snapshot });
    await this.keep(other, guest);
    await other.adopt(twin, domain.screen.text());
    this.enter();
  }

  private async keep(domain: Domain, guest: Guest): Promise<void> {
    if (this.domains.kept) await this.guests.keep(domain.id, guest);
  }

  /** As the machine is now, whole. */
  async exportMachine(domain: Domain): Promise<void> {
    const { bytes, id } = await domain.save();
    download(fileName({ name: domain.name, id }), fileOf(bytes));
  }

  async exportSnapshot({ id }: SnapshotEntry): Promise<void> {
    const { name, file } = await this.saves.export(id);
    download(name, file);
  }

  /** With those that build upon it, which come after it. Machines forget what is gone. */
  async remove(ids: readonly string[]): Promise<void> {
    const store = await this.saves.store();
    for (const id of [...ids].reverse()) {
      await store.remove(id);
      for (const domain of this.domains.list) if (domain.snapshot === id) domain.wasSaved(undefined);
    }
  }
}

function download(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  h('a', { href: url, download: name }).click();
  // The download has begun by then
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
