/** `domzero run --snapshot-out` and `--restore`: files of snapshots on the disk. */
import { open, rename, rm } from 'node:fs/promises';
import { type Machine, MACHINE_STATES_TO_SAVE, type SnapshotResult } from '../../client/index.ts';

/**
 * Written aside, synced, then switched over: what was in the file stays until the new snapshot is whole. Throws an Error
 * of one line.
 */
export async function writeSnapshot(machine: Machine, file: string, text: string): Promise<SnapshotResult | undefined> {
  if (!MACHINE_STATES_TO_SAVE.includes(machine.state)) return undefined;
  const saved = await machine.snapshot({ name: nameOf(file), text });
  await replaceFile(file, saved.bytes);
  return saved;
}
/** Half a file is never seen under its name. Throws an Error of one line. */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  const aside = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(aside, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
  } catch (cause) {
    await rm(aside, { force: true });
    throw new Error(`cannot write ${file}: ${(cause as Error).message}`, { cause });
  }
}
function nameOf(file: string): string {
  return file.replace(/^.*\//, '').replace(/\.dzsnap$/, '');
}
