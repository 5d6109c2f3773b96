/**
 * Instant start on the built site: the page goes on from a snapshot of the booted image, and boots its kernel when it is
 * told to, when the snapshot is of no use, and when the guest resets itself. What was typed before tells the two apart.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { axe } from './support/axe.ts';
import { keepScreenshot, launchChromium, patience, type, waitForText } from './support/browser.ts';
import { addMachine, choose, names } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';
import { serveSite } from './support/site.ts';

const prompt = /nano:~# ?$/;

let page: Page | undefined;

const site = forFile(() => serveSite({ images: ['linux-nano'], booted: true }), 900_000);
const browser = forFile(launchChromium);
afterEach(() => page?.context().close());

interface Visit {
  readonly page: Page;
  readonly errors: string[];
  readonly warnings: string[];
  /** Names of image files that were asked for. */
  readonly fetched: string[];
}

async function visit(query = '?image=linux-nano', before = async (_page: Page) => {}): Promise<Visit> {
  const context = await browser().newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  page.setDefaultTimeout(patience);
  const seen = { errors: [] as string[], warnings: [] as string[], fetched: [] as string[] };
  page.on('pageerror', ({ message }) => seen.errors.push(message));
  page.on('console', (message) => {
    // A file that is no page has no icon of its own
    const isIcon = message.location().url.endsWith('/favicon.ico');
    if (message.type() === 'error' && !isIcon) seen.errors.push(message.text());
    if (message.type() === 'warning') seen.warnings.push(message.text());
  });
  // The first visit of a plain host loads twice, to be isolated
  await page.goto(site().url);
  await page.waitForFunction(() => crossOriginIsolated);
  // Away from the page, which writes its list when it likes
  await page.goto(`${site().url}images/index.json`);
  await page.evaluate(() => localStorage.clear());
  await before(page);
  context.on('request', (request) => {
    const name = /\/images\/linux-nano\/([^?]+)/.exec(request.url())?.[1];
    if (name !== undefined) seen.fetched.push(name);
  });
  seen.warnings.length = 0;
  await page.goto(site().url + query);
  await waitForText(page, prompt);
  return { page, ...seen };
}
const toast = (on: Page) => on.locator('[data-toast="resumed"]');

/** What made the browser ask for the file. */
const initiatorOf = (name: string) =>
  (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).find((entry) => entry.name.includes(name))
    ?.initiatorType;

/** Leaves a mark in the guest's memory, which only a boot takes away. */
async function leaveMark(on: Page): Promise<void> {
  await type(on, 'touch /tmp/before; ls /tmp; echo marked');
  expect(await waitForText(on, /^marked$/m)).toMatch(/^before$/m);
}
async function expectFreshBoot(on: Page): Promise<void> {
  // The old terminal is gone with what it showed
  await on.waitForFunction(() => !window.domzero?.text().includes('marked'));
  await waitForText(on, prompt);
  // From wherever the command was given
  await on.locator('.console').first().click();
  await type(on, 'ls /tmp; echo looked');
  const text = await waitForText(on, /^looked$/m);
  expect(text).not.toMatch(/^before$/m);
}

