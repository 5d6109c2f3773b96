/** The bundled page of `npm start` while it is made, when it is there, and when it cannot be had. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bundledPage, PageBundle } from '../web/cli/dev/bundle/plugin.ts';
import { coreGate } from '../web/cli/dev/serve/core-gate.ts';
import { root, serveSources } from './support/browser.ts';
import type { MockInstance } from 'vitest';
import type { Served } from './support/browser.ts';

let folder: string;
let server: Served | undefined;
let warn: MockInstance<typeof console.warn>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domzero-bundle-'));
  warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

async function serve(bundle: PageBundle): Promise<string> {
  server = await serveSources([bundledPage(bundle, root)]);
  return server.url;
}
const textOf = async (url: string) => (await fetch(url)).text();
const fromSources = /<script[^>]* src="(\.?\/)main\.ts/;

async function fill(): Promise<void> {
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<title>bundled</title>');
  await writeFile(join(folder, 'assets/main-1.js'), 'bundled();');
}

describe('the bundled page', () => {
  it('takes over when all of it is there, and its files stay as they are', async () => {
    let finish = () => undefined as void;
    const built = new Promise<void>((resolve) => (finish = resolve));
    const bundle = new PageBundle(folder, () => built);
    const url = await serve(bundle);
    await fill();
    expect(await textOf(url)).toMatch(fromSources);
    finish();
    await expect.poll(() => textOf(url)).toContain('bundled');
    await rm(folder, { recursive: true });
    for (const address of ['', '?image=linux', 'index.html', 'index.html?boot=cold'])
      expect(await textOf(url + address)).toContain('bundled');
    const page = await fetch(url);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const script = await fetch(`${url}assets/main-1.js`);
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript');
    // The Worker's script has to say so as well
    expect(script.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(warn).not.toHaveBeenCalled();
  });

  it('has the core of now beside it, which it waits for', async () => {
    const core = Promise.reject(new Error('the core cannot be compiled'));
    core.catch(() => undefined);
    const bundle = new PageBundle(folder, () => Promise.resolve());
    server = await serveSources([coreGate(core), bundledPage(bundle, root)]);
    const response = await fetch(`${server.url}core.wasm`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('the core cannot be compiled');
  });

  it('is done without, with one line of warning, when making it fails', async () => {
    await fill();
    const url = await serve(new PageBundle(folder, () => Promise.reject(new Error('no room on the disk'))));
    await expect.poll(() => warn.mock.calls).toEqual([[expect.stringMatching(/^[^\n]*: no room on the disk [^\n]*$/)]]);
    expect(await textOf(url)).toMatch(fromSources);
  });

  it('is done without when its files are not there', async () => {
    const bundle = new PageBundle(join(folder, 'none'), () => Promise.resolve());
    await expect.poll(() => warn.mock.calls.length).toBe(1);
    expect(bundle.files.size).toBe(0);
  });

  it('is left without a word when the server ends', async () => {
    const ended = (signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));
    const bundle = new PageBundle(folder, ended);
    await bundle.close();
    expect(bundle.files.size).toBe(0);
    expect(warn).not.toHaveBeenCalled();
  });
});
