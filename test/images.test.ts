/**
 * Guest images without compiling a kernel: a recipe of a few lines goes the way of the real ones, from progress
 * lines over the cache to resolveImage.
 */
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buildImage,
  ImageError,
  imageStatus,
  listImages,
  resolveImage,
  type ImageProgress,
} from '../web/cli/images.ts';
import { locate } from '../web/cli/images/catalogue.ts';
import { containerArguments, containerCommand } from '../web/cli/images/container.ts';
import { hashRecipe } from '../web/cli/images/hash.ts';
import { withLock } from '../web/cli/images/lock.ts';
import { parseBuilt, parseRecipeManifest } from '../web/cli/images/manifest.ts';
import { parseRecipeLine, ProgressMeter } from '../web/cli/images/progress.ts';

const MANIFEST = {
  name: 'fake',
  title: 'Fake',
  description: 'A recipe for tests.',
  architecture: 'i386',
  memory: '64M',
  minimumMemory: '20M',
  commandLine: 'console=ttyS0',
  prompt: 'fake:~# ',
  licences: [{ part: 'all', licence: 'MIT', package: 'domzero' }],
  build: { source: 'no-such-package', objects: 10, phases: { compile: 3, pack: 1 } },
};

/** Counts its own runs in RUNS, so that a test can tell a build from a cache hit. */
const RECIPE = `#!/bin/sh
. "$(dirname "$0")/../common/lib.sh"
exec 3>&1 >"$DOMZERO_LOG" 2>&1
echo run >>"$RUNS"
echo "@progress compile 0.50 fs/namei.o" >&3
echo "compiling"
if [ -n "$BREAK" ]; then echo "fs/namei.c:1: error: broken on purpose"; echo "@error build the kernel did not compile" >&3; exit 1; fi
cd "$1"
echo kernel | gzip -n >vmlinux.gz; echo initramfs | gzip -n >initramfs.cpio.gz; echo bzImage >bzImage; echo MIT >LICENSES.txt
echo "@progress pack 0.5 sums" >&3
entry() { printf '{"role":"%s","path":"%s","encoding":"%s","size":%s,"sha256":"%s","unpackedSize":1,"unpackedSha256":"%s"}' \\
  "$1" "$2" "$3" "$(wc -c <"$2")" "$(sha256sum "$2" | cut -d' ' -f1)" "$(sha256sum "$2" | cut -d' ' -f1)"; }
printf '{"recipe":"%s","compiler":"cc","packages":[{"name":"p","version":"1","architecture":"all","source":"p 1"}],"files":[%s,%s,%s,%s]}' \\
  "$DOMZERO_RECIPE" "$(entry kernel vmlinux.gz gzip)" "$(entry initramfs initramfs.cpio.gz gzip)" \\
  "$(entry bzImage bzImage none)" "$(entry licences LICENSES.txt none)" >built.json
`;

let base: string;
let places: { root: string; cache: string };

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'domzero-images-'));
  places = { root: join(base, 'project'), cache: join(base, 'cache') };
  await mkdir(join(places.root, 'images', 'common'), { recursive: true });
  await mkdir(join(places.root, 'images', 'fake'));
  await writeFile(join(places.root, 'images', 'common', 'lib.sh'), 'set -eu\n');
  await writeManifest({});
  await writeFile(join(places.root, 'images', 'fake', 'recipe.sh'), RECIPE);
  process.env.RUNS = join(base, 'runs');
  process.env.BREAK = '';
});

afterEach(async () => {
  delete process.env.RUNS;
  delete process.env.BREAK;
  await rm(base, { recursive: true, force: true });
});

async function writeManifest(changes: object): Promise<void> {
  const text = JSON.stringify({ ...MANIFEST, ...changes }, undefined, 2);
  await writeFile(join(places.root, 'images', 'fake', 'manifest.json'), text);
}

async function runs(): Promise<number> {
  return (await readFile(join(base, 'runs'), 'utf8').catch(() => '')).split('\n').length - 1;
}

