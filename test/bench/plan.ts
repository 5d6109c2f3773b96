/** From what was asked for to tasks: builds images and programs, and says what is left out and why. */
import { join } from 'node:path';
import { bootJobs } from './boots.ts';
import type { BootFolders } from './boots.ts';
import { measure } from './child-process.ts';
import { takesPart } from './engines.ts';
import { LoopImage } from './image.ts';
import type { EngineId, LoopJob, Sample } from './job.ts';
import { LoopMeter } from './loop-meter.ts';
import { PROGRAM_IMAGE, ProgramSet } from './programs.ts';
import type { RowResult, SectionName, Unit } from './results.ts';
import type { Boot, Program, Row } from './rows.ts';
import { Expected, jobTask } from './schedule.ts';
import type { Task } from './schedule.ts';

export interface Context {
  readonly engines: readonly EngineId[];
  readonly rounds: number;
  /** Of one measurement of a loop. */
  readonly seconds: number;
  readonly quick: boolean;
  readonly folders: BootFolders;
}

/** A boot takes seconds where a loop takes one: fewer of them. */
const BOOT_ROUNDS = 3;

/**
 * V8 optimises on other threads while the guest runs: give it as long as the measurement takes; by the clock on the
 * wall, on a busy host, longer.
 */
const WARM_UP = 1;
const BROWSER_WARM_UP = 3;

const leaveOut = (title: string, image: string) =>
  process.stderr.write(`${title}: left out, "npx domzero images build ${image}" builds it\n`);

const empty = ({ name, title }: { name: string; title: string }, unit: Unit): RowResult => ({
  ...{ name, title, unit, values: {} },
});

function taking(context: Context, section: SectionName): EngineId[] {
  return context.engines.filter((id) => takesPart(id, section));
}

export function planLoops(
  rows: readonly Row[],
  context: Context,
  inBrowser?: (job: LoopJob) => Promise<Sample>,
): Task[] {
  const { folders } = context;
  const image = new LoopImage(join(folders.source, 'loops'), folders.scratch);
  const meter = new LoopMeter(image, folders.core, {
    seconds: context.seconds,
    warmUp: inBrowser ? BROWSER_WARM_UP : WARM_UP,
    measure: inBrowser ?? measure,
  });
  return rows.flatMap((wanted) => {
    const row = image.rows.find(({ name }) => name === wanted.name);
    if (!row) throw new Error(`loops/ has no row "${wanted.name}"`);
    const result = empty(wanted, row.bytes ? 'GB/s' : 'MIPS');
    const { rounds } = context;
    return taking(context, inBrowser ? 'browser' : 'loops').map((engine): Task => ({
      row: result,
      engine,
      rounds,
      run: (value) => meter.run(row, engine, value),
    }));
  });
}

export function planBoots(boots: readonly Boot[], context: Context): Task[] {
  return boots.flatMap((boot) => {
    const jobs = bootJobs(boot, taking(context, 'boots'), context.folders);
    const result = empty(boot, 's');
    if (!jobs.length) leaveOut(boot.title, boot.image);
    return jobs.map((job) => jobTask(result, () => job, job.engine, Math.min(context.rounds, BOOT_ROUNDS), measure));
  });
}

export async function planPrograms(programs: readonly Program[], context: Context): Promise<Task[]> {
  const set = programs.length ? ProgramSet.create(context.folders) : undefined;
  if (!set && programs.length) leaveOut('programs', PROGRAM_IMAGE);
  if (!set) return [];
  const tasks: Task[] = [];
  for (const program of programs) {
    const size = context.quick ? program.quick : program.size;
    const result = empty(program, 's');
    // The real processor is the oracle, whether its time is wanted or not
    const native = await measure(set.job(program, size, 'native')).catch((error: Error) => {
      process.stderr.write(`${program.title}: no result of this host to compare with: ${error.message}\n`);
      return undefined;
    });
    const expected = new Expected(native?.output, 'this host');
    for (const engine of taking(context, 'programs')) {
      // Interpreters take long and vary little
      const rounds = engine.endsWith('interpreter') ? 1 : Math.min(context.rounds, BOOT_ROUNDS);
      const job = () => set.job(program, size, engine);
      tasks.push(jobTask(result, job, engine, rounds, measure, (output) => expected.check(output, engine)));
    }
  }
  return tasks;
}
