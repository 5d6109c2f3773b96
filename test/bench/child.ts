/** A measuring process: takes one job as its argument, prints one outcome as a line of JSON, ends. */
import { readFileSync } from 'node:fs';
import { measureBoot, measureLoop } from './engines/engine.ts';
import type { Engine, Guest } from './engines/engine.ts';
import { LOOP_MEMORY } from './job.ts';
import type { Job, Outcome, Sample } from './job.ts';

/** Engines are loaded on demand: none shares a process with the code of another. */
async function createEngine(job: Job): Promise<Engine> {
  switch (job.engine) {
    case 'domzero':
      return new (await import('./engines/domzero.ts')).DomZeroEngine('interpreter');
    case 'v86':
      return new (await import('./engines/v86.ts')).V86Engine(true);
    case 'v86-interpreter':
      return new (await import('./engines/v86.ts')).V86Engine(false);
    case 'qemu':
      return new (await import('./engines/qemu.ts')).QemuEngine();
  }
}

/** In a buffer of its own, which readFileSync does not promise. */
function read(path: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(path));
}

function guestOf(job: Job): Guest {
  if (job.kind === 'loop') {
    return { core: job.core, kernel: read(job.image), kernelPath: job.image, commandLine: '', memory: LOOP_MEMORY };
  }
  return {
    core: job.core,
    kernel: read(job.kernel),
    kernelPath: job.kernel,
    initrd: job.initrd ? read(job.initrd) : undefined,
    initrdPath: job.initrd,
    commandLine: job.commandLine,
    memory: job.memory,
  };
}

async function run(job: Job): Promise<Sample> {
  const engine = await createEngine(job);
  process.on('SIGTERM', () => void engine.stop().then(() => process.exit(1)));
  try {
    const guest = guestOf(job);
    return job.kind === 'loop' ? await measureLoop(engine, guest) : await measureBoot(engine, guest, job);
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
