/** `npm start` as a user calls it: what it prints, serves, refuses, and that its page boots. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LibraryState } from '../web/app/session/library-protocol.ts';
import { canOpenBrowser } from '../web/cli/dev/serve/browser.ts';
import { buildImage } from '../web/cli/images.ts';
import { inspectSnapshot } from '../web/client/index.ts';
import { launchChromium, openPage, patience, root, type, waitForText } from './support/browser.ts';
import { element, waitForVmText } from './support/element.ts';

let child: ChildProcess | undefined;

beforeAll(() => buildImage('linux-nano', { root }), 900_000);
afterEach(() => child?.kill('SIGKILL'));

interface Run {
  readonly output: () => string;
  readonly exit: Promise<number | null>;
  /** Resolves with the first match in the output; rejects when the program ends before. */
  until(pattern: RegExp): Promise<string>;
}

function start(...args: string[]): Run {
  const program = spawn(process.execPath, ['web/cli/dev/start.js', ...args], {
    cwd: root,
    env: { ...process.env, CI: '1' },
  });
  child = program;
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [program.stdout, program.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
      for (const watcher of watchers) watcher();
    });
  }
  const exit = new Promise<number | null>((resolve) => program.on('close', resolve));
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output);
        if (match) resolve(match[0]);
      };
      watchers.add(look);
      look();
      void exit.then(() => reject(new Error(`npm start ended without ${pattern}:\n${output}`)));
    });
  return { output: () => output, exit, until };
}

const address = /http:\/\/localhost:\d+\//;

/** All that is made meanwhile. A core whose sources have changed takes longest. */
const made = { timeout: 240_000, interval: 500 };
const stateOf = async (url: string) => (await (await fetch(`${url}api/images`)).json()) as LibraryState;
const bootedOf = async (url: string) => (await stateOf(url)).images.find(({ name }) => name === 'linux-nano')?.booted;

