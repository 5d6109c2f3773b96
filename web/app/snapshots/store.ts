/**
 * Snapshots of machines in the browser's own file system: a folder with two files each, ID.dzsnap and ID.json.
 *
 * INVARIANT: a snapshot exists from the moment on at which its ID.json does, and that is written last, when ID.dzsnap is
 * whole and closed. A page that is closed, or a disk that gets full, in the middle leaves a file without its ID.json,
 * which the next `openStore` removes. No file of another snapshot is ever touched.
 */
import { inspectHeader, inspectSnapshot } from '../../client/index.ts';
import { damagedEntry, entryOf, fileName, parseEntry, SNAPSHOT_ID } from './entry.ts';
import type { SnapshotEntry, SnapshotNode, SnapshotOrigin } from './entry.ts';
import { Folder } from './folder.ts';
import { browserPlatform, type Platform, type Quota } from './platform.ts';
import { descendants, treeOf } from './tree.ts';

const FOLDER = 'snapshots';
const DATA = '.dzsnap';
const META = '.json';
const LOCK = 'domzero-snapshots';
/** Always enough for a header. */
export const HEAD = 64 * 1024 + 64;

/** A snapshot as createMachine() takes it: `createMachine({ ...await store.open(id) })`. */
export interface OpenSnapshot {
  readonly snapshot: Blob;
  readonly parent: readonly Blob[];
}

/** Opens the store, and removes what a page that ended in the middle of saving has left. Rejects where there is no OPFS. */
export async function openStore(platform: Platform = browserPlatform()): Promise<SnapshotStore> {
  const store = new SnapshotStore(platform, new Folder(await platform.folder(FOLDER)));
  await platform.exclusively(LOCK, () => store.sweep());
  return store;
}

export class SnapshotStore {
  private readonly platform: Platform;
  private readonly folder: Folder;

  constructor(platform: Platform, folder: Folder) {
    this.platform = platform;
    this.folder = folder;
  }

  /** All there are, the oldest first. */
  async list(): Promise<SnapshotEntry[]> {
    const names = await this.folder.names();
    const ids = names.filter((name) => name.endsWith(META)).map((name) => name.slice(0, -META.length));
    const entries = await Promise.all(ids.filter((id) => SNAPSHOT_ID.test(id)).map((id) => this.entry(id)));
    return entries.filter((entry) => entry !== undefined).sort((a, b) => a.date.localeCompare(b.date));
  }
  async tree(): Promise<SnapshotNode[]> {
    return treeOf(await this.list());
  }
  /** Undefined: there is none. */
  find(id: string): Promise<SnapshotEntry | undefined> {
    return this.entry(id);
  }
  /**
   * Keeps the file of a snapshot, of `machine.snapshot()` or from elsewhere; the same one twice is kept once, and heals one
   * that is damaged here. Rejects with one line, and changes nothing, when the file is damaged, its parent is not there, or
   * there is no room.
   */
  async save(file: Uint8Array | Blob, origin?: SnapshotOrigin): Promise<SnapshotEntry> {
    const bytes = file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file;
    const { header, text } = await inspectSnapshot(bytes);
    await this.askForPersistence();
    return this.platform.exclusively(LOCK, async () => {
      const known = await this.entry(header.id);
      if (known && (await this.isWhole(known))) return known;
      const parent = header.parent === undefined ? undefined : await this.entry(header.parent);
      if (header.parent !== undefined && (!parent || parent.damaged))
        throw new Error(`snapshot: it holds only what changed since ${header.parent}; import that one first`);
      await this.makeSureOfRoom(bytes.length);
      const entry = entryOf(header, bytes.length, text, origin ?? known?.origin);
      await this.write(entry.id + DATA, bytes as Uint8Array<ArrayBuffer>);
      try {
        await this.write(entry.id + META, JSON.stringify(entry));
      } catch (error) {
        if (!known) await this.folder.remove(entry.id + DATA);
        throw error;
      }
      return entry;
    });
  }
  /** The snapshot with all that it descends from. */
  async open(id: string): Promise<OpenSnapshot> {
    const chain = await this.chain(id);
    const [snapshot, ...parent] = await Promise.all(chain.map((entry) => this.file(entry.id)));
    if (!snapshot) throw new Error(missing(id));
    return { snapshot, parent };
  }
  /** As files to download: it, and those that it needs, the oldest first. */
  async export(id: string): Promise<{ name: string; file: Blob }[]> {
    const chain = (await this.chain(id)).reverse();
    return Promise.all(chain.map(async (entry) => ({ name: fileName(entry), file: await this.file(entry.id) })));
  }
  async rename(id: string, name: string): Promise<SnapshotEntry> {
    return this.platform.exclusively(LOCK, async () => {
      const entry = await this.entry(id);
      if (!entry || entry.damaged) throw new Error(missing(id));
      const renamed = { ...entry, name };
      await this.write(id + META, JSON.stringify(renamed));
      return renamed;
    });
  }
  /** Rejects while others descend from it; `withChildren` removes those too. Nothing when there is none. */
  async remove(id: string, withChildren = false): Promise<void> {
    await this.platform.exclusively(LOCK, async () => {
      const entries = await this.list();
      const doomed = descendants(id, entries);
      if (doomed.length > 1 && !withChildren)
        throw new Error(
          `snapshot: ${doomed.length - 1} others hold only what changed since this one; remove them first`,
        );
      // Children first, and of each the entry: what is interrupted leaves whole snapshots, and files to sweep
      for (const each of doomed.reverse()) {
        await this.folder.remove(each + META);
        await this.folder.remove(each + DATA);
      }
    });
  }
  async quota(): Promise<Quota> {
    const [{ usage, quota }, persistent] = await Promise.all([this.platform.estimate(), this.platform.persisted()]);
    return { used: usage, limit: quota, persistent };
  }

