/** What the tests of the control room share: images to choose from, machines to make, rows and tabs to look at. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { LibraryImage, LibraryState } from '../../web/app/session/library-protocol.ts';
import { openPage, waitForText } from './browser.ts';

export const nano: LibraryImage = {
  name: 'linux-nano',
  title: 'Linux nano',
  description: 'The smallest kernel that runs BusyBox on a serial line.',
  size: 1_870_000,
  memory: '64M',
  commandLine: 'console=ttyS0 quiet',
  state: 'ready',
  kernel: 'images/linux-nano/vmlinux.gz',
  initrd: 'images/linux-nano/initramfs.cpio.gz',
};
export const linux: LibraryImage = { ...nano, name: 'linux', title: 'Linux', description: 'A whole system.' };
export const twoImages: LibraryState = { images: [nano, linux] };

/** A page of a fake machine, with a shell that it shows. */
export async function openRoom(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; errors: string[] }> {
  const opened = await openPage(browser, url, options);
  await waitForText(opened.page, /# $|#$/);
  return opened;
}

export const names = (page: Page): Promise<string[]> =>
  page.evaluate(() => window.domzero?.domains.map(({ name }) => name) ?? []);

export const states = (page: Page): Promise<string[]> =>
  page.evaluate(() => window.domzero?.domains.map(({ state }) => state) ?? []);

/** Makes a machine from an image of the list, by the keyboard's shortcut, and waits until it is shown. */
export async function addMachine(page: Page, image: string): Promise<void> {
  const before = (await names(page)).length;
  await page.keyboard.press('Control+Alt+i');
  await page.locator(`#images [data-image="${image}"]`).click();
  await page.waitForFunction((count) => window.domzero?.domains.length === count + 1, before);
}

/** Chooses from the menu of a machine in the list, which has to be on the screen. */
export async function choose(page: Page, machine: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Commands for ${machine}`, exact: true }).click();
  await page.locator('#domain-menu').getByRole('button', { name: action, exact: true }).click();
}
