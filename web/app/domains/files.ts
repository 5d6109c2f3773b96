/**
 * The files of machines that a visitor opened from the computer, kept in IndexedDB so that a reload finds them again.
 * Where the browser denies storage, such a machine lives as long as the page.
 */
export interface GuestFiles {
  readonly kernel: Blob;
  readonly initrd?: Blob | undefined;
}

const DATABASE = 'domzero';
const STORE = 'files';

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser’s storage failed'));
  });
}

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    return await settled(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

export async function keepFiles(id: string, files: GuestFiles): Promise<void> {
  await inStore('readwrite', (store) => store.put(files, id));
}

/** Undefined when there are none, or none that could be files. */
export async function findFiles(id: string): Promise<GuestFiles | undefined> {
  const found: unknown = await inStore('readonly', (store) => store.get(id) as IDBRequest<unknown>);
  if (typeof found !== 'object' || found === null) return undefined;
  const { kernel, initrd } = found as Partial<GuestFiles>;
  if (!(kernel instanceof Blob) || !(initrd === undefined || initrd instanceof Blob)) return undefined;
  return { kernel, initrd };
}

/** The last save of a machine: a snapshot. IndexedDB replaces it as a whole or not at all. */
export async function keepSave(id: string, snapshot: Blob): Promise<void> {
  await inStore('readwrite', (store) => store.put(snapshot, `${id}/save`));
}

export async function findSave(id: string): Promise<Blob | undefined> {
  const found: unknown = await inStore('readonly', (store) => store.get(`${id}/save`) as IDBRequest<unknown>);
  return found instanceof Blob ? found : undefined;
}

/** Drops the files of machines that are not in the list any more. */
export async function dropFilesExcept(ids: ReadonlySet<string>): Promise<void> {
  const keys = await inStore('readonly', (store) => store.getAllKeys());
  for (const key of keys) {
    if (typeof key === 'string' && !ids.has(key.split('/')[0] ?? ''))
      await inStore('readwrite', (store) => store.delete(key));
  }
}
