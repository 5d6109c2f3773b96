/** The command line of `npm run bench`: which rows, on which engines. */
import { Command } from 'commander';
import { ENGINES, engineVersion } from './engines.ts';
import type { EngineId } from './job.ts';
import { SECTIONS } from './results.ts';
import type { EngineVersion } from './results.ts';
import { BOOTS, PROGRAMS, ROWS, select, SNAPSHOTS } from './rows.ts';

export interface Options {
  readonly rows: string;
  readonly engines: string;
  readonly rounds: string;
  readonly seconds: string;
  readonly quick?: boolean;
  readonly browser?: boolean;
  readonly updateDocs?: boolean;
  readonly profile?: string;
  readonly symbols?: string;
  readonly json?: string;
  readonly images: string;
}

export function command(): Command {
  const groups = [...new Set([...ROWS, ...PROGRAMS, ...SNAPSHOTS].map((row) => row.group))].join(', ');
  const sections = SECTIONS.filter((name) => name !== 'browser').join(', ');
  return new Command('npm run bench --')
    .description('Guest speed side by side: DomZero, v86, QEMU, and for programs this host itself.')
    .option('--rows <names>', `rows by name or group (${groups}), or ${sections}`, 'all')
    .option('--engines <names>', `of ${ENGINES.map((engine) => engine.id).join(', ')}, or their beginnings`, 'all')
    .option('--rounds <n>', 'measurements of each row and engine; the median counts', '3')
    .option('--seconds <s>', 'length of one measurement of a loop', '0.6')
    .option('--quick', 'one round of short measurements, to see where one stands')
    .option('--browser', 'the loops in headless Chromium as well, by the clock on the wall')
    .option('--profile <row>', 'instead: where the guest spends its time in a row, as docs/performance-time.svg')
    .option('--symbols <file>', 'for --profile: a vmlinux with symbols, or its System.map')
    .option('--json <file>', 'write the results to a file')
    .option('--images <folder>', 'built guest images', process.env['DOMZERO_IMAGES'] ?? 'images/dist')
    .option('--update-docs', 'write docs/performance.{md,svg,json}; rows that were not measured stay');
}

/** The engines that `words` name exactly or by their beginning. */
export function namedEngines(words: string): EngineId[] {
  if (words === 'all') return ENGINES.map(({ id }) => id);
  const chosen = words.split(',').flatMap((word) => {
    const exact = ENGINES.filter(({ id }) => id === word);
    const found = exact.length ? exact : ENGINES.filter(({ id }) => id.startsWith(word));
    if (!found.length) throw new Error(`--engines: "${word}" is none of ${ENGINES.map(({ id }) => id).join(', ')}`);
    return found.map(({ id }) => id);
  });
  return ENGINES.map(({ id }) => id).filter((id) => chosen.includes(id));
}

/** Those that this machine has; a line for each that it has not. */
export function chooseEngines(words: string, root: string): EngineVersion[] {
  return namedEngines(words).flatMap((id) => {
    const engine = ENGINES.find((each) => each.id === id);
    const version = engineVersion(id, root);
    if (engine && version) return [{ id, title: engine.title, version }];
    process.stderr.write(`${engine?.title ?? id}: left out, ${engine?.missing ?? 'missing'}\n`);
    return [];
  });
}

export function chooseRows(words: string) {
  const list = words.split(',');
  const pick = <T extends { readonly name: string; readonly group?: string }>(all: readonly T[], section: string) =>
    words === 'all' || list.includes(section) ? [...all] : select(all, list);
  const chosen = {
    rows: pick(ROWS, 'loops'),
    boots: pick(BOOTS, 'boots'),
    programs: pick(PROGRAMS, 'programs'),
    snapshots: pick(SNAPSHOTS, 'snapshots'),
  };
  if (Object.values(chosen).every((rows) => rows.length === 0)) throw new Error(`--rows: nothing is called "${words}"`);
  return chosen;
}
