/** A measuring process: takes one job as its argument, prints one outcome as a line of JSON, ends. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { measureBoot, measureLoop, measureProgram } from './engines/engine.ts';
import type { Engine } from './engines/engine.ts';
import { measureNative } from './engines/native.ts';
import { guestOf } from './guest.ts';
import type { GuestJob, Job, Outcome, Sample } from './job.ts';

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function v86(jit: boolean): Promise<Engine> {
  const build = dirname(createRequire(import.meta.url).resolve('v86'));
  return new (await import('./engines/v86.ts')).V86Engine(jit, join(build, 'v86.wasm'), cpuSeconds);
}

/** Engines are loaded on demand: none shares a process with the code of another. */
async function createEngine(job: GuestJob): Promise<Engine> {
  switch (job.engine) {
    case 'domzero':
      return new (await import('./engines/domzero.ts')).DomZeroEngine('jit', cpuSeconds);
    case 'domzero-interpreter':
      return new (await import('./engines/domzero.ts')).DomZeroEngine('interpreter', cpuSeconds);
    case 'v86-jit':
      return v86(true);
    case 'v86-interpreter':
      return v86(false);
    case 'qemu':
      return new (await import('./engines/qemu.ts')).QemuEngine();
    case 'native':
      throw new Error('this host boots no guests');
  }
}

function measure(engine: Engine, job: GuestJob): Promise<Sample> {
  switch (job.kind) {
    case 'loop':
      return measureLoop(engine, guestOf(job));
    case 'program':
      return measureProgram(engine, guestOf(job));
    case 'boot':
      return measureBoot(engine, guestOf(job), job.prompt);
  }
}

async function run(job: Job): Promise<Sample> {
  if (job.kind === 'native') return measureNative(job);
  const engine = await createEngine(job);
  process.on('SIGTERM', () => void engine.stop().then(() => process.exit(1)));
  try {
    return await measure(engine, job);
  } finally {
    await engine.stop();
  }
}

let outcome: Outcome;
try {
  outcome = { sample: await run(JSON.parse(process.argv[2] ?? '') as Job) };
} catch (error) {
  outcome = { error: error instanceof Error ? error.message : String(error) };
}
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit());
