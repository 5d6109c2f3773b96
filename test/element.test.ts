/**
 * <domzero-vm> in Chromium, as a page without any tool uses it: the three built files on a plain host, linux-nano in
 * real machines.
 */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { DomzeroVm } from '../web/element/index.ts';
import { keepScreenshot, launchChromium, openPage, type } from './support/browser.ts';
import { element, pageWith, serveElement, waitForVmState, waitForVmText } from './support/element.ts';
import { forFile } from './support/fixtures.ts';

const prompt = /nano:~# ?$/;

let page: Page | undefined;

const host = forFile(() => serveElement(), 900_000);
const browser = forFile(launchChromium);
afterEach(() => page?.context().close());

let count = 0;
/** Opens a page with this body. `events` are those of all elements, as they came. */
async function open(body: string, head = ''): Promise<{ page: Page; errors: string[] }> {
  const listen = `<script>
    window.events = [];
    for (const type of ['ready', 'state', 'exit', 'error']) document.addEventListener(type, (event) => {
      if (event.target.localName === 'domzero-vm')
        events.push({ type, id: event.target.id, composed: event.composed, bubbles: event.bubbles, state: event.target.state, detail: type === 'ready' ? event.detail.machine === event.target.machine : event.detail });
    }, true);
  </script>`;
  const opened = await openPage(browser(), await host().add(`page-${count++}.html`, pageWith(body, listen + head)));
  page = opened.page;
  return opened;
}

interface Told {
  readonly type: string;
  readonly id: string;
  readonly composed: boolean;
  readonly bubbles: boolean;
  readonly state: string;
  readonly detail: unknown;
}
const told = (from: Page) => from.evaluate(() => (window as unknown as { events: Told[] }).events);
const states = async (from: Page) =>
  (await told(from)).filter(({ type }) => type === 'state').map(({ detail }) => (detail as { state: string }).state);
/** Workers that live: machines, in these pages. */
const workers = (from: Page) => from.workers().length;

