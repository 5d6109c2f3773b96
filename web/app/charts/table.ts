/** A chart as a table: every fifth second, newest first, with what was switched in between. */
import { h } from '../dom.ts';
import { valueText } from './figures.ts';
import type { ChartSpec, Points } from './series.ts';

const STEP = 5;

export interface Mark {
  /** Seconds before now, negative. */
  readonly at: number;
  readonly label: string;
}

export function fillTable(table: HTMLTableElement, spec: ChartSpec, points: Points, marks: readonly Mark[]): void {
  const head = ['Seconds ago', ...spec.lines.map(({ label }) => label), 'Switched'];
  const rows = tableRows(points, marks).map(({ ago, values, switched }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, String(ago)),
      ...values.map((value) => h('td', {}, valueText(value, spec.unit))),
      h('td', {}, switched),
    ),
  );
  table.replaceChildren(
    h('caption', {}, `${spec.title}: ${spec.about}`),
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...rows),
  );
}

interface TableRow {
  readonly ago: number;
  readonly values: (number | null)[];
  readonly switched: string;
}

/** The last value of each step. */
export function tableRows({ times, values }: Points, marks: readonly Mark[]): TableRow[] {
  const rows = new Map<number, TableRow>();
  const stepOf = (time: number) => Math.floor(-time / STEP) * STEP;
  times.forEach((time, i) => {
    const ago = stepOf(time);
    const switched = marks.filter(({ at }) => stepOf(at) === ago).map(({ label }) => label);
    rows.set(ago, { ago, values: values.map((line) => line[i] ?? null), switched: switched.join(', ') });
  });
  return [...rows.values()].sort((a, b) => a.ago - b.ago);
}
