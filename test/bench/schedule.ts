/**
 * The measuring itself: one child process a measurement, engine after engine within a row, row after row within a
 * round, so that a disturbance of the host falls on all alike.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ImageRow, LoopImage } from './image.ts';
import { TIMEOUT_SECONDS } from './job.ts';
import type { BootJob, EngineId, Job, Outcome, Sample } from './job.ts';
import type { BootResult, BootValue, LoopResult, LoopValue } from './results.ts';

export interface Progress {
  /** What is being measured now. */
  begin(what: string): void;
  end(): void;
}

/** Children that run: ended with the runner. */
const running = new Set<ReturnType<typeof spawn>>();
process.on('exit', () => running.forEach((child) => child.kill('SIGTERM')));

export function measure(job: Job): Promise<Sample> {
  const script = fileURLToPath(new URL('child.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    let complaint = '';
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
    const end = setTimeout(() => child.kill('SIGTERM'), TIMEOUT_SECONDS * 1000);
    const kill = setTimeout(() => child.kill('SIGKILL'), (TIMEOUT_SECONDS + 3) * 1000);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      running.delete(child);
      clearTimeout(end);
      clearTimeout(kill);
      const line = output.trim().split('\n').at(-1) ?? '';
      if (!line.startsWith('{')) {
        const why = signal ? `no result within ${TIMEOUT_SECONDS} s` : `ended with ${code}`;
        reject(new Error(`${job.engine} ${why} ${complaint.trim().split('\n').at(-1) ?? ''}`.trim()));
        return;
      }
      const outcome = JSON.parse(line) as Outcome;
      if ('error' in outcome) reject(new Error(`${job.engine}: ${outcome.error}`));
      else resolve(outcome.sample);
    });
  });
}

/** Instructions that every engine retires in some hundredths of a second: the first step of finding the right length. */
const FIRST_INSTRUCTIONS = 2_000_000;
/** Nobody copies slower than this; the first step for a row of bandwidth, in bytes. */
const FIRST_BYTES = 40_000_000;
/** V8 optimises on other threads while the guest runs: give it as long as the measurement takes. */
const WARM_UP_SHARE = 1;

export class LoopMeter {
  /** Iterations that take the wanted time, by row and engine. */
  private readonly iterations = new Map<string, number>();

  constructor(
    private readonly image: LoopImage,
    private readonly wantedSeconds: number,
    private readonly core: string,
  ) {}

  /** One measurement; the first of a row and engine looks for the iterations that take long enough. */
  async run(row: ImageRow, engine: EngineId, value: LoopValue): Promise<void> {
    const key = `${row.name} ${engine}`;
    const first = row.bytes ? FIRST_BYTES / row.bytes : FIRST_INSTRUCTIONS / row.instructions;
    let iterations = this.iterations.get(key) ?? first;
    for (;;) {
      const path = this.image.write(row, iterations * WARM_UP_SHARE, iterations, engine);
      const sample = await measure({ kind: 'loop', engine, core: this.core, image: path });
      this.check(row, sample, iterations);
      const enough = sample.cpuSeconds > this.wantedSeconds * 0.5 || iterations >= 0xffffffff;
      const factor = this.wantedSeconds / Math.max(sample.cpuSeconds, this.wantedSeconds / 30);
      const used = Math.round(iterations);
      iterations = Math.min(iterations * factor, 0xffffffff);
      this.iterations.set(key, iterations);
      if (!enough) continue;
      const amount = row.bytes ? (row.bytes * used) / 1e9 : (row.instructions * used) / 1e6;
      value.samples.push(amount / sample.cpuSeconds);
      value.wallSeconds.push(sample.wallSeconds);
      value.cpuSeconds.push(sample.cpuSeconds);
      return;
    }
  }

  /** The hand-counted instructions against the engine's own count. Repeated strings are counted in several ways. */
  private check(row: ImageRow, sample: Sample, iterations: number): void {
    if (sample.instructions === undefined || row.bytes) return;
    const expected = row.instructions * Math.round(iterations);
    if (Math.abs(sample.instructions / expected - 1) < 0.02 || expected < 10 * FIRST_INSTRUCTIONS) return;
    throw new Error(`${row.name}: counted ${sample.instructions} instructions, expected ${expected}`);
  }
}

export async function runLoops(
  rows: { row: ImageRow; result: LoopResult }[],
  engines: readonly EngineId[],
  meter: LoopMeter,
  progress: Progress,
): Promise<void> {
  for (const { row, result } of rows) {
    for (const engine of engines) {
      const value = (result.values[engine] ??= { samples: [], wallSeconds: [], cpuSeconds: [] });
      progress.begin(`${result.title}: ${engine}`);
      if (!value.error) await meter.run(row, engine, value).catch((error: Error) => (value.error = error.message));
      progress.end();
    }
  }
}

export async function runBoots(
  boots: { jobs: readonly BootJob[]; result: BootResult }[],
  progress: Progress,
): Promise<void> {
  for (const { jobs, result } of boots) {
    for (const job of jobs) {
      const value = (result.values[job.engine] ??= { cpuSeconds: [], wallSeconds: [], processSeconds: [] });
      progress.begin(`${result.title}: ${job.engine}`);
      if (!value.error) {
        await measure(job).then(
          (sample) => addBoot(value, sample),
          (error: Error) => (value.error = error.message),
        );
      }
      progress.end();
    }
  }
}

function addBoot(value: BootValue, sample: Sample): void {
  value.cpuSeconds.push(sample.cpuSeconds);
  value.wallSeconds.push(sample.wallSeconds);
  value.processSeconds.push(sample.processSeconds);
  value.instructions = sample.instructions;
}