/** The one entry of the cache. */
async function cacheEntry(): Promise<string> {
  const folder = join(places.cache, 'images', 'fake');
  const [entry, ...more] = await readdir(folder);
  expect(more).toEqual([]);
  return join(folder, entry ?? '');
}

async function failure(work: Promise<unknown>): Promise<ImageError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ImageError);
  return error as ImageError;
}

describe('the recipes of the project', () => {
  it('have valid manifests', async () => {
    const recipes = await listImages();
    expect(recipes.map((recipe) => recipe.name)).toEqual(['linux', 'linux-nano', 'linux64']);
    for (const recipe of recipes) {
      expect(recipe.commandLine).toContain('console=ttyS0');
      expect(recipe.licences.map((entry) => entry.licence)).toContain('GPL-2.0-only');
      const megabytes = (text: string) => Number.parseInt(text, 10);
      expect(megabytes(recipe.memory)).toBeGreaterThanOrEqual(megabytes(recipe.minimumMemory));
    }
  });

  it('set the host name that their prompt shows', async () => {
    for (const recipe of await listImages()) {
      const config = await readFile(join(locate().images, recipe.name, 'kernel.config'), 'utf8');
      const host = /^CONFIG_DEFAULT_HOSTNAME="(.*)"$/m.exec(config)?.[1];
      expect(recipe.prompt).toBe(`${host}:~# `);
    }
  });

  it('have the phases in the manifest that the shell library reports', async () => {
    const common = join(locate().images, 'common');
    const sources = (await readdir(common)).filter((name) => name.endsWith('.sh'));
    const text = (await Promise.all(sources.map((name) => readFile(join(common, name), 'utf8')))).join('\n');
    const reported = new Set([...text.matchAll(/progress (\w+) (?:[\d.]|"\$)/g)].map((match) => match[1]));
    for (const recipe of await listImages()) {
      expect(new Set(Object.keys(recipe.build.phases))).toEqual(reported);
    }
  });
});

describe('manifests', () => {
  it.each([
    ['not JSON', '{', /m\.json: not valid JSON/],
    ['a list', '[]', /m\.json: expected an object, found \[\]/],
    ['no name', JSON.stringify({ ...MANIFEST, name: undefined }), /"name" should be .*; it is missing/],
    ['a name that is a path', JSON.stringify({ ...MANIFEST, name: '../x' }), /"name" should be .*found "\.\.\/x"/],
    ['memory without unit', JSON.stringify({ ...MANIFEST, memory: '64' }), /"memory" should be .*found "64"/],
    ['a number as title', JSON.stringify({ ...MANIFEST, title: 5 }), /"title" should be a text; found 5/],
    [
      'an unknown architecture',
      JSON.stringify({ ...MANIFEST, architecture: 'arm' }),
      /one of i386, x86_64; found "arm"/,
    ],
    [
      'no licences',
      JSON.stringify({ ...MANIFEST, licences: [] }),
      /"licences" should be a list with at least one entry/,
    ],
    ['a bad licence', JSON.stringify({ ...MANIFEST, licences: [{}] }), /licences\[0\]: "part" should be a text/],
    ['a weight of zero', JSON.stringify({ ...MANIFEST, build: { ...MANIFEST.build, phases: { a: 0 } } }), /"phases"/],
  ])('refuse %s', (_, text, message) => {
    expect(() => parseRecipeManifest(text, 'm.json')).toThrow(message);
  });

  it('refuse built files outside of their folder, and a build without a kernel', () => {
    const file = { role: 'kernel', path: '../vmlinux', encoding: 'none', size: 1, unpackedSize: 1 };
    const sums = { sha256: 'a'.repeat(64), unpackedSha256: 'a'.repeat(64) };
    const built = (path: string) =>
      JSON.stringify({ recipe: '', compiler: 'cc', packages: [{}], files: [{ ...file, ...sums, path }] });
    expect(() => parseBuilt(built('../vmlinux'), 'built.json')).toThrow(/files\[0\]: "path" should be/);
    expect(() => parseBuilt(built('vmlinux'), 'built.json')).toThrow(/a list with the role "initramfs"/);
  });

  it('must carry the name of their folder', async () => {
    await writeManifest({ name: 'other' });
    expect((await failure(buildImage('fake', places))).message).toMatch(/"name" is "other", but the folder is "fake"/);
  });
});

describe('the hash of a recipe', () => {
  const hash = () => hashRecipe(locate(places), 'fake');
  const file = (...path: string[]) => join(places.root, 'images', ...path);

  it.each([
    ['the recipe', () => writeFile(file('fake', 'recipe.sh'), `${RECIPE}#`)],
    ['a shared part', () => writeFile(file('common', 'lib.sh'), '')],
    ['a new file', () => writeFile(file('fake', 'motd'), 'hello')],
    ['the permission to execute', () => chmod(file('fake', 'recipe.sh'), 0o755)],
    ['a link', () => symlink('recipe.sh', file('fake', 'link'))],
  ])('changes with %s', async (_, change) => {
    const before = await hash();
    expect(await hash()).toBe(before);
    await change();
    expect(await hash()).not.toBe(before);
  });

  it('does not depend on the description, nor on where the project lies', async () => {
    const before = await hash();
    await writeManifest({ title: 'Another', commandLine: 'quiet' });
    expect(await hash()).toBe(before);
    await cp(places.root, join(base, 'clone'), { recursive: true });
    expect(await hashRecipe(locate({ ...places, root: join(base, 'clone') }), 'fake')).toBe(before);
  });
});

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
    expect(await runs()).toBe(1);
    expect(await readdir(join(places.cache, 'work'))).toEqual([]);
  });

  it('takes a second clone from the cache', async () => {
    await buildImage('fake', places);
    await rm(join(places.root, 'images', 'dist'), { recursive: true });
    expect((await imageStatus('fake', places)).state).toBe('cached');
    expect(await readFile((await resolveImage('fake', places)).bzImage, 'utf8')).toBe('bzImage\n');
    expect(await runs()).toBe(1);
  });

  it.each([
    ['changed bytes', (folder: string) => writeFile(join(folder, 'bzImage'), 'bzImagE\n')],
    ['a file cut short', (folder: string) => writeFile(join(folder, 'vmlinux.gz'), '')],
    ['a missing file', (folder: string) => rm(join(folder, 'initramfs.cpio.gz'))],
    ['a damaged description', (folder: string) => writeFile(join(folder, 'built.json'), '{')],
  ])('builds again when the cache has %s', async (_, damage) => {
    await buildImage('fake', places);
    await rm(join(places.root, 'images', 'dist'), { recursive: true });
    await damage(await cacheEntry());
    await buildImage('fake', places);
    expect(await runs()).toBe(2);
    expect(await readFile(join(await cacheEntry(), 'bzImage'), 'utf8')).toBe('bzImage\n');
  });

  it('builds again when the recipe changed or when told to, and restores what went missing from dist', async () => {
    await buildImage('fake', places);
    await writeFile(join(places.root, 'images', 'fake', 'extra'), '');
    expect((await imageStatus('fake', places)).state).toBe('outdated');
    expect((await failure(resolveImage('fake', places))).message).toMatch(/recipe has changed.*images build fake/);
    await buildImage('fake', places);
    await buildImage('fake', { ...places, force: true });
    expect(await runs()).toBe(3);
    await rm(join(places.root, 'images', 'dist', 'fake', 'bzImage'));
    await resolveImage('fake', places);
    expect((await stat(join(places.root, 'images', 'dist', 'fake', 'bzImage'))).size).toBe(8);
    expect(await runs()).toBe(3);
  });

  it('takes a changed command line without building', async () => {
    await buildImage('fake', places);
    await writeManifest({ commandLine: 'console=ttyS0 quiet' });
    expect((await resolveImage('fake', places)).manifest.commandLine).toBe('console=ttyS0 quiet');
    const written = await readFile(join(places.root, 'images', 'dist', 'fake', 'manifest.json'), 'utf8');
    expect(JSON.parse(written)).toMatchObject({ commandLine: 'console=ttyS0 quiet' });
    expect(await runs()).toBe(1);
  });

  it('lets parallel builds share one run', async () => {
    const manifests = await Promise.all([1, 2, 3].map(() => buildImage('fake', places)));
    expect(await runs()).toBe(1);
    expect(manifests[1]).toEqual(manifests[0]);
  });

  it('adopts files that a container run by hand left in dist', async () => {
    await buildImage('fake', places);
    await rm(join(places.root, 'images', 'dist', 'fake', 'manifest.json'));
    await rm(places.cache, { recursive: true });
    expect((await resolveImage('fake', places)).manifest.title).toBe('Fake');
    expect(await runs()).toBe(1);
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
    await writeFile(join(places.root, 'images', 'fake', 'recipe.sh'), recipe);
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
    await writeFile(join(places.root, 'images', 'fake', 'recipe.sh'), broken);
    const { message } = await failure(buildImage('fake', places));
    expect(message).toMatch(/files do not fit its built\.json: vmlinux\.gz has \d+ bytes instead of 7/);
    await failure(resolveImage('fake', places));
  });

  it('say so when the recipe dies without a word', async () => {
    await writeFile(join(places.root, 'images', 'fake', 'recipe.sh'), 'echo "sh: oops" >&2\nexit 3\n');
    expect((await failure(buildImage('fake', places))).message).toMatch(/^fake: sh: oops/);
  });

  it('end the whole recipe on abort, and leave no scratch files', async () => {
    const recipe = '#!/bin/sh\necho $$ >"$RUNS"\necho "@progress compile 0.1 x"\nsleep 1000\n';
    await writeFile(join(places.root, 'images', 'fake', 'recipe.sh'), recipe);
    const abort = new AbortController();
    const stop = () => abort.abort(new ImageError('stopped'));
    const { message } = await failure(buildImage('fake', { ...places, signal: abort.signal, onProgress: stop }));
    expect(message).toBe('stopped');
    const pid = Number(await readFile(join(base, 'runs'), 'utf8'));
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
    const bin = join(base, 'bin');
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
    expect(await runs()).toBe(1);
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

describe('progress', () => {
  it('reads the lines of a recipe', () => {
    expect(parseRecipeLine('@progress compile 0.25 fs/ext4/inode.o')).toEqual({
      kind: 'progress',
      phase: 'compile',
      fraction: 0.25,
      message: 'fs/ext4/inode.o',
    });
    expect(parseRecipeLine('@error system no apt')).toEqual({ kind: 'error', code: 'system', message: 'no apt' });
    expect(parseRecipeLine('@progress compile x y').kind).toBe('other');
    expect(parseRecipeLine('  CC fs/namei.o').kind).toBe('other');
  });

  it('never falls, never passes 1, and ignores phases that nobody announced', () => {
    const seen: number[] = [];
    const meter = new ProgressMeter({ a: 1, b: 3 }, (progress) => seen.push(progress.fraction));
    for (const [phase, fraction] of [
      ['a', 1],
      ['b', 0.5],
      ['a', 0.2],
      ['other', 1],
      ['b', 7],
    ] as const) {
      meter.update(phase, fraction, '');
    }
    meter.done('');
    expect(seen).toEqual([0.25, 0.625, 0.625, 0.625, 0.99, 1]);
  });
});

describe('the lock', () => {
  const path = () => join(base, 'a.lock');

  it('is taken over from a process that is gone', async () => {
    const dead = { pid: 2 ** 22 + 1, host: hostname(), token: 'x' };
    await writeFile(path(), JSON.stringify(dead));
    expect(await withLock(path(), {}, () => Promise.resolve('done'))).toBe('done');
    await expect(stat(path())).rejects.toThrow(/ENOENT/);
  });

  it('is released after a failure, and waiting for it can be aborted', async () => {
    await expect(withLock(path(), {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await withLock(path(), {}, async () => {
      const abort = new AbortController();
      const onWait = (pid: number) => {
        expect(pid).toBe(process.pid);
        abort.abort();
      };
      await expect(withLock(path(), { signal: abort.signal, onWait }, () => Promise.resolve())).rejects.toThrow(
        /abort/,
      );
    });
  });
});
