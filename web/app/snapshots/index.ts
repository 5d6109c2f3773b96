/** Snapshots kept in the browser. */
export { fileName, SNAPSHOT_ID } from './entry.ts';
export type { SnapshotEntry, SnapshotNode, SnapshotOrigin } from './entry.ts';
export type { Directory, FileHandle, Writable } from './folder.ts';
export type { Platform, Quota } from './platform.ts';
export { HEAD, openStore, type OpenSnapshot, type SnapshotStore } from './store.ts';
export { descendants } from './tree.ts';