describe('an element', () => {
  it('boots its image to a shell that the keyboard reaches, and tells what happens', async () => {
    const { page, errors } = await open('<domzero-vm image="linux-nano" autostart></domzero-vm>');
    const vm = element(page);
    await waitForVmText(vm, prompt);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await vm.locator('textarea').focus();
    await type(page, 'uname -sm; echo $((6*7))');
    expect(await waitForVmText(vm, /^42$/m)).toMatch(/^Linux i[3-6]86$/m);
    expect(await states(page)).toEqual(['loading', 'ready', 'running']);
    const events = await told(page);
    expect(events.map(({ type }) => type)).toEqual(['state', 'state', 'ready', 'state']);
    expect(events.every(({ composed, bubbles }) => composed && !bubbles)).toBe(true);
    expect(events.find(({ type }) => type === 'ready')?.detail).toBe(true);
    expect(await vm.evaluate(async (e) => (await (e as DomzeroVm).machine?.statistics())?.memory)).toBe(64 << 20);
    await keepScreenshot(page, 'element');
    expect(errors).toEqual([]);
  });

  it('takes attributes and properties for the same', async () => {
    const { page } = await open('');
    const seen = await page.evaluate(() => {
      const vm = document.createElement('domzero-vm');
      const texts = {
        image: 'a', images: 'b/', kernel: 'k', initrd: 'i', commandLine: 'c', memory: '32M', snapshot: 's', boot: 'cold',
      } as const; // prettier-ignore
      Object.assign(vm, texts, { engine: 'interpreter', autostart: true, loading: 'lazy', theme: 'dark', label: 'l' });
      const attributes = Object.fromEntries(vm.getAttributeNames().map((name) => [name, vm.getAttribute(name)]));
      vm.setAttribute('loading', 'nonsense');
      vm.setAttribute('theme', 'nonsense');
      vm.setAttribute('boot', 'nonsense');
      vm.autostart = false;
      const { loading, theme, boot } = vm;
      return { attributes, loading, theme, boot, autostart: vm.hasAttribute('autostart') };
    });
    expect(seen.attributes).toEqual({
      image: 'a', images: 'b/', kernel: 'k', initrd: 'i', 'command-line': 'c', memory: '32M', snapshot: 's',
      boot: 'cold', engine: 'interpreter', autostart: '', loading: 'lazy', theme: 'dark', label: 'l',
    }); // prettier-ignore
    expect(seen).toMatchObject({ loading: 'eager', theme: 'auto', boot: 'auto', autostart: false });
  });

  it('boots a kernel by its address, with attributes and options that the machine then has', async () => {
    const files = 'kernel="images/linux-nano/vmlinux.gz" initrd="images/linux-nano/initramfs.cpio.gz"';
    const { page } = await open(
      `<domzero-vm ${files} memory="48M" command-line="console=ttyS0 quiet tsc=reliable hello=42" engine="interpreter"></domzero-vm>
       <script>document.querySelector('domzero-vm').options = { acceleration: { linking: false } };</script>`,
    );
    const vm = element(page);
    await vm.getByRole('button', { name: 'Start', exact: true }).click();
    await waitForVmText(vm, prompt);
    // Started by hand: the terminal has the focus
    await type(page, 'cat /proc/cmdline');
    await waitForVmText(vm, /^console=.* hello=42$/m);
    const machine = await vm.evaluate(async (e) => {
      const { machine } = e as DomzeroVm;
      const list = await machine?.accelerations();
      return { ...(await machine?.statistics()), linking: list?.find(({ name }) => name === 'linking')?.value };
    });
    expect(machine).toMatchObject({ memory: 48 << 20, engine: 'interpreter', linking: 0 });
    await vm.evaluate((e) => ((e as DomzeroVm).engine = 'jit'));
    await expect
      .poll(() => vm.evaluate(async (e) => (await (e as DomzeroVm).machine?.statistics())?.engine))
      .toBe('jit');
  });

  it('is driven by its bar and by its methods', async () => {
    const { page } = await open('<domzero-vm image="linux-nano" autostart></domzero-vm>');
    const vm = element(page);
    await waitForVmText(vm, prompt);
    await vm.getByRole('button', { name: 'Pause' }).click();
    await waitForVmState(vm, 'paused');
    await vm.getByRole('button', { name: 'Resume' }).click();
    await waitForVmState(vm, 'running');
    await vm.evaluate((e) => (e as DomzeroVm).send('touch /tmp/here; ls /tmp\r'));
    await waitForVmText(vm, /^here$/m);
    await vm.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => vm.evaluate((e) => (e as DomzeroVm).text())).not.toContain('here');
    await waitForVmText(vm, prompt);
    await vm.evaluate((e) => (e as DomzeroVm).powerOff());
    await waitForVmState(vm, 'off');
    expect((await told(page)).find((event) => event.type === 'exit')?.detail).toMatchObject({ reason: 'power-off' });
    await vm.getByRole('button', { name: 'Power on' }).click();
    await waitForVmText(vm, prompt);
  });

  it('hands on what the guest says, whole characters only', async () => {
    const { page } = await open(`<domzero-vm image="linux-nano"></domzero-vm><script>
      window.said = '';
      const vm = document.querySelector('domzero-vm');
      vm.addEventListener('console', ({ detail }) => detail.bytes instanceof Uint8Array && detail.port === 'com1' && (said += detail.text));
    </script>`);
    const vm = element(page);
    await vm.evaluate((e) => (e as DomzeroVm).start());
    await waitForVmText(vm, prompt);
    // Euro sign, printed byte by byte
    const command = "printf '\\342'; sleep 1; printf '\\202'; sleep 1; printf '\\254.\\n'\r";
    await vm.evaluate((e, text) => (e as DomzeroVm).send(text), command);
    await page.waitForFunction(() => (window as unknown as { said: string }).said.includes('\u20ac.'));
    expect(await page.evaluate(() => (window as unknown as { said: string }).said)).not.toContain('\ufffd');
  });
});

