/** The first command in a machine from a snapshot of the booted `linux`: no boot, nobody has spoken to the agent since. */
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildImage } from '../web/cli/images.ts';
import { createMachine } from '../web/client/index.ts';
import { bootedImage } from './support/booted.ts';
import { launchChromium, patience, root, serveSources } from './support/browser.ts';

let file: string;
beforeAll(async () => {
  await buildImage('linux', { root });
  file = await bootedImage('linux');
}, 1_800_000);

const words = 'b\na\nb\n';
const answer = { stdout: '      1 a\n      2 b\n', exitCode: 0 };

test('is answered in Node', async () => {
  const machine = await createMachine({ snapshot: pathToFileURL(file), agent: true, worker: false });
  try {
    await machine.start();
    const { stdout, exitCode } = await machine.exec('sort | uniq -c', { stdin: words });
    expect({ stdout, exitCode }).toEqual(answer);
  } finally {
    await machine.dispose();
  }
});

test('is answered in Chromium', async () => {
  const [served, browser] = await Promise.all([serveSources([]), launchChromium()]);
  afterAll(async () => {
    await browser.close();
    await served.close();
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(`${served.url}icon.svg`);
  // As text: what the test's own compiler makes of import() means nothing in the page
  const result = await page.evaluate(`(async () => {
    const { createMachine } = await import('/@fs${root}web/client/index.ts');
    const machine = await createMachine({ snapshot: '/@fs${file}', agent: true });
    await machine.start();
    const { stdout, exitCode } = await machine.exec('sort | uniq -c', { stdin: ${JSON.stringify(words)} });
    await machine.dispose();
    return { stdout, exitCode };
  })()`);
  expect(result).toEqual(answer);
});
