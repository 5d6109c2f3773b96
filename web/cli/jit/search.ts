/** Runs a machine, without a terminal, until the region that is looked for has been translated. */
import type { CreateMachine, Machine, MachineExit, Region, WatchedRegion } from '../../client/index.ts';
import { ConsoleText } from '../run/console-text.ts';
import type { BootFiles, RunOptions } from '../run/options.ts';
import { Script } from '../run/script.ts';

export interface SearchOptions extends Pick<RunOptions, 'accel' | 'timeout' | 'steps' | 'debugExit' | 'clock'> {
  readonly at: bigint;
  readonly within?: boolean;
  readonly after?: number;
}
const PAGE = 4096n;
const MOST_HINTS = 8;
const TIMEOUT = 60;
/** Without the small regions that come first: they have less to show. */
const LARGE = { 'first-region': 0 };

/** Rejects with what there was instead when it ends without one. */
export async function findRegion(
  create: CreateMachine,
  files: BootFiles,
  options: SearchOptions,
): Promise<WatchedRegion> {
  const { accel, debugExit, clock = 'instructions', at, within, after } = options;
  const acceleration = { ...LARGE, ...accel };
  const machine = await create({
    ...files, clock, debugExit, acceleration, traceRegions: true, noReboot: true, worker: false,
  }); // prettier-ignore
  const near: Region[] = [];
  try {
    await machine.watchRegion(at, { within, after });
    const found = firstOf(machine, options, (region) => {
      if (region.pages.includes(at - (at % PAGE)) && near.length < MOST_HINTS) near.push(region);
    });
    await machine.start();
    const outcome = await found;
    if (typeof outcome !== 'string') return outcome;
    throw new Error(await nothing(machine, outcome, options, near));
  } finally {
    await machine.dispose();
  }
}
/** The region, or why there is none. */
function firstOf(
  machine: Machine,
  { steps, timeout = TIMEOUT }: SearchOptions,
  seen: (region: Region) => void,
): Promise<WatchedRegion | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`timeout after ${timeout} s`), timeout * 1000);
    const end = (outcome: WatchedRegion | string): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    machine.on('trace', (record) => {
      if (record.kind === 'region') seen(record.region);
      if (record.kind === 'watched-region') end(record.region);
    });
    machine.on('exit', ({ reason, crash }: MachineExit) => end(crash?.message ?? `the machine ended (${reason})`));
    follow(machine, new Script(steps));
  });
}
/** --expect and --send; a script that is through does not end the search. */
function follow(machine: Machine, script: Script): void {
  const console = new ConsoleText();
  const send = (text: string): void => void machine.send(text).catch(() => undefined);
  const advance = (): void => script.advance(console, () => undefined, send);
  machine.on('console', (bytes) => {
    console.add(bytes);
    advance();
  });
  advance();
}
async function nothing(
  machine: Machine,
  why: string,
  { at, within }: SearchOptions,
  near: readonly Region[],
): Promise<string> {
  const { instructions, counters } = await machine.statistics();
  const regions = counters['translated-regions'] ?? 0;
  const what = within ? 'contains' : 'begins at';
  const text = `${why}: of ${regions} regions in ${instructions} instructions none ${what} 0x${at.toString(16)}`;
  if (within || !near.length) return text;
  const entries = near.map(({ linear }) => `0x${linear.toString(16)}`).join(' ');
  return `${text}; on its page begin: ${entries}; --within takes any region that contains the address`;
}
