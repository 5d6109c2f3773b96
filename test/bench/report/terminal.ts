/** The report in the terminal: aligned columns, losses in colour where there is colour. */
import { styleText } from 'node:util';
import { ENGINES } from '../engines.ts';
import type { EngineId } from '../job.ts';
import { meanRatio } from '../results.ts';
import type { Results } from '../results.ts';
import { BASE, OURS, TRANSLATOR, bootLine, header, loopLine, ratio } from './format.ts';
import type { Line } from './format.ts';

const short = (id: EngineId) => ENGINES.find((engine) => engine.id === id)?.short ?? id;

function table(title: string, heads: string[], lines: Line[]): string {
  const rows = [[title, ...heads], ...lines.map((line) => line.cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((cells) => (cells[column + 1] ?? '').length)));
  const first = Math.max(...rows.map((cells) => (cells[0] ?? '').length));
  const text = rows.map(([name = '', ...cells]) =>
    [name.padEnd(first), ...cells.map((cell, column) => cell.padStart(widths[column] ?? 0))].join('  '),
  );
  return text
    .map((line, index) => {
      if (index === 0) return styleText('bold', line);
      return lines[index - 1]?.loses ? `${styleText('red', line)}  ◂ slower` : line;
    })
    .join('\n');
}

export function terminalReport(results: Results): string {
  const heads = header(results, short);
  const parts: string[] = [];
  if (results.loops.length) {
    const lines = results.loops.map((row) => loopLine(results, row));
    const empty = results.engines.map(() => '');
    const mean = [meanRatio(results, OURS, BASE), meanRatio(results, OURS, TRANSLATOR)].map(ratio);
    lines.push({ cells: ['geometric mean', ...empty, ...mean], loses: false });
    parts.push(table('guest MIPS', heads, lines));
  }
  if (results.boots.length) {
    const lines = results.boots.map((row) => bootLine(results, row));
    parts.push(table('boot to the prompt, CPU seconds', heads, lines));
  }
  return `${[...parts, ...failures(results)].join('\n\n')}\n`;
}

function failures(results: Results): string[] {
  const errors = new Set<string>();
  for (const row of [...results.loops, ...results.boots]) {
    for (const { id } of results.engines) {
      const error = row.values[id]?.error;
      if (error) errors.add(`${row.title}: ${error}`);
    }
  }
  return errors.size ? [styleText('yellow', [...errors].join('\n'))] : [];
}
