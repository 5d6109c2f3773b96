/** What the store needs of the browser: a folder of the origin's private file system (OPFS), a lock, room. */
import type { Directory } from './folder.ts';

export interface Quota {
  /** Bytes that this origin uses and may use; undefined where the browser does not say. */
  readonly used: number | undefined;
  readonly limit: number | undefined;
  /** The browser will not clear it by itself. */
  readonly persistent: boolean;
}
/** What the store needs of the platform. Tests have their own. */
export interface Platform {
  folder(name: string): Promise<Directory>;
  /** Runs `work` while no other page of this origin does. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  estimate(): Promise<{ usage?: number; quota?: number }>;
  persisted(): Promise<boolean>;
  persist(): Promise<boolean>;
}

const NO_STORE = 'snapshot: this browser keeps no files for pages (OPFS); export the machine as a file instead';

/** Throws, and its `folder` rejects, where there is no OPFS: old browsers, some private windows. */
export function browserPlatform(): Platform {
  const { storage, locks } = navigator;
  if (typeof storage?.getDirectory !== 'function' || !('createWritable' in FileSystemFileHandle.prototype))
    throw new Error(NO_STORE);
  return {
    folder: async (name) => {
      try {
        const root = await storage.getDirectory();
        return await root.getDirectoryHandle(name, { create: true });
      } catch (cause) {
        throw new Error(NO_STORE, { cause });
      }
    },
    exclusively: (name, work) => (locks ? locks.request(name, work) : work()),
    estimate: () => storage.estimate(),
    persisted: () => storage.persisted(),
    persist: () => storage.persist(),
  };
}
