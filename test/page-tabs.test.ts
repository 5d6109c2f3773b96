/** What a page keeps when nobody asks, with a fake machine: saves of a tab that is hidden, the list of two tabs, no store at all. */
import type { BrowserContext, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { parsePage } from '../web/app/domains/store.ts';
import {
  keepScreenshot,
  launchChromium,
  patience,
  serveFakePage,
  terminalText,
  waitForState,
  waitForText,
} from './support/browser.ts';
import { addMachine, choose, names, openRoom, states, twoImages } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';
import { hide, openManager, save, send, setAutosave, storedEntries, storedFiles } from './support/snapshots-page.ts';

const browser = forFile(launchChromium);
const server = forFile(() => serveFakePage(twoImages));
beforeEach(() => server().tell(twoImages));

async function room(options = {}): Promise<Page> {
  return (await openRoom(browser(), `${server().url}?image=linux-nano`, options)).page;
}

describe('a machine that saves itself', () => {
  it('when the tab is hidden, in one snapshot, and resumes from it instead of booting', async () => {
    const page = await room();
    await send(page, 'not done yet');
    await hide(page);
    await hide(page, false);
    // Off by default
    expect(await storedFiles(page)).toEqual([]);
    await setAutosave(page);
    const ids = new Set<string>();
    for (let times = 1; times <= 3; times++) {
      await hide(page);
      await expect
        .poll(
          async () => {
            const entries = await storedEntries(page);
            return entries.length === 1 && !ids.has(entries[0]?.id ?? '');
          },
          { timeout: patience },
        )
        .toBe(true);
      for (const { id } of await storedEntries(page)) ids.add(id);
      await hide(page, false);
    }
    expect(await storedFiles(page)).toHaveLength(2);
    await page.goto(server().url);
    await waitForState(page, 'running');
    await waitForText(page, /not done yet/);
    await send(page, ', but now\r');
    await waitForText(page, /you typed: not done yet, but now/);
    const dialog = await openManager(page);
    await expect.poll(() => dialog.locator('.badge').first().textContent()).toBe('automatic');
    await page.context().close();
  });

  it('boots after a power-off, however old its save', async () => {
    const page = await room();
    await setAutosave(page);
    await send(page, 'of another life');
    await hide(page);
    await expect.poll(async () => (await storedEntries(page)).length, { timeout: patience }).toBe(1);
    await hide(page, false);
    await choose(page, 'linux-nano', 'Power off');
    await waitForState(page, 'off');
    await choose(page, 'linux-nano', 'Power on');
    await waitForState(page, 'running');
    // Closing it saves it too, unless the page ends before that: here it does
    await page.evaluate(() => (navigator.storage.estimate = () => new Promise(() => undefined)));
    await page.goto(server().url);
    await waitForText(page, /# $|#$/);
    expect(await terminalText(page)).not.toContain('of another life');
    await page.context().close();
  });

  it('boots when its save cannot be used, and says why', async () => {
    const page = await room();
    await setAutosave(page);
    await hide(page);
    await expect.poll(async () => (await storedEntries(page)).length, { timeout: patience }).toBe(1);
    await page.evaluate(() => (navigator.storage.estimate = () => new Promise(() => undefined)));
    await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('snapshots');
      for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
        if (!name.endsWith('.dzsnap')) continue;
        const file = await (await folder.getFileHandle(name)).createWritable();
        await file.write('DZSNAP');
        await file.close();
      }
    });
    await page.goto(server().url);
    await page
      .locator('.toast', { hasText: /linux-nano boots, since it could not be resumed: .*is damaged/ })
      .waitFor();
    await waitForState(page, 'running');
    expect(await storedEntries(page)).toHaveLength(1);
    await page.context().close();
  });
});

