/** Switches, charts, settings, palette and help, with a fake machine, in three widths, light and dark; axe looks on. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axe } from './support/axe.ts';
import { keepScreenshot, launchChromium, serveFakePage, waitForState } from './support/browser.ts';
import { addMachine, openRoom, states, twoImages } from './support/control-room.ts';
import { forFile } from './support/fixtures.ts';

const browser = forFile(launchChromium);
const server = forFile(() => serveFakePage(twoImages));

async function room(options = {}): Promise<Page> {
  return (await openRoom(browser(), `${server().url}?image=linux-nano`, options)).page;
}

async function inspect(page: Page, tab: 'Switches' | 'Charts' | 'Settings'): Promise<void> {
  if (!(await page.locator('#inspector').isVisible())) await page.keyboard.press('Control+Alt+a');
  await page.getByRole('tab', { name: tab, exact: true }).click();
}

const valueOf = (page: Page, name: string) =>
  page.evaluate(
    async (wanted) => (await window.domzero?.machine?.accelerations())?.find((one) => one.name === wanted)?.value,
    name,
  );

describe('switches', () => {
  it('are those that the machine has, in its words, and are thrown while it runs', async () => {
    const page = await room();
    await inspect(page, 'Switches');
    const fusion = page.getByRole('switch', { name: 'fusion' });
    await expect.poll(() => fusion.isChecked()).toBe(true);
    await expect.poll(() => page.locator('.switch').count()).toBe(3);
    await expect
      .poll(() => page.locator('.switch', { hasText: 'threshold' }).textContent())
      .toMatch(/executions before code is translated \(0 to 60000; default: 600\)/);
    await fusion.click();
    await expect.poll(() => valueOf(page, 'fusion')).toBe(0);
    await page.getByRole('spinbutton', { name: 'threshold' }).fill('50');
    await page.keyboard.press('Enter');
    await expect.poll(() => valueOf(page, 'threshold')).toBe(50);
    await page.getByRole('button', { name: 'All to their defaults' }).click();
    await expect.poll(() => fusion.isChecked()).toBe(true);
    await expect.poll(() => valueOf(page, 'threshold')).toBe(600);
    await page.context().close();
  });

  it('thrown by a script show as well', async () => {
    const page = await room();
    await inspect(page, 'Switches');
    await page.getByRole('switch', { name: 'linking' }).waitFor();
    await page.evaluate(() => window.domzero?.machine?.setAcceleration('linking', false));
    await expect.poll(() => page.getByRole('switch', { name: 'linking' }).isChecked()).toBe(false);
    await page.context().close();
  });

  it('are kept over a reload, and are set before the machine boots', async () => {
    const page = await room();
    await inspect(page, 'Switches');
    await page.getByRole('switch', { name: 'fusion' }).click();
    await page.getByLabel('Engine', { exact: true }).first().selectOption('Interpreter');
    await page.goto(server().url);
    await waitForState(page, 'running');
    await expect.poll(() => valueOf(page, 'fusion')).toBe(0);
    await expect.poll(() => page.locator('#stat-engine').textContent()).toBe('Interpreter');
    await page.context().close();
  });
});

describe('settings', () => {
  it('limit the host’s share at once', async () => {
    const page = await room();
    await inspect(page, 'Settings');
    await page.getByLabel('Share of one host core, at most').fill('5');
    await expect
      .poll(() => page.evaluate(async () => (await window.domzero?.machine?.statistics())?.hostShare))
      .toBeLessThanOrEqual(0.05);
    await page.context().close();
  });

  it('of memory and clock wait for the next power-on, and say so', async () => {
    const page = await room();
    await inspect(page, 'Settings');
    await page.locator('#set-memory').fill('lots');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#inspector [role=alert]').textContent()).toMatch(/lots/);
    await page.locator('#set-memory').fill('32M');
    await page.keyboard.press('Enter');
    await page.getByText('Takes effect at the next power-on or reset.').waitFor();
    await page.getByRole('button', { name: 'Reset', exact: true }).click();
    await waitForState(page, 'running');
    await page.getByText('Takes effect at the next power-on or reset.').waitFor({ state: 'hidden' });
    await page.context().close();
  });
});

describe('charts', () => {
  it('draw what the machine reports, with a table and marks of what was switched', async () => {
    const page = await room();
    await inspect(page, 'Switches');
    await page.getByRole('switch', { name: 'fusion' }).click();
    await inspect(page, 'Charts');
    await expect.poll(() => page.locator('.chart canvas').count()).toBeGreaterThanOrEqual(5);
    const tiers = page.locator('[data-chart=tiers]');
    // Of the fake machine nine tenths of all instructions are translated
    await expect.poll(() => tiers.locator('.chart-value').first().textContent()).toBe('90\u202f%');
    const misses = page.locator('[data-chart=tlb]');
    await expect.poll(() => misses.locator('.chart-legend li').count()).toBe(3);
    // 70, 30 and 10 each half second
    await expect.poll(() => misses.locator('.chart-value').first().textContent()).toMatch(/^1[34]\d\u202f?\/s$/);
    await misses.scrollIntoViewIfNeeded();
    await keepScreenshot(page, 'room-tlb');
    await tiers.locator('summary').click();
    await expect.poll(() => tiers.locator('tbody').textContent()).toContain('fusion 0');
    await page.getByLabel('Another counter').selectOption('helped');
    await page.locator('[data-chart=other]').getByText('interpreted from within a region, per second').waitFor();
    await page.context().close();
  });

  it('are not loaded before they are wanted', async () => {
    const page = await room();
    const loaded = () =>
      page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('uplot')));
    expect(await loaded()).toBe(false);
    await inspect(page, 'Charts');
    await expect.poll(loaded).toBe(true);
    await page.context().close();
  });
});

describe('the palette', () => {
  it('finds a command by a few letters and does it', async () => {
    const page = await room();
    await addMachine(page, 'linux');
    await page.keyboard.press('Control+Alt+k');
    await page.getByRole('combobox', { name: 'Command' }).waitFor();
    await page.getByRole('option', { name: 'Pause (linux)' }).waitFor();
    await page.keyboard.type('pau linux');
    await expect.poll(() => page.getByRole('option', { selected: true }).textContent()).toBe('Pause (linux)');
    await page.keyboard.press('Enter');
    await expect.poll(() => states(page)).toEqual(['running', 'paused']);
    await page.context().close();
  });

  it('throws switches, by the arrows', async () => {
    const page = await room();
    await page.keyboard.press('Control+Alt+k');
    await page.getByRole('option', { name: /Switch fusion off/ }).waitFor();
    await page.keyboard.type('switch off');
    const chosen = () => page.getByRole('option', { selected: true }).textContent();
    await expect.poll(chosen).toMatch(/^Switch linking off/);
    await page.keyboard.press('ArrowDown');
    await expect.poll(chosen).toMatch(/^Switch fusion off/);
    await page.keyboard.press('Enter');
    await expect.poll(() => valueOf(page, 'fusion')).toBe(0);
    await page.context().close();
  });

  it('leaves Ctrl+K to the guest, but takes it elsewhere; says when nothing fits', async () => {
    const page = await room();
    await page.evaluate(() => {
      const { machine } = window.domzero ?? {};
      if (machine) machine.send = (data) => Promise.resolve(void document.body.append(JSON.stringify(data)));
    });
    await page.keyboard.press('Control+k');
    await page.getByText(JSON.stringify('\x0b')).waitFor({ state: 'attached' });
    await expect.poll(() => page.locator('#palette').isVisible()).toBe(false);
    await page.keyboard.press('Control+Alt+g');
    await page.keyboard.press('Control+k');
    await page.locator('#palette-list [role=option]').first().waitFor();
    await page.keyboard.type('qqqq');
    await page.getByText('No command fits.').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('#palette').isVisible()).toBe(false);
    await page.context().close();
  });
});

describe('help', () => {
  it('tells of flavours which exist and which do not, with a link that leads somewhere', async () => {
    const page = await room();
    await inspect(page, 'Settings');
    await page.getByRole('button', { name: 'About flavours' }).click();
    const help = page.locator('#help-flavours');
    await help.getByText('The guest is unmodified and sees a whole PC').waitFor();
    const badges = await help.locator('.badge').allTextContents();
    expect(badges).toEqual(['here', 'here', 'not in this version', 'not in this version']);
    const links = await page.locator('#topics a').evaluateAll((list) => list.map((a) => (a as HTMLAnchorElement).href));
    for (const link of links) {
      const text = await (await fetch(link)).text();
      const anchor = new URL(link).hash.slice(1);
      expect(text).toContain(anchor ? `id="${anchor}"` : '<h1');
    }
    await page.context().close();
  });
});

describe.each([360, 800, 1280])('at %d pixels', (width) => {
  it.each(['light', 'dark'] as const)(
    'in %s, axe finds nothing serious, and nothing is wider than the page',
    async (colorScheme) => {
      const page = await room({ viewport: { width, height: 760 }, colorScheme });
      const wrong: Record<string, string[]> = {};
      const look = async (name: string) => {
        await keepScreenshot(page, `room-${name}-${width}-${colorScheme}`);
        wrong[name] = await axe(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > width) wrong[name].push(`${wide} pixels wide`);
      };
      await addMachine(page, 'linux');
      await look('terminal');
      if (width < 960) {
        await page.keyboard.press('Control+Alt+b');
        await page.getByRole('dialog', { name: 'Machines' }).waitFor();
        await look('machines');
        await page.keyboard.press('Escape');
      }
      await inspect(page, 'Switches');
      await page.getByRole('switch', { name: 'fusion' }).click();
      await page.locator('[data-chart=mips] canvas').waitFor();
      await look('switches');
      await page.getByRole('button', { name: 'Measure fusion' }).click();
      await page.getByRole('heading', { name: 'Measure fusion' }).waitFor();
      await look('measure');
      await page.keyboard.press('Escape');
      await inspect(page, 'Charts');
      await expect.poll(() => page.locator('.chart canvas').count()).toBeGreaterThanOrEqual(5);
      await page.locator('[data-chart=exits] summary').click();
      await page.waitForTimeout(1500);
      await look('charts');
      await inspect(page, 'Settings');
      await look('settings');
      await page.getByRole('button', { name: 'About flavours' }).click();
      await page.locator('#help').waitFor();
      await look('help');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+Alt+k');
      await page.locator('#palette-list [role=option]').first().waitFor();
      await look('palette');
      await page.keyboard.press('Escape');
      expect(Object.entries(wrong).filter(([, found]) => found.length > 0)).toEqual([]);
      await page.context().close();
    },
    300_000,
  );
});
