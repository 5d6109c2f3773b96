/**
 * Builds the parts named on the command line (core, core-debug, dist, element, site), each only when its sources have changed:
 * a stamp beside the output holds their hash, so that a fresh clone, a changed branch and a touched file all do right.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run, seconds, tool } from './run.js';

/**
 * @typedef {object} Part
 * @property {string[]} sources files and folders that decide the output
 * @property {string} output exists when the part is built
 * @property {() => Promise<number>} build resolves to an exit code
 */

/** @param {string} target of asconfig.json */
function asc(target) {
  const file = target === 'release' ? 'core.wasm' : 'core.debug.wasm';
  return async () => {
    // Compiled aside and renamed: whoever loads the core meanwhile sees the old one or the new one, never half of it
    const aside = `build/asc-${process.pid}`;
    mkdirSync(root + aside, { recursive: true });
    const code = await tool('assemblyscript/bin/asc.js', ['--target', target, '--outFile', `${aside}/${file}`]);
    if (code === 0)
      for (const name of readdirSync(root + aside)) renameSync(join(root, aside, name), join(root, 'build', name));
    rmSync(root + aside, { recursive: true, force: true });
    return code;
  };
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

/** Built aside, and put beside the core that is there already: its name in build/ is what the files look for. */
async function element() {
  const aside = `build/element-${process.pid}`;
  const args = ['build', '-c', 'web/element/vite.config.ts', '--outDir', root + aside, '--logLevel', 'warn'];
  const code = await tool('vite/bin/vite.js', args);
  if (code === 0)
    for (const name of ['domzero-element.js', 'domzero-worker.js'])
      renameSync(join(root, aside, name), join(root, 'build', name));
  rmSync(root + aside, { recursive: true, force: true });
  return code;
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
 */
export async function ensureBuilt(name) {
  const part = parts[name];
  if (!part) throw new Error(`unknown part "${name}": build knows ${Object.keys(parts).join(', ')}`);
  const hash = createHash('sha256');
  for (const source of part.sources) hashTree(hash, root + source);
  const wanted = hash.digest('hex');
  const stamp = `${root}build/${name}.stamp`;
  if (existsSync(root + part.output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const start = performance.now();
  console.error(`building ${name} ...`);
  const code = await part.build();
  if (code !== 0) throw new Error(`building ${name} failed`);
  mkdirSync(`${root}build`, { recursive: true });
  writeFileSync(stamp, wanted);
  const size = statSync(root + part.output);
  console.error(`built ${name} in ${seconds(start)}${size.isFile() ? `, ${Math.round(size.size / 1024)} KiB` : ''}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    for (const name of process.argv.slice(2)) await ensureBuilt(name);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
