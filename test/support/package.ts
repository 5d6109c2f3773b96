/** The package as `npm i domzero` would bring it: packed, unpacked, with the dependencies that it declares and no others. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './browser.ts';

const execute = promisify(execFile);

/** Runs a program to its end; rejects with what it printed when it fails. */
export async function runProgram(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, maxBuffer: 16 << 20, timeout: 120_000 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

export interface Application {
  readonly folder: string;
  readonly tarball: string;
  /** Paths in the package. */
  readonly files: readonly string[];
  /** The package's folder in node_modules. */
  readonly package: string;
  write(name: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** An empty application that has installed the package, and `tools` of this repository. */
export async function createApplication(tools: readonly string[]): Promise<Application> {
  const folder = await mkdtemp(join(tmpdir(), 'domzero-package-'));
  const packed = await runProgram('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root);
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await runProgram('tar', ['-xzf', join(folder, filename), '-C', modules], folder);
  await runProgram('mv', ['package', 'domzero'], modules);
  const manifest = JSON.parse(await readFile(join(modules, 'domzero/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(manifest.dependencies), ...tools]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(`${root}node_modules/${name}`, join(modules, name));
  }
  await writeFile(join(folder, 'package.json'), '{ "name": "application", "private": true, "type": "module" }');
  return {
    folder,
    tarball: join(folder, filename),
    files: files.map(({ path }) => path),
    package: join(modules, 'domzero'),
    write: (name, text) => writeFile(join(folder, name), text),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
