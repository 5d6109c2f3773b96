/** What <domzero-vm> says when something is wrong, and how it looks and reads: to eyes, keyboard and screen reader. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { DomzeroVm } from '../web/element/index.ts';
import { axe } from './support/axe.ts';
import { keepScreenshot, launchChromium, openPage, serveFolder, type } from './support/browser.ts';
import { element, pageWith, serveElement, waitForVmState, waitForVmText } from './support/element.ts';
import { forFile } from './support/fixtures.ts';

const prompt = /nano:~# ?$/;
const nano = '<domzero-vm image="linux-nano" autostart></domzero-vm>';

let page: Page | undefined;

const host = forFile(() => serveElement(), 900_000);
const browser = forFile(launchChromium);
afterEach(() => page?.context().close());

let count = 0;
async function open(body: string, options: BrowserContextOptions = {}, head = ''): Promise<Page> {
  const url = await host().add(`state-${count++}.html`, pageWith(body, head));
  ({ page } = await openPage(browser(), url, options));
  return page;
}

/** The message in the element, and that of its error event; both for start() called by a script. */
async function failure(body: string): Promise<{ shown: string; event: string; thrown: string; state: string }> {
  const on = await open(body);
  const result = await element(on).evaluate(async (e) => {
    const vm = e as DomzeroVm;
    let event = '';
    vm.addEventListener('error', ({ detail }) => (event += detail.message));
    const thrown = await vm.start().then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    return { event, thrown, state: vm.state };
  });
  return { ...result, shown: (await element(on).getByRole('alert').textContent()) ?? '' };
}

describe('what cannot be started', () => {
  it.each([
    ['an image that is not there', '<domzero-vm image="nope"></domzero-vm>', /^there is no image 'nope' at http:.*\/images\/nope\/manifest.json: HTTP 404$/],
    ['a name that leads elsewhere', '<domzero-vm image="../secret"></domzero-vm>', /^'\.\.\/secret' is not the name of an image$/],
    ['nothing to boot', '<domzero-vm></domzero-vm>', /^give the element an image, a kernel or a snapshot$/],
    ['a kernel that is not there', '<domzero-vm kernel="none.gz"></domzero-vm>', /^kernel: cannot fetch http:.*\/none.gz: HTTP 404/],
    ['a kernel that is none', '<domzero-vm kernel="state-0.html"></domzero-vm>', /kernel/],
    ['memory that is none', '<domzero-vm image="linux-nano" memory="lots"></domzero-vm>', /^memory: 'lots' is not a size/],
    ['an engine that is none', '<domzero-vm image="linux-nano" engine="steam"></domzero-vm>', /^engine: there is no 'steam'; choose from: auto, jit, interpreter, lockstep$/],
  ])('%s is said in the element and by an event, in one line', async (_what, body, message) => {
    const { shown, event, thrown, state } = await failure(body);
    expect(shown).toMatch(message);
    expect(shown).not.toContain('\n');
    expect(event).toBe(shown);
    expect(thrown).toBe(shown);
    expect(state).toBe('failed');
  }); // prettier-ignore

  it.each([
    ['a page', '<!doctype html>'],
    ['no object', '[1, 2]'],
    ['no kernel', '{"files": [{"role": "initramfs", "path": "initramfs.cpio.gz"}]}'],
    ['a path out of its folder', '{"files": [{"role": "kernel", "path": "../linux-nano/vmlinux.gz"}]}'],
  ])('a manifest that is %s is refused', async (_what, text) => {
    const on = await open('<domzero-vm image="odd"></domzero-vm>');
    await on.route('**/images/odd/manifest.json', (route) => route.fulfill({ body: text }));
    await element(on).getByRole('button', { name: 'Start', exact: true }).click();
    await waitForVmState(element(on), 'failed');
    await expect
      .poll(() => element(on).getByRole('alert').textContent())
      .toMatch(/images\/odd\/manifest.json is not the manifest/);
  });

  it('starts when what was missing has come, by the same button', async () => {
    const on = await open('<domzero-vm image="linux-nano" autostart images="nowhere"></domzero-vm>');
    const vm = element(on);
    await waitForVmState(vm, 'failed');
    await keepScreenshot(on, 'element-failed');
    expect(await axe(on, [])).toEqual([]);
    await on.route('**/nowhere/**', (route) =>
      route.continue({ url: route.request().url().replace('nowhere', 'images') }),
    );
    await vm.getByRole('button', { name: 'Try again' }).click();
    await waitForVmText(vm, prompt);
    expect(await vm.getByRole('alert').count()).toBe(0);
  });

  it('has commands that say that there is no machine', async () => {
    const on = await open('<domzero-vm image="linux-nano"></domzero-vm>');
    const thrown = await element(on).evaluate((e) => (e as DomzeroVm).pause().catch((error: Error) => error.message));
    expect(thrown).toBe('there is no machine yet: call start(), or wait for the ready event');
  });
});

