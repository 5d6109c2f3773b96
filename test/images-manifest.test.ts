/** What describes an image, and the parts under its build: manifests, the hash of a recipe, progress, the lock. */
import { chmod, cp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildImage, listImages } from '../web/cli/images.ts';
import { locate } from '../web/cli/images/catalogue.ts';
import { hashRecipe } from '../web/cli/images/hash.ts';
import { withLock } from '../web/cli/images/lock.ts';
import { compareWithReference, parseBuilt, parseRecipeManifest } from '../web/cli/images/manifest.ts';
import { parseRecipeLine, ProgressMeter } from '../web/cli/images/progress.ts';
import { failure, FakeProject, MANIFEST, RECIPE } from './support/fake-image.ts';

let fake: FakeProject;
let places: FakeProject['places'];

beforeEach(async () => {
  fake = await FakeProject.create();
  places = fake.places;
});

afterEach(() => fake.remove());

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
    ['a text as agent', JSON.stringify({ ...MANIFEST, agent: 'yes' }), /"agent" should be true or false; found "yes"/],
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

  it('compare a build with the reference of the recipe', async () => {
    const bzImage = { path: 'bzImage', size: 8, sha256: 'c'.repeat(64) };
    const compare = async (source: string, changes: object) => {
      await fake.writeManifest({
        reference: { source, compiler: 'cc', files: [{ ...bzImage, ...changes }] },
        build: { ...MANIFEST.build, source: 'p' },
      });
      const manifest = await buildImage('fake', places);
      return compareWithReference(manifest, manifest);
    };
    const { sha256 } = (await buildImage('fake', places)).files.find((file) => file.path === 'bzImage') ?? bzImage;
    expect(await compare('1', { sha256 })).toBe('identical');
    expect(await compare('1', {})).toBe('same packages, but other bytes in bzImage');
    expect(await compare('2', { sha256 })).toBe('made from p 2, this one from 1');
  });

  it('must carry the name of their folder', async () => {
    await fake.writeManifest({ name: 'other' });
    expect((await failure(buildImage('fake', places))).message).toMatch(/"name" is "other", but the folder is "fake"/);
  });
});

describe('the hash of a recipe', () => {
  const hash = () => hashRecipe(locate(places), 'fake');

  it.each([
    ['the recipe', () => writeFile(fake.file('fake', 'recipe.sh'), `${RECIPE}#`)],
    ['a shared part', () => writeFile(fake.file('common', 'lib.sh'), '')],
    ['a new file', () => writeFile(fake.file('fake', 'motd'), 'hello')],
    ['the permission to execute', () => chmod(fake.file('fake', 'recipe.sh'), 0o755)],
    ['a link', () => symlink('recipe.sh', fake.file('fake', 'link'))],
  ])('changes with %s', async (_, change) => {
    const before = await hash();
    expect(await hash()).toBe(before);
    await change();
    expect(await hash()).not.toBe(before);
  });

  it('does not depend on the description, nor on where the project lies', async () => {
    const before = await hash();
    await fake.writeManifest({ title: 'Another', commandLine: 'quiet' });
    expect(await hash()).toBe(before);
    await cp(places.root, join(fake.base, 'clone'), { recursive: true });
    expect(await hashRecipe(locate({ ...places, root: join(fake.base, 'clone') }), 'fake')).toBe(before);
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
  const path = () => join(fake.base, 'a.lock');

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
