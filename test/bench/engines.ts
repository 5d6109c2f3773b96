/** The engines of the comparison: names for people, versions, and whether this machine has them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { QEMU } from './engines/qemu.ts';
import type { EngineId } from './job.ts';

export interface EngineInfo {
  readonly id: EngineId;
  readonly title: string;
  /** In the narrow columns of a table. */
  readonly short: string;
}

export const ENGINES: readonly EngineInfo[] = [
  { id: 'domzero', title: 'DomZero, interpreter', short: 'DomZero' },
  { id: 'v86-interpreter', title: 'v86, interpreter', short: 'v86 interp.' },
  { id: 'v86', title: 'v86, JIT', short: 'v86 JIT' },
  { id: 'qemu', title: 'QEMU, TCG', short: 'QEMU TCG' },
];

function packageVersion(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Undefined when the engine is not installed. */
export function engineVersion(id: EngineId, root: string): string | undefined {
  switch (id) {
    case 'domzero':
      return existsSync(join(root, 'build/core.wasm')) ? packageVersion(join(root, 'package.json')) : undefined;
    case 'v86':
    case 'v86-interpreter': {
      const main = createRequire(import.meta.url).resolve('v86');
      return packageVersion(join(dirname(main), '../package.json')).replace(/\+.*/, '');
    }
    case 'qemu': {
      const { stdout, status } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
      return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
    }
  }
}

/** GNU as and ld: installed by apt-get where that is possible, else one line says what to do. */
export function requireBinutils(): void {
  const present = () => ['as', 'ld'].every((tool) => spawnSync(tool, ['--version']).status === 0);
  if (present()) return;
  const advice = 'npm run bench needs GNU as and ld: install the package "binutils"';
  if (spawnSync('apt-get', ['--version']).status !== 0 || process.getuid?.() !== 0) throw new Error(advice);
  process.stderr.write('installing binutils with apt-get ...\n');
  spawnSync('apt-get', ['install', '-y', '-q', 'binutils'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!present()) throw new Error(advice);
}
