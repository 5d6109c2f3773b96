/** Numbers and tables as the reports show them. */
import { ENGINES } from '../engines.ts';
import type { EngineId } from '../job.ts';
import { enginesOf, meanRatio, ours, rowMedian, rowRatio } from '../results.ts';
import type { Results, RowResult, SectionName } from '../results.ts';

/** Three significant digits, no exponent. */
export function number(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : value >= 0.1 ? 2 : 3);
}

export function ratio(value: number | undefined): string {
  return value === undefined ? '–' : `${number(value)}×`;
}

export const shortName = (id: EngineId) => ENGINES.find((engine) => engine.id === id)?.short ?? id;

/** A line of a table: the cells, and whether we lose in this row. */
export interface Line {
  readonly cells: string[];
  readonly loses: boolean;
}

export interface Table {
  readonly first: string;
  readonly heads: string[];
  readonly lines: Line[];
}

const FIRST: Record<SectionName, string> = {
  loops: 'Guest MIPS',
  browser: 'Guest MIPS in Chromium',
  boots: 'CPU seconds to the prompt',
  programs: 'CPU seconds',
};

/** Whom we compare ourselves with: v86 as it comes, which is with its JIT, and QEMU. */
export function rivals(ids: readonly EngineId[]): EngineId[] {
  const v86: EngineId = ids.includes('v86-jit') ? 'v86-jit' : 'v86-interpreter';
  return ([v86, 'qemu'] as const).filter((id) => ids.includes(id));
}

/** Rivals that are faster than we are. */
export function losses(row: RowResult, ids: readonly EngineId[]): EngineId[] {
  return rivals(ids).filter((id) => (rowRatio(row, ours(ids), id) ?? 1) < 1);
}

/** How many times the host's own time we take. */
export function timesNative(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 1 / value;
}

function lineOf(row: RowResult, ids: readonly EngineId[]): Line {
  const us = ours(ids);
  const unit = row.unit === 'GB/s' ? ', GB/s' : '';
  const values = ids.map((id) => (row.values[id]?.error === undefined ? number(rowMedian(row, id)) : 'failed'));
  const ratios = rivals(ids).map((id) => rowRatio(row, us, id));
  if (ids.includes('native')) ratios.push(timesNative(rowRatio(row, us, 'native')));
  return { cells: [row.title + unit, ...values, ...ratios.map(ratio)], loses: losses(row, ids).length > 0 };
}

function meanLine(rows: readonly RowResult[], ids: readonly EngineId[]): Line {
  const us = ours(ids);
  const means = rivals(ids).map((id) => meanRatio(rows, us, id));
  if (ids.includes('native')) means.push(timesNative(meanRatio(rows, us, 'native')));
  return { cells: ['geometric mean', ...ids.map(() => ''), ...means.map(ratio)], loses: false };
}

export function sectionTable(results: Results, section: SectionName): Table {
  const rows = results[section];
  const ids = enginesOf(results, rows);
  const heads = [...ids.map(shortName), ...rivals(ids).map((id) => `× ${shortName(id)}`)];
  if (ids.includes('native')) heads.push('native = 1');
  const lines = rows.map((row) => lineOf(row, ids));
  return { first: FIRST[section], heads, lines: [...lines, meanLine(rows, ids)] };
}

/** What engines could not do, and wrong results. */
export function failures(results: Results): string[] {
  const rows = [...results.loops, ...results.browser, ...results.boots, ...results.programs];
  const errors = rows.flatMap((row) =>
    Object.values(row.values).flatMap(({ error }) => (error === undefined ? [] : [`${row.title}: ${error}`])),
  );
  return [...new Set(errors)];
}