/** Resolves to the HTML of the page in one piece. */
async function bundled(url: string): Promise<string> {
  const html = async () => (await fetch(`${url}?image=linux-nano`)).text();
  await expect.poll(html, made).toMatch(/src="\.\/assets\//);
  return html();
}

interface Visit {
  readonly scripts: string[];
  /** Content types by path. */
  readonly types: Map<string, string | undefined>;
  readonly errors: string[];
  /** What fetch() in the page says. */
  post(path: string): Promise<number>;
}

/** A first visit, up to a shell that has answered. */
async function visit(browser: Browser, url: string): Promise<Visit> {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const scripts: string[] = [];
  const errors: string[] = [];
  const types = new Map<string, string | undefined>();
  context.on('request', (request) => {
    if (request.resourceType() === 'script') scripts.push(request.url());
  });
  context.on('response', (response) => types.set(new URL(response.url()).pathname, response.headers()['content-type']));
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(url);
  await page.locator('[data-toast="resumed"]').waitFor();
  await waitForText(page, /nano:~# ?$/);
  await type(page, 'echo $((6*7))');
  await waitForText(page, /^42$/m);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const post = (path: string) => page.evaluate(async (path) => (await fetch(path, { method: 'POST' })).status, path);
  return { scripts, types, errors, post };
}

describe('npm start', () => {
  it('serves the page from its sources, boots the image asked for, isolated, and ends at Ctrl-C', async () => {
    const run = start('--image', 'linux-nano', '--port', '0', '--sources');
    const url = await run.until(address);
    const response = await fetch(url);
    expect(await response.text()).toContain('/@vite/client');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const state = await stateOf(url);
    expect(state.start).toBe('linux-nano');
    expect(state.images.find(({ name }) => name === 'linux-nano')).toMatchObject({ state: 'ready', memory: '64M' });
    await expect.poll(async () => (await stateOf(url)).core, made).toBeUndefined();
    // A process of its own boots the image once; from then on pages start from that
    const booted = () => bootedOf(url);
    await expect.poll(booted, made).toMatch(/^images\/linux-nano\/booted\.dzsnap\?\w+$/);
    const snapshot = await fetch(url + (await booted()));
    const { header, text } = await inspectSnapshot(new Uint8Array(await snapshot.arrayBuffer()));
    expect(header.memory).toBe(64 << 20);
    expect(text).toMatch(/nano:~# $/);
    const manifest = (await (await fetch(`${url}images/linux-nano/manifest.json`)).json()) as { booted: string };
    expect(`images/linux-nano/${manifest.booted}`).toBe(await booted());
    expect((await fetch(`${url}images/linux-nano/booted.dzsnap?0123`)).status).toBe(404);
    const browser = await launchChromium();
    try {
      const cold = await openPage(browser, `${url}?boot=cold`);
      await waitForText(cold.page, /nano:~# ?$/);
      expect(await cold.page.evaluate(() => crossOriginIsolated)).toBe(true);
      await cold.page.context().close();
      const { page, errors } = await openPage(browser, url);
      await page.locator('[data-toast="resumed"]').waitFor();
      await waitForText(page, /nano:~# ?$/);
      await type(page, 'echo $((6*7))');
      await waitForText(page, /^42$/m);
      const gallery = await openPage(browser, `${url}gallery/unfinished.html`);
      await waitForVmText(element(gallery.page), /^total 0$/m);
      expect([...errors, ...cold.errors, ...gallery.errors]).toEqual([]);
    } finally {
      await browser.close();
    }
    child?.kill('SIGINT');
    await run.exit;
  }, 600_000);

  it('ends at Ctrl-C while it bundles', async () => {
    await rm(`${root}build/page.stamp`, { force: true });
    const run = start('--image', 'linux-nano', '--port', '0');
    await run.until(/Ctrl-C/);
    child?.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(run.output()).not.toContain('sources');
  });

  it('bundles its page meanwhile, which then takes few requests, none of them for sources', async () => {
    // Those that are started afterwards find it made: to be killed in the middle of it would leave files behind
    const run = start('--image', 'linux-nano', '--port', '0');
    const url = await run.until(address);
    const html = await bundled(url);
    expect(html).toContain('<meta name="domzero-api" content="api">');
    expect(html).not.toContain('/@vite/client');
    await expect.poll(() => bootedOf(url), made).toBeDefined();
    const browser = await launchChromium();
    try {
      const { scripts, types, errors, post } = await visit(browser, url);
      expect(scripts.length).toBeLessThan(40);
      expect(scripts.filter((script) => !/\/assets\/[\w-]+\.js$/.test(script))).toEqual([]);
      expect(types.has('/images/linux-nano/booted.dzsnap')).toBe(true);
      expect(types.has('/images/linux-nano/vmlinux.gz')).toBe(false);
      expect(types.get('/api/images/events')).toBe('text/event-stream');
      expect(await post('api/images/linux-nano/build')).toBe(202);
      expect(await post('api/images/nope/build')).toBe(404);
      expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
    } finally {
      await browser.close();
    }
    const core = await fetch(`${url}core.wasm`);
    expect(core.headers.get('content-type')).toBe('application/wasm');
    expect(Buffer.from(await core.arrayBuffer()).equals(await readFile(`${root}build/core.wasm`))).toBe(true);
    const [, script = ''] = /src="\.\/(assets\/[^"]+)"/.exec(html) ?? [];
    expect((await fetch(url + script)).headers.get('cache-control')).toContain('immutable');
    expect(await (await fetch(`${url}docs/control-room.html`)).text()).toContain('<h1');
    expect(run.output()).not.toContain('sources');
  }, 600_000);

  it('builds nothing for another site', async () => {
    const run = start('--image', 'linux-nano', '--port', '0');
    const url = await run.until(address);
    const headers = { 'Sec-Fetch-Site': 'cross-site' };
    const refused = await fetch(`${url}api/images/linux64/build`, { method: 'POST', headers });
    expect(refused.status).toBe(403);
    const unknown = await fetch(`${url}api/images/nope/build`, { method: 'POST' });
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toMatch(/no image "nope"; there are: .*linux-nano/);
  });

  it.each([
    [['--image', 'nope'], /no image "nope"; there are: .*linux-nano/],
    [['--port', 'many'], /--port: many is not a port/],
    [['--frobnicate'], /unknown option '--frobnicate'/],
  ])('refuses %j in one line', async (args, message) => {
    const run = start(...args);
    expect(await run.exit).toBe(1);
    expect(run.output().trim()).toMatch(message);
    expect(run.output().trim().split('\n')).toHaveLength(1);
  });
});

describe('opening a browser', () => {
  it.each([
    ['a desktop', { DISPLAY: ':0' }, true, 'linux', true],
    ['a Mac', {}, true, 'darwin', true],
    ['no screen', {}, true, 'linux', false],
    ['SSH', { DISPLAY: ':10', SSH_CONNECTION: 'x' }, true, 'linux', false],
    ['CI', { DISPLAY: ':0', CI: 'true' }, true, 'linux', false],
    ['a pipe', { DISPLAY: ':0' }, false, 'linux', false],
  ] as const)('%s', (_where, env, interactive, platform, expected) => {
    expect(canOpenBrowser(env, interactive, platform)).toBe(expected);
  });
});
