/** Numbers and rows as the reports show them. */
import type { BootResult, LoopResult, Results } from '../results.ts';
import { bootMedian, bootRatio, loopMedian, loopRatio } from '../results.ts';
import type { EngineId } from '../job.ts';

/** Three significant digits, no exponent. */
export function number(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

export function ratio(value: number | undefined): string {
  return value === undefined ? '–' : `${number(value)}×`;
}

export const OURS: EngineId = 'domzero';
export const BASE: EngineId = 'v86-interpreter';
export const TRANSLATOR: EngineId = 'v86';

/** A line of a table: the cells, and whether we lose against v86's interpreter. */
export interface Line {
  readonly cells: string[];
  readonly loses: boolean;
}

export function header(results: Results, shorts: (id: EngineId) => string): string[] {
  return [...results.engines.map(({ id }) => shorts(id)), `× ${shorts(BASE)}`, `× ${shorts(TRANSLATOR)}`];
}

export function loopLine(results: Results, row: LoopResult): Line {
  const values = results.engines.map(({ id }) => (row.values[id]?.error ? 'failed' : number(loopMedian(row, id))));
  const over = loopRatio(row, OURS, BASE);
  const unit = row.unit === 'MIPS' ? '' : `, ${row.unit}`;
  return {
    cells: [row.title + unit, ...values, ratio(over), ratio(loopRatio(row, OURS, TRANSLATOR))],
    loses: over !== undefined && over < 1,
  };
}

export function bootLine(results: Results, row: BootResult): Line {
  const values = results.engines.map(({ id }) => (row.values[id]?.error ? 'failed' : number(bootMedian(row, id))));
  const over = bootRatio(row, OURS, BASE);
  const overTranslator = bootRatio(row, OURS, TRANSLATOR);
  return {
    cells: [row.title, ...values, ratio(over), ratio(overTranslator)],
    loses: (over !== undefined && over < 1) || (overTranslator !== undefined && overTranslator < 1),
  };
}
