/** The results file, docs/benchmarks.json: what was measured, on what, and every sample. */
import type { EngineId } from './job.ts';
import { geometricMean, median } from './statistics.ts';

export interface LoopValue {
  /** Guest MIPS, or GB/s; one a round. Empty when the engine failed. */
  readonly samples: number[];
  /** Of each round, seconds between the marks. */
  readonly wallSeconds: number[];
  readonly cpuSeconds: number[];
  error?: string | undefined;
}

export interface BootValue {
  readonly cpuSeconds: number[];
  readonly wallSeconds: number[];
  /** The process's whole CPU time, with the start of Node and the compilation of the emulator. */
  readonly processSeconds: number[];
  instructions?: number | undefined;
  error?: string | undefined;
}

export interface LoopResult {
  readonly name: string;
  readonly title: string;
  readonly unit: 'MIPS' | 'GB/s';
  readonly values: Partial<Record<EngineId, LoopValue>>;
}

export interface BootResult {
  readonly name: string;
  readonly title: string;
  readonly values: Partial<Record<EngineId, BootValue>>;
}

export interface Results {
  readonly date: string;
  readonly host: string;
  readonly node: string;
  readonly rounds: number;
  readonly engines: { readonly id: EngineId; readonly title: string; readonly version: string }[];
  readonly loops: LoopResult[];
  readonly boots: BootResult[];
}

export function loopMedian(row: LoopResult, engine: EngineId): number | undefined {
  const samples = row.values[engine]?.samples ?? [];
  return samples.length ? median(samples) : undefined;
}

export function bootMedian(
  row: BootResult,
  engine: EngineId,
  key: 'cpuSeconds' | 'wallSeconds' | 'processSeconds' = 'cpuSeconds',
): number | undefined {
  const samples = row.values[engine]?.[key] ?? [];
  return samples.length ? median(samples) : undefined;
}

/** How many times faster `engine` is than `base`; above 1 is better, for loops and boots alike. */
export function loopRatio(row: LoopResult, engine: EngineId, base: EngineId): number | undefined {
  const [value, reference] = [loopMedian(row, engine), loopMedian(row, base)];
  return value === undefined || reference === undefined ? undefined : value / reference;
}

export function bootRatio(row: BootResult, engine: EngineId, base: EngineId): number | undefined {
  const [value, reference] = [bootMedian(row, engine), bootMedian(row, base)];
  return value === undefined || reference === undefined ? undefined : reference / value;
}

/** Over the loops that both ran; undefined when there are none. */
export function meanRatio(results: Results, engine: EngineId, base: EngineId): number | undefined {
  const ratios = results.loops.map((row) => loopRatio(row, engine, base)).filter((ratio) => ratio !== undefined);
  return ratios.length ? geometricMean(ratios) : undefined;
}
