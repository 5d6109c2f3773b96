/**
 * The images as the server of `npm start` knows them: which there are, which is being built, which wait. Builds one at
 * a time, in the order asked for, and tells subscribers of every change.
 */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { BuildStatus, LibraryImage, LibraryState } from '../../../app/session/library-protocol.ts';
import { buildImage, imageStatus, ImageError, listImages, resolveImage } from '../../images.ts';
import type { BuildOptions, ImageManifest, ImageProgress, ImageState, RecipeManifest } from '../../images.ts';
import { bootedUrl, describeImage, describeRecipe, readManifest } from './image-files.ts';

/** What each phase of a recipe is called for people. */
const steps: Record<string, string> = {
  wait: 'Waiting for another build',
  packages: 'Fetching packages',
  source: 'Unpacking the kernel’s source',
  configure: 'Configuring the kernel',
  compile: 'Compiling the kernel',
  bzimage: 'Packing the kernel',
  initramfs: 'Making the file system',
  pack: 'Compressing',
  done: 'Done',
};

interface Events {
  change: [];
  log: [line: string];
}

/** How a build shows itself in the shell that `npm start` was called from. */
export interface BuildReporter {
  begin(name: string): { update(progress: ImageProgress): void; stop(): void };
  ready(name: string): void;
  failed(name: string, error: Error): void;
}

/** What the queue needs of the images; a test has its own. */
export interface ImageSource {
  list(): Promise<RecipeManifest[]>;
  state(name: string): Promise<ImageState>;
  /** The manifest of a built or cached image, or of one that an older recipe built. */
  manifest(name: string, state: ImageState): Promise<ImageManifest | undefined>;
  build(name: string, options: BuildOptions): Promise<ImageManifest>;
}

export function imagesIn(root: string): ImageSource {
  return {
    list: () => listImages(root),
    state: async (name) => (await imageStatus(name, { root })).state,
    manifest: async (name, state) => {
      if (state === 'built' || state === 'cached') return (await resolveImage(name, { root })).manifest;
      return state === 'outdated' ? readManifest(join(root, 'images/dist', name)) : undefined;
    },
    build: (name, options) => buildImage(name, { ...options, root }),
  };
}

export class BuildQueue extends EventEmitter<Events> {
  /** The last lines of the build, for a page that opens late. */
  readonly recent: string[] = [];
  private readonly images = new Map<string, LibraryImage>();
  private readonly recipes = new Map<string, RecipeManifest>();
  /** Those that need no build. A ready one that is not among them was built by an older recipe. */
  private readonly current = new Set<string>();
  private readonly waiting: string[] = [];
  private build: BuildStatus | undefined;
  /** The core is being compiled. */
  private core = false;
  private work: Promise<void> | undefined;
  private making: string | undefined;
  private readonly abort = new AbortController();

  constructor(
    private readonly source: ImageSource,
    private readonly reporter: BuildReporter,
    /** The image asked for on the command line. */
    private readonly start?: string,
  ) {
    super();
  }

  /** Reads all recipes and what is built or cached of them. */
  async load(): Promise<void> {
    for (const recipe of await this.source.list()) {
      const { name } = recipe;
      const state = await this.source.state(name);
      const manifest = await this.source.manifest(name, state);
      this.recipes.set(name, recipe);
      this.images.set(name, manifest ? describeImage(manifest) : describeRecipe(recipe, 'missing'));
      if (state === 'built' || state === 'cached') this.current.add(name);
    }
    if (this.start !== undefined) this.recipe(this.start);
  }

  private recipe(name: string): RecipeManifest {
    const recipe = this.recipes.get(name);
    if (recipe) return recipe;
    throw new ImageError(`there is no image "${name}"; there are: ${[...this.recipes.keys()].join(', ') || 'none'}`);
  }

  get state(): LibraryState {
    const images = [...this.images.values()];
    return { images, start: this.start, build: this.build, core: this.core ? 'building' : undefined };
  }

  /** Says that the core is being compiled, until it is. */
  async whileCompiling(core: Promise<void>): Promise<void> {
    this.core = true;
    await core.catch(() => undefined);
    this.core = false;
    this.emit('change');
  }

  /** It can be booted, and nothing is about to replace it. */
  isReady(name: string): boolean {
    return this.images.get(name)?.state === 'ready' && !this.waiting.includes(name) && this.making !== name;
  }

  /** There is a snapshot of the booted image from now on. */
  announceBooted(name: string, key: string): void {
    const image = this.images.get(name);
    if (image?.state !== 'ready') return;
    this.images.set(name, { ...image, booted: bootedUrl(name, key) });
    this.emit('change');
  }

  /** Builds an image that is not up to date when its turn comes; an unknown name is an error. */
  enqueue(name: string): void {
    const recipe = this.recipe(name);
    if (this.current.has(name) || this.waiting.includes(name) || this.making === name) return;
    this.waiting.push(name);
    if (this.images.get(name)?.state !== 'ready') this.images.set(name, describeRecipe(recipe, 'building'));
    this.emit('change');
    this.work ??= this.makeAll();
  }

  /** Ends a running build; resolves when it has cleaned up behind itself. */
  async close(): Promise<void> {
    this.waiting.length = 0;
    this.abort.abort(new ImageError('interrupted'));
    await this.work;
  }

  private async makeAll(): Promise<void> {
    for (let name = this.waiting.shift(); name !== undefined; name = this.waiting.shift()) {
      await this.make(this.recipe(name));
    }
    this.work = undefined;
  }

  private async make(recipe: RecipeManifest): Promise<void> {
    const { name } = recipe;
    this.making = name;
    this.recent.length = 0;
    this.build = { name, step: 'Preparing' };
    const bar = this.reporter.begin(name);
    const onProgress = (progress: ImageProgress) => {
      bar.update(progress);
      this.follow(name, progress);
    };
    try {
      const manifest = await this.source.build(name, { onProgress, signal: this.abort.signal });
      bar.stop();
      this.images.set(name, describeImage(manifest));
      this.current.add(name);
      this.build = undefined;
      this.reporter.ready(name);
    } catch (error) {
      bar.stop();
      this.fail(recipe, error instanceof Error ? error : new Error(String(error)));
    }
    this.making = undefined;
    this.emit('change');
  }

  private fail(recipe: RecipeManifest, error: Error): void {
    if (this.abort.signal.aborted) return;
    const { name } = recipe;
    if (this.images.get(name)?.state !== 'ready') this.images.set(name, describeRecipe(recipe, 'missing'));
    this.build = { name, step: 'Failed', error: error.message };
    for (const line of error instanceof ImageError ? error.logTail : []) this.log(line);
    this.reporter.failed(name, error);
  }

  private follow(name: string, { phase, fraction, message }: ImageProgress): void {
    this.build = { name, step: steps[phase] ?? phase, fraction };
    this.log(phase === 'compile' ? message : `${phase}: ${message}`);
    this.emit('change');
  }

  private log(line: string): void {
    this.recent.push(line);
    if (this.recent.length > 200) this.recent.shift();
    this.emit('log', line);
  }
}
