/** The command `domzero snapshot`: looks at files of snapshots. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { formatSize, inspectSnapshot, type SnapshotInfo } from '../../client/index.ts';

const HELP = `
A snapshot is a whole machine in a file: processor, devices, memory without its empty pages. It is made by

  $ domzero run linux --expect '# $' --snapshot-out booted.dzsnap       when the script is through
  $ domzero run linux --snapshot-out later.dzsnap                       when you leave with Ctrl-A X

or by "Save" in the page, and it is the same file. It goes on with

  $ domzero run --restore booted.dzsnap                                 where it was, at once
  $ domzero run linux --restore booted.dzsnap                           the same, and a reset boots the image

docs/snapshot-format.md describes the file.`;

const INFO_HELP = `
Reads the whole file and verifies every checksum; no machine is made. An incremental snapshot names its parent: the two
are restored together (--restore child.dzsnap --parent parent.dzsnap).

Exit codes: 0 the file is good, 2 it is not, with the reason in one line.`;

export function snapshotCommand(): Command {
  const command = new Command('snapshot').description('look at saved machines').addHelpText('after', HELP);
  command
    .command('info')
    .description('what a snapshot holds, and whether it is whole')
    .argument('<file>', 'a file that --snapshot-out or the page has written')
    .option('--json', 'as JSON, for programs')
    .addHelpText('after', INFO_HELP)
    .action(async (file: string, { json }: { json?: boolean }) => {
      process.exitCode = await info(file, json ?? false);
    });
  return command;
}

async function info(file: string, json: boolean): Promise<number> {
  try {
    const found = await inspectSnapshot(await read(file));
    process.stdout.write(json ? JSON.stringify(found, null, 2) + '\n' : describe(found));
    return 0;
  } catch (error) {
    process.stderr.write(`domzero: ${(error as Error).message}\n`);
    return 2;
  }
}
async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(`cannot read ${file}: ${missing ? 'there is no such file' : (cause as Error).message}`, { cause });
  }
}

function describe({ header, format, bytes, pages, sections, text }: SnapshotInfo): string {
  const { image } = header;
  const rows: [string, string][] = [
    ['name', header.name || '(none)'],
    ['taken', header.date],
    ['id', header.id],
    ['parent', header.parent ?? '(none: it is whole)'],
    ['memory', `${formatSize(header.memory)}, ${pages} pages of 4 KiB stored`],
    ['file', `${formatSize(bytes)}, format ${format}, by DomZero ${header.domzero}`],
    ['guest', `${header.guestSeconds.toFixed(2)} s, ${header.instructions} instructions; clock: ${header.clock}`],
    ['booted', `${image.boot || '(unknown)'}, kernel ${image.kernel ?? '(unknown)'}`],
    ['command line', image.commandLine || '(empty)'],
    ['sections', sections.map(({ id, version, stored }) => `${id} ${version} (${stored})`).join(', ')],
  ];
  const shown = text?.trimEnd().split('\n').slice(-TEXT_LINES) ?? [];
  const lines = [...rows.map(([name, value]) => `${name.padEnd(13)} ${printable(value)}`)];
  return [...lines, ...shown.map((line) => `  | ${printable(line)}`)].join('\n') + '\n';
}
const TEXT_LINES = 8;
/** A file is not to be trusted with the terminal. */
function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
}
