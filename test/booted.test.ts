/** Snapshots of booted images on the disk: which file counts as up to date, and what is in one that was made. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { booted, BootedStore, UNFINISHED } from '../web/cli/dev/booted/store.ts';
import { buildImage } from '../web/cli/images.ts';
import { inspectSnapshot } from '../web/client/index.ts';
import { bootedFile } from './support/booted.ts';
import { root } from './support/browser.ts';

describe('the key of a snapshot', () => {
  let folder: string;
  let store: BootedStore;
  const manifest = {
    ...{ name: 'fake', memory: '64M', commandLine: 'quiet', prompt: 'fake:~# ', agent: true },
    files: [{ role: 'kernel', path: 'k', unpackedSha256: 'aa' }],
  };
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const describeImage = (changes: object = {}) =>
    put('images/dist/fake/manifest.json', JSON.stringify({ ...manifest, ...changes }));
  const key = () => store.keyOf({ ...booted('fake'), script: 'script.txt' });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domzero-booted-'));
    store = new BootedStore(folder);
    await describeImage();
    await put('build/core.wasm', 'a core');
    await put('web/machine/machine.ts', 'a host');
    await put('web/cli/dev/booted/make.ts', 'a maker');
    await put('script.txt', 'ls');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is another one when anything is other that decides it', async () => {
    const first = await key();
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(await key()).toBe(first);
    const seen = new Set([first]);
    const changes: (() => Promise<void>)[] = [
      () => describeImage({ files: [{ role: 'kernel', path: 'k', unpackedSha256: 'bb' }] }),
      () => describeImage({ commandLine: 'loud' }),
      () => describeImage({ memory: '96M' }),
      () => put('build/core.wasm', 'another core'),
      () => put('web/machine/machine.ts', 'another host'),
      () => put('script.txt', 'pwd'),
    ];
    for (const change of changes) {
      await change();
      seen.add(await key());
    }
    expect(seen.size).toBe(changes.length + 1);
  });

  it('is not changed by how an image is called', async () => {
    const first = await key();
    await describeImage({ title: 'Another title', description: 'in other words' });
    expect(await key()).toBe(first);
  });

  it('does not exist without image or core', async () => {
    await rm(join(folder, 'build/core.wasm'));
    expect(await key()).toBeUndefined();
    expect(await store.keyOf(booted('nope'))).toBeUndefined();
  });

  it('finds its file, and only that; older ones go, those of other names stay', async () => {
    const now = (await store.keyOf(booted('fake'))) ?? '';
    expect(await store.find(booted('fake'))).toBeUndefined();
    for (const name of [`fake-${now}`, 'fake-0123456789abcdef', 'fake-two-0123456789abcdef'])
      await put(`build/booted/${name}.dzsnap`, 'DZSNAP');
    expect(await store.find(booted('fake'))).toBe(now);
    await store.dropOld('fake', now);
    const left = await readdir(join(folder, 'build/booted'));
    expect(left.sort()).toEqual([`fake-${now}.dzsnap`, 'fake-two-0123456789abcdef.dzsnap'].sort());
  });
});

describe('a snapshot that was made', () => {
  it('is of the image at its prompt, with what the terminal showed', async () => {
    const { manifest } = { manifest: await buildImage('linux-nano', { root }) };
    const { header, text } = await inspectSnapshot(await readFile(await bootedFile(booted('linux-nano'))));
    expect(header).toMatchObject({ name: 'linux-nano', memory: 64 << 20, clock: 'host' });
    expect(header.image.commandLine).toBe(manifest.commandLine);
    expect(text).toMatch(/nano:~# $/);
  }, 600_000);

  it('of the gallery has the lines of its script behind it', async () => {
    await buildImage('linux-nano', { root });
    const { text } = await inspectSnapshot(await readFile(await bootedFile(UNFINISHED)));
    expect(text).toMatch(/^total 0\nnano:~\/orders# $/m);
  }, 600_000);
});
