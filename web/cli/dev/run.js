/** What the development scripts share: the repository's root, running a tool with its output shown, timing. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Runs a command in the repository's root; resolves to its exit code, when it has really ended.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    // One that is told to end does so a little later
    child.on('error', (error) => (options.signal?.aborted && child.pid !== undefined ? undefined : reject(error)));
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

/**
 * Runs a Node tool out of node_modules.
 * @param {string} script path below node_modules
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function tool(script, args, options) {
  return run(process.execPath, [`${root}node_modules/${script}`, ...args], options);
}

/** @param {number} since milliseconds of performance.now() */
export function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
