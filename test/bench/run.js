/** Starts the benchmark: brings the core up to date, bundles runner and measuring child for Node, runs the runner. */
import { build } from 'vite';
import { ensureBuilt } from '../../web/cli/dev/build.js';
import { root, tool } from '../../web/cli/dev/run.js';

try {
  const onlyOthers = process.argv.some(
    (word, index) => process.argv[index - 1] === '--engines' && !/domzero/.test(word),
  );
  if (!onlyOthers) await ensureBuilt('core');
  await build({ configFile: `${root}test/bench/vite.config.ts`, logLevel: 'warn' });
  process.exitCode = await tool('../build/bench/main.js', process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
