/** A page without images, and a visitor's own files: chosen, dropped, right and wrong. The real machine boots them. */
import { basename } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildImage, type ResolvedImage, resolveImage } from '../web/cli/images.ts';
import { keepScreenshot, launchChromium, openPage, root, waitForState, waitForText } from './support/browser.ts';
import { forFile } from './support/fixtures.ts';
import { serveSite } from './support/site.ts';

const bare = forFile(() => serveSite({}), 900_000);
const browser = forFile(launchChromium);
let nano: ResolvedImage;

beforeAll(async () => {
  await buildImage('linux-nano', { root });
  nano = await resolveImage('linux-nano', { root });
}, 900_000);

async function withDialog(): Promise<Page> {
  const { page } = await openPage(browser(), bare().url);
  await page.getByRole('button', { name: 'Open a kernel…', exact: true }).click();
  await page.getByRole('dialog', { name: 'Open a kernel of your own' }).waitFor();
  return page;
}

interface Dropped {
  readonly name: string;
  readonly base64: string;
}

const dropped = async (path: string, name = basename(path)): Promise<Dropped> => ({
  name,
  base64: await readFile(path, 'base64'),
});

/** A drop as the browser reports it; Playwright has no way to drop files from outside. */
async function drop(page: Page, files: readonly Dropped[]): Promise<void> {
  await page.evaluate((list) => {
    const data = new DataTransfer();
    for (const { name, base64 } of list) {
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    for (const kind of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }, files);
}

const boot = (page: Page) => page.getByRole('button', { name: 'Boot', exact: true }).click();

describe('without images', () => {
  it('says how to get one, and offers to open files', async () => {
    const { page, errors } = await openPage(browser(), bare().url);
    await page.getByRole('heading', { name: 'No image' }).waitFor();
    await expect.poll(() => page.locator('#card').textContent()).toContain('npx domzero images build linux-nano');
    await keepScreenshot(page, 'page-no-image');
    // The one complaint is the browser's, about the index that is not there
    expect(errors.filter((text) => !text.includes('404'))).toEqual([]);
    await page.context().close();
  });
});

describe('files of a visitor', () => {
  it('boots a kernel and initrd that were chosen, with a command line and memory', async () => {
    const page = await withDialog();
    await page.getByLabel('Kernel', { exact: true }).setInputFiles(nano.kernel);
    await page.getByLabel(/^Initrd/).setInputFiles(nano.initramfs);
    await page.getByLabel('Command line').fill('console=ttyS0 quiet my.own=1');
    await page.getByLabel('Memory').fill('96M');
    await boot(page);
    await waitForText(page, /nano:~# ?$/);
    await page.keyboard.type('cat /proc/cmdline\r');
    await waitForText(page, /^console=ttyS0 quiet my\.own=1$/m);
    await expect.poll(() => page.locator('#stat-memory').textContent()).toBe('96\u202fMiB');
    await page.context().close();
  });

  it('tells dropped files apart by content, not by name or order', async () => {
    const { page } = await openPage(browser(), bare().url);
    await page.getByRole('heading', { name: 'No image' }).waitFor();
    await drop(page, [await dropped(nano.initramfs, 'a'), await dropped(nano.bzImage, 'b')]);
    await page.getByRole('dialog', { name: 'Open a kernel of your own' }).waitFor();
    const names = await page.evaluate(() =>
      ['open-kernel', 'open-initrd'].map((id) => (document.getElementById(id) as HTMLInputElement).files?.[0]?.name),
    );
    expect(names).toEqual(['b', 'a']);
    await boot(page);
    await waitForText(page, /nano:~# ?$/);
    await page.context().close();
  });

  it('says that a dropped file is neither kernel nor initrd, and what it is', async () => {
    const { page } = await openPage(browser(), bare().url);
    await page.getByRole('heading', { name: 'No image' }).waitFor();
    await drop(page, [await dropped(`${root}package.json`)]);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    await expect.poll(() => alert.textContent()).toMatch(/“package\.json” is neither a kernel nor an initrd \(.+\)/);
    await keepScreenshot(page, 'page-bad-file');
    await page.context().close();
  });

  it.each([
    ['no kernel', undefined, '128M', /Choose a kernel first/],
    ['a text for a kernel', 'text', '128M', /not a kernel \(.+\)/],
    ['a memory that is none', 'kernel', 'lots', /lots/],
    ['too little memory', 'kernel', '1M', /4 ?M/],
  ])('refuses %s beside the fields', async (_what, kernel, memory, message) => {
    const page = await withDialog();
    if (kernel)
      await page
        .getByLabel('Kernel', { exact: true })
        .setInputFiles(kernel === 'text' ? `${root}package.json` : nano.kernel);
    await page.getByLabel('Memory').fill(memory);
    await boot(page);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    await expect.poll(() => alert.textContent()).toMatch(message);
    await expect.poll(() => page.locator('[aria-invalid=true]').count()).toBe(1);
    await page.context().close();
  });

  it('shows what was wrong with a damaged kernel, and can go on', async () => {
    const page = await withDialog();
    const whole = await readFile(nano.kernel);
    const buffer = whole.subarray(0, whole.length / 2);
    await page
      .getByLabel('Kernel', { exact: true })
      .setInputFiles({ name: 'half.gz', mimeType: 'application/gzip', buffer });
    await boot(page);
    await waitForState(page, 'failed');
    await page.getByRole('heading', { name: 'The machine did not start' }).waitFor();
    expect((await page.locator('#card .message-text').textContent())?.length).toBeGreaterThan(10);
    await page.getByRole('button', { name: 'Open a kernel…', exact: true }).click();
    await page.getByLabel('Kernel', { exact: true }).setInputFiles(nano.kernel);
    await page.getByLabel(/^Initrd/).setInputFiles(nano.initramfs);
    await boot(page);
    await waitForText(page, /nano:~# ?$/);
    await page.context().close();
  });
});
