/** The tables of docs/benchmarks.md: what stands between its markers is replaced, the text around them is not. */
import { ENGINES } from '../engines.ts';
import type { EngineId } from '../job.ts';
import { bootMedian, meanRatio } from '../results.ts';
import type { Results } from '../results.ts';
import { spread } from '../statistics.ts';
import { BASE, OURS, TRANSLATOR, bootLine, header, loopLine, number, ratio } from './format.ts';
import type { Line } from './format.ts';

const title = (id: EngineId) => ENGINES.find((engine) => engine.id === id)?.short ?? id;

function table(first: string, heads: string[], lines: Line[]): string {
  const align = ['---', ...heads.map(() => '--:')];
  const rows = lines.map(({ cells, loses }) => (loses ? cells.map((cell) => `**${cell}**`) : cells));
  return [[first, ...heads], align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function loops(results: Results): string {
  const lines = results.loops.map((row) => loopLine(results, row));
  const empty = results.engines.map(() => '');
  const mean = [meanRatio(results, OURS, BASE), meanRatio(results, OURS, TRANSLATOR)].map(ratio);
  lines.push({ cells: ['_geometric mean_', ...empty, ...mean], loses: false });
  return table('Guest MIPS', header(results, title), lines);
}

function boots(results: Results): string {
  const lines = results.boots.map((row) => bootLine(results, row));
  const wall = results.boots.map((row) => ({
    cells: [
      row.title,
      ...results.engines.map(({ id }) => number(bootMedian(row, id, 'wallSeconds'))),
      ...results.engines.map(({ id }) => {
        const count = row.values[id]?.instructions;
        return count === undefined ? '–' : `${number(count / 1e6)} M`;
      }),
    ],
    loses: false,
  }));
  const heads = [
    ...results.engines.map(({ id }) => `${title(id)}, s`),
    ...results.engines.map(({ id }) => `${title(id)}, instr.`),
  ];
  return `${table('CPU seconds', header(results, title), lines)}\n\n${table('Wall seconds, instructions', heads, wall)}`;
}

function about(results: Results): string {
  const engines = results.engines.map(({ title: name, version }) => `${name} (${version})`).join('; ');
  const spreads = results.loops
    .flatMap((row) => Object.values(row.values))
    .filter((value) => value.samples.length > 1)
    .map((value) => spread(value.samples));
  const widest = spreads.length
    ? ` Half of the values lie within ${number(100 * middle(spreads))} % of their median.`
    : '';
  return `Measured ${results.date.slice(0, 10)} on ${results.host}, Node ${results.node}, ${results.rounds} round${results.rounds === 1 ? '' : 's'} a row: ${engines}.${widest}`;
}

function middle(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

export function updateMarkdown(text: string, results: Results): string {
  const sections: Record<string, string> = { about: about(results) };
  if (results.loops.length) sections['loops'] = loops(results);
  if (results.boots.length) sections['boots'] = boots(results);
  return Object.entries(sections).reduce((document, [name, section]) => {
    const pattern = new RegExp(`(<!-- begin: ${name} -->)[^]*?(<!-- end: ${name} -->)`);
    if (!pattern.test(document)) throw new Error(`docs/benchmarks.md has no section "${name}"`);
    return document.replace(pattern, (_all, begin: string, end: string) => `${begin}\n\n${section}\n\n${end}`);
  }, text);
}
