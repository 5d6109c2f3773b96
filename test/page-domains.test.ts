/** Several machines on one page, with a fake machine: the list, what is done with its members, what a reload finds. */
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { keepScreenshot, launchChromium, serveFakePage, type, waitForState, waitForText } from './support/browser.ts';
import { addMachine, choose, names, openRoom, states, twoImages } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';

const browser = forFile(launchChromium);
const server = forFile(() => serveFakePage(twoImages));
beforeEach(() => server().tell(twoImages));

async function room(count = 2, options = {}): Promise<Page> {
  const { page } = await openRoom(browser(), `${server().url}?image=linux-nano`, options);
  for (let i = 1; i < count; i++) await addMachine(page, i % 2 ? 'linux' : 'linux-nano');
  return page;
}

/** How many machines' files the browser has for certain. */
const filesKept = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const known = await indexedDB.databases();
    if (!known.some(({ name }) => name === 'domzero')) return 0;
    const opening = indexedDB.open('domzero');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const counting = opening.result.transaction('files').objectStore('files').count();
    await new Promise((resolve) => (counting.onsuccess = resolve));
    opening.result.close();
    return counting.result;
  });
const row = (page: Page, name: string) => page.locator('.machine', { hasText: name });

describe('several machines', () => {
  it('run side by side, each with a terminal of its own', async () => {
    const page = await room(2);
    await type(page, 'in the second');
    await waitForText(page, /you typed: in the second/);
    await page.getByRole('tab', { name: 'linux-nano' }).click();
    await type(page, 'in the first');
    const text = await waitForText(page, /you typed: in the first/);
    expect(text).not.toContain('in the second');
    await expect.poll(() => states(page)).toEqual(['running', 'running']);
    await keepScreenshot(page, 'page-two-machines');
    await page.context().close();
  });

  it('show in the list what they are and how they do', async () => {
    const page = await room(2);
    const text = await row(page, 'linux-nano').textContent();
    expect(text).toMatch(/linux-nano.*Running.*Full virtualization.*MIPS.*CPU.*64\u202fMiB/);
    await row(page, 'linux-nano').locator('.machine-main').click();
    await expect.poll(() => row(page, 'linux-nano').locator('.machine-main').getAttribute('aria-current')).toBe('true');
    await page.context().close();
  });

  it('are worked from the list: paused, reset, switched off and on', async () => {
    const page = await room(2);
    await choose(page, 'linux-nano', 'Pause');
    await page.waitForFunction(() => window.domzero?.domains[0]?.state === 'paused');
    expect((await states(page))[1]).toBe('running');
    await choose(page, 'linux-nano', 'Resume');
    await choose(page, 'linux-nano', 'Power off');
    await page.waitForFunction(() => window.domzero?.domains[0]?.state === 'off');
    await choose(page, 'linux-nano', 'Power on');
    await page.waitForFunction(() => window.domzero?.domains[0]?.state === 'running');
    expect((await states(page))[1]).toBe('running');
    await page.context().close();
  });

  it('that crash leave the others alone', async () => {
    const page = await room(2);
    await type(page, 'crash');
    await waitForState(page, 'crashed');
    await expect.poll(() => states(page)).toEqual(['running', 'crashed']);
    await page.keyboard.press('Control+Alt+u');
    await type(page, 'alive');
    await waitForText(page, /you typed: alive/);
    await expect.poll(() => page.locator('#notice').isVisible()).toBe(false);
    await page.context().close();
  });

  it('are walked by keys, and their tabs by arrows', async () => {
    const page = await room(3);
    const shown = () => page.locator('#tabs [aria-selected=true]').textContent();
    await expect.poll(shown).toBe('linux-nano 2');
    await page.keyboard.press('Control+Alt+j');
    await expect.poll(shown).toBe('linux-nano');
    await page.getByRole('tab', { selected: true }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(shown).toBe('linux');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('tab');
    await page.context().close();
  });

  it('can be seen all at once', async () => {
    const page = await room(4);
    await page.keyboard.press('Control+Alt+v');
    await expect.poll(() => page.locator('.pane:visible').count()).toBe(4);
    await page.locator('.pane').first().click();
    await type(page, 'here');
    await waitForText(page, /you typed: here/);
    await expect.poll(() => page.locator('.machine-main[aria-current=true]').textContent()).toMatch(/^linux-nano/);
    await keepScreenshot(page, 'page-tiles');
    await page.context().close();
  });
});

describe('renaming and deleting', () => {
  it('renames, and makes a name unique', async () => {
    const page = await room(2);
    await choose(page, 'linux', 'Rename…');
    await page.getByLabel('Name', { exact: true }).fill('linux-nano');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await expect.poll(() => names(page)).toEqual(['linux-nano', 'linux-nano 2']);
    await expect.poll(() => page.title()).toBe('linux-nano 2 – DomZero');
    await page.context().close();
  });

  it('deletes with a way back: the machine is as it was', async () => {
    const page = await room(2);
    await type(page, 'remember me');
    await waitForText(page, /you typed: remember me/);
    await choose(page, 'linux', 'Delete');
    await expect.poll(() => names(page)).toEqual(['linux-nano']);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => names(page)).toEqual(['linux-nano', 'linux']);
    await waitForText(page, /you typed: remember me/);
    await expect.poll(() => states(page)).toEqual(['running', 'running']);
    await page.context().close();
  });

  it('disposes of a deleted machine when the way back is dismissed', async () => {
    const page = await room(2);
    const handle = await page.evaluateHandle(() => window.domzero?.domains[1]?.machine);
    await choose(page, 'linux', 'Delete');
    await page.getByText('linux is deleted').waitFor();
    expect(await handle.evaluate((machine) => machine?.state)).toBe('paused');
    await page.locator('.toast').getByRole('button', { name: 'Dismiss' }).click();
    await expect.poll(() => handle.evaluate((machine) => machine?.state)).toBe('disposed');
    await page.context().close();
  });

  it('can delete the last, and begin again', async () => {
    const page = await room(1);
    await choose(page, 'linux-nano', 'Delete');
    await page.getByRole('heading', { name: 'No machine' }).waitFor();
    await keepScreenshot(page, 'page-no-machine');
    await page.locator('#card').getByRole('button', { name: 'Choose an image' }).click();
    await page.locator('#images [data-image=linux-nano]').click();
    await waitForState(page, 'running');
    await page.context().close();
  });
});

