/** The pages of the gallery and the built site as a whole, on a host that sends no special headers; and by `npm start`. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { axe } from './support/axe.ts';
import { UNFINISHED } from '../web/cli/dev/booted/store.ts';
import { bootedFile } from './support/booted.ts';
import { keepScreenshot, launchChromium, openPage, serveSources, waitForText } from './support/browser.ts';
import { element, waitForVmText } from './support/element.ts';
import { forFile } from './support/fixtures.ts';
import { serveSite } from './support/site.ts';
import type { DomzeroVm } from '../web/element/index.ts';

const prompt = /nano:~# ?$/;

let page: Page | undefined;

const browser = forFile(launchChromium);
const site = forFile(async () => {
  const served = await serveSite({ images: ['linux-nano'], prefix: '/some/where/' });
  await copyFile(await bootedFile(UNFINISHED), join(served.folder, 'gallery/unfinished.dzsnap'));
  return served;
}, 900_000);
afterEach(() => page?.context().close());

async function visit(path: string, viewport = { width: 1280, height: 800 }): Promise<{ page: Page; errors: string[] }> {
  const opened = await openPage(browser(), site().url + path, { viewport });
  page = opened.page;
  return opened;
}

describe('the gallery', () => {
  it('lists pages that are there', async () => {
    const { page, errors } = await visit('gallery/index.html');
    const links = await page.locator('main a').evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
    expect(links.length).toBeGreaterThanOrEqual(3);
    for (const link of links) expect((await page.request.get(link)).status(), link).toBe(200);
    expect(await axe(page, [])).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('has a lesson whose commands run at a click, and that sees them done', async () => {
    const { page, errors } = await visit('gallery/lesson.html');
    await waitForVmText(element(page), prompt);
    await page.getByRole('button', { name: 'Run' }).nth(1).click();
    await waitForVmText(element(page), /^\d{2,}$/m);
    await page.getByRole('button', { name: 'Run' }).last().click();
    await page.getByText('Well done').waitFor();
    expect(await axe(page, [])).toEqual([]);
    await keepScreenshot(page, 'gallery-lesson');
    expect(errors).toEqual([]);
  });

  it('has two machines, one for each engine, and lets them race', async () => {
    const { page, errors } = await visit('gallery/two-machines.html');
    await page.getByRole('button', { name: /^Race/ }).click();
    const times = () => page.locator('output').allTextContents();
    await expect
      .poll(times, { timeout: 45_000 })
      .toEqual([expect.stringMatching(/^\d+\.\d s$/), expect.stringMatching(/ s$/)]);
    const engines = await page
      .locator('domzero-vm')
      .evaluateAll((all) =>
        Promise.all(
          all.map(async (vm) => (await (vm as HTMLElementTagNameMap['domzero-vm']).machine?.statistics())?.engine),
        ),
      );
    expect(engines).toEqual(['jit', 'interpreter']);
    expect(await axe(page, [])).toEqual([]);
    await keepScreenshot(page, 'gallery-two-machines');
    expect(errors).toEqual([]);
  });

  it('has a test runner that tells what passed from what failed', async () => {
    const { page, errors } = await visit('gallery/test-runner.html', { width: 360, height: 800 });
    await page.getByText('5 of 6 passed').waitFor();
    await expect.poll(() => page.locator('[data-result="failed"]').allTextContents()).toEqual(['failed (1)']);
    expect(await axe(page, [])).toEqual([]);
    await keepScreenshot(page, 'gallery-test-runner-360');
    expect(errors).toEqual([]);
  });

  it('has a lesson that starts in the middle, and starts over', async () => {
    const { page, errors } = await visit('gallery/unfinished.html');
    const fetched: string[] = [];
    page.on('request', (request) => fetched.push(request.url().replace(/.*\//, '')));
    await waitForVmText(element(page), /^total 0\nnano:~\/orders# ?$/m);
    await keepScreenshot(page, 'gallery-unfinished');
    for (const button of await page.getByRole('button', { name: 'Run' }).all()) await button.click();
    await page.getByText('Well done').waitFor();
    expect(await waitForVmText(element(page), /^total 42$/m)).toMatch(/^\{ sum \+= \$1 \}/m);
    expect(await axe(page, [])).toEqual([]);
    await page.getByRole('button', { name: 'Start over' }).click();
    await expect.poll(() => element(page).evaluate((vm) => (vm as DomzeroVm).text())).not.toContain('total 42');
    await waitForVmText(element(page), /^total 0\nnano:~\/orders# ?$/m);
    await page.getByRole('button', { name: 'Run' }).last().click();
    await waitForVmText(element(page), /^total 0[^]*^total 0$/m);
    expect(await page.getByText('Well done').count()).toBe(0);
    expect(fetched).not.toContain('vmlinux.gz');
    expect(errors).toEqual([]);
  });

  it('says what is missing when that snapshot is', async () => {
    const missing = 'gallery/no-snapshot.html';
    const html = await readFile(join(site().folder, 'gallery/unfinished.html'), 'utf8');
    await writeFile(join(site().folder, missing), html.replace('unfinished.dzsnap', 'none.dzsnap'));
    const { page } = await visit(missing);
    await page.getByText('npm run build:booted').waitFor();
    await page.getByText(/^snapshot: cannot fetch .*none\.dzsnap: HTTP 404/).waitFor();
  });

  it('is served by the development server, the element from its sources', async () => {
    const server = await serveSources([]);
    try {
      const opened = await openPage(browser(), `${server.url}gallery/lesson.html`);
      page = opened.page;
      await waitForVmText(element(page), prompt);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      const outside = await page.request.get(`${server.url}gallery/..%2f..%2fpackage.json`);
      expect(await outside.text()).not.toContain('"domzero"');
    } finally {
      await server.close();
    }
  });
});

describe('the built site on a plain host', () => {
  it('is cross-origin isolated, and Linux boots', async () => {
    const headers = (await fetch(site().url)).headers;
    expect(headers.get('cross-origin-opener-policy')).toBeNull();
    const { page, errors } = await visit('?image=linux-nano');
    await waitForText(page, prompt); // not before the one reload that the first visit takes
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(errors).toEqual([]);
  });

  it('stays so, without another load, when it is visited again', async () => {
    const { page } = await visit('?image=linux-nano');
    await waitForText(page, prompt);
    let loads = 0;
    page.on('load', () => loads++);
    await page.reload();
    await waitForText(page, prompt);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(loads).toBe(1);
  });

  it('shows a new version at once: the service worker keeps nothing', async () => {
    const { page } = await visit('');
    await page.waitForFunction(() => crossOriginIsolated);
    expect(await page.evaluate(() => caches.keys())).toEqual([]);
    const index = join(site().folder, 'index.html');
    await writeFile(index, (await readFile(index, 'utf8')).replace('<html', '<html data-version="2"'));
    await page.reload();
    expect(await page.evaluate(() => document.documentElement.dataset['version'])).toBe('2');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  });

  it('goes on without isolation where service workers are denied', async () => {
    const context = await browser().newContext({ serviceWorkers: 'block' });
    page = await context.newPage();
    await page.goto(`${site().url}?image=linux-nano`);
    await waitForText(page, prompt);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  });
});
