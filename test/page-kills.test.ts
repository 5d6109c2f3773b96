/**
 * Snapshots on the page with a real machine, and what can happen to them: files dropped that are whole, damaged, cut off, too
 * new or without their parent; a tab closed and a Worker that ends in the middle of a save, a full disk, a damaged store.
 * Each is said in one line, and nothing that was there is lost.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { keepScreenshot, launchChromium, patience, waitForState, waitForText } from './support/browser.ts';
import { choose, names, states } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';
import { serveSite } from './support/site.ts';
import { dropFiles, hide, openManager, save, storedEntries, storedFiles } from './support/snapshots-page.ts';

const prompt = /nano:~# ?$/;
/** Less than a machine takes. Bytes. */
const QUOTA = 1024 * 1024;

const site = forFile(() => serveSite({ images: ['linux-nano'] }), 900_000);
const browser = forFile(launchChromium);

/** The built page loads a second time to be isolated: it has settled when its machine runs. */
async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(`${site().url}?image=linux-nano`);
  await page.waitForFunction(() => crossOriginIsolated && window.domzero?.domains[0]?.state === 'running');
  await waitForText(page, prompt);
  return page;
}
async function room(): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser().newContext({ viewport: { width: 1280, height: 800 } });
  return { context, page: await open(context) };
}

/** A command in the shell of a machine; its last line of output. */
async function ask(page: Page, command: string, machine = 0): Promise<string> {
  const mark = `m${Math.random().toString(36).slice(2, 10)}`;
  await page.evaluate(
    ([i, text]) => window.domzero?.domains[i as number]?.machine?.send(text as string),
    [machine, `${command}; echo ${mark.slice(0, 4)}""${mark.slice(4)}\r`],
  );
  const shown = await page.waitForFunction(
    ([i, text]) => {
      const lines = window.domzero?.domains[i as number]?.text().split('\n') ?? [];
      const at = lines.findLastIndex((line) => line.trim() === text);
      return at > 0 ? `=${lines[at - 1]}` : undefined;
    },
    [machine, mark],
    { timeout: patience, polling: 100 },
  );
  return String(await shown.jsonValue())
    .slice(1)
    .trim();
}
/** Of a machine that runs: its terminal then shows what it showed when it was saved, which is not what it shows now. */
const restoreLast = async (page: Page) => {
  const now = () => ({ running: window.domzero?.domains[0]?.state === 'running', text: window.domzero?.text() });
  const before = await page.evaluate(now);
  await choose(page, 'linux-nano', 'Restore the last save');
  if (before.running) await page.waitForFunction((text) => window.domzero?.text() !== text, before.text);
  await waitForState(page, 'running');
};
/** The file of a snapshot, as the store has it. */
async function fileOf(page: Page, id: string): Promise<Uint8Array> {
  const base64 = await page.evaluate(async (name) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('snapshots');
    const file = await (await folder.getFileHandle(name)).getFile();
    let binary = '';
    for (const byte of new Uint8Array(await file.arrayBuffer())) binary += String.fromCharCode(byte);
    return btoa(binary);
  }, `${id}.dzsnap`);
  // Not a Buffer, whose slices are views
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
const said = (page: Page, text: string | RegExp) => page.locator('.toast', { hasText: text }).waitFor();

