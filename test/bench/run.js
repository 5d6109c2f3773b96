/** Starts the benchmark: brings the core up to date, bundles runner, measuring child and page, runs the runner. */
import { rmSync } from 'node:fs';
import { build } from 'vite';
import { ensureBuilt } from '../../web/cli/dev/build.js';
import { root, tool } from '../../web/cli/dev/run.js';

const words = process.argv.slice(2);
const engines = words[words.indexOf('--engines') + 1] ?? '';
const withoutUs = words.includes('--engines') && !engines.split(',').some((word) => word.startsWith('d'));
/** A folder a run: two at once do not pull the rug from under each other. Within the repository, for the packages. */
const folder = `build/bench/${process.pid}`;

/** @param {string} config @param {string} outDir */
function bundle(config, outDir) {
  return build({ configFile: `${root}test/bench/${config}`, logLevel: 'error', build: { outDir } });
}

// Ctrl-C reaches the runner too; this process stays to clean up behind it
process.on('SIGINT', () => undefined);
try {
  if (!withoutUs && !words.includes('--help')) await ensureBuilt('core');
  await bundle('vite.config.ts', folder);
  if (words.includes('--browser')) await bundle('browser/vite.config.ts', `${root}${folder}/browser`);
  process.exitCode = await tool(`../${folder}/main.js`, words);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(root + folder, { recursive: true, force: true });
}
