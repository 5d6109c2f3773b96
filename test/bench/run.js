/** Starts the benchmark: brings the core up to date, bundles runner and measuring child for Node, runs the runner. */
import { build } from 'vite';
import { ensureBuilt } from '../../web/cli/dev/build.js';
import { root, tool } from '../../web/cli/dev/run.js';

try {
  const words = process.argv.slice(2);
  const engines = words[words.indexOf('--engines') + 1] ?? '';
  const withoutUs = words.includes('--engines') && !engines.split(',').includes('domzero');
  if (!withoutUs && !words.includes('--help')) await ensureBuilt('core');
  await build({ configFile: `${root}test/bench/vite.config.ts`, logLevel: 'warn' });
  process.exitCode = await tool('../build/bench/main.js', words);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
