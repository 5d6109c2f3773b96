/**
 * Built images on disk. A folder is complete or absent: it is filled under another name and renamed.
 * Cache: CACHE/images/NAME/RECIPE-VERSION/, RECIPE the hash of the recipe's inputs, VERSION the kernel source's.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Locations } from './catalogue.ts';
import { ImageError, isMissing } from './error.ts';
import { hashFile } from './hash.ts';
import { joinManifest, parseBuilt, type Built, type ImageManifest, type RecipeManifest } from './manifest.ts';

export const BUILT = 'built.json';

/** The folder's built.json, or undefined when there is none or it is unreadable: both mean "build it". */
export async function readBuilt(folder: string): Promise<Built | undefined> {
  const path = join(folder, BUILT);
  try {
    return parseBuilt(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (isMissing(error) || error instanceof ImageError) return undefined;
    throw error;
  }
}

/** What is wrong with a folder's files, or undefined. Sizes are always compared, sums on request. */
export async function findDamage(folder: string, built: Built, sums: boolean): Promise<string | undefined> {
  for (const file of built.files) {
    const path = join(folder, file.path);
    const size = await stat(path).then(
      (status) => status.size,
      () => undefined,
    );
    if (size === undefined) return `${file.path} is missing`;
    if (size !== file.size) return `${file.path} has ${size} bytes instead of ${file.size}`;
    if (sums && (await hashFile(path)) !== file.sha256) return `${file.path} has another sha256 than built.json says`;
  }
  return undefined;
}

/** Copies a verified set of files to `target`, atomically; what was there before goes away. */
export async function install(source: string, built: Built, target: string): Promise<void> {
  const fresh = `${target}.${randomUUID()}.new`;
  await mkdir(fresh, { recursive: true });
  try {
    for (const name of [...built.files.map((file) => file.path), BUILT]) {
      await copyFile(join(source, name), join(fresh, name), constants.COPYFILE_FICLONE);
    }
    await replace(fresh, target);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function replace(fresh: string, target: string): Promise<void> {
  const old = `${target}.${randomUUID()}.old`;
  await rename(target, old).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  await rename(fresh, target);
  await rm(old, { recursive: true, force: true });
}

/** Brings `manifest.json` beside the built files in line with the recipe's manifest. */
export async function writeManifest(folder: string, recipe: RecipeManifest, built: Built): Promise<ImageManifest> {
  const manifest = joinManifest(recipe, built);
  const path = join(folder, 'manifest.json');
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present !== text) {
    const fresh = `${path}.${randomUUID()}`;
    await writeFile(fresh, text);
    await rename(fresh, path);
  }
  return manifest;
}

export function cacheFolder(at: Locations, recipe: RecipeManifest, built: Built): string {
  const source = built.packages.find((entry) => entry.name === recipe.build.source);
  return join(at.cache, 'images', recipe.name, `${built.recipe}-${safe(source?.version ?? 'unversioned')}`);
}

function safe(version: string): string {
  return version.replace(/[^A-Za-z0-9.+~-]/g, '_');
}

/** A cached build of these inputs: that of the installed source package when there is one, else the newest. */
export async function findCached(at: Locations, recipe: RecipeManifest, hash: string): Promise<string | undefined> {
  const folder = join(at.cache, 'images', recipe.name);
  const installed = await installedVersion(recipe.build.source);
  const wanted = installed === undefined ? undefined : `${hash}-${safe(installed)}`;
  const names = (await readdir(folder).catch(() => []))
    .filter((name) => (wanted === undefined ? name.startsWith(`${hash}-`) : name === wanted))
    .filter((name) => !/\.(new|old)$/.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), time: (await stat(join(folder, name))).mtimeMs })),
  );
  return dated.sort((a, b) => b.time - a.time)[0]?.path;
}

/** Undefined where the package is not installed or there is no dpkg. */
async function installedVersion(name: string): Promise<string | undefined> {
  const format = '${db:Status-Status} ${Version}';
  const answer = await promisify(execFile)('dpkg-query', ['-W', '-f', format, name]).catch(() => undefined);
  const [status, version] = answer?.stdout.split(' ') ?? [];
  return status === 'installed' ? version : undefined;
}
