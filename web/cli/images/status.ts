/** Which images there are, what state each is in, and where its files lie. */
import { join } from 'node:path';
import { presentBuild, restoreImage } from './build.ts';
import { locate, readRecipe, recipeNames, type Places } from './catalogue.ts';
import { ImageError } from './error.ts';
import { hashRecipe } from './hash.ts';
import type { Built, ImageManifest, RecipeManifest } from './manifest.ts';
import { findCached, readBuilt, writeManifest } from './store.ts';

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
  /** The same of the recipe's reference build: what to expect. */
  readonly expectedSize: number | undefined;
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
  const expectedSize =
    recipe.reference && sum(recipe.reference.files, (file) => /^(vmlinux|initramfs)/.test(file.path));
  const status = (state: ImageState, built?: Built) => ({
    recipe,
    state,
    size: built && bootSize(built),
    expectedSize,
  });
  const present = await presentBuild(at, name, hash);
  if (present) return status('built', present);
  const folder = await findCached(at, recipe, hash);
  const cached = folder === undefined ? undefined : await readBuilt(folder);
  if (cached) return status('cached', cached);
  const old = await readBuilt(join(at.dist, name));
  return status(old ? 'outdated' : 'missing', old);
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
  return sum(built.files, (file) => file.role === 'kernel' || file.role === 'initramfs');
}

function sum<T extends { readonly size: number }>(files: readonly T[], counts: (file: T) => boolean): number {
  return files.filter(counts).reduce((total, file) => total + file.size, 0);
}
