/** <domzero-vm> that starts from a snapshot: one that the page names, and the one that an image comes with. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { copyImages } from '../web/cli/dev/serve/image-files.ts';
import { UNFINISHED } from '../web/cli/dev/booted/store.ts';
import type { DomzeroVm } from '../web/element/index.ts';
import { bootedFile, bootedImage, store } from './support/booted.ts';
import { launchChromium, patience, root, type } from './support/browser.ts';
import { element, pageWith, serveElement, waitForVmText } from './support/element.ts';
import { forFile } from './support/fixtures.ts';

const prompt = /nano:~# ?$/;

let page: Page | undefined;

const browser = forFile(launchChromium);
const host = forFile(async () => {
  const served = await serveElement();
  await bootedImage('linux-nano');
  await copyImages(`${root}images/dist`, served.folder, store);
  await copyFile(await bootedFile(UNFINISHED), join(served.folder, 'half.dzsnap'));
  return served;
}, 900_000);
afterEach(() => page?.context().close());

let count = 0;
async function open(body: string): Promise<{ page: Page; fetched: string[]; states: () => Promise<string[]> }> {
  page = await browser().newPage();
  page.setDefaultTimeout(patience);
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url().replace(/.*\/|\?.*/g, '')));
  const listen = `<script>window.states = []; document.addEventListener('state', ({ detail }) => states.push(detail.state), true);</script>`;
  await page.goto(await host().add(`snapshot-${count++}.html`, pageWith(body, listen)));
  const opened = page;
  return { page, fetched, states: () => opened.evaluate(() => (window as unknown as { states: string[] }).states) };
}
async function answers(on: Page, command: string, answer: RegExp): Promise<string> {
  const vm = element(on);
  await vm.locator('textarea').focus();
  await type(on, command);
  return waitForVmText(vm, answer);
}

describe('an image with a snapshot of itself', () => {
  it('shows its prompt without a boot, and boots when it is reset', async () => {
    const { page, fetched, states } = await open('<domzero-vm image="linux-nano" autostart></domzero-vm>');
    await waitForVmText(element(page), prompt);
    await answers(page, 'touch /tmp/before; echo $((6*7))', /^42$/m);
    expect(await states()).toEqual(['loading', 'paused', 'running']);
    expect(fetched).toContain('booted.dzsnap');
    expect(fetched).not.toContain('vmlinux.gz');
    await element(page).getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => element(page).evaluate((e) => (e as DomzeroVm).text())).not.toMatch(/^42$/m);
    await waitForVmText(element(page), prompt);
    expect(fetched).toContain('vmlinux.gz');
    expect(await answers(page, 'ls /tmp; echo looked', /^looked$/m)).not.toMatch(/^before$/m);
  });

  it.each([
    ['boot="cold"', 'boot="cold"'],
    ['memory of its own', 'memory="48M"'],
    ['a command line of its own', 'command-line="console=ttyS0 quiet tsc=reliable"'],
  ])('boots with %s', async (_what, attribute) => {
    const { page, fetched } = await open(`<domzero-vm image="linux-nano" ${attribute} autostart></domzero-vm>`);
    await waitForVmText(element(page), prompt);
    expect(fetched).toContain('vmlinux.gz');
    expect(fetched).not.toContain('booted.dzsnap');
  });

  it('boots when the snapshot is of no use', async () => {
    const path = join(host().folder, 'images/linux-nano/booted.dzsnap');
    const good = await readFile(path);
    await writeFile(path, good.subarray(0, good.length >> 1));
    try {
      const { page, fetched, states } = await open('<domzero-vm image="linux-nano" autostart></domzero-vm>');
      await waitForVmText(element(page), prompt);
      expect(fetched).toContain('vmlinux.gz');
      expect(await states()).toEqual(['loading', 'ready', 'running']);
    } finally {
      await writeFile(path, good);
    }
  });
});

describe('the attribute snapshot', () => {
  it('starts from that file, alone', async () => {
    const { page, fetched } = await open('<domzero-vm snapshot="half.dzsnap" autostart></domzero-vm>');
    await waitForVmText(element(page), /^total 0\nnano:~\/orders# ?$/m);
    await answers(page, 'cat stock.txt | wc -l', /^3$/m);
    expect(fetched).not.toContain('manifest.json');
  });

  it('is a source: a change of it makes another machine', async () => {
    const { page } = await open('<domzero-vm snapshot="half.dzsnap" autostart></domzero-vm>');
    await waitForVmText(element(page), /orders# ?$/);
    await element(page).evaluate((e) => ((e as DomzeroVm).snapshot = 'images/linux-nano/booted.dzsnap'));
    expect(await waitForVmText(element(page), prompt)).not.toContain('total');
  });
});
