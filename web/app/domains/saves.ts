/**
 * What is saved of machines. Every save, restore, import and export of the page goes through here to the store of
 * snapshots; where the browser has none, each rejects with the line that says so.
 */
import { createMachine, inspectHeader } from '../../client/index.ts';
import { HEAD, openStore } from '../snapshots/index.ts';
import type { SnapshotEntry, SnapshotOrigin, SnapshotStore } from '../snapshots/index.ts';
import type { Domain, Saved } from './domain.ts';

export class Saves {
  private opening: Promise<SnapshotStore> | undefined;

  /** Opened when it is first needed. */
  store(): Promise<SnapshotStore> {
    this.opening ??= openStore().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  /**
   * Saves a machine while it runs: what has changed since its last save, if that is still there. An automatic save is whole,
   * and takes the place of the one before, which goes when the new one is there.
   */
  async save(domain: Domain, automatic = false): Promise<SnapshotEntry> {
    const store = await this.store();
    const last = automatic || domain.snapshot === undefined ? undefined : await store.find(domain.snapshot);
    // What builds upon an automatic save would keep it from being replaced
    const parent = last?.damaged || last?.origin?.automatic ? undefined : last?.id;
    const { bytes } = await domain.save(parent);
    const entry = await store.save(bytes, originOf(domain, automatic));
    domain.wasSaved(entry.id);
    if (automatic) await this.dropAutomatic(domain, entry.id);
    return entry;
  }

  async open(id: string): Promise<Saved> {
    return { id, ...(await (await this.store()).open(id)) };
  }

  /** The machine goes on from its last save. */
  async restoreLast(domain: Domain): Promise<void> {
    if (domain.snapshot === undefined) throw new Error(`${domain.name} was never saved`);
    await domain.restore(await this.open(domain.snapshot));
  }

  /** What the page saved of a machine by itself since it was booted, if it did. */
  async automatic({ id, bootedAt = '' }: Domain): Promise<SnapshotEntry | undefined> {
    const all = await (await this.store()).list();
    return all.findLast(({ origin, date }) => origin?.automatic && origin.machine === id && date > bootedAt);
  }

  /** From files; a parent may come with its child, in any order. Gives those that no other of them builds upon. */
  async import(files: readonly Blob[]): Promise<SnapshotEntry[]> {
    const store = await this.store();
    const entries: SnapshotEntry[] = [];
    for (const file of await parentsFirst(files)) entries.push(await store.save(file));
    return entries.filter(({ id }) => !entries.some(({ parent }) => parent === id));
  }

  /** One file that needs no other: a child is made whole by a machine that has its state and never runs. */
  async export(id: string): Promise<{ name: string; file: Blob }> {
    const store = await this.store();
    const chain = await store.export(id);
    const [last, entry] = [chain.at(-1), await store.find(id)];
    if (!last || !entry) throw new Error(`snapshot: ${id} is not here`);
    if (chain.length === 1) return last;
    const machine = await createMachine(await store.open(id));
    try {
      const { bytes } = await machine.snapshot({ name: entry.name, text: entry.text });
      return { name: last.name, file: fileOf(bytes) };
    } finally {
      await machine.dispose();
    }
  }

  private async dropAutomatic(domain: Domain, except: string): Promise<void> {
    const store = await this.store();
    for (const { id, origin } of await store.list()) {
      if (!origin?.automatic || origin.machine !== domain.id || id === except) continue;
      // Others were imported that build upon it: then it stays
      await store.remove(id).catch(() => undefined);
    }
  }
}

export function fileOf(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' });
}

function originOf({ id, name, guest }: Domain, automatic: boolean): SnapshotOrigin {
  return { machine: id, name, image: guest.image ? guest.name : undefined, automatic };
}

/** Rejects when one of them is no snapshot. */
async function parentsFirst(files: readonly Blob[]): Promise<Blob[]> {
  const read = async (file: Blob) => ({
    file,
    header: await inspectHeader(new Uint8Array(await file.slice(0, HEAD).arrayBuffer())),
  });
  const left = await Promise.all(files.map(read));
  const sorted: Blob[] = [];
  while (left.length > 0) {
    const free = left.findIndex(({ header }) => !left.some((other) => other.header.id === header.parent));
    // A circle: the store will say what is wrong
    sorted.push(...left.splice(Math.max(0, free), 1).map(({ file }) => file));
  }
  return sorted;
}
