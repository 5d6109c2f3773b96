/** Snapshots on the page, with a fake machine: saved, listed as a tree, resumed, renamed, exported, removed. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { axe } from './support/axe.ts';
import {
  keepScreenshot,
  launchChromium,
  patience,
  serveFakePage,
  terminalText,
  type,
  waitForState,
  waitForText,
} from './support/browser.ts';
import { choose, names, openRoom, twoImages } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';
import { hide, openManager, save, send, setAutosave, storedEntries, storedFiles } from './support/snapshots-page.ts';

const browser = forFile(launchChromium);
const server = forFile(() => serveFakePage(twoImages));
beforeEach(() => server().tell(twoImages));

async function room(options = {}): Promise<Page> {
  return (await openRoom(browser(), `${server().url}?image=linux-nano`, options)).page;
}

describe('saving', () => {
  it('makes a tree: each save of a machine builds upon the one before', async () => {
    const page = await room();
    await save(page);
    await save(page);
    const [first, second] = await storedEntries(page);
    expect(first?.parent).toBeUndefined();
    expect(second?.parent).toBe(first?.id);
    const dialog = await openManager(page);
    await expect.poll(() => dialog.locator('li li').getAttribute('data-snapshot')).toBe(second?.id);
    await page.context().close();
  });

  it('is whole again when what the machine saved last is not in the store', async () => {
    const page = await room();
    await save(page);
    await page.evaluate(() => window.domzero?.machine?.snapshot({ incremental: true }));
    await save(page);
    expect((await storedEntries(page)).map(({ parent }) => parent)).toEqual([undefined, undefined]);
    await page.context().close();
  });

  it('asks for persistent storage the first time, and not again', async () => {
    const context = await browser().newContext();
    await context.addInitScript(() => {
      const asked = { count: 0 };
      Object.assign(window, { asked });
      navigator.storage.persist = () => Promise.resolve(++asked.count > 0);
    });
    const page = await context.newPage();
    await page.goto(`${server().url}?image=linux-nano`);
    await waitForText(page, /# $|#$/);
    const asked = () => page.evaluate(() => (window as unknown as { asked: { count: number } }).asked.count);
    expect(await asked()).toBe(0);
    await save(page);
    await save(page);
    expect(await asked()).toBe(1);
    await context.close();
  });

  it('is found by a reload: the machine can be restored to it', async () => {
    const page = await room();
    await send(page, 'half a line');
    await save(page);
    await page.reload();
    await waitForState(page, 'running');
    await send(page, 'crash\r');
    await waitForState(page, 'crashed');
    await page.locator('#notice').getByRole('button', { name: 'Restore the last save' }).click();
    await waitForState(page, 'running');
    await send(page, ' and the rest\r');
    await waitForText(page, /you typed: half a line and the rest/);
    await page.context().close();
  });
});

describe('the list of snapshots', () => {
  it('says that there are none, and how to get one', async () => {
    const page = await room();
    const dialog = await openManager(page);
    await dialog.getByText(/No snapshots yet/).waitFor();
    await keepScreenshot(page, 'page-snapshots-empty');
    await dialog.getByRole('button', { name: 'Save linux-nano now' }).click();
    await dialog.getByText('linux-nano is saved.').waitFor();
    await expect.poll(() => dialog.locator('[data-snapshot]').count()).toBe(1);
    await page.context().close();
  });

  it('tells of each what it is: machine, memory, size, time, what its terminal showed; and the room left', async () => {
    const page = await room();
    await type(page, 'remember this');
    await waitForText(page, /you typed: remember this/);
    await save(page);
    const dialog = await openManager(page);
    const item = dialog.locator('[data-snapshot]');
    await expect.poll(() => item.locator('h3').textContent()).toBe('linux-nano');
    await expect
      .poll(() => item.locator('.snapshot-facts').textContent())
      .toMatch(/^Of linux-nano64\u202fMiB of memory[\d.]+\u202f(B|KiB) in the storejust now$/);
    expect(Number.isNaN(Date.parse((await item.locator('time').getAttribute('datetime')) ?? ''))).toBe(false);
    await expect.poll(() => item.locator('time').getAttribute('title')).toMatch(/\d\d/);
    await expect.poll(() => item.locator('.thumbnail').textContent()).toContain('you typed: remember this');
    await expect.poll(() => item.locator('.thumbnail').getAttribute('aria-hidden')).toBe('true');
    await expect.poll(() => item.locator('.unseen').textContent()).toMatch(/^Its terminal ended with: nano:~#/);
    const meter = dialog.getByRole('meter', { name: 'Storage of this page' });
    expect(await meter.evaluate((element) => (element as HTMLMeterElement).max)).toBeGreaterThan(1e6);
    await expect.poll(() => dialog.locator('.storage').textContent()).toMatch(/ of .+ used by this page\./);
    await page.context().close();
  });

  it('renames, and Escape leaves a name as it was', async () => {
    const page = await room();
    await save(page);
    const dialog = await openManager(page);
    await dialog.getByRole('button', { name: 'Rename linux-nano' }).click();
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.locator('h3').textContent()).toBe('linux-nano');
    await dialog.getByRole('button', { name: 'Rename linux-nano' }).click();
    await page.keyboard.type('<b>before & after</b>');
    await page.keyboard.press('Enter');
    await dialog.getByRole('heading', { name: '<b>before & after</b>' }).waitFor();
    expect((await storedEntries(page))[0]?.name).toBe('<b>before & after</b>');
    await page.context().close();
  });

  it('resumes in the machine, and as a new one', async () => {
    const page = await room();
    await send(page, 'kept');
    await save(page);
    await send(page, '\r');
    await waitForText(page, /you typed: kept/);
    let dialog = await openManager(page);
    await dialog.getByRole('button', { name: 'Resume in linux-nano: linux-nano' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await terminalText(page)).not.toContain('you typed');
    dialog = await openManager(page);
    await dialog.getByRole('button', { name: 'Resume as a new machine: linux-nano' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => names(page)).toEqual(['linux-nano', 'linux-nano 2']);
    await send(page, '\r');
    await waitForText(page, /you typed: kept/);
    // It is of the same image, so it can be reset
    await choose(page, 'linux-nano 2', 'Reset');
    await waitForText(page, /Linux version/);
    await page.context().close();
  });

  it('removes with a way back, children too; at last for good', async () => {
    const page = await room();
    await save(page);
    await save(page);
    const files = await storedFiles(page);
    const dialog = await openManager(page);
    await dialog.getByRole('button', { name: 'Remove linux-nano' }).first().click();
    await dialog.getByText('linux-nano and one that builds upon it removed.').waitFor();
    await expect.poll(() => dialog.locator('[data-snapshot]').count(), { timeout: patience }).toBe(0);
    expect(await storedFiles(page)).toEqual(files);
    await dialog.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => dialog.locator('[data-snapshot]').count(), { timeout: patience }).toBe(2);
    await dialog.getByRole('button', { name: 'Remove linux-nano' }).last().click();
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
    await expect.poll(async () => (await storedEntries(page)).length, { timeout: patience }).toBe(1);
    // What is gone is not offered
    await page.getByRole('button', { name: 'Commands for linux-nano', exact: true }).click();
    expect(await page.locator('#domain-menu').getByRole('button', { name: 'Restore the last save' }).count()).toBe(0);
    await page.context().close();
  });

  it('exports a child as one file that needs no other, and imports it elsewhere', async () => {
    const page = await room();
    await save(page);
    await send(page, 'in the child');
    await save(page);
    const dialog = await openManager(page);
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Export linux-nano' }).last().click();
    const exported = await download;
    expect(exported.suggestedFilename()).toMatch(/^linux-nano [0-9a-f]{4}\.dzsnap$/);
    await dialog.getByText('linux-nano is exported as one file that needs no other.').waitFor();
    const buffer = await readFile(await exported.path());
    await page.context().close();

    const other = await room();
    const there = await openManager(other);
    await there.locator('input[type=file]').setInputFiles({ name: 'child.dzsnap', mimeType: '', buffer });
    await there.getByText('The file is imported.').waitFor();
    await expect.poll(() => there.locator('.badge').textContent()).toBe('imported');
    await there.getByRole('button', { name: /^Resume as a new machine/ }).click();
    await there.waitFor({ state: 'hidden' });
    await send(other, '\r');
    await waitForText(other, /you typed: in the child/);
    await other.context().close();
  });

  it('is reached from the bar, the menu of a machine and the palette', async () => {
    const page = await room();
    const dialog = page.getByRole('dialog', { name: 'Snapshots' });
    await page.locator('.bar').getByRole('button', { name: 'Snapshots' }).click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await choose(page, 'linux-nano', 'Snapshots…');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Alt+k');
    await page.locator('#palette-list [role=option]').first().waitFor();
    await page.keyboard.type('snapshots');
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.context().close();
  });
});

describe.each([360, 800, 1280])('at %d pixels', (width) => {
  it.each(['light', 'dark'] as const)(
    'in %s, axe finds nothing serious in the dialog, and it fits',
    async (colorScheme) => {
      const page = await room({ viewport: { width, height: 760 }, colorScheme });
      await type(page, 'before the change');
      await waitForText(page, /you typed: before the change/);
      const saveNow = async () => {
        const dialog = await openManager(page);
        await dialog.getByRole('button', { name: /^Save .* now$/ }).click();
        await dialog.getByText('is saved.').waitFor();
        return dialog;
      };
      await saveNow();
      await page.keyboard.press('Escape');
      await saveNow();
      await page.keyboard.press('Escape');
      await setAutosave(page);
      await hide(page);
      await expect.poll(async () => (await storedEntries(page)).length, { timeout: patience }).toBe(3);
      await hide(page, false);
      const dialog = await openManager(page);
      await keepScreenshot(page, `snapshots-${width}-${colorScheme}`);
      expect(await axe(page)).toEqual([]);
      expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
      await dialog.getByRole('button', { name: 'Rename linux-nano' }).first().click();
      await dialog.getByRole('button', { name: 'Remove linux-nano' }).last().click();
      await keepScreenshot(page, `snapshots-removed-${width}-${colorScheme}`);
      expect(await axe(page)).toEqual([]);
      await page.context().close();
    },
  );
});
