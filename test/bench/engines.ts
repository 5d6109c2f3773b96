/** The engines of the comparison: names for people, versions, what they take part in, whether this machine has them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { QEMU } from './engines/qemu.ts';
import type { EngineId } from './job.ts';
import type { SectionName } from './results.ts';

export interface EngineInfo {
  readonly id: EngineId;
  readonly title: string;
  /** In the narrow columns of a table. */
  readonly short: string;
  readonly sections: readonly SectionName[];
  /** Why it is left out when it is not there. */
  readonly missing: string;
}

const ALL: readonly SectionName[] = ['loops', 'browser', 'boots', 'programs'];
const SLOW: readonly SectionName[] = ['loops', 'browser', 'boots'];

export const ENGINES: readonly EngineInfo[] = [
  {
    ...{ id: 'domzero', title: 'DomZero', short: 'DomZero', sections: ALL },
    missing: 'build/core.wasm has no translator',
  },
  {
    ...{ id: 'domzero-interpreter', title: 'DomZero, interpreter', short: 'interpreter' },
    ...{ sections: ALL, missing: 'build/core.wasm is missing' },
  },
  {
    ...{ id: 'v86-jit', title: 'v86, JIT', short: 'v86 JIT', sections: ALL, missing: 'the npm package v86 is missing' },
  },
  {
    ...{ id: 'v86-interpreter', title: 'v86, interpreter', short: 'v86 interp.' },
    ...{ sections: SLOW, missing: 'the npm package v86 is missing' },
  },
  {
    ...{ id: 'qemu', title: 'QEMU, TCG', short: 'QEMU TCG', sections: ['loops', 'boots', 'programs'] },
    missing: 'install the package qemu-system-x86',
  },
  {
    ...{ id: 'native', title: 'this host', short: 'native', sections: ['programs'] },
    missing: 'this host does not run 32-bit x86 programs',
  },
];

export function takesPart(id: EngineId, section: SectionName): boolean {
  return ENGINES.some((engine) => engine.id === id && engine.sections.includes(section));
}

function packageVersion(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** The package's version, when there is a core that exports what this engine of ours needs. */
function ownVersion(root: string, needed: string): string | undefined {
  const core = join(root, 'build/core.wasm');
  if (!existsSync(core)) return undefined;
  const exports = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(core)));
  return exports.some(({ name }) => name === needed) ? packageVersion(join(root, 'package.json')) : undefined;
}

/** Undefined when the engine is not installed. */
export function engineVersion(id: EngineId, root: string): string | undefined {
  switch (id) {
    case 'domzero':
      return ownVersion(root, 'setEngine');
    case 'domzero-interpreter':
      return ownVersion(root, 'run');
    case 'v86-jit':
    case 'v86-interpreter': {
      const main = createRequire(import.meta.url).resolve('v86');
      return packageVersion(join(dirname(main), '../package.json')).replace(/\+.*/, '');
    }
    case 'qemu': {
      const { stdout, status } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
      return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
    }
    case 'native':
      return nativeVersion();
  }
}

/** The kernel's release; programs/ are 32-bit code, which the first of them would find out the hard way. */
function nativeVersion(): string | undefined {
  if (process.platform !== 'linux' || !['x64', 'ia32'].includes(process.arch)) return undefined;
  return spawnSync('uname', ['-sr'], { encoding: 'utf8' }).stdout.trim();
}

/** Tools that are missing are installed by apt-get where that is possible; else one line says what to do. */
export function requireTools(tools: readonly string[], packages: string): void {
  const present = () => tools.every((tool) => spawnSync(tool, ['--version']).status === 0);
  if (present()) return;
  const advice = `npm run bench needs ${tools.join(' and ')}: install the package "${packages}"`;
  if (spawnSync('apt-get', ['--version']).status !== 0 || process.getuid?.() !== 0) throw new Error(advice);
  process.stderr.write(`installing ${packages} with apt-get ...\n`);
  spawnSync('apt-get', ['install', '-y', '-q', packages], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!present()) throw new Error(advice);
}
