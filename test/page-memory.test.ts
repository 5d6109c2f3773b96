/**
 * What a machine takes of its browser: a guest of 64 MiB that has booted and rests, in a Worker of Chromium. Linux counts the
 * pages of the page's process; the browser's own figure is asked for as well.
 */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage, resolveImage } from '../web/cli/images.ts';
import type { CreateMachine } from '../web/client/index.ts';
import { launchChromium, root, type Served, serveSources } from './support/browser.ts';

const IMAGE = 'linux-nano';
const RAM = 64 * 2 ** 20;
/** What a machine may take besides its RAM. */
const BESIDES = 100e6;

let browser: Browser;
let served: Served;
let commandLine: string;
beforeAll(async () => {
  await buildImage(IMAGE);
  ({ commandLine } = (await resolveImage(IMAGE)).manifest);
  browser = await launchChromium();
  served = await serveSources([]);
}, 1_800_000);
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** Bytes that the renderers have for themselves, all together. */
async function renderers(): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { id }) => sum + privateBytes(id), 0);
}
/** proc_pid_smaps(5) */
function privateBytes(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+: +(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
}

test('a machine at rest takes its RAM and less than 100 MB', async () => {
  const page = await browser.newPage();
  const { url } = served;
  // An address without the page: only the modules are wanted
  await page.goto(`${url}images/index.json`);
  // As text: the test runner would put an import() of its own in its place
  const client = JSON.stringify(`${url}@fs${root}web/client/index.ts`);
  await page.evaluate(`import(${client}).then(({ createMachine }) => Object.assign(globalThis, { createMachine }))`);
  const before = await renderers();
  const used = await page.evaluate(
    async ({ base, commandLine, memory }) => {
      const { createMachine } = globalThis as unknown as { createMachine: CreateMachine };
      const machine = await createMachine({
        kernel: `${base}vmlinux.gz`,
        initrd: `${base}initramfs.cpio.gz`,
        commandLine,
        memory,
        agent: true,
      });
      await machine.start();
      // A host gives memory that is touched: half of the RAM, beside what the boot has touched
      await machine.exec('head -c 32000000 /dev/zero > /tmp/zeros; rm /tmp/zeros');
      const { memory: ram, counters } = await machine.statistics();
      return { ram, modules: counters['modules'] };
    },
    { base: `${url}images/${IMAGE}/`, commandLine, memory: RAM },
  );
  expect(used).toMatchObject({ ram: RAM });
  expect(used.modules).toBeGreaterThan(0);
  const after = await renderers();
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  console.log(
    `page ${megabytes(before)} MB, with the machine ${megabytes(after)} MB: ${megabytes(after - before)} MB more`,
  );
  expect(after - before).toBeLessThan(RAM + BESIDES);
  await page.close();
}, 180_000);
