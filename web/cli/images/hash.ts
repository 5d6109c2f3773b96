/** Hashes of files, and the hash of all that goes into a recipe. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Locations } from './catalogue.ts';

export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Everything that shapes the built bytes: the recipe's folder and images/common, names, contents and the
 * permission to execute. Not manifest.json: it tells how an image is described and started, and joins the built
 * files afterwards, so that changing a command line does not compile a kernel.
 */
export async function hashRecipe(at: Locations, name: string): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['common', name]) {
    for (const path of await filesUnder(join(at.images, folder))) {
      if (folder === name && path === 'manifest.json') continue;
      hash.update(
        `${folder === name ? 'recipe' : 'common'}/${path}\n${await fingerprint(join(at.images, folder, path))}\n`,
      );
    }
  }
  return hash.digest('hex');
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function fingerprint(path: string): Promise<string> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return `link ${await readlink(path)}`;
  return `${status.mode & 0o100 ? 'program' : 'file'} ${await hashFile(path)}`;
}