describe('where the browser keeps no files', () => {
  it('says so when someone saves; a machine can still be exported, and a file be resumed', async () => {
    const context = await browser().newContext({ viewport: { width: 1280, height: 800 } });
    await context.addInitScript(() => {
      navigator.storage.getDirectory = () => Promise.reject(new DOMException('private', 'SecurityError'));
    });
    const page = await context.newPage();
    await page.goto(server().url);
    await waitForText(page, /# $|#$/);
    expect(await page.locator('.toast').count()).toBe(0);
    await send(page, 'taken along');
    await choose(page, 'linux', 'Save');
    const line = /^snapshot: this browser keeps no files for pages \(OPFS\); export the machine as a file instead$/;
    await page.locator('.toast p', { hasText: line }).waitFor();
    const dialog = await openManager(page);
    await expect.poll(() => dialog.getByRole('alert').textContent()).toMatch(line);
    await keepScreenshot(page, 'page-snapshots-none');
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
    const download = page.waitForEvent('download');
    await choose(page, 'linux', 'Export as a file');
    const file = await (await download).path();
    await page.keyboard.press('Control+Alt+o');
    await page.getByLabel('Kernel', { exact: true }).setInputFiles(file);
    await page.getByRole('button', { name: 'Boot', exact: true }).click();
    await expect.poll(() => states(page), { timeout: patience }).toEqual(['running', 'running']);
    await page.locator('.toast', { hasText: 'This browser keeps no snapshots' }).waitFor();
    await send(page, '\r');
    await waitForText(page, /you typed: taken along/);
    await context.close();
  });
});

describe('two tabs', () => {
  const another = /The machines are open in another tab; those that you make here are not kept\./;
  const open = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(server().url);
    await waitForState(page, 'running');
    return page;
  };
  const list = (page: Page) => page.evaluate(() => localStorage.getItem('domzero.domains'));

  it('do not share a list: the second works with machines of its own, and takes over when the first has gone', async () => {
    const context = await browser().newContext({ viewport: { width: 1280, height: 800 } });
    const first = await open(context);
    await addMachine(first, 'linux');
    const kept = await list(first);
    const second = await open(context);
    await second.locator('.toast', { hasText: another }).waitFor();
    await expect.poll(() => names(second)).toEqual(['linux']);
    await addMachine(second, 'linux-nano');
    await choose(second, 'linux', 'Rename…');
    await second.getByLabel('Name', { exact: true }).fill('only here');
    await second.getByRole('button', { name: 'Rename', exact: true }).click();
    await expect.poll(() => names(second), { timeout: patience }).toEqual(['only here', 'linux-nano']);
    expect(await list(second)).toBe(kept);
    expect(await second.getByText('The other tab is closed').count()).toBe(0);
    await first.close();
    await second.getByText('The other tab is closed').waitFor();
    await keepScreenshot(second, 'page-second-tab');
    await second.getByRole('button', { name: 'Open them' }).click();
    await expect.poll(() => names(second), { timeout: patience }).toEqual(['linux', 'linux 2']);
    expect(await second.getByText(another).count()).toBe(0);
    await context.close();
  });

  it('a reload of the first keeps it the first', async () => {
    const context = await browser().newContext();
    const page = await open(context);
    await addMachine(page, 'linux-nano');
    for (let i = 0; i < 3; i++) {
      await page.reload();
      await expect.poll(() => names(page), { timeout: patience }).toEqual(['linux', 'linux-nano']);
      expect(await page.getByText(another).count()).toBe(0);
    }
    await context.close();
  });

  it('without Web Locks there is one list, as before', async () => {
    const context = await browser().newContext();
    await context.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }));
    const first = await open(context);
    const second = await open(context);
    expect(await second.getByText(another).count()).toBe(0);
    await save(first, 'linux');
    await context.close();
  });
});

describe('a record of the list', () => {
  const read = (fields: object) =>
    parsePage(
      JSON.stringify({
        version: 1,
        domains: [{ id: 'a', name: 'n', guest: { name: 'linux-nano', image: true }, on: true, ...fields }],
      }),
    ).domains[0];

  it('from before snapshots were kept still reads, and one with nonsense is read without it', () => {
    const id = 'a'.repeat(32);
    expect(read({ saved: '2026-01-01T00:00:00.000Z' })).toMatchObject({ name: 'n', on: true, snapshot: undefined });
    expect(read({ snapshot: id, settings: { autosave: true } })).toMatchObject({
      snapshot: id,
      settings: { autosave: true },
    });
    for (const snapshot of ['../x', 7, id.toUpperCase(), `${id}0`, null])
      expect(read({ snapshot })?.snapshot).toBeUndefined();
    expect(read({ settings: { autosave: 'yes' } })?.settings.autosave).toBe(false);
    expect(read({ bootedAt: 'never' })?.bootedAt).toBeUndefined();
  });
});
