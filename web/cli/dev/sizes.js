/**
 * `npm run sizes`: what a page has to load, beside the budgets in docs/sizes.md. Ends with 1 when one is exceeded.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { root } from './run.js';

/**
 * @typedef {object} Size
 * @property {string} file
 * @property {number} kib as it is, rounded up
 * @property {number} gzipKib as a web server sends it
 */

/**
 * The rows of the table in docs/sizes.md: | `file` | what it is | budget | budget gzip | …
 * @returns {Size[]}
 */
export function budgets() {
  const text = readFileSync(`${root}docs/sizes.md`, 'utf8');
  const rows = text.matchAll(/^\| `([^`]+)` \|[^|]*\| (\d+) KiB \| (\d+) KiB \|/gm);
  return [...rows].map(([, file = '', kib, gzipKib]) => ({ file, kib: Number(kib), gzipKib: Number(gzipKib) }));
}

/**
 * @param {string} file relative to the repository
 * @returns {Size}
 */
export function measure(file) {
  const bytes = readFileSync(root + file);
  return { file, kib: Math.ceil(bytes.length / 1024), gzipKib: Math.ceil(gzipSync(bytes, { level: 9 }).length / 1024) };
}

function main() {
  for (const budget of budgets()) {
    const { kib, gzipKib } = measure(budget.file);
    const fits = kib <= budget.kib && gzipKib <= budget.gzipKib;
    if (!fits) process.exitCode = 1;
    const numbers = `${kib} of ${budget.kib} KiB, gzip ${gzipKib} of ${budget.gzipKib} KiB`;
    console.log(`${budget.file.padEnd(28)} ${numbers}${fits ? '' : '  EXCEEDED'}`);
  }
  // Packed already
  for (const name of existsSync(`${root}build/booted`) ? readdirSync(`${root}build/booted`).sort() : [])
    console.log(`build/booted/${name}  ${Math.ceil(statSync(`${root}build/booted/${name}`).size / 1024)} KiB`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
