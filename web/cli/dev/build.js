/**
 * Builds the parts named on the command line (core, core-debug, dist, element, site, page), each only when its sources have
 * changed: a stamp beside the output holds their hash, so that a fresh clone, a changed branch and a touched file all do
 * right.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run, seconds, tool } from './run.js';

/**
 * @typedef {object} Part
 * @property {string[]} sources files and folders that decide the output
 * @property {string} output exists when the part is built
 * @property {(options: import('node:child_process').SpawnOptions) => Promise<number>} build resolves to an exit code
 */

/**
 * Has `make` fill a folder, and puts what is in it (or only `names`) into build/: whoever looks there meanwhile finds the
 * old file or the new one, never half of it.
 * @param {(folder: string) => Promise<number>} make resolves to an exit code
 * @param {string[]} [names]
 */
async function aside(make, names) {
  mkdirSync(`${root}build`, { recursive: true });
  const folder = mkdtempSync(`${root}build/aside-`);
  try {
    const code = await make(folder);
    if (code === 0)
      for (const name of names ?? readdirSync(folder)) replace(join(folder, name), `${root}build/${name}`);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function replace(from, to) {
  // No folder is renamed onto another: the old one goes with the rest of what lies aside
  if (existsSync(to) && statSync(to).isDirectory()) renameSync(to, `${from}.old`);
  renameSync(from, to);
}

/** @param {string} target of asconfig.json */
function asc(target) {
  const file = target === 'release' ? 'core.wasm' : 'core.debug.wasm';
  return () =>
    aside((folder) => {
      const out = join(relative(root, folder), file);
      return tool('assemblyscript/bin/asc.js', ['--target', target, '--outFile', out]);
    });
}

/** tsc, and the style sheets as text, which only vite imports by itself (web/element/css.ts). */
async function dist() {
  const code = await tool('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);
  if (code !== 0) return code;
  const sheets = ['node_modules/@xterm/xterm/css/xterm.css', 'web/element/style.css'];
  const css = sheets.map((sheet) => readFileSync(root + sheet, 'utf8')).join('');
  writeFileSync(`${root}dist/element/css.js`, `export const css = ${JSON.stringify(css)};\n`);
  return 0;
}

/** Put beside the core that is there already: its name in build/ is what the files look for. */
function element() {
  const args = ['build', '-c', 'web/element/vite.config.ts', '--logLevel', 'warn', '--outDir'];
  return aside((folder) => tool('vite/bin/vite.js', [...args, folder]), ['domzero-element.js', 'domzero-worker.js']);
}

/**
 * A process of its own, so that the server answers meanwhile.
 * @param {import('node:child_process').SpawnOptions} options
 */
function page(options) {
  const args = ['build', '-c', 'web/cli/dev/bundle/vite.config.ts', '--logLevel', 'warn', '--outDir'];
  // The server's vite has set it for itself
  const env = { ...process.env, NODE_ENV: 'production' };
  return aside((folder) => tool('vite/bin/vite.js', [...args, join(folder, 'page')], { ...options, env }));
}

/** The site, and the snapshots that it starts from; those of `npm start` are in the same place. */
async function site() {
  // What does not boot has been said: the page boots it then
  await run(process.execPath, [`${root}web/cli/dev/boot.js`]);
  return tool('vite/bin/vite.js', ['build', '--logLevel', 'warn']);
}

const core = ['assembly', 'asconfig.json', 'package-lock.json'];
const web = ['package-lock.json', 'tsconfig.json'];
const library = ['machine', 'client', 'terminal', 'element'];
/** @type {Record<string, Part>} */
const parts = {
  core: { sources: core, output: 'build/core.wasm', build: asc('release') },
  'core-debug': { sources: core, output: 'build/core.debug.wasm', build: asc('debug') },
  dist: {
    sources: [...web, 'tsconfig.build.json', ...[...library, 'cli'].map((name) => `web/${name}`)],
    output: 'dist/element/css.js',
    build: dist,
  },
  element: {
    // The core only has to be there
    sources: [...web, ...library.map((name) => `web/${name}`)],
    output: 'build/domzero-element.js',
    build: element,
  },
  site: {
    sources: [...web, 'web', 'docs', 'vite.config.ts', 'build/core.wasm', 'images/dist'],
    output: 'build/site/index.html',
    build: site,
  },
  // For `npm start`. It needs no core
  page: {
    sources: [...web, 'web', 'vite.config.ts'],
    output: 'build/page/index.html',
    build: page,
  },
};

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} path
 */
function hashTree(hash, path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path));
    return;
  }
  for (const name of readdirSync(path).sort()) hashTree(hash, join(path, name));
}

/**
 * Brings one part up to date; throws when that fails.
 * @param {string} name
 * @param {{ quiet?: boolean, signal?: AbortSignal }} [options] `signal` ends what is begun, in parts that can be ended
 */
export async function ensureBuilt(name, { quiet = false, signal } = {}) {
  const say = quiet ? () => undefined : console.error;
  const part = parts[name];
  if (!part) throw new Error(`unknown part "${name}": build knows ${Object.keys(parts).join(', ')}`);
  const hash = createHash('sha256');
  for (const source of part.sources) hashTree(hash, root + source);
  const wanted = hash.digest('hex');
  const stamp = `${root}build/${name}.stamp`;
  if (existsSync(root + part.output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const start = performance.now();
  say(`building ${name} ...`);
  const code = await part.build({ signal, stdio: quiet ? 'ignore' : 'inherit' });
  if (code !== 0) throw new Error(`building ${name} failed`);
  mkdirSync(`${root}build`, { recursive: true });
  writeFileSync(stamp, wanted);
  const size = statSync(root + part.output);
  say(`built ${name} in ${seconds(start)}${size.isFile() ? `, ${Math.round(size.size / 1024)} KiB` : ''}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    for (const name of process.argv.slice(2)) await ensureBuilt(name);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
