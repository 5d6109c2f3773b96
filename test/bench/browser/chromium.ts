/** Headless Chromium for the loops: serves the page that run.js has bundled, opens it anew for each measurement. */
import { copyFileSync, cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { launchChromium, serveFolder } from '../../support/browser.ts';
import type { BootFolders } from '../boots.ts';
import { TIMEOUT_SECONDS } from '../job.ts';
import type { LoopJob, Sample } from '../job.ts';
import type { BrowserJob } from './page.ts';

export interface BenchBrowser {
  readonly version: string;
  measure(job: LoopJob): Promise<Sample>;
  close(): Promise<void>;
}

/** `page`: the folder of the bundled page. */
export async function openChromium(folders: BootFolders, page: string): Promise<BenchBrowser> {
  const { scratch, core } = folders;
  cpSync(page, join(scratch, 'browser'), { recursive: true });
  const build = dirname(createRequire(import.meta.url).resolve('v86'));
  copyFileSync(join(build, 'v86.wasm'), join(scratch, 'v86.wasm'));
  const served = await serveFolder(scratch);
  const url = (path: string) => `${served.url}${basename(path)}`;
  const browser = await launchChromium();
  return {
    version: browser.version(),
    measure: async ({ engine, image }) => {
      const context = await browser.newContext();
      try {
        const tab = await context.newPage();
        tab.setDefaultTimeout(TIMEOUT_SECONDS * 1000);
        await tab.goto(`${served.url}browser/index.html`);
        await tab.waitForFunction(() => window.measure !== undefined);
        const job: BrowserJob = { engine, core: url(core), v86: url('v86.wasm'), image: url(image) };
        return await tab.evaluate((wanted) => window.measure?.(wanted) as Promise<Sample>, job);
      } finally {
        await context.close();
      }
    },
    close: async () => {
      await browser.close();
      await served.close();
    },
  };
}
