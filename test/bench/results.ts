/** The results file, docs/performance.json: what was measured, on what, and every sample. */
import type { EngineId } from './job.ts';
import { geometricMean, median } from './statistics.ts';

export interface Value {
  /** In the row's unit, one a round. Empty when the engine failed. */
  readonly samples: number[];
  /** Of each round, seconds between the marks. */
  readonly wallSeconds: number[];
  readonly cpuSeconds: number[];
  instructions?: number | undefined;
  /** What a program printed, of the last round. */
  output?: string | undefined;
  error?: string | undefined;
}

/** Seconds count the other way: less is better. */
export type Unit = 'MIPS' | 'GB/s' | 's';

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  readonly values: Partial<Record<EngineId, Value>>;
}

/** Loops in Node, loops in Chromium, Linux boots, programs under Linux. */
export const SECTIONS = ['loops', 'browser', 'boots', 'programs'] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface EngineVersion {
  readonly id: EngineId;
  readonly title: string;
  readonly version: string;
}

export interface Results extends Record<SectionName, RowResult[]> {
  readonly date: string;
  readonly host: string;
  readonly node: string;
  readonly chromium?: string | undefined;
  readonly rounds: number;
  readonly engines: readonly EngineVersion[];
}

export function valueOf(row: RowResult, engine: EngineId): Value {
  return (row.values[engine] ??= { samples: [], wallSeconds: [], cpuSeconds: [] });
}

export function rowMedian(
  row: RowResult,
  engine: EngineId,
  key: 'samples' | 'wallSeconds' | 'cpuSeconds' = 'samples',
): number | undefined {
  const value = row.values[engine];
  return value?.error === undefined && value?.[key].length ? median(value[key]) : undefined;
}

/** How many times faster `engine` is than `base`; above 1 is better, whatever the unit. */
export function rowRatio(row: RowResult, engine: EngineId, base: EngineId): number | undefined {
  const [value, reference] = [rowMedian(row, engine), rowMedian(row, base)];
  if (value === undefined || reference === undefined) return undefined;
  return row.unit === 's' ? reference / value : value / reference;
}

/** Over the rows that both ran; undefined when there are none. */
export function meanRatio(rows: readonly RowResult[], engine: EngineId, base: EngineId): number | undefined {
  const ratios = rows.map((row) => rowRatio(row, engine, base)).filter((ratio) => ratio !== undefined);
  return ratios.length ? geometricMean(ratios) : undefined;
}

/** The engines that ran any of `rows`, in the order of the report. */
export function enginesOf(results: Results, rows: readonly RowResult[]): EngineId[] {
  return results.engines.map(({ id }) => id).filter((id) => rows.some((row) => row.values[id]));
}

/** Ours that counts: with the translator, where that took part. */
export function ours(ids: readonly EngineId[]): EngineId {
  return ids.includes('domzero') || !ids.includes('domzero-interpreter') ? 'domzero' : 'domzero-interpreter';
}

/** The orders of the report: engines, and names of rows; what is in neither is dropped. */
export interface Order {
  readonly engines: readonly EngineId[];
  readonly rows: readonly string[];
}

/** `later` on top of `earlier`: a row that was measured replaces the one that was there. */
export function mergeResults(earlier: Results, later: Results, order: Order): Results {
  const rowsOf = (section: SectionName) =>
    order.rows.flatMap((name) => [...later[section], ...earlier[section]].find((row) => row.name === name) ?? []);
  const sections = SECTIONS.map((section) => [section, rowsOf(section)] as const);
  const engines = order.engines.flatMap(
    (id) => [...later.engines, ...earlier.engines].find((version) => version.id === id) ?? [],
  );
  const chromium = later.chromium ?? earlier.chromium;
  return { ...later, chromium, engines, ...(Object.fromEntries(sections) as Record<SectionName, RowResult[]>) };
}
