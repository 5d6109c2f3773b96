/**
 * The control room with real machines: eight at once, Workers that are killed and Workers that hang, a limit on the host's
 * share, a switch thrown under load, and one that is measured.
 */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  keepScreenshot,
  launchChromium,
  openPage,
  patience,
  type,
  waitForState,
  waitForText,
} from './support/browser.ts';
import { addMachine, choose } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';
import { serveSite } from './support/site.ts';

const prompt = /nano:~# ?$/;

const site = forFile(() => serveSite({ images: ['linux-nano'] }), 900_000);
const browser = forFile(launchChromium);

async function room(): Promise<{ page: Page; errors: string[] }> {
  const opened = await openPage(browser(), `${site().url}?image=linux-nano`);
  await waitForText(opened.page, prompt);
  return opened;
}

/** The Worker of the machine that was made last. */
const newestWorker = (page: Page) => {
  const worker = page.workers().at(-1);
  if (!worker) throw new Error('the page has no Worker');
  return worker;
};

async function answers(page: Page, index: number): Promise<void> {
  await page.evaluate((i) => window.domzero?.domains[i]?.machine?.send('echo $((6*7))th\r'), index);
  await page.waitForFunction((i) => /^42th$/m.test(window.domzero?.domains[i]?.text() ?? ''), index, {
    timeout: patience,
    polling: 200,
  });
}

