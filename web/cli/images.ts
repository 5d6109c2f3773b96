/**
 * Guest images for programs in Node: which there are, what state they are in, where their files lie, and how to build
 * them. `images/` beside this file has the parts; docs/images.md tells how to write a recipe.
 */
import { join } from 'node:path';
import { presentBuild, restoreImage } from './images/build.ts';
import { locate, readRecipe, recipeNames, type Places } from './images/catalogue.ts';
import { ImageError } from './images/error.ts';
import { hashRecipe } from './images/hash.ts';
import type { Built, ImageManifest, RecipeManifest } from './images/manifest.ts';
import { findCached, readBuilt, writeManifest } from './images/store.ts';

export { buildImage, type BuildOptions } from './images/build.ts';
export type { Places } from './images/catalogue.ts';
export { imagesCommand } from './images/command.ts';
export { ENGINES, type Engine } from './images/container.ts';
export { ImageError } from './images/error.ts';
export type { BuiltFile, BuiltPackage, ImageManifest, Licence, RecipeManifest, Role } from './images/manifest.ts';
export type { ImageProgress } from './images/progress.ts';

/**
 * `built`: in images/dist and of the present recipe. `cached`: a copy away. `outdated`: built, but the recipe has
 * changed since. `missing`: to be built.
 */
export type ImageState = 'built' | 'cached' | 'outdated' | 'missing';

export interface ImageStatus {
  readonly recipe: RecipeManifest;
  readonly state: ImageState;
  /** Bytes of kernel and initramfs as stored; undefined when neither built nor cached. */
  readonly size: number | undefined;
}

export interface ResolvedImage {
  readonly manifest: ImageManifest;
  readonly directory: string;
  /** Absolute paths of the stored files, gzip-compressed where the manifest's `encoding` says so. */
  readonly kernel: string;
  readonly initramfs: string;
  readonly bzImage: string;
}

export async function listImages(root?: string): Promise<RecipeManifest[]> {
  const at = locate({ root });
  return Promise.all((await recipeNames(at)).map((name) => readRecipe(at, name)));
}

export async function imageStatus(name: string, places: Places = {}): Promise<ImageStatus> {
  const at = locate(places);
  const recipe = await readRecipe(at, name);
  const hash = await hashRecipe(at, name);
  const present = await presentBuild(at, name, hash);
  if (present) return { recipe, state: 'built', size: bootSize(present) };
  const folder = await findCached(at, recipe, hash);
  const cached = folder === undefined ? undefined : await readBuilt(folder);
  if (cached) return { recipe, state: 'cached', size: bootSize(cached) };
  const old = await readBuilt(join(at.dist, name));
  return { recipe, state: old ? 'outdated' : 'missing', size: old && bootSize(old) };
}

/** Where the files of an image are, taking them from the cache if need be; it does not build. */
export async function resolveImage(name: string, places: Places = {}): Promise<ResolvedImage> {
  const at = locate(places);
  const recipe = await readRecipe(at, name);
  const hash = await hashRecipe(at, name);
  const built = (await presentBuild(at, name, hash)) ?? (await restoreImage(at, recipe, hash));
  const directory = join(at.dist, name);
  if (!built) {
    const reason = (await readBuilt(directory)) ? 'its recipe has changed since it was built' : 'it is not built yet';
    throw new ImageError(`${name}: ${reason}; run: npx domzero images build ${name}`);
  }
  const manifest = await writeManifest(directory, recipe, built);
  const path = (role: string) => join(directory, built.files.find((file) => file.role === role)?.path ?? '');
  return { manifest, directory, kernel: path('kernel'), initramfs: path('initramfs'), bzImage: path('bzImage') };
}

function bootSize(built: Built): number {
  const booted = built.files.filter((file) => file.role === 'kernel' || file.role === 'initramfs');
  return booted.reduce((sum, file) => sum + file.size, 0);
}
