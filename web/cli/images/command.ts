/** `domzero images`: the table of images, `build`, `show`. */
import { Command, Option } from 'commander';
import { progressBar } from './bar.ts';
import { buildImage } from './build.ts';
import { ENGINES, type Engine } from './container.ts';
import { ImageError } from './error.ts';
import { compareWithReference, type ImageManifest } from './manifest.ts';
import { imageStatus, listImages, resolveImage, type ImageState, type ImageStatus } from './status.ts';

const HELP = `
An image is a Linux kernel and an initramfs, built from Debian packages by the recipe in images/NAME/.
Results go to images/dist/NAME/ and to a cache in your user's cache folder (DOMZERO_CACHE names another),
so that a second clone copies them in a second.

Examples:
  $ domzero images                              which images there are, and whether they are built
  $ domzero images build linux-nano             about two minutes on two cores
  $ domzero images build linux --container podman   on a system without apt
  $ domzero run linux-nano                      boot it`;

export function imagesCommand(): Command {
  const command = new Command('images')
    .description('list, build and describe the guest images')
    .addHelpText('after', HELP)
    .action(guard(list));
  command.command('list', { isDefault: false }).description('the table that `images` alone prints').action(guard(list));
  command
    .command('build')
    .description('build an image, or take it from the cache')
    .argument('<name>', 'name of an image, as `domzero images` lists it')
    .option('--force', 'build again with the newest packages, even when there is a result')
    .addOption(new Option('--container <engine>', 'build in a Debian container').choices(ENGINES))
    .action(guard(build));
  command
    .command('show')
    .description('what an image is, how it starts, its files with their sums, its licences')
    .argument('<name>', 'name of an image')
    .option('--json', 'the manifest as JSON')
    .action(guard(show));
  return command;
}

/** An ImageError becomes one line and exit code 1; everything else is a defect and keeps its stack. */
function guard<A extends unknown[]>(action: (...args: A) => Promise<void>) {
  return async function (this: Command, ...args: A): Promise<void> {
    try {
      await action(...args);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      for (const line of error.logTail) process.stderr.write(`  | ${line}\n`);
      this.error(`domzero images: ${error.message}`);
    }
  };
}

const STATES: Record<ImageState, string> = {
  built: 'built',
  cached: 'in the cache',
  outdated: 'recipe changed',
  missing: 'not built',
};

async function list(): Promise<void> {
  const names = (await listImages()).map((recipe) => recipe.name);
  const rows = (await Promise.all(names.map((name) => imageStatus(name)))).map(tableRow);
  print(table([['NAME', 'TITLE', 'STATUS', 'SIZE', 'MEMORY'], ...rows]));
}

function tableRow({ recipe, state, size, expectedSize }: ImageStatus): string[] {
  const expected = expectedSize === undefined ? '-' : `about ${megabytes(expectedSize)}`;
  return [recipe.name, recipe.title, STATES[state], size === undefined ? expected : megabytes(size), recipe.memory];
}

async function build(name: string, options: { force?: boolean; container?: Engine }): Promise<void> {
  const abort = new AbortController();
  const interrupt = () => abort.abort(new ImageError(`${name}: interrupted, nothing was changed`));
  process.on('SIGINT', interrupt);
  const bar = progressBar(name);
  try {
    const manifest = await buildImage(name, { ...options, signal: abort.signal, onProgress: bar.update });
    bar.stop();
    print(describeFiles(manifest));
  } finally {
    bar.stop();
    process.off('SIGINT', interrupt);
  }
}

async function show(name: string, options: { json?: boolean }): Promise<void> {
  const { recipe, state } = await imageStatus(name);
  const manifest = state === 'built' || state === 'cached' ? (await resolveImage(name)).manifest : undefined;
  if (options.json) return print(JSON.stringify(manifest ?? recipe, undefined, 2));
  print(`${recipe.name}: ${recipe.title} (${recipe.architecture})\n${recipe.description}\n`);
  print(
    table([
      ['status', STATES[state]],
      ['memory', `${recipe.memory} by default, at least ${recipe.minimumMemory}`],
      ['command line', recipe.commandLine],
      ...recipe.licences.map((entry) => ['licence', `${entry.part}: ${entry.licence} (package ${entry.package})`]),
      ...(manifest ? referenceRow(manifest) : []),
      ...(manifest?.packages ?? []).map((entry) => [
        'built from',
        `${entry.name} ${entry.version} ${entry.architecture}`,
      ]),
    ]),
  );
  if (manifest) print(`\n${describeFiles(manifest)}`);
  else print(`\nTo build it: npx domzero images build ${name}`);
}

function referenceRow(manifest: ImageManifest): string[][] {
  const comparison = compareWithReference(manifest, manifest);
  return comparison === undefined ? [] : [['reference', comparison]];
}

function describeFiles(manifest: ImageManifest): string {
  const rows = manifest.files.map((file) => [
    `images/dist/${manifest.name}/${file.path}`,
    megabytes(file.size),
    file.encoding === 'none' ? '' : `${megabytes(file.unpackedSize)} unpacked`,
    `sha256 ${file.sha256.slice(0, 16)}…`,
  ]);
  return table(rows);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(width(column))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
