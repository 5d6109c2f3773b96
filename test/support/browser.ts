/** What the tests of the page share: Chromium, servers for the page, waiting for what a terminal shows. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createServer } from 'vite';
import type { Plugin } from 'vite';
import type { LibraryState } from '../../web/app/session/library-protocol.ts';
import { findChromium } from '../../web/cli/dev/chromium.js';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Long enough for a loaded machine, shorter than vitest's own limit: what was awaited is then said. */
export const patience = 90_000;

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('the tests of the page need Chromium: apt-get install chromium fonts-dejavu-core, or set CHROMIUM');
  }
  // Root has no sandbox; without a GPU, WebGL is drawn in software
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--enable-unsafe-swiftshader'] });
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export interface FakeServer extends Served {
  /** Sends a new state to open pages, and gives it to those that come. */
  tell(state: LibraryState): void;
  log(line: string): void;
}

/** Replaces the client by test/support/fake-client.ts. */
function fakeClient(): Plugin {
  return {
    name: 'test:fake-client',
    enforce: 'pre',
    resolveId: (source) => (source.endsWith('client/index.ts') ? `${root}test/support/fake-client.ts` : null),
  };
}

/** The page from its sources with a fake machine, and a server that says what the test tells it. */
export async function serveFakePage(state: LibraryState): Promise<FakeServer> {
  const listeners = new Set<(event: string, data: unknown) => void>();
  const api: Plugin = {
    name: 'test:api',
    transformIndexHtml: () => [{ tag: 'meta', attrs: { name: 'domzero-api', content: 'api' }, injectTo: 'head' }],
    configureServer(server) {
      server.middlewares.use('/api/images', (request, response) => {
        if (!request.url?.startsWith('/events')) {
          response.setHeader('Content-Type', 'application/json');
          response.end(JSON.stringify(state));
          return;
        }
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        const send = (event: string, data: unknown) =>
          response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        send('library', state);
        listeners.add(send);
        response.on('close', () => listeners.delete(send));
      });
    },
  };
  const served = await serveSources([fakeClient(), api]);
  const send = (event: string, data: unknown) => listeners.forEach((listener) => listener(event, data));
  return {
    ...served,
    tell: (next) => send('library', (state = next)),
    log: (line) => send('log', line),
  };
}

/** The page from its sources, by vite, with plugins that come before those of vite.config.ts. */
export async function serveSources(plugins: Plugin[]): Promise<Served> {
  // A cache of its own: servers of several test files would overwrite one another's
  const cacheDir = await mkdtemp(join(tmpdir(), 'domzero-vite-'));
  const server = await createServer({
    configFile: `${root}vite.config.ts`,
    cacheDir,
    logLevel: 'error',
    plugins,
    server: { port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const { port } = server.httpServer?.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close: async () => {
      await server.close();
      await rm(cacheDir, { recursive: true, force: true });
    },
  };
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** A plain static host: the files of `folder` below `prefix`, with no special headers unless a test gives some. */
export async function serveFolder(
  folder: string,
  prefix = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const server: Server = createHttpServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    const name = path.startsWith(prefix) ? path.slice(prefix.length) || 'index.html' : '';
    readFile(join(folder, name)).then(
      (data) => {
        for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
        response.setHeader('Content-Type', types[extname(name)] ?? 'application/octet-stream');
        response.end(data);
      },
      () => response.writeHead(404).end('not found'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}${prefix}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export interface OpenPage {
  readonly page: Page;
  /** Errors that the page did not catch, and error lines of its console. */
  readonly errors: string[];
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(url);
  await settled(page);
  return { page, errors };
}

/** A built page on a plain host loads a second time to be isolated (web/app/session/isolation.ts): waits for that. */
async function settled(page: Page): Promise<void> {
  const isReady = () =>
    crossOriginIsolated || !document.querySelector('head:has(script[src*="assets/"]) + body > #stage');
  // Asked anew each time: the second load may come in another process, and an answer be lost on the way
  const end = performance.now() + patience;
  while (!(await page.evaluate(isReady).catch(() => false))) {
    if (performance.now() > end) throw new Error('the page never became cross-origin isolated');
    await page.waitForTimeout(50);
  }
}

export const terminalText = (page: Page): Promise<string> => page.evaluate(() => window.domzero?.text() ?? '');

/** Waits until the terminal shows something that matches; answers with all of its text. */
export async function waitForText(page: Page, pattern: RegExp): Promise<string> {
  const { source, flags } = pattern;
  const matches = (p: { source: string; flags: string }) =>
    new RegExp(p.source, p.flags).test(window.domzero?.text() ?? '');
  try {
    await page.waitForFunction(matches, { source, flags }, { timeout: patience, polling: 100 });
  } catch {
    throw new Error(`the terminal never showed ${pattern}; it shows:\n${await terminalText(page)}`);
  }
  return terminalText(page);
}

export async function waitForState(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`#state[data-state="${state}"]`, { timeout: patience });
}

/** Types into the focused terminal as a person does, with the real keyboard path. */
export async function type(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** Keeps a screenshot below test/artifacts/. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(`${root}test/artifacts`, { recursive: true });
  await page.screenshot({ path: `${root}test/artifacts/${name}.png` });
}