describe('a machine that ends badly', () => {
  it('shows why: a Worker that dies, and starts again', async () => {
    const worker = "onmessage = () => { throw new Error('out of luck'); }";
    const on = await open('<domzero-vm image="linux-nano"></domzero-vm>');
    const vm = element(on);
    await vm.evaluate((e, script) => {
      (e as DomzeroVm).options = { workerUrl: URL.createObjectURL(new Blob([script], { type: 'text/javascript' })) };
    }, worker);
    await vm.getByRole('button', { name: 'Start', exact: true }).click();
    await waitForVmState(vm, 'failed');
    await expect.poll(() => vm.getByRole('alert').textContent()).toMatch(/the machine's Worker failed: .*out of luck/);
    await vm.evaluate((e) => ((e as DomzeroVm).options = {}));
    await vm.getByRole('button', { name: 'Start', exact: true }).click();
    await waitForVmText(vm, prompt);
  });

  it('shows that a guest halted, and leaves its last lines to be read', async () => {
    const on = await open(nano);
    const vm = element(on);
    await waitForVmText(vm, prompt);
    await vm.evaluate((e) => (e as DomzeroVm).send('echo last words; halt -f\r'));
    await waitForVmState(vm, 'halted');
    await expect.poll(() => vm.getByRole('alert').textContent()).toMatch(/stopped its processor for good/);
    expect(await waitForVmText(vm, /^last words$/m)).toBeTruthy();
    await keepScreenshot(on, 'element-halted');
    expect(await axe(on, [])).toEqual([]);
  });
});

describe('keyboard and screen reader', () => {
  it('reaches everything by keys, and leaves the terminal again', async () => {
    const on = await open(`<domzero-vm image="linux-nano"></domzero-vm><a href="#after">after</a>`);
    const vm = element(on);
    const focus = () =>
      vm.evaluate((e) => e.shadowRoot?.activeElement?.getAttribute('aria-label') ?? document.activeElement?.localName);
    await on.keyboard.press('Tab');
    await on.keyboard.press('Enter');
    await waitForVmText(vm, prompt);
    // Tab is the guest's now: it completes
    await on.keyboard.type('ec');
    await on.keyboard.press('Tab');
    await type(on, ' $((2*21))');
    await waitForVmText(vm, /^42$/m);
    await on.keyboard.press('Control+Alt+g');
    expect(await focus()).toBe('Pause');
    await on.keyboard.press('Enter');
    await waitForVmState(vm, 'paused');
    expect(await focus()).toBe('Resume');
    await on.keyboard.press('Tab');
    expect(await focus()).toBe('Reset');
    await on.keyboard.press('Tab');
    expect(await focus()).toBe('Terminal input');
    await on.keyboard.press('Control+Alt+g');
    expect(await focus()).toBe('Resume');
  });

  it('names its parts, in a region called after the image', async () => {
    const on = await open(nano);
    const vm = element(on);
    await waitForVmText(vm, prompt);
    await expect.poll(() => vm.getByRole('region', { name: 'Terminal of linux-nano' }).count()).toBe(1);
    await expect.poll(() => vm.getByRole('status').textContent()).toBe('Running');
    await vm.evaluate((e) => ((e as DomzeroVm).label = 'The lesson’s shell'));
    await expect.poll(() => vm.getByRole('region', { name: 'The lesson’s shell' }).count()).toBe(1);
  });

  it.each([
    ['light', 360],
    ['dark', 360],
    ['light', 1280],
    ['dark', 1280],
  ] as const)('axe finds nothing serious, %s, %i pixels wide', async (colorScheme, width) => {
    const scheme = '<style>:root { color-scheme: light dark } body { background: Canvas; color: CanvasText }</style>';
    const viewport = { width, height: 800 };
    const body = `<domzero-vm image="linux-nano"><p>A whole Linux, in this page.</p></domzero-vm>${nano}`;
    const on = await open(body, { colorScheme, viewport }, scheme);
    await waitForVmText(element(on).nth(1), prompt);
    expect(await axe(on, [])).toEqual([]);
    expect(await on.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await keepScreenshot(on, `element-${colorScheme}-${width}`);
  });
});

describe('the look', () => {
  const colours = (on: Page) =>
    element(on).evaluate((e) => {
      const terminal = e.shadowRoot?.querySelector('.xterm-scrollable-element') as HTMLElement;
      return { scheme: getComputedStyle(e).colorScheme, background: terminal.style.backgroundColor };
    });

  it('follows the theme, at once, in the terminal as well', async () => {
    const on = await open(nano);
    await waitForVmText(element(on), prompt);
    const light = await colours(on);
    await element(on).evaluate((e) => ((e as DomzeroVm).theme = 'dark'));
    await expect.poll(() => colours(on)).not.toEqual(light);
    expect(await colours(on)).toEqual({ scheme: 'dark', background: 'rgb(16, 18, 21)' });
    await element(on).evaluate((e) => ((e as DomzeroVm).theme = 'auto'));
    await expect.poll(() => colours(on)).toEqual(light);
  });

  it('can be changed from outside by custom properties and parts', async () => {
    const style = `<style>
      domzero-vm { --domzero-background: rgb(0, 0, 64); --domzero-foreground: rgb(255, 255, 255); --domzero-font-size: 18px; height: 300px }
      domzero-vm::part(bar) { display: none }
    </style>`;
    const on = await open(nano, {}, style);
    await waitForVmText(element(on), prompt);
    expect((await colours(on)).background).toBe('rgb(0, 0, 64)');
    const seen = await element(on).evaluate((e) => ({
      bar: (e.shadowRoot?.querySelector('[part=bar]') as HTMLElement).offsetHeight,
      font: getComputedStyle(e.shadowRoot?.querySelector('.xterm-rows') as Element).fontSize,
      height: (e as HTMLElement).offsetHeight,
    }));
    expect(seen).toEqual({ bar: 0, font: '18px', height: 300 });
    await keepScreenshot(on, 'element-styled');
  });
});

describe('from another host', () => {
  it('works with one script tag when that host allows it', async () => {
    const other = await serveFolder(host().folder, '/', { 'Access-Control-Allow-Origin': '*' });
    try {
      const vm = `<domzero-vm images="${other.url}images" image="linux-nano" autostart></domzero-vm>`;
      const html = pageWith(vm).replace('domzero-element.js', `${other.url}domzero-element.js`);
      ({ page } = await openPage(browser(), await host().add('foreign.html', html)));
      await waitForVmText(element(page), prompt);
      expect(new URL(page.url()).origin).not.toBe(new URL(other.url).origin);
    } finally {
      await other.close();
    }
  });
});
