/** Measures loops: finds the iterations that take the wanted time, and checks the instructions that an engine counts. */
import type { ImageRow, LoopImage } from './image.ts';
import type { EngineId, LoopJob, Sample } from './job.ts';
import type { Value } from './results.ts';

/** Instructions that every engine retires in some hundredths of a second: the first step of finding the right length. */
const FIRST_INSTRUCTIONS = 2_000_000;
/** Nobody copies slower than this; the first step for a row of bandwidth, in bytes. */
const FIRST_BYTES = 40_000_000;
/** Two slices of an engine's run loop, generously. */
const SLICES_SECONDS = 0.01;

export interface MeterOptions {
  /** Length of one measurement. */
  readonly seconds: number;
  /** Of the warm-up before it, in lengths of the measurement. */
  readonly warmUp: number;
  readonly measure: (job: LoopJob) => Promise<Sample>;
}

export class LoopMeter {
  /** Iterations that take the wanted time, by row and engine. */
  private readonly iterations = new Map<string, number>();

  constructor(
    private readonly image: LoopImage,
    private readonly core: string,
    private readonly options: MeterOptions,
  ) {}

  /** One measurement; the first of a row and engine looks for the iterations that take long enough. */
  async run(row: ImageRow, engine: EngineId, value: Value): Promise<void> {
    const key = `${row.name} ${engine}`;
    const first = row.bytes ? FIRST_BYTES / row.bytes : FIRST_INSTRUCTIONS / row.instructions;
    const { seconds } = this.options;
    let iterations = this.iterations.get(key) ?? first;
    for (;;) {
      const path = this.image.write(row, iterations * this.options.warmUp, iterations, engine);
      const sample = await this.options.measure({ kind: 'loop', engine, core: this.core, image: path });
      this.check(row, sample, iterations);
      const enough = sample.cpuSeconds > seconds * 0.5 || iterations >= 0xffffffff;
      const factor = seconds / Math.max(sample.cpuSeconds, seconds / 30);
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
    if (expected < 10 * FIRST_INSTRUCTIONS || plausible(sample.instructions, expected, sample.cpuSeconds)) return;
    throw new Error(`${row.name}: counted ${sample.instructions} instructions, expected ${expected}`);
  }
}

/** A mark is seen when the slice ends in which the guest has sent it, so that a count is off by two slices at most. */
export function plausible(counted: number, expected: number, seconds: number): boolean {
  return Math.abs(counted - expected) < expected * (0.02 + SLICES_SECONDS / seconds);
}
