/** Snapshots kept in the browser. */
export type { SnapshotEntry, SnapshotNode } from './entry.ts';
export type { Directory, FileHandle, Writable } from './folder.ts';
export { openStore, type OpenSnapshot, type Platform, type Quota, type SnapshotStore } from './store.ts';