describe('several elements on a page', () => {
  it('are machines of their own', async () => {
    const vm = (id: string) =>
      `<domzero-vm id="${id}" image="linux-nano" autostart style="height: 18rem"></domzero-vm>`;
    const { page, errors } = await open(vm('one') + vm('two'));
    const [one, two] = [element(page, '#one'), element(page, '#two')];
    await waitForVmText(one, prompt);
    await waitForVmText(two, prompt);
    expect(workers(page)).toBe(2);
    await one.evaluate((e) => (e as DomzeroVm).send('echo only one; halt -f\r'));
    await waitForVmState(one, 'halted');
    await two.evaluate((e) => (e as DomzeroVm).send('echo still here\r'));
    expect(await waitForVmText(two, /^still here$/m)).not.toContain('only one');
    expect(errors).toEqual([]);
    await keepScreenshot(page, 'element-two');
  });
});

describe('the life of a machine', () => {
  it('begins when a lazy element is scrolled near', async () => {
    const { page } = await open(
      '<div style="height: 5000px">above</div><domzero-vm image="linux-nano" autostart loading="lazy"></domzero-vm>',
    );
    const vm = element(page);
    // Two frames: the observer has had its first look
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await vm.evaluate((e) => (e as DomzeroVm).state)).toBe('idle');
    expect(workers(page)).toBe(0);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await waitForVmText(vm, prompt);
  });

  it('ends when the element leaves the page, not when it is moved', async () => {
    const { page } = await open(
      '<section id="a"><domzero-vm image="linux-nano" autostart></domzero-vm></section><section id="b"></section>',
    );
    const vm = element(page);
    await waitForVmText(vm, prompt);
    await page.evaluate(() => document.querySelector('#b')?.append(document.querySelector('domzero-vm') as Node));
    await vm.evaluate((e) => (e as DomzeroVm).send('echo moved\r'));
    await waitForVmText(vm, /^moved$/m);
    const handle = await vm.elementHandle();
    await page.evaluate(() => document.querySelector('domzero-vm')?.remove());
    await expect.poll(() => workers(page)).toBe(0);
    const after = await handle?.evaluate((e) => ({ state: (e as DomzeroVm).state, machine: (e as DomzeroVm).machine }));
    expect(after).toEqual({ state: 'idle', machine: undefined });
    await page.evaluate((e) => document.body.append(e as Node), handle);
    await waitForVmText(vm, prompt);
    expect(workers(page)).toBe(1);
  });

  it('ends while it is still loading, without an error', async () => {
    const { page, errors } = await open('<domzero-vm image="linux-nano"></domzero-vm>');
    const outcome = await page.evaluate(async () => {
      const vm = document.querySelector('domzero-vm') as DomzeroVm;
      const started = vm.start().then(
        () => 'started',
        (error: Error) => error.name,
      );
      await new Promise((done) => vm.addEventListener('state', done, { once: true }));
      vm.remove();
      return started;
    });
    expect(outcome).toBe('AbortError');
    await expect.poll(() => workers(page)).toBe(0);
    expect((await told(page)).filter(({ type }) => type === 'error')).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('begins anew when what to boot changes', async () => {
    const { page } = await open('<domzero-vm image="linux-nano" autostart></domzero-vm>');
    const vm = element(page);
    await waitForVmText(vm, prompt);
    await vm.evaluate((e) => Object.assign(e, { memory: '32M', commandLine: 'console=ttyS0 quiet tsc=reliable' }));
    await vm.evaluate((e) => new Promise((ready) => e.addEventListener('ready', ready, { once: true })));
    await waitForVmText(vm, prompt);
    expect(await vm.evaluate(async (e) => (await (e as DomzeroVm).machine?.statistics())?.memory)).toBe(32 << 20);
    expect(workers(page)).toBe(1);
    expect((await told(page)).filter(({ type }) => type === 'ready')).toHaveLength(2);
  });
});
