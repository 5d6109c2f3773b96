/** Pages with <domzero-vm> as anyone would write them: the built files, images and HTML on a plain static host. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { build } from 'vite';
import type { DomzeroVm } from '../../web/element/index.ts';
import { copyImages } from '../../web/cli/dev/serve/image-files.ts';
import { buildImage } from '../../web/cli/images.ts';
import { patience, root, serveFolder } from './browser.ts';
import type { Served } from './browser.ts';

/** A page whose body is `body`, with the one script tag that the element needs. */
export const pageWith = (body: string, head = '') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Element</title><link rel="icon" href="data:,">${head}
  <script type="module" src="domzero-element.js"></script></head><body><main><h1>Element</h1>${body}</main></body></html>`;

export interface ServedElement extends Served {
  readonly folder: string;
  /** Adds a page; answers with its address. */
  add(name: string, html: string): Promise<string>;
}

export async function serveElement(): Promise<ServedElement> {
  const folder = await mkdtemp(join(tmpdir(), 'domzero-element-'));
  await build({ configFile: `${root}web/element/vite.config.ts`, logLevel: 'error', build: { outDir: folder } });
  await buildImage('linux-nano', { root });
  await copyImages(`${root}images/dist`, folder);
  const served = await serveFolder(folder);
  return {
    url: served.url,
    folder,
    add: async (name, html) => {
      await writeFile(join(folder, name), html);
      return served.url + name;
    },
    close: async () => {
      await served.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const element = (page: Page, selector = 'domzero-vm') => page.locator(selector);
const textOf = (vm: Locator) => vm.evaluate((element) => (element as DomzeroVm).text());

/** Waits until an element's terminal shows something that matches; answers with all of its text. */
export async function waitForVmText(vm: Locator, pattern: RegExp): Promise<string> {
  const end = performance.now() + patience;
  for (;;) {
    const text = await textOf(vm);
    if (pattern.test(text)) return text;
    if (performance.now() > end) throw new Error(`the terminal never showed ${pattern}; it shows:\n${text}`);
    await vm.page().waitForTimeout(100);
  }
}

export async function waitForVmState(vm: Locator, state: string): Promise<void> {
  await vm.locator(`[part="state"][data-state="${state}"]`).waitFor({ timeout: patience });
}
