/** `npm run bench`: chooses what to measure, measures in rounds, reports. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireTools } from './engines.ts';
import { chooseEngines, chooseRows, command } from './options.ts';
import type { Options } from './options.ts';
import { planBoots, planLoops, planPrograms } from './plan.ts';
import type { Context } from './plan.ts';
import { profile } from './profile/profile.ts';
import { progressBar } from './progress.ts';
import { snapshotTable, updateSnapshots } from './report/snapshots.ts';
import { table, terminalReport } from './report/terminal.ts';
import { updateDocs } from './report/update.ts';
import { SECTIONS } from './results.ts';
import type { Results, RowResult, SectionName } from './results.ts';
import { countRuns, runTasks } from './schedule.ts';
import { measureSnapshots } from './snapshots.ts';
import type { SnapshotResults } from './snapshots.ts';
import type { Task } from './schedule.ts';

/** run.js starts us in the repository's root. */
const root = process.cwd();

function contextOf(options: Options, ids: Context['engines'], scratch: string): Context {
  const rounds = options.quick ? 1 : Number(options.rounds);
  const seconds = options.quick ? 0.4 : Number(options.seconds);
  if (!(rounds >= 1) || !(seconds > 0)) throw new Error('--rounds and --seconds are positive numbers');
  const core = join(scratch, 'core.wasm');
  if (ids.some((id) => id.startsWith('domzero'))) copyFileSync(join(root, 'build/core.wasm'), core);
  const places = { recipes: join(root, 'images'), built: resolve(options.images), source: join(root, 'test/bench') };
  return { engines: ids, rounds, seconds, quick: options.quick ?? false, folders: { core, ...places, scratch } };
}

/** Loaded only when it is asked for. The page lies beside this script (run.js). */
async function browser(context: Context) {
  const { openChromium } = await import('./browser/chromium.ts');
  return openChromium(context.folders, fileURLToPath(new URL('browser', import.meta.url)));
}

async function run(options: Options, scratch: string): Promise<Results & { readonly snapshots?: SnapshotResults }> {
  const engines = chooseEngines(options.engines, root);
  const chosen = chooseRows(options.rows);
  if (chosen.rows.length || chosen.boots.length || chosen.programs.length) requireTools(['as', 'ld'], 'binutils');
  if (chosen.programs.length) requireTools(['gcc'], 'gcc');
  const ids = engines.map(({ id }) => id);
  const context = contextOf(options, ids, scratch);
  const chromium = options.browser ? await browser(context) : undefined;
  const plans: Record<SectionName, Task[]> = {
    loops: planLoops(chosen.rows, context),
    browser: chromium ? planLoops(chosen.rows, context, chromium.measure) : [],
    boots: planBoots(chosen.boots, context),
    programs: await planPrograms(chosen.programs, context),
  };
  const tasks = SECTIONS.flatMap((name) => plans[name]);
  const bar = progressBar(countRuns(tasks));
  await runTasks(tasks, bar).finally(() => chromium?.close());
  bar.stop();
  const cpu = cpus();
  const about = {
    date: new Date().toISOString(),
    host: `${cpu[0]?.model.trim() ?? 'unknown'}, ${cpu.length} cores`,
    node: process.versions.node,
    rounds: context.rounds,
  };
  // They are ours alone: nobody else's files are compared
  const snapshots =
    chosen.snapshots.length && ids.includes('domzero')
      ? { ...about, samples: await measureSnapshots(chosen.snapshots, context.rounds, context.folders) }
      : undefined;
  const rowsOf = (name: SectionName): RowResult[] => [...new Set(plans[name].map(({ row }) => row))];
  return {
    ...about,
    chromium: chromium?.version,
    engines,
    loops: rowsOf('loops'),
    browser: rowsOf('browser'),
    boots: rowsOf('boots'),
    programs: rowsOf('programs'),
    ...(snapshots && { snapshots }),
  };
}

const options = command().parse().opts<Options>();
const scratch = mkdtempSync(join(tmpdir(), 'domzero-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
try {
  if (options.profile !== undefined) {
    const ids = chooseEngines(options.engines === 'all' ? 'domzero' : options.engines, root).map(({ id }) => id);
    const path = join(root, 'docs/performance-time.svg');
    const done = await profile(options.profile, contextOf(options, ids, scratch), options.symbols, path);
    process.stdout.write(done);
  } else {
    const { snapshots, ...results } = await run(options, scratch);
    const compared = SECTIONS.some((name) => results[name].length);
    if (compared) process.stdout.write(terminalReport(results));
    if (snapshots) process.stdout.write(`${table(snapshotTable(snapshots))}\n`);
    if (options.json) writeFileSync(options.json, `${JSON.stringify({ ...results, snapshots })}\n`);
    if (options.updateDocs && compared) await updateDocs(results, root);
    if (options.updateDocs && snapshots) await updateSnapshots(snapshots, root);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
