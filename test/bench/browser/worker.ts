/** One loop in this Worker, by its clock on the wall: a browser tells no CPU time. */
import { measureLoop } from '../engines/engine.ts';
import type { Engine } from '../engines/engine.ts';
import { LOOP_MEMORY } from '../job.ts';
import type { Outcome, Sample } from '../job.ts';
import type { BrowserJob } from './page.ts';

const clock = () => performance.now() / 1000;

async function createEngine(job: BrowserJob): Promise<Engine> {
  switch (job.engine) {
    case 'domzero':
      return new (await import('../engines/domzero.ts')).DomZeroEngine('jit', clock);
    case 'domzero-interpreter':
      return new (await import('../engines/domzero.ts')).DomZeroEngine('interpreter', clock);
    case 'v86-jit':
      return new (await import('../engines/v86.ts')).V86Engine(true, job.v86, clock);
    case 'v86-interpreter':
      return new (await import('../engines/v86.ts')).V86Engine(false, job.v86, clock);
    default:
      throw new Error(`${job.engine} does not run in a browser`);
  }
}

async function measure(job: BrowserJob): Promise<Sample> {
  const kernel = new Uint8Array(await (await fetch(job.image)).arrayBuffer());
  const engine = await createEngine(job);
  return measureLoop(engine, { core: job.core, kernel, kernelPath: '', commandLine: '', memory: LOOP_MEMORY });
}

self.onmessage = ({ data }: MessageEvent<BrowserJob>) => {
  const answer = (outcome: Outcome) => self.postMessage(outcome);
  measure(data).then(
    (sample) => answer({ sample }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
};
