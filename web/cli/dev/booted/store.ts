/**
 * Snapshots of booted images, which stand in for the boot on the page: build/booted/NAME-KEY.dzsnap. KEY is a hash of all
 * that decides the file, so that one is found only while it is what would be made now.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type ImageManifest } from '../../images.ts';
import { readManifest } from '../serve/image-files.ts';

/** What to boot, and what to type then. */
export interface BootedRecipe {
  /** Of the snapshot: its image's, when nothing is typed. */
  readonly name: string;
  readonly image: string;
  /** Lines for the shell, relative to the repository. */
  readonly script?: string | undefined;
}

/** The page "a snapshot that starts in the middle" of the gallery. */
export const UNFINISHED: BootedRecipe = {
  name: 'unfinished',
  image: 'linux-nano',
  script: 'web/gallery/unfinished.txt',
};

export function booted(image: string): BootedRecipe {
  return { name: image, image };
}

/** What makes a snapshot, beside the core and the image. */
const MAKERS = ['web/machine', 'web/cli/dev/booted'];
const KEY_DIGITS = 16;

export class BootedStore {
  constructor(private readonly root: string) {}

  path(name: string, key: string): string {
    return join(this.root, 'build/booted', `${name}-${key}.dzsnap`);
  }

  /** The key of a snapshot that is there and up to date. */
  async find(recipe: BootedRecipe): Promise<string | undefined> {
    const key = await this.keyOf(recipe);
    return key !== undefined && existsSync(this.path(recipe.name, key)) ? key : undefined;
  }

  /** Undefined without image or core. */
  async keyOf({ image, script }: BootedRecipe): Promise<string | undefined> {
    const manifest = await this.manifestOf(image);
    const core = await readFile(join(this.root, 'build/core.wasm')).catch(() => undefined);
    if (!manifest || !core) return undefined;
    const { memory, commandLine, prompt, agent, files } = manifest;
    const sums = files.map(({ role, unpackedSha256 }) => [role, unpackedSha256]);
    const hash = createHash('sha256')
      .update(JSON.stringify([memory, commandLine, prompt, agent, sums]))
      .update(core);
    for (const path of [...MAKERS, ...(script === undefined ? [] : [script])])
      for (const file of await filesUnder(join(this.root, path)))
        hash.update(`\0${relative(this.root, file)}\0`).update(await readFile(file));
    return hash.digest('hex').slice(0, KEY_DIGITS);
  }

  async manifestOf(image: string): Promise<ImageManifest | undefined> {
    return readManifest(this.folderOf(image));
  }

  folderOf(image: string): string {
    return join(this.root, 'images/dist', image);
  }

  /** Those that were made of something older. */
  async dropOld(name: string, key: string): Promise<void> {
    const folder = join(this.root, 'build/booted');
    const old = (await readdir(folder).catch(() => [])).filter(
      (file) => keyIn(file, name) && keyIn(file, name) !== key,
    );
    await Promise.all(old.map((file) => rm(join(folder, file), { force: true })));
  }
}

/** A name may begin with another one: the key has no hyphen. */
function keyIn(file: string, name: string): string | undefined {
  const [, found, key] = /^(.+)-([0-9a-f]+)\.dzsnap$/.exec(file) ?? [];
  return found === name ? key : undefined;
}

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => undefined);
  // No folder: a file
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
