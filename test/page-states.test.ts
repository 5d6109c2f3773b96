/** The page's own states and looks, with a fake machine: what it says, to eyes, keyboard and screen reader. */
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LibraryState } from '../web/app/session/library-protocol.ts';
import {
  keepScreenshot,
  launchChromium,
  openPage,
  serveFakePage,
  type,
  waitForState,
  waitForText,
} from './support/browser.ts';
import { linux, nano } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';

const both: LibraryState = { images: [nano, { ...linux, state: 'missing' }] };

const browser = forFile(launchChromium);
const server = forFile(() => serveFakePage(both));
beforeEach(() => server().tell(both));

async function open(options = {}): Promise<Page> {
  const { page } = await openPage(browser(), server().url, options);
  return page;
}

async function running(options = {}): Promise<Page> {
  const page = await open(options);
  await waitForText(page, /# $|#$/);
  return page;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

describe('the engine', () => {
  it('is chosen automatically, and says what that has led to, until the visitor chooses another one', async () => {
    const page = await running();
    const engine = () => page.evaluate(async () => (await window.domzero?.machine?.statistics())?.engine);
    const shown = page.locator('#stat-engine');
    await expect.poll(() => shown.textContent()).toBe('Automatic (translator)');
    expect(await engine()).toBe('jit');
    await page.locator('#engine-button').click();
    const options = await page.getByLabel('Engine').locator('option').allTextContents();
    expect(options).toEqual(['Automatic (translator)', 'Translator', 'Interpreter']);
    await keepScreenshot(page, 'page-engine');
    await page.getByLabel('Engine').selectOption('Interpreter');
    await page.keyboard.press('Escape');
    expect([await shown.textContent(), await engine()]).toEqual(['Interpreter', 'interpreter']);
    await page.context().close();
  });
});

describe('a stopped machine', () => {
  it('offers to power on after power-off', async () => {
    const page = await running();
    await type(page, 'off');
    await waitForState(page, 'off');
    await expect.poll(() => page.locator('#notice h2').textContent()).toBe('Powered off');
    await page.locator('#notice').getByRole('button', { name: 'Power on' }).click();
    await waitForState(page, 'running');
    await expect.poll(() => page.locator('#notice').isVisible()).toBe(false);
    await page.context().close();
  });

  it('explains a halt', async () => {
    const page = await running();
    await type(page, 'halt');
    await waitForState(page, 'halted');
    await expect.poll(() => page.locator('#notice').textContent()).toMatch(/kernel panic/);
    await page.context().close();
  });

  it('shows a crash with a report to copy, and restarts', async () => {
    const page = await running({ permissions: ['clipboard-read', 'clipboard-write'] });
    await type(page, 'crash');
    await waitForState(page, 'crashed');
    const report = await page.getByLabel('Report').textContent();
    expect(report).toMatch(/RuntimeError: unreachable/);
    expect(report).toMatch(/rip +00000000c0100000/);
    await button(page, 'Copy report').click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(report);
    await keepScreenshot(page, 'page-crashed');
    await button(page, 'Restart').click();
    await waitForState(page, 'running');
    await page.context().close();
  });
});

describe('images', () => {
  it('shows a build with progress and its lines, then boots what was built', async () => {
    server().tell({
      images: [{ ...nano, state: 'building' }],
      build: { name: 'linux-nano', step: 'Compiling the kernel', fraction: 0.42 },
    });
    const page = await open();
    const progress = page.getByRole('progressbar', { name: 'Building Linux nano' });
    await progress.waitFor();
    await expect.poll(() => progress.getAttribute('aria-valuenow')).toBe('42');
    server().log('kernel/fork.o');
    await waitForText(page, /kernel\/fork\.o/);
    await keepScreenshot(page, 'page-building');
    server().tell(both);
    await waitForText(page, /nano:~#/);
    await expect.poll(() => progress.isVisible()).toBe(false);
    await page.context().close();
  });

  it('says why a build failed and offers another', async () => {
    server().tell({
      images: [{ ...nano, state: 'missing' }],
      build: { name: 'linux-nano', step: 'Failed', error: 'linux-nano: this system has no apt' },
    });
    const page = await open();
    await page.getByText('linux-nano: this system has no apt').waitFor();
    await expect.poll(() => button(page, 'Build again').isVisible()).toBe(true);
    await page.context().close();
  });

  it('offers an image that becomes ready, without taking the focus, and remembers the choice', async () => {
    const page = await running();
    server().tell({ images: [nano, linux] });
    await page.getByText('Linux is ready').waitFor();
    await type(page, 'still here');
    await waitForText(page, /you typed: still here/);
    await button(page, 'Boot it').click();
    await page.getByRole('button', { name: 'Image: linux', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Image: linux', exact: true }).waitFor();
    await page.context().close();
  });

  it('takes the image that the address asks for', async () => {
    server().tell({ images: [nano, linux] });
    const { page } = await openPage(browser(), `${server().url}?image=linux-nano`);
    await page.getByRole('button', { name: 'Image: linux-nano', exact: true }).waitFor();
    await page.context().close();
  });
});

describe('a browser without WebAssembly', () => {
  it('is told so', async () => {
    const context = await browser().newContext();
    const page = await context.newPage();
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebAssembly'));
    await page.goto(server().url);
    await page.getByText('It lacks WebAssembly').waitFor();
    await context.close();
  });
});

describe('dark and light', () => {
  const background = (page: Page) =>
    page.locator('#terminal').evaluate((element) => getComputedStyle(element).backgroundColor);

  it.each([
    ['dark', 'rgb(16, 18, 21)'],
    ['light', 'rgb(253, 253, 251)'],
  ] as const)('follows the system: %s', async (colorScheme, colour) => {
    const page = await running({ colorScheme });
    await expect.poll(() => background(page)).toBe(colour);
    await page.context().close();
  });

  it('can be chosen, and the choice is remembered', async () => {
    const page = await running({ colorScheme: 'dark' });
    const theme = page.getByRole('button', { name: /^Theme: / });
    await theme.click();
    await expect.poll(() => theme.getAttribute('aria-label')).toBe('Theme: light');
    await expect.poll(() => background(page)).toBe('rgb(253, 253, 251)');
    await page.reload();
    await expect.poll(() => background(page)).toBe('rgb(253, 253, 251)');
    await page.context().close();
  });
});

describe('widths', () => {
  it.each([360, 800, 1440])('fits %d pixels', async (width) => {
    const page = await running({ viewport: { width, height: 720 } });
    const size = await page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      cut: [...document.querySelectorAll('.bar button, .status p, .status dd')]
        .filter((element) => element.getClientRects().length > 0)
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 0.5)
        .map((element) => element.outerHTML),
    }));
    expect(size.page).toBe(width);
    expect(size.cut).toEqual([]);
    for (const name of ['Pause', 'Reset', 'Power off']) expect(await button(page, name).isVisible()).toBe(true);
    await keepScreenshot(page, `page-${width}`);
    await page.context().close();
  });

  it('has on a phone the keys that its keyboard lacks', async () => {
    const page = await running({ viewport: { width: 360, height: 720 }, hasTouch: true });
    await page.evaluate(() => {
      const { machine } = window.domzero ?? {};
      if (machine) machine.send = (data) => Promise.resolve(void document.body.append(JSON.stringify(data)));
    });
    const sent = (text: string) => page.getByText(JSON.stringify(text)).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Ctrl', exact: true }).tap();
    await page.keyboard.type('c');
    await sent('\x03');
    await page.keyboard.type('c');
    await sent('c');
    await page.getByRole('button', { name: 'Esc', exact: true }).tap();
    await sent('\x1b');
    await page.getByRole('button', { name: 'Up', exact: true }).tap();
    await sent('\x1b[A');
    await page.context().close();
  });
});

describe('keyboard alone', () => {
  it('leaves the terminal, reaches every control and comes back', async () => {
    const page = await running();
    const focused = () =>
      page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim(),
      );
    await page.keyboard.press('Tab');
    await expect.poll(focused, { message: 'Tab is the guest’s' }).toBe('Terminal input');
    await page.keyboard.press('Control+Alt+g');
    const order = [await focused()];
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    expect(order).toEqual([
      'Image: linux-nano', 'Pause', 'Reset', 'Power off',
      'Find in the terminal', 'This machine', 'Switches and charts', 'Snapshots', 'All commands',
      'Theme: system', 'Help and shortcuts',
    ]); // prettier-ignore
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('Terminal input');
    await page.context().close();
  });

  it('works the machine by shortcuts, which the guest does not see', async () => {
    const page = await running();
    await page.keyboard.press('Control+Alt+p');
    await waitForState(page, 'paused');
    await page.keyboard.press('Control+Alt+p');
    await waitForState(page, 'running');
    await page.keyboard.press('Control+Alt+s');
    await waitForState(page, 'off');
    await page.keyboard.press('Control+Alt+r');
    await waitForState(page, 'running');
    await type(page, 'x');
    await waitForText(page, /you typed: x$/m);
    await page.context().close();
  });

  it('opens help with every shortcut, closes it with Escape, and is in the terminal again', async () => {
    const page = await running();
    await page.keyboard.press('Control+Alt+h');
    const help = page.getByRole('dialog', { name: 'Help and shortcuts' });
    await help.waitFor();
    await expect.poll(() => help.getByText('Leave or enter the terminal').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    await type(page, 'x');
    await waitForText(page, /you typed: x$/m);
    await page.context().close();
  });

  it('boots an image from the list', async () => {
    server().tell({ images: [nano, linux] });
    const { page } = await openPage(browser(), `${server().url}?image=linux-nano`);
    await waitForText(page, /nano:~#/);
    await page.keyboard.press('Control+Alt+i');
    await page.getByRole('dialog', { name: 'Images' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Image: linux', exact: true }).waitFor();
    await page.context().close();
  });

  it('finds in the terminal and returns to it', async () => {
    const page = await running();
    await page.keyboard.press('Control+Shift+f');
    await page.keyboard.type('linux');
    await page.getByText(/^1 of \d+$/).waitFor();
    await page.keyboard.type('zzz');
    await page.getByText('No match').waitFor();
    await page.keyboard.press('Escape');
    await type(page, 'x');
    await waitForText(page, /you typed: x$/m);
    await page.context().close();
  });
});

describe('clipboard', () => {
  it('copies the selection and pastes into the guest', async () => {
    const page = await running({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('#terminal .xterm-screen').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Select all' }).click();
    await page.keyboard.press('Control+Shift+c');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/Linux on DomZero/);
    await page.evaluate(() => navigator.clipboard.writeText('pasted'));
    await page.locator('#terminal .xterm-screen').click({ button: 'right' });
    await page.getByRole('menuitem', { name: /^Paste/ }).click();
    await waitForText(page, /# pasted$/m);
    await page.context().close();
  });
});

describe('for a screen reader', () => {
  it('names every control, has landmarks and one live region for the state', async () => {
    const page = await running();
    const found = await page.evaluate(() => {
      const name = (element: Element) =>
        element.getAttribute('aria-label') ??
        (element as HTMLInputElement).labels?.[0]?.textContent ??
        (element.textContent || element.getAttribute('title'));
      const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
      const references = [...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].flatMap((element) =>
        `${element.getAttribute('aria-labelledby') ?? ''} ${element.getAttribute('aria-describedby') ?? ''}`.split(' '),
      );
      return {
        nameless: [...document.querySelectorAll('button, input, select, textarea, dialog, [role=dialog]')]
          .filter((element) => !name(element)?.trim() && !element.getAttribute('aria-labelledby'))
          .map((element) => element.outerHTML),
        landmarks: ['header', 'main', 'footer'].map((tag) => document.querySelectorAll(tag).length),
        doubled: ids.filter((id, i) => ids.indexOf(id) !== i),
        dangling: references.filter((id) => id && !document.getElementById(id)),
        live: document.getElementById('state')?.getAttribute('aria-live'),
        language: document.documentElement.lang,
        headings: document.querySelectorAll('h1').length,
      };
    });
    expect(found).toEqual({
      nameless: [],
      landmarks: [1, 1, 1],
      doubled: [],
      dangling: [],
      live: 'polite',
      language: 'en',
      headings: 1,
    });
    await page.context().close();
  });

  it('keeps a readable copy of the lines when asked to', async () => {
    const page = await running();
    await page.keyboard.press('Control+Alt+m');
    await page.getByLabel('Screen reader mode').check();
    await page.locator('.xterm-accessibility').waitFor({ state: 'attached' });
    await page.context().close();
  });

  it.each(['dark', 'light'] as const)('has legible text: %s', async (colorScheme) => {
    const page = await running({ colorScheme });
    await page.keyboard.press('Control+Alt+i');
    const poor = await page.evaluate(() => {
      const parse = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = ([r = 0, g = 0, b = 0]: number[]) => {
        const linear = [r, g, b].map((v) =>
          v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
      };
      const behind = (element: Element | null): number[] => {
        for (; element; element = element.parentElement) {
          const colour = parse(getComputedStyle(element).backgroundColor);
          if (colour.length === 3) return colour;
        }
        return [255, 255, 255];
      };
      return [...document.querySelectorAll('.bar *, .status *, .panel *')]
        .filter((element) => element.getClientRects().length > 0 && !element.closest(':disabled'))
        .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()))
        .map((element) => {
          const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))];
          return { text: element.textContent, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
        })
        .filter(({ ratio }) => ratio < 4.5);
    });
    expect(poor).toEqual([]);
    await page.context().close();
  });
});

describe('without WebGL', () => {
  it('draws with the DOM', async () => {
    const context = await browser().newContext();
    const page = await context.newPage();
    await page.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    await page.goto(server().url);
    await waitForText(page, /nano:~#/);
    expect(await page.evaluate(() => window.domzero?.renderer)).toBe('dom');
    await expect.poll(() => page.locator('.xterm-rows').textContent()).toMatch(/Linux on DomZero/);
    await context.close();
  });

  it('draws with the DOM where device emulation misstates pixels', async () => {
    const page = await running({ deviceScaleFactor: 3 });
    await page.locator('.xterm-rows').waitFor();
    await expect.poll(() => page.locator('.xterm-rows').textContent()).toMatch(/Linux on DomZero/);
    await page.context().close();
  });
});
