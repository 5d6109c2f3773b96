/**
 * `npm start [-- --image NAME] [--port N] [--host] [--no-open] [--sources]`. Node runs no TypeScript, so vite, which is
 * needed anyway, loads the program from serve/main.ts; no build comes before the page.
 */
import { runnerImport } from 'vite';
import { ensureBuilt } from './build.js';
import { root } from './run.js';

const { module } = await runnerImport(new URL('serve/main.ts', import.meta.url).pathname, {
  configFile: false,
  logLevel: 'error',
});
await module.main(process.argv.slice(2), {
  root,
  buildCore: () => ensureBuilt('core'),
  /** @param {AbortSignal} signal */
  buildPage: (signal) => ensureBuilt('page', { quiet: true, signal }),
});
