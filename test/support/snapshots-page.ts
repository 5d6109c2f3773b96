/** What the tests of snapshots on the page share: hiding the tab, the files of the store, the dialog. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { patience } from './browser.ts';
import { choose } from './control-room.ts';

/** As the browser tells a page when another tab is chosen; headless ones never are. */
export async function hide(page: Page, hidden = true): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value });
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: value ? 'hidden' : 'visible' });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** Names of all files in the store. */
export const storedFiles = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('snapshots', { create: true });
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    return names.sort();
  });

/** The snapshots that are whole, by their entries. */
export const storedEntries = (page: Page): Promise<{ id: string; name: string; parent?: string; date: string }[]> =>
  page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('snapshots', { create: true });
    const found: { id: string; name: string; parent?: string; date: string }[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) {
      if (!name.endsWith('.json')) continue;
      const text = await (await (await folder.getFileHandle(name)).getFile()).text();
      // Empty while it is being written
      if (text) found.push(JSON.parse(text) as (typeof found)[0]);
    }
    return found.sort((a, b) => a.date.localeCompare(b.date));
  });

export async function openManager(page: Page): Promise<Locator> {
  await page.keyboard.press('Control+Alt+e');
  const dialog = page.getByRole('dialog', { name: 'Snapshots' });
  await dialog.waitFor();
  await dialog.getByText('Reading the store').waitFor({ state: 'detached' });
  return dialog;
}

/** A drop as the browser reports it; Playwright has no way to drop files from outside. */
export async function dropFiles(
  page: Page,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): Promise<void> {
  const list = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
  await page.evaluate((dropped) => {
    const data = new DataTransfer();
    for (const { name, base64 } of dropped)
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    for (const kind of ['dragover', 'drop'])
      document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }, list);
}

/** A save from the machine's menu, seen to be done. */
export async function save(page: Page, machine = 'linux-nano'): Promise<void> {
  const before = (await storedEntries(page)).length;
  await choose(page, machine, 'Save');
  await page.locator('.toast', { hasText: `${machine} is saved` }).waitFor();
  await expect.poll(async () => (await storedEntries(page)).length, { timeout: patience }).toBe(before + 1);
}

export async function setAutosave(page: Page): Promise<void> {
  await page.keyboard.press('Control+Alt+a');
  await page.getByRole('tab', { name: 'Settings', exact: true }).click();
  await page.getByLabel('Save when this tab is hidden or closed').check();
  await page.keyboard.press('Control+Alt+a');
}

/** Typed into the machine that is shown, wherever the focus is. */
export async function send(page: Page, text: string): Promise<void> {
  await page.evaluate((data) => window.domzero?.machine?.send(data), text);
}