  /** Removes files that belong to no snapshot. INVARIANT: nobody is saving (LOCK). */
  async sweep(): Promise<void> {
    const names = new Set(await this.folder.names());
    for (const name of names) {
      const [, id = '', kind] = /^(.*)(\.dzsnap|\.json)$/.exec(name) ?? [];
      const other = kind === DATA ? META : DATA;
      if (kind !== undefined && names.has(id + other)) continue;
      // What cannot be removed is no file of the store's
      await this.folder.remove(name).catch(() => undefined);
    }
  }

  /** Not only as long as it was. */
  private async isWhole({ id }: SnapshotEntry): Promise<boolean> {
    try {
      await inspectSnapshot(new Uint8Array(await (await this.file(id)).arrayBuffer()));
      return true;
    } catch {
      return false;
    }
  }
  /** From the file beside it or, if that cannot be read, from its own header. */
  private async entry(id: string): Promise<SnapshotEntry | undefined> {
    const meta = await this.folder.read(id + META);
    const data = meta && (await this.folder.read(id + DATA));
    if (!data) return undefined;
    const parsed = parseEntry(await meta.text(), id);
    if (parsed) return parsed.size === data.size ? parsed : { ...parsed, damaged: true };
    try {
      const start = new Uint8Array(await data.slice(0, HEAD).arrayBuffer());
      return entryOf(await inspectHeader(start), data.size);
    } catch {
      return damagedEntry(id, data.size);
    }
  }
  private async file(id: string): Promise<Blob> {
    const file = await this.folder.read(id + DATA);
    if (!file) throw new Error(missing(id));
    return file;
  }
  /** It, its parent, and so on. */
  private async chain(id: string): Promise<SnapshotEntry[]> {
    const chain: SnapshotEntry[] = [];
    for (let next: string | undefined = id; next !== undefined && !chain.some((entry) => entry.id === next);) {
      const entry: SnapshotEntry | undefined = await this.entry(next);
      if (!entry) throw new Error(missing(next));
      if (entry.damaged) throw new Error(`snapshot: ${next} is damaged here; import its file again, or remove it`);
      chain.push(entry);
      next = entry.parent;
    }
    return chain;
  }
  /** The right moment is the first time that there is something to lose. A refusal is no error. */
  private async askForPersistence(): Promise<void> {
    if ((await this.folder.names()).length > 0 || (await this.platform.persisted())) return;
    // Not waited for: a browser may ask the visitor
    this.platform.persist().catch(() => false);
  }
  private async makeSureOfRoom(bytes: number): Promise<void> {
    const { used, limit } = await this.quota();
    if (used !== undefined && limit !== undefined && used + bytes > limit) throw new Error(NO_ROOM);
  }
  private async write(name: string, data: Uint8Array<ArrayBuffer> | string): Promise<void> {
    try {
      await this.folder.write(name, data);
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'QuotaExceededError') throw new Error(NO_ROOM, { cause });
      throw new Error(`snapshot: the browser could not write it: ${(cause as Error).message}`, { cause });
    }
  }
}

const NO_ROOM = 'snapshot: the browser has no room for it; export or remove others first';
function missing(id: string): string {
  return `snapshot: ${id} is not here`;
}
