/**
 * Snapshots in a browser: a machine in its Worker is saved while it runs and kept in OPFS; a page that is closed in the
 * middle, and a quota that is used up, lose nothing. The page's own interface is tested elsewhere.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImage, resolveImage } from '../web/cli/images.ts';
import { launchChromium, patience, root, type Served, serveSources } from './support/browser.ts';

const CLIENT = `/@fs${root}web/client/index.ts`;
const STORE = '/snapshots/index.ts';
const IMAGE = 'linux-nano';

let browser: Browser;
let served: Served;
let context: BrowserContext;
let commandLine: string;
beforeAll(async () => {
  await buildImage(IMAGE);
  ({ commandLine } = (await resolveImage(IMAGE)).manifest);
  served = await serveSources([
    {
      name: 'test:blank',
      configureServer: (server) =>
        void server.middlewares.use('/blank', (_request, response) => {
          response.setHeader('Content-Type', 'text/html');
          response.end('<!doctype html><title>blank</title>');
        }),
    },
  ]);
  browser = await launchChromium();
  context = await browser.newContext();
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

async function blank(): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(`${served.url}blank`);
  return page;
}
/** Runs in the page, with the client and the store at hand. */
function inPage<T>(page: Page, body: string): Promise<T> {
  return page.evaluate(`(async () => {
    const client = await import(${JSON.stringify(CLIENT)});
    const { openStore } = await import(${JSON.stringify(STORE)});
    const store = await openStore();
    const until = (machine, pattern) => new Promise((resolve) => {
      let text = '';
      machine.on('console', (bytes) => {
        text += new TextDecoder().decode(bytes);
        if (pattern.test(text)) resolve(text);
      });
    });
    ${body}
  })()`);
}
const listed = (page: Page): Promise<string[]> => inPage(page, 'return (await store.list()).map(({ name }) => name);');
const left = (page: Page): Promise<string[]> =>
  inPage(
    page,
    `const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('snapshots');
     const names = []; for await (const name of folder.keys()) names.push(name); return names;`,
  );

describe('in Chromium', () => {
  test('saved in one page while it runs, and resumed in another', async () => {
    const page = await blank();
    const saved = await inPage<{ size: number; pausePages: number; name: string; asked: boolean }>(
      page,
      `const machine = await client.createMachine({
         kernel: '/images/${IMAGE}/vmlinux.gz', initrd: '/images/${IMAGE}/initramfs.cpio.gz',
         commandLine: ${JSON.stringify(commandLine)}, memory: '64M',
       });
       const prompt = until(machine, /~# /);
       await machine.start();
       await prompt;
       const set = until(machine, /~# /);
       await machine.send('kept=$((6*7))\\r');
       await set;
       const { bytes, pauseMs, pausePages, totalMs } = await machine.snapshot({ name: 'nano', text: 'nano:~# ' });
       console.log('pause', pauseMs, 'total', totalMs);
       const entry = await store.save(bytes);
       const child = await machine.snapshot({ name: 'child', incremental: true });
       await store.save(child.bytes);
       await machine.dispose();
       window.measured = { pauseMs, totalMs };
       return { size: entry.size, pausePages, name: entry.name };`,
    );
    console.log(`saved ${saved.size} bytes`, await page.evaluate('window.measured'));
    expect(saved.name).toBe('nano');
    expect(saved.size).toBeLessThan(6 * 2 ** 20);
    // 16384 pages of 64 MiB: the guest was stopped for few of them
    expect(saved.pausePages).toBeLessThan(4096);
    await page.close();

    const other = await blank();
    expect(await listed(other)).toEqual(['nano', 'child']);
    const resumed = await inPage<{ text: string; ms: number }>(
      other,
      `const child = (await store.list()).find(({ name }) => name === 'child');
       const from = performance.now();
       const machine = await client.createMachine(await store.open(child.id));
       const answered = until(machine, /answer 42/);
       await machine.start();
       await machine.send('echo answer $kept\\r');
       const text = await answered;
       const ms = performance.now() - from;
       const fork = await machine.fork();
       const again = until(fork, /fork 43/);
       await fork.start();
       await fork.send('echo fork $((kept + 1))\\r');
       await again;
       await fork.dispose();
       await machine.dispose();
       return { text, ms };`,
    );
    console.log(`resumed and answered in ${resumed.ms.toFixed(0)} ms`);
    expect(resumed.text).toContain('answer 42');
    await other.close();
  }, 240_000);

  test('a page that is closed in the middle of saving leaves what was there', async () => {
    for (const wait of [0, 2, 10, 40]) {
      const page = await blank();
      const before = await listed(page);
      await page.evaluate('window.saving = false');
      const saving = inPage(
        page,
        `const all = await store.list();
         const { snapshot } = await store.open(all[0].id);
         // Another snapshot in all but contents: the same file with another id
         const bytes = new Uint8Array(await snapshot.arrayBuffer());
         const remade = await (await import('/@fs${root}test/support/snapshots.ts')).withHeader(bytes, { id: 'e'.repeat(32), name: 'torn' });
         window.saving = true;
         await store.save(remade);`,
      ).catch(() => undefined);
      await page.waitForFunction('window.saving').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, wait));
      await page.close();
      await saving;
      const after = await blank();
      const now = await listed(after);
      expect(now).toEqual(expect.arrayContaining(before));
      expect(now.filter((name) => !before.includes(name) && name !== 'torn')).toEqual([]);
      expect((await left(after)).length).toBe(2 * now.length);
      await inPage(
        after,
        `await store.remove('e'.repeat(32)); for (const { id } of await store.list()) await store.open(id);`,
      );
      await after.close();
    }
  }, 240_000);

  test('a quota that is used up is said in one line, and nothing is lost', async () => {
    const page = await blank();
    const before = await left(page);
    const session = await context.newCDPSession(page);
    const origin = new URL(served.url).origin;
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1024 * 1024 });
    const message = await inPage<string>(
      page,
      `const { snapshot } = await store.open((await store.list())[0].id);
       const bytes = new Uint8Array(await snapshot.arrayBuffer());
       const remade = await (await import('/@fs${root}test/support/snapshots.ts')).withHeader(bytes, { id: 'd'.repeat(32) });
       return store.save(remade).then(() => 'saved', (error) => error.message);`,
    );
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    expect(message).toBe('snapshot: the browser has no room for it; export or remove others first');
    expect((await left(page)).sort()).toEqual(before.sort());
    await page.close();
  }, 120_000);
});
