/** Building an image, the cache, failures, the container: a fake recipe goes the way of the real ones. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildImage, ImageError, imageStatus, resolveImage, type ImageProgress } from '../web/cli/images.ts';
import { locate } from '../web/cli/images/catalogue.ts';
import { containerArguments, containerCommand } from '../web/cli/images/container.ts';
import { hashRecipe } from '../web/cli/images/hash.ts';
import { failure, FakeProject, RECIPE } from './support/fake-image.ts';

let fake: FakeProject;
let places: FakeProject['places'];

beforeEach(async () => {
  fake = await FakeProject.create();
  places = fake.places;
});

afterEach(() => fake.remove());

describe('building', () => {
  it('runs the recipe once, reports progress that only grows, and leaves files that can be found', async () => {
    const seen: ImageProgress[] = [];
    expect((await imageStatus('fake', places)).state).toBe('missing');
    const manifest = await buildImage('fake', { ...places, onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      { phase: 'compile', fraction: 0.375, message: 'fs/namei.o' },
      { phase: 'pack', fraction: 0.875, message: 'sums' },
      { phase: 'done', fraction: 1, message: 'fake is ready' },
    ]);
    const image = await resolveImage('fake', places);
    expect(gunzipSync(await readFile(image.kernel)).toString()).toBe('kernel\n');
    expect(gunzipSync(await readFile(image.initramfs)).toString()).toBe('initramfs\n');
    expect(await readFile(image.bzImage, 'utf8')).toBe('bzImage\n');
    expect(JSON.parse(await readFile(join(image.directory, 'manifest.json'), 'utf8'))).toEqual(manifest);
    expect((await imageStatus('fake', places)).state).toBe('built');
    await buildImage('fake', places);
    expect(await fake.runs()).toBe(1);
    expect(await readdir(join(places.cache, 'work'))).toEqual([]);
  });

  it('takes a second clone from the cache', async () => {
    await buildImage('fake', places);
    await rm(fake.file('dist'), { recursive: true });
    expect((await imageStatus('fake', places)).state).toBe('cached');
    expect(await readFile((await resolveImage('fake', places)).bzImage, 'utf8')).toBe('bzImage\n');
    expect(await fake.runs()).toBe(1);
  });

  it.each([
    ['changed bytes', (folder: string) => writeFile(join(folder, 'bzImage'), 'bzImagE\n')],
    ['a file cut short', (folder: string) => writeFile(join(folder, 'vmlinux.gz'), '')],
    ['a missing file', (folder: string) => rm(join(folder, 'initramfs.cpio.gz'))],
    ['a damaged description', (folder: string) => writeFile(join(folder, 'built.json'), '{')],
  ])('builds again when the cache has %s', async (_, damage) => {
    await buildImage('fake', places);
    await rm(fake.file('dist'), { recursive: true });
    await damage(await fake.cacheEntry());
    await buildImage('fake', places);
    expect(await fake.runs()).toBe(2);
    expect(await readFile(join(await fake.cacheEntry(), 'bzImage'), 'utf8')).toBe('bzImage\n');
  });

  it('builds again when the recipe changed or when told to, and restores what went missing from dist', async () => {
    await buildImage('fake', places);
    await writeFile(fake.file('fake', 'extra'), '');
    expect((await imageStatus('fake', places)).state).toBe('outdated');
    expect((await failure(resolveImage('fake', places))).message).toMatch(/recipe has changed.*images build fake/);
    await buildImage('fake', places);
    await buildImage('fake', { ...places, force: true });
    expect(await fake.runs()).toBe(3);
    await rm(fake.file('dist', 'fake', 'bzImage'));
    await resolveImage('fake', places);
    expect((await stat(fake.file('dist', 'fake', 'bzImage'))).size).toBe(8);
    expect(await fake.runs()).toBe(3);
  });

  it('takes a changed command line without building', async () => {
    await buildImage('fake', places);
    await fake.writeManifest({ commandLine: 'console=ttyS0 quiet' });
    expect((await resolveImage('fake', places)).manifest.commandLine).toBe('console=ttyS0 quiet');
    const written = await readFile(fake.file('dist', 'fake', 'manifest.json'), 'utf8');
    expect(JSON.parse(written)).toMatchObject({ commandLine: 'console=ttyS0 quiet' });
    expect(await fake.runs()).toBe(1);
  });

  it('lets parallel builds share one run', async () => {
    const manifests = await Promise.all([1, 2, 3].map(() => buildImage('fake', places)));
    expect(await fake.runs()).toBe(1);
    expect(manifests[1]).toEqual(manifests[0]);
  });

  it('adopts files that a container run by hand left in dist', async () => {
    await buildImage('fake', places);
    await rm(fake.file('dist', 'fake', 'manifest.json'));
    await rm(places.cache, { recursive: true });
    expect((await resolveImage('fake', places)).manifest.title).toBe('Fake');
    expect(await fake.runs()).toBe(1);
  });
});

describe('failures', () => {
  it('show the end of the log and change nothing', async () => {
    process.env.BREAK = '1';
    const error = await failure(buildImage('fake', places));
    expect(error.message).toMatch(/^fake: the kernel did not compile \(the log: .*fake\.log\)$/);
    expect(error.logTail).toEqual(['compiling', 'fs/namei.c:1: error: broken on purpose']);
    expect(error.logFile).toBe(join(places.cache, 'logs', 'fake.log'));
    expect(await readdir(join(places.cache, 'work'))).toEqual([]);
    expect((await imageStatus('fake', places)).state).toBe('missing');
    expect((await failure(resolveImage('fake', places))).message).toMatch(
      /not built yet; run: npx domzero images build/,
    );
  });

  it('name the known images when one is unknown', async () => {
    const error = await failure(buildImage('linx', places));
    expect(error.message).toBe('there is no image "linx"; there are: fake');
  });

  it('offer a container where the system cannot build', async () => {
    const recipe = '#!/bin/sh\necho "@error system this system has no apt-get"\nexit 1\n';
    await fake.writeRecipe(recipe);
    const { message } = await failure(buildImage('fake', places));
    expect(message).toContain('fake: this system has no apt-get; the same recipe runs in a container: ');
    expect(message).toContain('npx domzero images build fake --container docker');
    expect(message).toContain(
      containerCommand(locate(places), 'docker', 'fake', await hashRecipe(locate(places), 'fake')),
    );
    expect(message).not.toContain('\n');
  });

  it('refuse files that do not fit what the recipe says about them', async () => {
    const broken = RECIPE.replace('"$(wc -c <"$2")"', '"7"');
    await fake.writeRecipe(broken);
    const { message } = await failure(buildImage('fake', places));
    expect(message).toMatch(/files do not fit its built\.json: vmlinux\.gz has \d+ bytes instead of 7/);
    await failure(resolveImage('fake', places));
  });

  it('say so when the recipe dies without a word', async () => {
    await writeFile(fake.file('fake', 'recipe.sh'), 'echo "sh: oops" >&2\nexit 3\n');
    expect((await failure(buildImage('fake', places))).message).toMatch(/^fake: sh: oops/);
  });

  it('end the whole recipe on abort, and leave no scratch files', async () => {
    const recipe = '#!/bin/sh\necho $$ >"$RUNS"\necho "@progress compile 0.1 x"\nsleep 1000\n';
    await fake.writeRecipe(recipe);
    const abort = new AbortController();
    const stop = () => abort.abort(new ImageError('stopped'));
    const { message } = await failure(buildImage('fake', { ...places, signal: abort.signal, onProgress: stop }));
    expect(message).toBe('stopped');
    const pid = Number(await readFile(join(fake.base, 'runs'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(await readdir(join(places.cache, 'work'))).toEqual([]);
    expect(await readdir(join(places.cache, 'locks'))).toEqual([]);
  });
});

describe('the container', () => {
  it('gets the recipes read-only, the result folder and the cache', () => {
    const at = locate(places);
    const run = { name: 'fake', recipe: 'abc', out: '/tmp/out' };
    const docker = containerArguments(at, { engine: 'docker', ...run });
    expect(docker.slice(0, 2)).toEqual(['run', '--rm']);
    expect(docker).toContain(`${at.images}:/images:ro`);
    expect(docker).toContain('/tmp/out:/out');
    expect(docker).toContain(`${at.cache}:/cache`);
    expect(docker).toContain('DOMZERO_RECIPE=abc');
    expect(docker).toContain(`DOMZERO_OWNER=${process.getuid?.()}:${process.getgid?.()}`);
    expect(docker.slice(-4)).toEqual(['debian:12', 'sh', '/images/fake/recipe.sh', '/out']);
    const podman = containerArguments(at, { engine: 'podman', ...run });
    expect(podman.some((word) => word.startsWith('DOMZERO_OWNER'))).toBe(false);
  });

  it('is run by the engine that was asked for, through the same path', async () => {
    // An "engine" that maps the mounted folders back and runs the recipe: what docker does, without docker
    const bin = join(fake.base, 'bin');
    await mkdir(bin);
    const engine = `#!/bin/sh
for word; do case $word in
  *:/images:ro) images=\${word%:/images:ro} ;; *:/out) out=\${word%:/out} ;; *:/cache) cache=\${word%:/cache} ;;
  DOMZERO_RECIPE=*) export "$word" ;;
esac; done
DOMZERO_LOG=$cache/logs/fake.log exec sh "$images/fake/recipe.sh" "$out"
`;
    await writeFile(join(bin, 'podman'), engine, { mode: 0o755 });
    const path = process.env.PATH;
    try {
      process.env.PATH = `${bin}:${path}`;
      await buildImage('fake', { ...places, container: 'podman' });
    } finally {
      process.env.PATH = path;
    }
    expect(await fake.runs()).toBe(1);
    expect((await imageStatus('fake', places)).state).toBe('built');
  });

  it('says when the engine is not installed', async () => {
    const path = process.env.PATH;
    try {
      process.env.PATH = '';
      const { message } = await failure(buildImage('fake', { ...places, container: 'docker' }));
      expect(message).toBe('docker is not installed');
    } finally {
      process.env.PATH = path;
    }
  });

  it('quotes paths with spaces in the line to type', () => {
    const line = containerCommand(locate({ root: '/a b', cache: '/c' }), 'docker', 'fake', 'abc');
    expect(line).toContain("-v '/a b/images:/images:ro'");
    expect(line).toContain("mkdir -p '/a b/images/dist/fake' /c/logs && docker run --rm");
  });
});