describe('a snapshot file that is dropped', () => {
  it('goes on in a new machine; one that is no good is refused in a line, and machines are as they were', async () => {
    const { context: source, page: from } = await room();
    await ask(from, 'WORD=parent');
    await save(from);
    await ask(from, 'WORD=child');
    await save(from);
    const [first, second] = await storedEntries(from);
    expect(second?.parent).toBe(first?.id);
    const parent = await fileOf(from, first?.id ?? '');
    const child = await fileOf(from, second?.id ?? '');
    await source.close();

    const { context, page } = await room();
    await ask(page, 'WORD=untouched');
    const damaged = parent.slice();
    damaged[damaged.length >> 1]! ^= 0x10;
    const newer = parent.slice();
    newer[8] = 99;
    const bad: [string, Uint8Array, RegExp][] = [
      ['damaged', damaged, /snapshot: .*the file is damaged/],
      ['cut off', parent.slice(0, -100), /snapshot: .*cut off/],
      ['a stump', parent.slice(0, 60), /snapshot: .*cut off/],
      ['newer', newer, /snapshot: .*newer/],
      ['orphan', child, new RegExp(`snapshot: it holds only what changed since ${first?.id}; import that one first`)],
    ];
    for (const [name, bytes, message] of bad) {
      await dropFiles(page, [{ name: `${name}.dzsnap`, bytes }]);
      await said(page, message);
      await expect.poll(() => names(page)).toEqual(['linux-nano']);
      expect(await storedFiles(page)).toEqual([]);
      await page.locator('.toast').getByRole('button', { name: 'Dismiss' }).first().click();
    }
    expect(await ask(page, 'echo $WORD')).toBe('untouched');
    // A child may come with its parent, in any order: it is what goes on
    await dropFiles(page, [
      { name: 'child.dzsnap', bytes: child },
      { name: 'parent.dzsnap', bytes: parent },
    ]);
    await page.waitForFunction(() => window.domzero?.domains[1]?.state === 'running');
    await expect.poll(() => states(page)).toEqual(['running', 'running']);
    expect(await ask(page, 'echo $WORD', 1)).toBe('child');
    expect(await ask(page, 'echo $WORD', 0)).toBe('untouched');
    await keepScreenshot(page, 'page-dropped-snapshot');
    // It came without a kernel: a reload has it go on from the store
    await page.reload();
    await page.waitForFunction(() => window.domzero?.domains[1]?.state === 'running');
    expect(await ask(page, 'echo $WORD', 1)).toBe('child');
    await context.close();
  }, 300_000);
});

describe('a tab that is closed', () => {
  it('in the middle of a save leaves the one before', async () => {
    const { context, page } = await room();
    await ask(page, 'WORD=first');
    await save(page);
    const [first] = await storedEntries(page);
    let tab = page;
    for (const wait of [0, 20, 80, 250]) {
      await ask(tab, 'WORD=later; dd if=/dev/urandom of=/tmp/noise bs=64k count=32 2>/dev/null');
      await choose(tab, 'linux-nano', 'Save');
      await tab.waitForTimeout(wait);
      await tab.close();
      tab = await open(context);
      const entries = await storedEntries(tab);
      expect(entries[0]?.id).toBe(first?.id);
      // The page has opened its store when the dialog is there: nothing but whole ones is left
      const dialog = await openManager(tab);
      expect(await dialog.locator('.badge').count()).toBe(0);
      expect(await storedFiles(tab)).toHaveLength(2 * entries.length);
      await dialog
        .getByRole('button', { name: /^Resume in linux-nano/ })
        .first()
        .click();
      await dialog.waitFor({ state: 'hidden' });
      expect(await ask(tab, 'echo $WORD')).toBe('first');
    }
    await context.close();
  }, 300_000);

  it('when it is set so, goes on where it was; where its save was cut off, from the one before', async () => {
    const { context, page } = await room();
    await page.keyboard.press('Control+Alt+a');
    await page.getByRole('tab', { name: 'Settings', exact: true }).click();
    await page.getByLabel('Save when this tab is hidden or closed').check();
    await page.keyboard.press('Control+Alt+a');
    await ask(page, 'WORD=hidden');
    await hide(page);
    await expect.poll(async () => (await storedEntries(page)).length, { timeout: patience }).toBe(1);
    await hide(page, false);
    await ask(page, 'WORD=closed');
    // Whatever becomes of the save that closing begins
    await page.close();
    const again = await open(context);
    expect(['hidden', 'closed']).toContain(await ask(again, 'echo $WORD'));
    expect(await ask(again, 'cat /proc/uptime >/dev/null && echo alive')).toBe('alive');
    await context.close();
  }, 300_000);
});

