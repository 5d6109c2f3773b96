/** Commands and files from a page: the client from its sources, the machine in a Worker of Chromium, the agent in Linux. */
import { expect, test } from 'vitest';
import { buildImage } from '../web/cli/images.ts';
import type { CreateMachine } from '../web/client/index.ts';
import { launchChromium, root, serveSources } from './support/browser.ts';
import { forFile } from './support/fixtures.ts';

const BUILD_MS = 1_800_000;
const browser = forFile(launchChromium);
const server = forFile(async () => {
  await buildImage('linux-nano');
  return serveSources([]);
}, BUILD_MS);

test('several at once, streams and files', async () => {
  const page = await browser().newPage();
  const { url } = server();
  // An address without the page: only the modules are wanted
  await page.goto(`${url}images/index.json`);
  // As text: the test runner would put an import() of its own in its place
  const client = JSON.stringify(`${url}@fs${root}web/client/index.ts`);
  await page.evaluate(`import(${client}).then(({ createMachine }) => Object.assign(globalThis, { createMachine }))`);
  const seen = await page.evaluate(async (base) => {
    const { createMachine } = globalThis as unknown as { createMachine: CreateMachine };
    const vm = await createMachine({
      kernel: `${base}images/linux-nano/vmlinux.gz`,
      initrd: `${base}images/linux-nano/initramfs.cpio.gz`,
      commandLine: 'console=ttyS0 panic=-1 quiet tsc=reliable',
      memory: '64M',
      agent: true,
    });
    await vm.start();
    const all = await Promise.all([1, 2, 3].map((n) => vm.exec(`cat; exit ${n}`, { stdin: new Blob([`in ${n}`]) })));
    await vm.files.write('/tmp/x', new Uint8Array(100_000).fill(7));
    const { size } = await vm.files.stat('/tmp/x');
    let streamed = 0;
    for await (const bytes of vm.files.stream('/tmp/x')) streamed += bytes.length;
    const killed = await vm.exec('sleep 1000', { timeout: 1000 });
    await vm.dispose();
    return { all, size, streamed, ended: killed.ended };
  }, url);
  const result = (n: number) => ({ stdout: `in ${n}`, stderr: '', exitCode: n, signal: null, ended: 'exit' });
  expect(seen).toEqual({ all: [1, 2, 3].map(result), size: 100_000, streamed: 100_000, ended: 'timeout' });
}, 180_000);