describe('a reload', () => {
  it('finds machines, names, layout and which were on', async () => {
    const page = await room(3);
    await choose(page, 'linux', 'Rename…');
    await page.getByLabel('Name', { exact: true }).fill('Ада & co');
    await page.getByRole('button', { name: 'Rename', exact: true }).click();
    await choose(page, 'linux-nano 2', 'Power off');
    await page.keyboard.press('Control+Alt+v');
    await page.goto(server().url);
    await expect.poll(() => names(page)).toEqual(['linux-nano', 'Ада & co', 'linux-nano 2']);
    await expect.poll(() => states(page)).toEqual(['running', 'running', 'off']);
    await expect.poll(() => page.locator('.pane:visible').count()).toBe(3);
    await page.context().close();
  });

  it('finds the files of a machine that was opened from the computer', async () => {
    const page = await room(1);
    await page.keyboard.press('Control+Alt+o');
    const buffer = Buffer.alloc(64);
    await page.getByLabel('Kernel', { exact: true }).setInputFiles({ name: 'vmlinux-own', mimeType: '', buffer });
    await page.getByRole('button', { name: 'Boot', exact: true }).click();
    await expect.poll(() => states(page)).toEqual(['running', 'running']);
    await expect.poll(() => filesKept(page)).toBe(1);
    await page.goto(server().url);
    await expect.poll(() => names(page)).toEqual(['linux-nano', 'vmlinux-own']);
    await expect.poll(() => states(page)).toEqual(['running', 'running']);
    await page.context().close();
  });

  it.each([
    ['{"version":1,"domains":[{"id":"x"},', /damaged/],
    ['{"version":99,"domains":[]}', /another version/],
    [
      '{"version":1,"domains":[{"id":7},{"id":"a","name":"kept","guest":{"name":"linux-nano","image":true},"on":true}]}',
      /1 of the saved machines/,
    ],
  ])('with a broken store begins anew, and says so: %s', async (stored, message) => {
    const context = await browser().newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript((text) => localStorage.setItem('domzero.domains', text), stored);
    await page.goto(server().url);
    await page.locator('.toast', { hasText: message }).waitFor();
    await waitForState(page, 'running');
    await context.close();
  });

  it('boots what the address asks for, in the machine that has it', async () => {
    const page = await room(2);
    await page.goto(`${server().url}?image=linux-nano`);
    await page.getByRole('button', { name: 'Image: linux-nano', exact: true }).waitFor();
    await expect.poll(() => names(page)).toEqual(['linux-nano', 'linux']);
    await page.context().close();
  });
});

describe('where storage is denied', () => {
  it('works, and says that nothing is kept', async () => {
    const context = await browser().newContext();
    const page = await context.newPage();
    await page.addInitScript(() =>
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      }),
    );
    await page.goto(server().url);
    await page.getByText(/keeps nothing for the page/).waitFor();
    await waitForState(page, 'running');
    await context.close();
  });
});

describe('on a phone', () => {
  it('the list is a sheet, from which a machine is chosen', async () => {
    const page = await room(3, { viewport: { width: 360, height: 720 }, hasTouch: true });
    await expect.poll(() => page.locator('#sidebar').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'List of machines' }).tap();
    await page.getByRole('dialog', { name: 'Machines' }).waitFor();
    await keepScreenshot(page, 'page-machines-360');
    await row(page, 'linux-nano 2').waitFor();
    await page.locator('.machine-main', { hasText: /^linux-nanoRunning/ }).tap();
    await page.getByRole('button', { name: 'Image: linux-nano', exact: true }).waitFor();
    await expect.poll(() => page.getByRole('dialog', { name: 'Machines' }).isVisible()).toBe(false);
    await page.context().close();
  });
});

describe('a machine', () => {
  it('that came without its kernel offers its snapshot again, at a reset and after power-off', async () => {
    const page = await room(1);
    await page.evaluate(async () => {
      const saved = await window.domzero?.machine?.snapshot({ name: 'kept', text: 'as it was' });
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([saved?.bytes as BlobPart], 'kept.dzsnap'));
      for (const kind of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    });
    await waitForText(page, /as it was/);
    for (const end of ['reset', 'off']) {
      await type(page, end);
      await waitForState(page, 'off');
      const notice = page.locator('#notice');
      await expect.poll(() => notice.textContent()).toContain('It came as a snapshot, without a kernel to boot');
      expect((await notice.textContent())?.includes('The guest asked for a reset.')).toBe(end === 'reset');
      expect(await notice.getByRole('button', { name: 'Power on' }).count()).toBe(0);
      await expect.poll(() => notice.getByRole('button', { name: 'Open a kernel…' }).isVisible()).toBe(true);
      await keepScreenshot(page, `page-no-kernel-${end}`);
      await notice.getByRole('button', { name: 'Restore the snapshot' }).click();
      await waitForState(page, 'running');
      await waitForText(page, /as it was/);
    }
    await page.context().close();
  });
});
