/** Statistics for people. */
import type { Counter } from '../../client/index.ts';
import type { Mark, RunStatistics } from './statistics.ts';

/** Name, value, what else there is to say. */
type Row = [string, string, string];

export function table(statistics: RunStatistics, counters: readonly Counter[]): string {
  const { engine, boot, exit, exitCode, marks } = statistics;
  const rows: Row[] = [
    ['engine', engine, boot],
    ['end', exit, `exit code ${exitCode}`],
    ['instructions', count(statistics.instructions), `${statistics.mips.toFixed(1)} MIPS`],
    ['  by tier', '', tiers(statistics)],
    ['time', seconds(statistics.seconds), `${seconds(statistics.cpuSeconds)} of CPU`],
    ['compiling', `${statistics.compileMs.toFixed(1)} ms`, 'modules of translated code'],
    ...marks.map(markRow),
    ...counters.map(({ name, value, unit, description }): Row => {
      return [name, count(value), [unit, description].filter(Boolean).join(', ')];
    }),
  ];
  return rows.map((row) => line(row, rows)).join('');
}

function line([name, value, note]: Row, rows: readonly Row[]): string {
  const [names, values] = [0, 1].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return `${name.padEnd(names ?? 0)}  ${value.padStart(values ?? 0)}  ${note}`.trimEnd() + '\n';
}
function markRow({ name, instructions, seconds: at }: Mark): Row {
  return [`at /${name}/`, count(instructions), seconds(at)];
}
function tiers({ tiers }: RunStatistics): string {
  return Object.entries(tiers)
    .map(([name, share]) => `${name} ${(share * 100).toFixed(1)} %`)
    .join(', ');
}
/** 11 708 726 */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}
function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}
