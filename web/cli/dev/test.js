/**
 * `npm test [-- vitest arguments]`: brings the build up to date, makes sure of what the tests need from the machine
 * (Chromium, guest images), then runs vitest. With arguments, for instance a file name, only the build is ensured.
 */
import { existsSync } from 'node:fs';
import { ensureBuilt } from './build.js';
import { ensureChromium } from './chromium.js';
import { root, run, tool } from './run.js';

const args = process.argv.slice(2);
try {
  await ensureBuilt('core');
  await ensureBuilt('dist');
  const env = { ...process.env };
  if (args.length === 0) {
    if (existsSync(`${root}web/app/index.html`)) await ensureBuilt('site');
    const chromium = await ensureChromium();
    if (chromium) env['CHROMIUM'] = chromium;
    // The boot tests build what they miss; done here, the build's progress is seen and costs no test its time limit
    for (const image of ['linux-nano', 'linux'])
      await run(process.execPath, ['web/cli/bin.js', 'images', 'build', image]);
  }
  process.exitCode = await tool('vitest/vitest.mjs', ['run', ...args], { env });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
