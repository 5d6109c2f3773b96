/**
 * Linux in the page, whole: the built site on a plain static host below a path, the real core in a Worker, a shell that
 * is typed into through the keyboard.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { keepScreenshot, launchChromium, openPage, type, waitForState, waitForText } from './support/browser.ts';
import { forFile } from './support/fixtures.ts';
import { serveSite } from './support/site.ts';

const prompt = /nano:~# ?$/;

const site = forFile(() => serveSite({ images: ['linux-nano', 'linux'], prefix: '/some/where/' }), 900_000);
const browser = forFile(launchChromium);

async function atPrompt(): Promise<{ page: Page; errors: string[] }> {
  const opened = await openPage(browser(), `${site().url}?image=linux-nano`);
  await waitForText(opened.page, prompt);
  return opened;
}

const statistics = (page: Page) => page.evaluate(() => window.domzero?.machine?.statistics());

describe('linux in the page', () => {
  it('boots to its shell, with its devices found and jobs under control', async () => {
    const { page, errors } = await openPage(browser(), `${site().url}?image=linux`);
    await waitForText(page, /linux:~# ?$/);
    await type(page, 'ls /sys/bus/pci/devices | wc -l; sleep 1 & fg; echo "done $?"');
    const text = await waitForText(page, /^done 0$/m);
    // Host bridge, ISA bridge, power management
    expect(text).toMatch(/^3$/m);
    await keepScreenshot(page, 'page-linux');
    expect(errors).toEqual([]);
    await page.context().close();
  });
});

describe('linux-nano in the page', () => {
  it('boots by itself to a shell that takes a command and answers', async () => {
    const { page, errors } = await atPrompt();
    await waitForState(page, 'running');
    await type(page, 'uname -sm; echo $((6*7)) > /tmp/answer; cat /tmp/answer');
    const text = await waitForText(page, /^42$/m);
    expect(text).toMatch(/^Linux i[3-6]86$/m);
    const now = await statistics(page);
    expect(now?.boot).toBe('PVH');
    expect(now?.memory).toBe(64 << 20);
    await expect.poll(() => page.locator('#stat-memory').textContent()).toBe('64\u202fMiB');
    await keepScreenshot(page, 'page-linux-nano');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('pauses, so that no instruction runs, and resumes', async () => {
    const { page } = await atPrompt();
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await waitForState(page, 'paused');
    const before = await statistics(page);
    await type(page, 'echo typed in the $(echo pause)');
    await page.waitForTimeout(500);
    expect((await statistics(page))?.instructions).toBe(before?.instructions);
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await waitForText(page, /^typed in the pause$/m);
    await page.context().close();
  });

  it('boots again after a reset, with nothing left of before', async () => {
    const { page } = await atPrompt();
    await type(page, 'touch /tmp/here && ls /tmp');
    await waitForText(page, /^here$/m);
    await page.getByRole('button', { name: 'Reset', exact: true }).click();
    await page.waitForFunction(() => !window.domzero?.text().includes('here'));
    await waitForText(page, prompt);
    await type(page, 'ls /tmp/here');
    await waitForText(page, /No such file/);
    expect((await statistics(page))?.resets).toBe(1);
    await page.context().close();
  });

  it('can be switched off and on', async () => {
    const { page } = await atPrompt();
    await page.getByRole('button', { name: 'Power off', exact: true }).click();
    await waitForState(page, 'off');
    await page.getByRole('button', { name: 'Power on', exact: true }).first().click();
    await waitForState(page, 'running');
    await waitForText(page, prompt);
    await page.context().close();
  });

  it('knows how large the terminal is when it asks', async () => {
    const { page } = await atPrompt();
    await type(page, 'resize; stty size');
    const text = await waitForText(page, /^\d+ \d+$/m);
    const rows = await page.evaluate(() => document.querySelectorAll('.xterm-rows > div').length);
    if (rows > 0) expect(text).toMatch(new RegExp(`^${rows} `, 'm'));
    await page.context().close();
  });
});
