/** Where images live: the recipes in the project, the built files beside them, the cache in the user's folder. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import { ImageError, isMissing } from './error.ts';
import { parseRecipeManifest, type RecipeManifest } from './manifest.ts';

/** Which tree and which cache; both have defaults, tests name their own. */
export interface Places {
  /** The project's folder: the one that holds `images/`. */
  readonly root?: string | undefined;
  readonly cache?: string | undefined;
}

export interface Locations {
  readonly root: string;
  readonly images: string;
  readonly dist: string;
  readonly cache: string;
}

export function locate(places: Places = {}): Locations {
  const root = resolve(places.root ?? projectRoot());
  const images = join(root, 'images');
  return { root, images, dist: join(images, 'dist'), cache: resolve(places.cache ?? defaultCache()) };
}

/** The user's cache folder, or DOMZERO_CACHE. */
export function defaultCache(): string {
  return process.env.DOMZERO_CACHE || envPaths('domzero', { suffix: '' }).cache;
}

/** The nearest folder above this module that holds recipes: the same from the sources and from the built `dist/`. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'images', 'common', 'lib.sh'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new ImageError('the images/ folder with the recipes is missing from this installation');
    folder = parent;
  }
  return folder;
}

/** Names of all folders with a recipe's manifest, sorted. */
export async function recipeNames(at: Locations): Promise<string[]> {
  const entries = await readdir(at.images, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) throw new ImageError(`${at.images}: there is no folder of recipes`);
    throw error;
  });
  const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'dist');
  return folders
    .map((entry) => entry.name)
    .filter((name) => existsSync(join(at.images, name, 'manifest.json')))
    .sort();
}

export async function readRecipe(at: Locations, name: string): Promise<RecipeManifest> {
  const names = await recipeNames(at);
  if (!names.includes(name)) {
    throw new ImageError(`there is no image "${name}"; there are: ${names.join(', ') || 'none'}`);
  }
  const path = join(at.images, name, 'manifest.json');
  const recipe = parseRecipeManifest(await readFile(path, 'utf8'), path);
  if (recipe.name !== name) throw new ImageError(`${path}: "name" is "${recipe.name}", but the folder is "${name}"`);
  return recipe;
}
