/** The tables of docs/performance.md: what stands between its markers is replaced, the text around them is not. */
import { SECTIONS, enginesOf, ours, rowMedian, rowRatio } from '../results.ts';
import type { Results } from '../results.ts';
import { median, spread } from '../statistics.ts';
import { failures, losses, number, ratio, sectionTable, shortName } from './format.ts';
import type { Line, Table } from './format.ts';
import { targets } from './targets.ts';

export function table({ first, heads, lines }: Table): string {
  const align = ['---', ...heads.map(() => '--:')];
  const rows = lines.map(({ cells, loses }) => (loses ? cells.map((cell) => (cell ? `**${cell}**` : '')) : cells));
  return [[first, ...heads], align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function sections(results: Results): Record<string, string> {
  const names = SECTIONS.filter((name) => results[name].length);
  return Object.fromEntries(names.map((name) => [name, table(sectionTable(results, name))]));
}

function bootDetails(results: Results): string {
  const ids = enginesOf(results, results.boots);
  const lines = results.boots.map((row): Line => {
    const wall = ids.map((id) => number(rowMedian(row, id, 'wallSeconds')));
    const counts = ids.map((id) => row.values[id]?.instructions);
    const instructions = counts.map((count) => (count === undefined ? '–' : `${number(count / 1e6)} M`));
    return { cells: [row.title, ...wall, ...instructions], loses: false };
  });
  const heads = [...ids.map((id) => `${shortName(id)}, s`), ...ids.map((id) => `${shortName(id)}, instr.`)];
  return table({ first: 'Wall seconds, instructions', heads, lines });
}

function targetTable(results: Results): string {
  const lines = targets(results).map(({ title, wanted, measured, reached }): Line => ({
    cells: [title, wanted, measured, reached ? 'yes' : 'no'],
    loses: !reached,
  }));
  return lines.length
    ? table({ first: 'Target', heads: ['Wanted', 'Measured', 'Reached'], lines })
    : 'Nothing of it was measured.';
}

const WHERE = { loops: '', browser: ' in Chromium', boots: '', programs: '' } as const;

/** Every row that somebody else is faster in, and what failed. */
function lossList(results: Results): string {
  const lines = SECTIONS.flatMap((name) => {
    const ids = enginesOf(results, results[name]);
    return results[name].flatMap((row) => {
      const faster = losses(row, ids).map((id) => `${ratio(rowRatio(row, ours(ids), id))} of ${shortName(id)}`);
      return faster.length ? [`- ${row.title}${WHERE[name]}: ${faster.join(', ')}`] : [];
    });
  });
  const all = [...lines, ...failures(results).map((failure) => `- failed: ${failure}`)];
  return all.length ? all.join('\n') : 'In no row.';
}

function about(results: Results): string {
  const engines = results.engines.map(({ title, version }) => `${title} (${version})`).join('; ');
  const spreads = SECTIONS.flatMap((name) => results[name])
    .flatMap((row) => Object.values(row.values))
    .filter((value) => value.samples.length > 1)
    .map((value) => spread(value.samples));
  const widest = spreads.length
    ? ` Half of the values lie within ${number(100 * median(spreads))} % of their median.`
    : '';
  const chromium = results.chromium === undefined ? '' : `, Chromium ${results.chromium}`;
  return `Measured ${results.date.slice(0, 10)} on ${results.host}, Node ${results.node}${chromium}, ${results.rounds} round${results.rounds === 1 ? '' : 's'} a row: ${engines}.${widest}`;
}

export function updateMarkdown(text: string, results: Results): string {
  const parts: Record<string, string> = {
    about: about(results),
    targets: targetTable(results),
    losses: lossList(results),
    ...sections(results),
  };
  if (results.boots.length) parts['boots'] += `\n\n${bootDetails(results)}`;
  return Object.entries(parts).reduce((document, [name, part]) => replaceSection(document, name, part), text);
}

/** What stands between a section's markers. */
export function replaceSection(document: string, name: string, part: string): string {
  const pattern = new RegExp(`(<!-- begin: ${name} -->)[^]*?(<!-- end: ${name} -->)`);
  if (!pattern.test(document)) throw new Error(`docs/performance.md has no section "${name}"`);
  return document.replace(pattern, (_all, begin: string, end: string) => `${begin}\n\n${part}\n\n${end}`);
}
