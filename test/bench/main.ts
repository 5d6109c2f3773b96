/** `npm run bench`: chooses what to measure, measures in rounds, reports. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { bootJobs } from './boots.ts';
import { ENGINES, engineVersion, requireBinutils } from './engines.ts';
import { LoopImage } from './image.ts';
import type { EngineId } from './job.ts';
import { chart } from './report/chart.ts';
import { updateMarkdown } from './report/markdown.ts';
import { terminalReport } from './report/terminal.ts';
import type { BootResult, LoopResult, Results } from './results.ts';
import { BOOTS, ROWS, select } from './rows.ts';
import { LoopMeter, runBoots, runLoops } from './schedule.ts';
import type { Progress } from './schedule.ts';

interface Options {
  readonly rows: string;
  readonly engines: string;
  readonly rounds: string;
  readonly seconds: string;
  readonly quick?: boolean;
  readonly updateDocs?: boolean;
  readonly json?: string;
  readonly images: string;
}

/** run.js starts us in the repository's root. */
const root = process.cwd();
const BOOTS_WORD = 'boots';
const LOOPS_WORD = 'loops';
/** A boot takes seconds where a loop takes one: fewer of them. */
const BOOT_ROUNDS = 3;

function command(): Command {
  const groups = [...new Set(ROWS.map((row) => row.group))].join(', ');
  return new Command('npm run bench --')
    .description('Guest speed side by side: DomZero, v86 with and without its JIT, QEMU.')
    .option('--rows <names>', `rows by name or group (${groups}), "${LOOPS_WORD}", "${BOOTS_WORD}"`, 'all')
    .option('--engines <names>', `of ${ENGINES.map((engine) => engine.id).join(', ')}`, 'all')
    .option('--rounds <n>', 'measurements of each row and engine; the median counts', '5')
    .option('--seconds <s>', 'length of one measurement', '0.6')
    .option('--quick', 'one round of short measurements, to see where one stands')
    .option('--json <file>', 'write the results to a file')
    .option('--images <folder>', 'built guest images', process.env['DOMZERO_IMAGES'] ?? 'images/dist')
    .option('--update-docs', 'write docs/benchmarks.{md,svg,json}');
}

function chooseEngines(words: string): { id: EngineId; title: string; version: string }[] {
  const wanted =
    words === 'all'
      ? ENGINES
      : words.split(',').map((word) => {
          const engine = ENGINES.find(({ id }) => id === word);
          if (!engine) throw new Error(`--engines: "${word}" is none of ${ENGINES.map(({ id }) => id).join(', ')}`);
          return engine;
        });
  return wanted.flatMap(({ id, title }) => {
    const version = engineVersion(id, root);
    if (version) return [{ id, title, version }];
    process.stderr.write(`${title} is not installed: left out${id === 'qemu' ? ' (package qemu-system-x86)' : ''}\n`);
    return [];
  });
}

function chooseRows(words: string) {
  if (words === 'all') return { rows: [...ROWS], boots: [...BOOTS] };
  const list = words.split(',');
  const rows = list.includes(LOOPS_WORD) ? [...ROWS] : select(ROWS, list);
  const boots = list.includes(BOOTS_WORD) ? [...BOOTS] : select(BOOTS, list);
  if (!rows.length && !boots.length) throw new Error(`--rows: nothing is called "${words}"`);
  return { rows, boots };
}

function progressBar(total: number): Progress & { stop(): void } {
  const tty = process.stderr.isTTY;
  const bar = new cliProgress.SingleBar(
    {
      format: '[{bar}] {value}/{total} {eta_formatted} {what}',
      noTTYOutput: !tty,
      notTTYSchedule: 15_000,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let done = 0;
  bar.start(total, 0, { what: '' });
  return {
    begin: (what) => bar.update(done, { what }),
    end: () => bar.update(++done),
    stop: () => bar.stop(),
  };
}

async function run(options: Options, scratch: string): Promise<Results> {
  const rounds = options.quick ? 1 : Number(options.rounds);
  const seconds = options.quick ? 0.4 : Number(options.seconds);
  if (!(rounds >= 1) || !(seconds > 0)) throw new Error('--rounds and --seconds are positive numbers');
  const engines = chooseEngines(options.engines);
  const ids = engines.map(({ id }) => id);
  const chosen = chooseRows(options.rows);
  requireBinutils();
  const source = join(root, 'test/bench');
  const image = new LoopImage(join(source, 'loops'), scratch);
  const loops = chosen.rows.map((row) => {
    const imageRow = image.rows.find(({ name }) => name === row.name);
    if (!imageRow) throw new Error(`loops/ has no row "${row.name}"`);
    const result: LoopResult = { name: row.name, title: row.title, unit: imageRow.bytes ? 'GB/s' : 'MIPS', values: {} };
    return { row: imageRow, result };
  });
  const core = join(scratch, 'core.wasm');
  if (ids.includes('domzero')) copyFileSync(join(root, 'build/core.wasm'), core);
  const folders = { core, recipes: join(root, 'images'), built: resolve(options.images), source, scratch };
  const boots = chosen.boots.flatMap((boot) => {
    const jobs = bootJobs(boot, ids, folders);
    const result: BootResult = { name: boot.name, title: boot.title, values: {} };
    if (jobs.length) return [{ jobs, result }];
    process.stderr.write(`${boot.title}: left out, "npx domzero images build ${boot.image}" builds it\n`);
    return [];
  });
  const bootRounds = Math.min(rounds, BOOT_ROUNDS);
  const bar = progressBar(ids.length * (rounds * loops.length + bootRounds * boots.length));
  const meter = new LoopMeter(image, seconds, core);
  for (let round = 0; round < rounds; round++) {
    await runLoops(loops, ids, meter, bar);
    if (round < bootRounds) await runBoots(boots, bar);
  }
  bar.stop();
  const cpu = cpus();
  return {
    date: new Date().toISOString(),
    host: `${cpu[0]?.model.trim() ?? 'unknown'}, ${cpu.length} cores`,
    node: process.versions.node,
    rounds,
    engines,
    loops: loops.map(({ result }) => result),
    boots: boots.map(({ result }) => result),
  };
}

async function updateDocs(results: Results): Promise<void> {
  const write = async (name: string, text: string, parser?: string) => {
    const path = join(root, 'docs', name);
    const config = await resolveConfig(path);
    writeFileSync(path, parser ? await format(text, { ...config, parser }) : text);
  };
  const page = join(root, 'docs/benchmarks.md');
  if (!existsSync(page)) throw new Error('docs/benchmarks.md is missing');
  await write('benchmarks.md', updateMarkdown(readFileSync(page, 'utf8'), results), 'markdown');
  await write('benchmarks.svg', chart(results));
  await write('benchmarks.json', JSON.stringify(results), 'json');
}

const options = command().parse().opts<Options>();
const scratch = mkdtempSync(join(tmpdir(), 'domzero-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
try {
  const results = await run(options, scratch);
  process.stdout.write(terminalReport(results));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
  if (options.updateDocs) await updateDocs(results);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
