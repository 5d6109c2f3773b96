/** Finds Chromium for the page's tests, or installs Debian's when that is possible without asking. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './run.js';

/** @param {string} name */
function which(name) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** Path of a Chromium or Chrome, or undefined. CHROMIUM in the environment wins. */
export function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  return process.env['CHROMIUM'] || names.map(which).find((path) => path);
}

/** How to run apt-get as root without a password, or undefined. */
function aptGet() {
  if (!which('apt-get')) return undefined;
  if (process.getuid?.() === 0) return ['apt-get'];
  const sudo = which('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return sudo ? ['sudo', '-n', 'apt-get'] : undefined;
}

/** Makes sure of Chromium; resolves to its path, or says in one line what to install and resolves to undefined. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const apt = aptGet();
  if (apt) {
    const [command = '', ...args] = apt;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    console.error('installing chromium for the tests of the page ...');
    // Chromium depends on no font; without one every screenshot is blank
    const packages = ['-y', '-qq', '--no-install-recommends', 'install', 'chromium', 'fonts-dejavu-core'];
    if ((await run(command, [...args, '-qq', 'update'], { env })) === 0)
      await run(command, [...args, ...packages], { env });
  }
  const installed = findChromium();
  if (!installed) {
    console.error(
      'Chromium is missing, the tests of the page will fail: install it (Debian: apt-get install chromium fonts-dejavu-core) or set CHROMIUM=/path/to/it',
    );
  }
  return installed;
}