describe('a page with the snapshot of a booted image', () => {
  it('shows its shell, which answers, and fetches no kernel for that', async () => {
    const { page, errors, fetched } = await visit();
    expect(fetched).toEqual(['booted.dzsnap']);
    // Asked for before the page's own code was there
    expect(await page.evaluate(initiatorOf, 'booted.dzsnap')).toBe('link');
    await toast(page).getByText('Started from a snapshot of the booted image.').waitFor();
    await type(page, 'uname -sm; echo $((6*7))');
    expect(await waitForText(page, /^42$/m)).toMatch(/^Linux i[3-6]86$/m);
    expect(await page.evaluate(async () => (await window.domzero?.machine?.statistics())?.memory)).toBe(64 << 20);
    expect(fetched).toEqual(['booted.dzsnap']);
    expect(await axe(page, [])).toEqual([]);
    await keepScreenshot(page, 'page-instant');
    expect(errors).toEqual([]);
  });

  it('boots the kernel at one click, and then fetches it', async () => {
    const { page, fetched } = await visit();
    await leaveMark(page);
    await toast(page).getByRole('button', { name: 'Boot it cold' }).click();
    await expectFreshBoot(page);
    expect(fetched).toEqual(expect.arrayContaining(['vmlinux.gz', 'initramfs.cpio.gz']));
    expect(await toast(page).count()).toBe(0);
  });

  it.each(['Reset', 'Cold boot'])('boots the kernel by “%s” of its menu', async (command) => {
    const { page, fetched } = await visit();
    await leaveMark(page);
    await choose(page, 'linux-nano', command);
    await expectFreshBoot(page);
    expect(fetched).toContain('vmlinux.gz');
  });

  it('boots the kernel after a power cycle', async () => {
    const { page } = await visit();
    await leaveMark(page);
    await page.getByRole('button', { name: 'Power off', exact: true }).first().click();
    await page.getByRole('button', { name: 'Power on', exact: true }).first().click();
    await expectFreshBoot(page);
  });

  it('boots the kernel when the guest resets itself', async () => {
    const { page, fetched } = await visit();
    await leaveMark(page);
    await type(page, 'reboot -f');
    await waitForText(page, /Restarting system[^]*nano:~# ?$/);
    await type(page, 'ls /tmp; echo looked');
    const [, after = ''] = (await waitForText(page, /^looked$/m)).split('Restarting system');
    expect(after).not.toMatch(/^before$/m);
    expect(fetched).toContain('vmlinux.gz');
    expect(await page.evaluate(async () => (await window.domzero?.machine?.statistics())?.resets)).toBe(1);
  });

  it('starts so again after a reload, and does not tell a visitor who knows', async () => {
    const { page, fetched } = await visit();
    await toast(page).getByRole('button', { name: 'Dismiss' }).click();
    await page.reload();
    await waitForText(page, prompt);
    await type(page, 'echo again $((6*7))');
    await waitForText(page, /^again 42$/m);
    expect(fetched.filter((name) => name !== 'booted.dzsnap')).toEqual([]);
    expect(await toast(page).count()).toBe(0);
  });

  it('starts several machines from it, each by itself', async () => {
    const { page, fetched } = await visit();
    await leaveMark(page);
    await addMachine(page, 'linux-nano');
    await waitForText(page, prompt);
    await type(page, 'ls /tmp; echo other');
    expect(await waitForText(page, /^other$/m)).not.toMatch(/^before$/m);
    await expect.poll(() => names(page)).toEqual(['linux-nano', 'linux-nano 2']);
    expect(fetched).not.toContain('vmlinux.gz');
  });
});

describe('the kernel boots instead', () => {
  it('where the address says so', async () => {
    const { page, fetched } = await visit('?image=linux-nano&boot=cold');
    expect(fetched).toEqual(expect.arrayContaining(['vmlinux.gz', 'initramfs.cpio.gz']));
    expect(fetched).not.toContain('booted.dzsnap');
    expect(await toast(page).count()).toBe(0);
  });

  it('in a machine of another size', async () => {
    const record = {
      version: 1,
      domains: [
        {
          ...{ id: 'larger', name: 'larger', on: true },
          guest: { name: 'linux-nano', image: true, memory: '64M' },
          settings: { memory: '96M', engine: 'jit', acceleration: {}, clock: 'host', cpuShare: 1 },
        },
      ],
    };
    const { page, fetched } = await visit('', (page) =>
      page.evaluate((text) => localStorage.setItem('domzero.domains', text), JSON.stringify(record)),
    );
    expect(await page.evaluate(async () => (await window.domzero?.machine?.statistics())?.memory)).toBe(96 << 20);
    expect(fetched).not.toContain('booted.dzsnap');
  });

  it.each([
    ['is damaged', (file: Buffer) => file.fill(0x5a, file.length >> 1, (file.length >> 1) + 64)],
    ['was cut off', (file: Buffer) => file.subarray(0, 5000)],
    ['is none', () => Buffer.from('<!doctype html><title>not found</title>')],
  ])('when the snapshot %s, with a word on the console', async (_what, spoil) => {
    const path = join(site().folder, 'images/linux-nano/booted.dzsnap');
    const good = await readFile(path);
    await writeFile(path, spoil(Buffer.from(good)));
    try {
      const { page, errors, warnings, fetched } = await visit();
      expect(fetched).toEqual(expect.arrayContaining(['booted.dzsnap', 'vmlinux.gz']));
      expect(warnings.filter((text) => text.startsWith('domzero: booting, since the snapshot'))).toHaveLength(1);
      expect(await toast(page).count()).toBe(0);
      expect(errors).toEqual([]);
    } finally {
      await writeFile(path, good);
    }
  });
});
