/** `--profile ROW`: one run of a row on DomZero in this process, sampled between its marks, drawn. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Counter } from '../../../web/machine/index.ts';
import { bootJobs } from '../boots.ts';
import { DomZeroEngine } from '../engines/domzero.ts';
import type { Clock, Guest } from '../engines/engine.ts';
import { guestOf } from '../guest.ts';
import { LoopImage } from '../image.ts';
import type { EngineId, GuestJob } from '../job.ts';
import type { Context } from '../plan.ts';
import { ProgramSet } from '../programs.ts';
import { number } from '../report/format.ts';
import { writeDoc } from '../report/update.ts';
import { BOOTS, PROGRAMS, ROWS } from '../rows.ts';
import { flame } from './flame.ts';
import type { Profile, Tier } from './flame.ts';
import { SamplingHost } from './sampler.ts';
import type { Spot } from './sampler.ts';
import { sharesOf } from './shares.ts';
import { Symbols } from './symbols.ts';

/** Enough for some thousand slices. */
const LOOP_INSTRUCTIONS = 200_000_000;
/** Slices of 0.6 ms instead of 3. */
const HASTE = 5;
/** The core's counter of instructions that translated code executed. */
const TRANSLATED = 'translated-executed';

interface Subject {
  readonly title: string;
  readonly job: GuestJob;
  /** Whether the guest has just sent the mark that begins or ends what is looked at. */
  readonly begins: (output: string) => boolean;
  readonly ends: (output: string) => boolean;
  readonly symbols: Symbols;
  readonly groupOf: (spot: Spot) => string;
}

const ringOf = ({ user }: Spot) => (user ? 'user' : 'kernel');

function loopSubject(name: string, engine: EngineId, { folders }: Context): Subject | undefined {
  const wanted = ROWS.find((row) => row.name === name);
  if (!wanted) return undefined;
  const image = new LoopImage(join(folders.source, 'loops'), folders.scratch);
  const row = image.rows.find((each) => each.name === name);
  if (!row) throw new Error(`loops/ has no row "${name}"`);
  const iterations = row.bytes ? 20_000 : LOOP_INSTRUCTIONS / row.instructions;
  const path = image.write(row, iterations / 4, iterations, 'profile');
  return {
    title: wanted.title,
    job: { kind: 'loop', engine, core: folders.core, image: path },
    begins: (output) => output.endsWith('S'),
    ends: (output) => output.endsWith('E'),
    symbols: new Symbols().add(readFileSync(path)),
    groupOf: () => 'loop',
  };
}

function programSubject(name: string, engine: EngineId, context: Context): Subject | undefined {
  const program = PROGRAMS.find((row) => row.name === name);
  if (!program) return undefined;
  const set = ProgramSet.create(context.folders);
  if (!set) throw new Error('programs need image linux: npx domzero images build linux');
  const job = set.job(program, context.quick ? program.quick : program.size, engine);
  if (job.kind === 'native') throw new Error('only guests can be sampled');
  return {
    title: program.title,
    job,
    begins: (output) => output.endsWith('\x01'),
    ends: (output) => output.endsWith('\x04'),
    symbols: new Symbols().add(set.binary(program)),
    groupOf: ringOf,
  };
}

function bootSubject(name: string, engine: EngineId, { folders }: Context): Subject | undefined {
  const boot = BOOTS.find((each) => each.name === name);
  const [job] = boot ? bootJobs(boot, [engine], folders) : [];
  if (!boot || !job) return undefined;
  const { prompt } = job;
  const ends = (output: string) => output.endsWith(prompt);
  return { title: boot.title, job, begins: () => false, ends, symbols: new Symbols(), groupOf: ringOf };
}

/** What the core counted since `before`. */
function countedSince(before: readonly Counter[], { machine }: DomZeroEngine): Counter[] {
  const old = new Map(before.map(({ name, value }) => [name, value]));
  return machine.counters().map((counter) => ({ ...counter, value: counter.value - (old.get(counter.name) ?? 0) }));
}

/** By the core's counter of what translated code executed; the rest was interpreted. */
function tiersOf(counters: readonly Counter[], instructions: number): Tier[] {
  const translated = counters.find(({ name }) => name === TRANSLATED)?.value ?? 0;
  const tiers = [
    { name: 'translated', instructions: translated },
    { name: 'interpreted', instructions: instructions - translated },
  ];
  return tiers.filter((tier) => tier.instructions > 0);
}

async function sample(engine: DomZeroEngine, host: SamplingHost, subject: Subject, guest: Guest): Promise<Profile> {
  let output = '';
  let before = 0;
  let countersBefore: Counter[] = [];
  const begin = () => {
    before = engine.instructions();
    countersBefore = engine.machine.counters();
    host.begin(() => engine.machine.registers());
  };
  await Promise.race([
    engine.failed,
    new Promise<void>((resolve, reject) => {
      const onByte = (byte: number) => {
        output += String.fromCharCode(byte);
        if (subject.begins(output)) begin();
        if (subject.ends(output)) resolve();
      };
      const started = engine.load(guest, onByte).then(() => {
        if (subject.job.kind === 'boot') begin();
        return engine.start();
      });
      started.catch(reject);
    }),
  ]);
  host.end();
  const instructions = engine.instructions() - before;
  const counters = countedSince(countersBefore, engine);
  const { symbols, groupOf, title } = subject;
  const root = sharesOf(title, host.spots, ({ address }) => symbols.name(address), groupOf);
  return { root, samples: host.spots.length, instructions, tiers: tiersOf(counters, instructions), counters };
}

export async function profile(name: string, context: Context, symbolFile: string | undefined, path: string) {
  const engine = context.engines.find((id) => id === 'domzero') ?? 'domzero-interpreter';
  const subject =
    loopSubject(name, engine, context) ?? programSubject(name, engine, context) ?? bootSubject(name, engine, context);
  if (!subject) throw new Error(`--profile: nothing that is there is called "${name}"`);
  if (symbolFile !== undefined) subject.symbols.add(readFileSync(symbolFile));
  const isLoop = subject.job.kind === 'loop';
  const host = new SamplingHost(isLoop ? HASTE : 1);
  const clock: Clock = () => performance.now() / 1000;
  const special = { host, clock: isLoop ? 'host' : 'instructions' } as const;
  const machine = new DomZeroEngine(engine === 'domzero' ? 'jit' : 'interpreter', clock, special);
  const result = await sample(machine, host, subject, guestOf(subject.job));
  await machine.stop();
  await writeDoc(path, flame(result));
  return `${subject.title}: ${result.samples} samples, ${number(result.instructions / 1e6)} million instructions; ${path}\n`;
}
