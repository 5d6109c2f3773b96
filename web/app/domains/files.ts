/**
 * Kernels that a visitor opened from the computer, with their initrds, kept in IndexedDB so that a reload finds them again.
 * Where the browser denies storage, such a machine lives as long as the page.
 */
import { createStore, delMany, get, keys, set } from 'idb-keyval';

export interface GuestFiles {
  readonly kernel: Blob;
  readonly initrd?: Blob | undefined;
}

const store = createStore('domzero', 'files');

export async function keepFiles(id: string, files: GuestFiles): Promise<void> {
  await set(id, files, store);
}

/** Undefined when there are none, or none that could be files. */
export async function findFiles(id: string): Promise<GuestFiles | undefined> {
  const found: unknown = await get(id, store);
  if (typeof found !== 'object' || found === null) return undefined;
  const { kernel, initrd } = found as Partial<GuestFiles>;
  if (!(kernel instanceof Blob) || !(initrd === undefined || initrd instanceof Blob)) return undefined;
  return { kernel, initrd };
}

/** Drops the files of machines that are not in the list any more. */
export async function dropFilesExcept(ids: ReadonlySet<string>): Promise<void> {
  const gone = (await keys<IDBValidKey>(store)).filter((key) => typeof key === 'string' && !ids.has(key));
  await delMany(gone, store);
}
