/** The report in the terminal: aligned columns, losses in colour where there is colour. */
import { styleText } from 'node:util';
import { SECTIONS } from '../results.ts';
import type { Results } from '../results.ts';
import { failures, sectionTable } from './format.ts';
import type { Table } from './format.ts';
import { targets } from './targets.ts';

export function table({ first, heads, lines }: Table): string {
  const rows = [[first, ...heads], ...lines.map((line) => line.cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((cells) => (cells[column + 1] ?? '').length)));
  const widest = Math.max(...rows.map((cells) => (cells[0] ?? '').length));
  const text = rows.map(([name = '', ...cells]) =>
    [name.padEnd(widest), ...cells.map((cell, column) => cell.padStart(widths[column] ?? 0))].join('  '),
  );
  return text
    .map((line, index) => {
      if (index === 0) return styleText('bold', line);
      return lines[index - 1]?.loses ? `${styleText('red', line)}  ◂ slower` : line;
    })
    .join('\n');
}

function targetTable(results: Results): string[] {
  const lines = targets(results).map(({ title, wanted, measured, reached }) => {
    const cells = [title, wanted, measured, reached ? 'yes' : 'no'];
    return { cells, loses: false };
  });
  return lines.length ? [table({ first: 'target', heads: ['wanted', 'measured', 'reached'], lines })] : [];
}

export function terminalReport(results: Results): string {
  const sections = SECTIONS.filter((name) => results[name].length);
  const tables = sections.map((name) => table(sectionTable(results, name)));
  const errors = failures(results);
  const complaints = errors.length ? [styleText('yellow', errors.join('\n'))] : [];
  return `${[...tables, ...targetTable(results), ...complaints].join('\n\n')}\n`;
}