describe('a save that fails', () => {
  it('for want of room says so, and the one before is there', async () => {
    const { context, page } = await room();
    await ask(page, 'WORD=kept');
    await save(page);
    const files = await storedFiles(page);
    // The browser counts what was written a little later
    const used = () => page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
    await expect.poll(used, { timeout: patience }).toBeGreaterThan(QUOTA);
    const session = await context.newCDPSession(page);
    const origin = new URL(site().url).origin;
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: QUOTA });
    await ask(page, 'WORD=lost');
    await choose(page, 'linux-nano', 'Save');
    await said(page, 'snapshot: the browser has no room for it; export or remove others first');
    await keepScreenshot(page, 'page-no-room');
    expect(await storedFiles(page)).toEqual(files);
    expect(await ask(page, 'echo $WORD')).toBe('lost');
    await restoreLast(page);
    expect(await ask(page, 'echo $WORD')).toBe('kept');
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    await save(page);
    await context.close();
  }, 240_000);

  it.each([
    ['dies', /Worker failed: .*killed while saving/, 'throw'],
    ['is gone without a word', /linux-nano was ended before it was saved/, 'close'],
  ] as const)(
    'since the Worker %s says so, and the machine can be restored',
    async (_what, message, how) => {
      const { context, page } = await room();
      await ask(page, 'WORD=kept');
      await save(page);
      const files = await storedFiles(page);
      await page.workers()[0]?.evaluate((way) => {
        // Packing is the middle of a save
        Object.defineProperty(globalThis, 'CompressionStream', {
          value: class {
            readable = new ReadableStream();
            writable = new WritableStream();
            constructor() {
              if (way === 'close') close();
              setTimeout(() => {
                throw new Error('killed while saving');
              });
            }
          },
        });
      }, how);
      await choose(page, 'linux-nano', 'Save');
      if (how === 'close') {
        await waitForState(page, 'silent');
        await page.locator('#notice').getByRole('button', { name: 'End it' }).click();
      }
      await said(page, message);
      expect(await storedFiles(page)).toEqual(files);
      await page.locator('#notice').getByRole('button', { name: 'Restore the last save' }).click();
      await waitForState(page, 'running');
      expect(await ask(page, 'echo $WORD')).toBe('kept');
      await context.close();
    },
    240_000,
  );
});

describe('a store with damaged files', () => {
  it('lists what there is, says what is damaged, and restores the rest', async () => {
    const { context, page } = await room();
    await ask(page, 'WORD=whole');
    await save(page);
    await ask(page, 'WORD=damaged');
    await save(page);
    const [first, second] = await storedEntries(page);
    const write = (name: string, text: string) =>
      page.evaluate(
        async ([file, content]) => {
          const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('snapshots');
          const writable = await (await folder.getFileHandle(file ?? '', { create: true })).createWritable();
          await writable.write(content ?? '');
          await writable.close();
        },
        [name, text],
      );
    const strange = 'c'.repeat(32);
    await write(`${first?.id}.json`, '{"id":');
    await write(`${second?.id}.dzsnap`, 'DZSNAP\r\n and nothing else');
    await write(`${strange}.json`, 'nonsense');
    await write(`${strange}.dzsnap`, 'nonsense');
    await write('left-over.tmp', 'x');
    await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('snapshots');
      const inner = await folder.getDirectoryHandle(`${'d'.repeat(32)}.json`, { create: true });
      await inner.getFileHandle('x', { create: true });
    });
    await page.reload();
    await waitForState(page, 'running');
    await waitForText(page, prompt);
    await choose(page, 'linux-nano', 'Restore the last save');
    await said(page, `snapshot: ${second?.id} is damaged here; import its file again, or remove it`);
    expect(await ask(page, 'echo alive')).toBe('alive');
    const dialog = await openManager(page);
    await expect.poll(() => dialog.locator('.badge[data-kind=damaged]').count()).toBe(2);
    await keepScreenshot(page, 'page-snapshots-damaged');
    await dialog
      .locator(`[data-snapshot="${first?.id}"]`)
      .getByRole('button', { name: /^Resume as a new machine/ })
      .click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await ask(page, 'echo $WORD', 1)).toBe('whole');
    const again = await openManager(page);
    await again.getByRole('button', { name: 'Remove Damaged snapshot' }).click();
    await again.getByRole('button', { name: 'Close', exact: true }).click();
    await expect
      .poll(async () => (await storedFiles(page)).some((name) => name.startsWith(strange)), { timeout: patience })
      .toBe(false);
    await context.close();
  }, 240_000);
});