describe('eight machines', () => {
  it('boot and answer, each for itself, and find themselves again after a reload', async () => {
    const { page, errors } = await room();
    for (let i = 1; i < 8; i++) await addMachine(page, 'linux-nano');
    await page.keyboard.press('Control+Alt+v');
    await page.waitForFunction(
      () => window.domzero?.domains.length === 8 && window.domzero.domains.every((d) => /nano:~# ?$/.test(d.text())),
      undefined,
      { timeout: 150_000, polling: 500 },
    );
    for (let i = 0; i < 8; i++) {
      const text = `machine-${i}`;
      await page.evaluate(
        ([n, name]) => window.domzero?.domains[n as number]?.machine?.send(`hostname ${name}; hostname\r`),
        [i, text],
      );
    }
    await page.waitForFunction(
      () => window.domzero?.domains.every((d, i) => new RegExp(`^machine-${i}$`, 'm').test(d.text())),
      undefined,
      { timeout: patience, polling: 500 },
    );
    await keepScreenshot(page, 'page-eight-machines');
    expect(page.workers().length).toBe(8);
    expect(errors).toEqual([]);
    await page.context().close();
  }, 300_000);
});

describe('a Worker', () => {
  it('that dies of an error is reported with its reason; the other goes on; the machine can be restarted', async () => {
    const { page } = await room();
    await addMachine(page, 'linux-nano');
    await waitForText(page, prompt);
    await newestWorker(page).evaluate(
      () =>
        void setTimeout(() => {
          throw new Error('killed by the test');
        }),
    );
    await waitForState(page, 'crashed');
    await expect.poll(() => page.locator('#notice').textContent()).toMatch(/Worker failed: .*killed by the test/);
    await keepScreenshot(page, 'page-worker-died');
    await answers(page, 0);
    await page.locator('#notice').getByRole('button', { name: 'Restart' }).click();
    await waitForState(page, 'running');
    await waitForText(page, prompt);
    await answers(page, 1);
    await page.context().close();
  }, 180_000);

  it.each([
    [
      'hangs',
      (): void => {
        for (;;);
      },
    ],
    ['is gone without a word', (): void => void setTimeout(() => close())],
  ] as const)(
    'that %s is noticed, and can be ended and begun anew',
    async (_what, kill) => {
      const { page } = await room();
      await addMachine(page, 'linux-nano');
      await waitForText(page, prompt);
      newestWorker(page)
        .evaluate(kill)
        .catch(() => undefined);
      await waitForState(page, 'silent');
      await expect.poll(() => page.locator('#notice h2').textContent()).toBe('The machine does not answer');
      await answers(page, 0);
      await page.locator('#notice').getByRole('button', { name: 'End it' }).click();
      await waitForState(page, 'failed');
      await page.locator('#notice').getByRole('button', { name: 'Power on' }).click();
      // Its terminal shows the old prompt until then
      await waitForState(page, 'running');
      await waitForText(page, prompt);
      await answers(page, 1);
      await page.context().close();
    },
    240_000,
  );
});

describe('under load', () => {
  it('a limit holds, and a thrown switch shows in what the core counts', async () => {
    const { page } = await room();
    await type(page, 'while :; do :; done');
    const statistics = () => page.evaluate(async () => window.domzero?.machine?.statistics());
    await page.keyboard.press('Control+Alt+a');
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByLabel('Share of one host core, at most').fill('20');
    // The share is of the last second; a host that is busy itself gives less, never more
    await expect.poll(async () => (await statistics())?.hostShare, { timeout: 20_000 }).toBeLessThan(0.25);
    await page.getByRole('tab', { name: 'Switches' }).click();
    const before = (await statistics())?.counters['translated-executed'] ?? 0;
    await expect.poll(async () => ((await statistics())?.counters['translated-executed'] ?? 0) > before).toBe(true);
    await page.getByLabel('Engine', { exact: true }).first().selectOption('Interpreter');
    await expect.poll(async () => (await statistics())?.engine).toBe('interpreter');
    const [one, two] = [
      await statistics(),
      await (page.waitForTimeout(500), page.waitForTimeout(1000).then(statistics)),
    ];
    expect(two?.instructions).toBeGreaterThan(one?.instructions ?? 0);
    expect(two?.counters['translated-executed']).toBe(one?.counters['translated-executed']);
    await page.getByRole('tab', { name: 'Charts' }).click();
    await page.locator('#inspector-charts [data-chart=mips] canvas').waitFor();
    await page.waitForTimeout(2000);
    await keepScreenshot(page, 'page-charts-real');
    await page.context().close();
  }, 180_000);
});

describe('measuring', () => {
  it('finds the translator quicker than the interpreter at arithmetic, and shows both with their spread', async () => {
    const { page } = await room();
    await page.keyboard.press('Control+Alt+a');
    await page.getByRole('button', { name: 'Measure engine' }).click();
    await page.getByLabel('Runs of each').fill('3');
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByRole('progressbar', { name: 'Measuring' }).waitFor();
    const verdict = page.locator('.measure-verdict');
    await verdict.waitFor({ timeout: 200_000 });
    await keepScreenshot(page, 'page-measured');
    await expect.poll(() => verdict.textContent()).toMatch(/^Translator takes [\d.]+ times less host time/);
    const rows = await page.locator('.measure-result tbody tr').allTextContents();
    expect(rows.map((row) => /^[A-Z][a-z]+/.exec(row)?.[0])).toEqual(['Translator', 'Interpreter']);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    // The visitor's own machine was paused and goes on
    await waitForState(page, 'running');
    expect(page.workers().length).toBe(1);
    await page.context().close();
  }, 300_000);

  it('can be cancelled, and reports a command that fails', async () => {
    const { page } = await room();
    await page.keyboard.press('Control+Alt+a');
    await page.getByRole('button', { name: 'Measure fusion' }).click();
    await page.locator('#measure-command').fill('exit 3');
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    const alert = page.locator('#measure [role=alert]');
    await alert.waitFor({ timeout: 100_000 });
    await expect.poll(() => alert.textContent()).toBe('the command ended with status 3 in the guest');
    await page.locator('#measure-command').fill('sleep 1000');
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByText('Run 1 of 10').waitFor({ timeout: 100_000 });
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('Cancelled.').waitFor();
    await expect.poll(() => page.workers().length).toBe(1);
    await page.context().close();
  }, 300_000);
});

describe('a saved machine', () => {
  const variable = async (page: Page, index: number): Promise<void> => {
    await page.evaluate((i) => window.domzero?.domains[i]?.machine?.send('echo it is $WORD.\r'), index);
    await page.waitForFunction((i) => /^it is kept\.$/m.test(window.domzero?.domains[i]?.text() ?? ''), index, {
      timeout: patience,
      polling: 200,
    });
  };

  it('is forked, restored after its Worker died, exported, and resumed from the file', async () => {
    const { page } = await room();
    await type(page, 'WORD=kept; clear');
    await waitForText(page, prompt);
    await choose(page, 'linux-nano', 'Fork');
    await page.waitForFunction(() => window.domzero?.domains[1]?.state === 'running');
    await variable(page, 1);
    await choose(page, 'linux-nano 2', 'Save');
    await page.getByText(/linux-nano 2 is saved/).waitFor();
    await newestWorker(page).evaluate(
      () =>
        void setTimeout(() => {
          throw new Error('killed by the test');
        }),
    );
    await waitForState(page, 'crashed');
    await page.locator('#notice').getByRole('button', { name: 'Restore the last save' }).click();
    await waitForState(page, 'running');
    await type(page, 'clear; echo it is $WORD and alive');
    await waitForText(page, /^it is kept and alive$/m);
    const download = page.waitForEvent('download');
    await choose(page, 'linux-nano 2', 'Export as a file');
    const file = await (await download).path();
    await page.keyboard.press('Control+Alt+o');
    await page.getByLabel('Kernel', { exact: true }).setInputFiles(file);
    await page.getByRole('button', { name: 'Boot', exact: true }).click();
    await page.waitForFunction(() => window.domzero?.domains[2]?.state === 'running');
    await variable(page, 2);
    await keepScreenshot(page, 'page-resumed');
    await page.context().close();
  }, 240_000);
});
