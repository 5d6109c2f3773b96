/** The server's queue of builds with images of the test's own: order, progress, failure, what pages are told. */
import { describe, expect, it } from 'vitest';
import { BuildQueue } from '../web/cli/dev/serve/library.ts';
import type { BuildReporter, ImageSource } from '../web/cli/dev/serve/library.ts';
import { ImageError } from '../web/cli/images.ts';
import type { BuildOptions, ImageManifest, ImageState, RecipeManifest } from '../web/cli/images.ts';

function recipe(name: string): RecipeManifest {
  return {
    name,
    title: name.toUpperCase(),
    description: 'of a test',
    architecture: 'i386',
    memory: '64M',
    minimumMemory: '20M',
    commandLine: 'console=ttyS0',
    prompt: '# ',
    licences: [],
    build: { source: 's', objects: 1, phases: { compile: 1 } },
  };
}

function manifest(name: string): ImageManifest {
  const file = { encoding: 'gzip', sha256: '', unpackedSize: 1, unpackedSha256: '' } as const;
  return {
    ...recipe(name),
    recipe: 'hash',
    compiler: 'cc',
    packages: [],
    files: [
      { ...file, role: 'kernel', path: 'vmlinux.gz', size: 100 },
      { ...file, role: 'initramfs', path: 'initramfs.cpio.gz', size: 23 },
      { ...file, role: 'bzImage', path: 'bzImage', size: 1000 },
    ],
  };
}

/** A build that waits until the test ends it. */
interface Pending {
  readonly name: string;
  readonly options: BuildOptions;
  succeed(): void;
  fail(error: Error): void;
}

class TestImages implements ImageSource {
  readonly builds: Pending[] = [];
  private arrived: (() => void) | undefined;

  constructor(private readonly states: Record<string, ImageState>) {}

  list = () => Promise.resolve(Object.keys(this.states).map(recipe));
  state = (name: string) => Promise.resolve(this.states[name] ?? 'missing');
  manifest = (name: string, state: ImageState) => Promise.resolve(state === 'missing' ? undefined : manifest(name));
  build = (name: string, options: BuildOptions) =>
    new Promise<ImageManifest>((resolve, reject) => {
      this.builds.push({ name, options, succeed: () => resolve(manifest(name)), fail: reject });
      this.arrived?.();
    });

  /** The build with this number, once it has begun. */
  async begun(index: number): Promise<Pending> {
    for (;;) {
      const build = this.builds[index];
      if (build) return build;
      await new Promise<void>((resolve) => (this.arrived = resolve));
    }
  }
}

const silent: BuildReporter = {
  begin: () => ({ update: () => {}, stop: () => {} }),
  ready: () => {},
  failed: () => {},
};

async function queueOf(states: Record<string, ImageState>, start?: string): Promise<[BuildQueue, TestImages]> {
  const images = new TestImages(states);
  const queue = new BuildQueue(images, silent, start);
  await queue.load();
  return [queue, images];
}

const stateOf = (queue: BuildQueue, name: string) => queue.state.images.find((image) => image.name === name);
const changed = (queue: BuildQueue) => new Promise<void>((resolve) => queue.once('change', resolve));

describe('the build queue', () => {
  it('describes a built image with URLs beside the page and what is to be downloaded', async () => {
    const [queue] = await queueOf({ a: 'built' });
    expect(stateOf(queue, 'a')).toMatchObject({
      state: 'ready',
      size: 123,
      kernel: 'images/a/vmlinux.gz',
      initrd: 'images/a/initramfs.cpio.gz',
    });
  });

  it('builds one after the other, in the order asked for, each once', async () => {
    const [queue, images] = await queueOf({ a: 'missing', b: 'missing', c: 'built' });
    for (const name of ['a', 'b', 'a', 'b', 'c']) queue.enqueue(name);
    expect([stateOf(queue, 'a')?.state, stateOf(queue, 'b')?.state]).toEqual(['building', 'building']);
    (await images.begun(0)).succeed();
    const second = await images.begun(1);
    expect(stateOf(queue, 'a')?.state).toBe('ready');
    expect(queue.state.build?.name).toBe('b');
    const last = changed(queue);
    second.succeed();
    await last;
    expect(images.builds.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(queue.state.build).toBeUndefined();
  });

  it('passes on progress in words, and the lines of the build', async () => {
    const [queue, images] = await queueOf({ a: 'missing' });
    const lines: string[] = [];
    queue.on('log', (line) => lines.push(line));
    queue.enqueue('a');
    const build = await images.begun(0);
    build.options.onProgress?.({ phase: 'compile', fraction: 0.5, message: 'kernel/fork.o' });
    expect(queue.state.build).toEqual({ name: 'a', step: 'Compiling the kernel', fraction: 0.5 });
    expect(lines).toEqual(['kernel/fork.o']);
    expect(queue.recent).toEqual(['kernel/fork.o']);
    build.succeed();
  });

  it('reports a failure with the tail of the log, can try again, and goes on with the next', async () => {
    const [queue, images] = await queueOf({ a: 'missing', b: 'missing' });
    const lines: string[] = [];
    queue.on('log', (line) => lines.push(line));
    queue.enqueue('a');
    const build = await images.begun(0);
    const failed = changed(queue);
    build.fail(new ImageError('a: broken', { tail: ['cc: error'], file: '/log' }));
    await failed;
    expect(queue.state.build).toMatchObject({ name: 'a', error: 'a: broken' });
    expect(stateOf(queue, 'a')?.state).toBe('missing');
    expect(lines).toEqual(['cc: error']);
    queue.enqueue('a');
    queue.enqueue('b');
    (await images.begun(1)).succeed();
    expect((await images.begun(2)).name).toBe('b');
  });

  it('offers what an older recipe built until the new one is there', async () => {
    const [queue, images] = await queueOf({ a: 'outdated' });
    queue.enqueue('a');
    expect(stateOf(queue, 'a')?.state).toBe('ready');
    expect((await images.begun(0)).name).toBe('a');
  });

  it('refuses to start with an image that there is not', async () => {
    await expect(queueOf({ a: 'built' }, 'b')).rejects.toThrow('there is no image "b"; there are: a');
  });
});
