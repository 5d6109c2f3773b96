/** Builds an image, or takes it from the cache; the steps and what each leaves are in docs/images.md. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { locate, readRecipe, type Locations, type Places } from './catalogue.ts';
import { containerArguments, containerCommand, type Engine } from './container.ts';
import { ImageError } from './error.ts';
import { hashRecipe } from './hash.ts';
import { withLock } from './lock.ts';
import type { Built, ImageManifest, RecipeManifest } from './manifest.ts';
import { ProgressMeter, type ImageProgress } from './progress.ts';
import { logTail, runRecipe, type RecipeFailure } from './run-recipe.ts';
import { BUILT, cacheFolder, findCached, findDamage, install, readBuilt, writeManifest } from './store.ts';

export interface BuildOptions extends Places {
  readonly onProgress?: ((progress: ImageProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Build in a container of this engine instead of on this system. */
  readonly container?: Engine | undefined;
  /** Build again even when there is a result, with the newest packages. */
  readonly force?: boolean | undefined;
}

/** What the steps of one build share. */
interface Job {
  readonly at: Locations;
  readonly recipe: RecipeManifest;
  readonly hash: string;
  readonly meter: ProgressMeter;
  readonly options: BuildOptions;
}

export async function buildImage(name: string, options: BuildOptions = {}): Promise<ImageManifest> {
  const at = locate(options);
  const recipe = await readRecipe(at, name);
  const hash = await hashRecipe(at, name);
  const meter = new ProgressMeter(recipe.build.phases, options.onProgress ?? (() => {}));
  const job: Job = { at, recipe, hash, meter, options };
  const lock = join(at.cache, 'locks', `${name}.lock`);
  const onWait = (pid: number) => meter.update('wait', 0, `waiting for another build of ${name} (process ${pid})`);
  const built = await withLock(lock, { signal: options.signal, onWait }, () => obtain(job));
  const manifest = await writeManifest(join(at.dist, name), recipe, built);
  meter.done(`${name} is ready`);
  return manifest;
}

/** The quickest way to have the files in images/dist: they are there, they are in the cache, or the recipe makes them. */
async function obtain(job: Job): Promise<Built> {
  if (!job.options.force) {
    const present = await presentBuild(job.at, job.recipe.name, job.hash);
    if (present) return present;
    const restored = await restoreImage(job.at, job.recipe, job.hash);
    if (restored) return restored;
  }
  return make(job);
}

/** The files in images/dist when they are of this recipe and whole (by size: they are ours and were verified). */
export async function presentBuild(at: Locations, name: string, hash: string): Promise<Built | undefined> {
  const folder = join(at.dist, name);
  const built = await readBuilt(folder);
  if (built?.recipe !== hash) return undefined;
  return (await findDamage(folder, built, false)) === undefined ? built : undefined;
}

/** Copies the image from the cache after checking every sum; a damaged entry is thrown away. */
export async function restoreImage(at: Locations, recipe: RecipeManifest, hash: string): Promise<Built | undefined> {
  const folder = await findCached(at, recipe, hash);
  if (folder === undefined) return undefined;
  const built = await readBuilt(folder);
  if (built?.recipe !== hash || (await findDamage(folder, built, true)) !== undefined) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  await install(folder, built, join(at.dist, recipe.name));
  return built;
}

async function make(job: Job): Promise<Built> {
  const { at, recipe } = job;
  const log = join(at.cache, 'logs', `${recipe.name}.log`);
  for (const folder of ['logs', 'work']) await mkdir(join(at.cache, folder), { recursive: true });
  await removeLeftovers(join(at.cache, 'work'), recipe.name);
  const scratch = await mkdtemp(join(at.cache, 'work', `${recipe.name}-`));
  try {
    const out = join(scratch, 'out');
    const work = join(scratch, 'work');
    for (const folder of [out, work]) await mkdir(folder);
    const failure = await runRecipe({
      ...command(job, out, work, log),
      log,
      meter: job.meter,
      signal: job.options.signal,
    });
    if (failure) throw await explain(job, failure, log);
    return await accept(job, out);
  } finally {
    // A tree of 70,000 files: some compilers may still be ending after an abort
    await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Scratch folders of builds that were killed. INVARIANT: this process holds the image's lock, so none is in use. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  const left = (await readdir(folder)).filter(
    (entry) => /^-.{6}$/.test(entry.slice(name.length)) && entry.startsWith(name),
  );
  for (const entry of left) await rm(join(folder, entry), { recursive: true, force: true });
}

function command(job: Job, out: string, work: string, log: string) {
  const { at, recipe, hash: recipeHash, options } = job;
  const fresh = options.force ?? false;
  if (options.container) {
    const args = containerArguments(at, {
      engine: options.container,
      name: recipe.name,
      recipe: recipeHash,
      out,
      fresh,
    });
    return { command: options.container, args, env: {} };
  }
  const env = {
    DOMZERO_CACHE: at.cache,
    DOMZERO_WORK: work,
    DOMZERO_LOG: log,
    DOMZERO_RECIPE: recipeHash,
    DOMZERO_FRESH: fresh ? '1' : '',
  };
  return { command: 'sh', args: [join(at.images, recipe.name, 'recipe.sh'), out], env };
}

async function explain(job: Job, failure: RecipeFailure, log: string): Promise<ImageError> {
  const { at, recipe, hash } = job;
  if (failure.code === 'system' && !job.options.container) {
    const line = containerCommand(at, 'docker', recipe.name, hash);
    return new ImageError(
      `${recipe.name}: ${failure.message}; the same recipe runs in a container: ` +
        `npx domzero images build ${recipe.name} --container docker (or podman), which is: ${line}`,
    );
  }
  return new ImageError(`${recipe.name}: ${failure.message} (the log: ${log})`, {
    tail: await logTail(log),
    file: log,
  });
}

/** Checks what the recipe made before anything else sees it, keeps it in the cache, and puts it in place. */
async function accept(job: Job, out: string): Promise<Built> {
  const { at, recipe, hash } = job;
  const built = await readBuilt(out);
  if (!built) throw new ImageError(`${recipe.name}: the recipe ended well but left no valid ${BUILT}`);
  if (built.recipe !== hash) throw new ImageError(`${recipe.name}: the recipe did not copy DOMZERO_RECIPE to ${BUILT}`);
  // The hash was taken before the recipe ran; files edited since may or may not be in the result
  if ((await hashRecipe(at, recipe.name)) !== hash) {
    throw new ImageError(
      `${recipe.name}: the recipe changed while it was being built; build again (its kernel is kept)`,
    );
  }
  const damage = await findDamage(out, built, true);
  if (damage) throw new ImageError(`${recipe.name}: the recipe's files do not fit its ${BUILT}: ${damage}`);
  await install(out, built, cacheFolder(at, recipe, built));
  await install(out, built, join(at.dist, recipe.name));
  return built;
}
