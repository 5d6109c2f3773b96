/** The outcome of a measurement as a table and a sentence. */
import { h } from '../dom.ts';
import * as format from '../format.ts';
import type { Costs } from './measurement.ts';
import { spreadOf, verdict } from './outcome.ts';
import type { Cost } from './outcome.ts';

const seconds = (value: number): string => `${value.toPrecision(3)}\u202fs`;

export function resultOf([first, second]: readonly [string, string], costs: Costs): HTMLElement[] {
  const busy = (list: readonly Cost[]) => spreadOf(list.map(({ busySeconds }) => busySeconds));
  const [a, b] = [busy(costs.a), busy(costs.b)];
  const head = ['', 'Host time, median', 'Fastest to slowest', 'Speed', 'Instructions', 'Of it compiling', 'Runs'];
  const table = h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, row(first, costs.a), row(second, costs.b)),
  );
  return [table, h('p', { class: 'measure-verdict' }, verdict(first, a, second, b))];
}

function row(name: string, list: readonly Cost[]): HTMLElement {
  const busy = spreadOf(list.map(({ busySeconds }) => busySeconds));
  const instructions = spreadOf(list.map((cost) => cost.instructions));
  const compiling = spreadOf(list.map(({ compileMs }) => compileMs));
  const cells = [
    seconds(busy.median),
    `${seconds(busy.least)} to ${seconds(busy.most)}`,
    format.mips(instructions.median / busy.median / 1e6),
    format.count(instructions.median),
    `${compiling.median.toFixed(0)}\u202fms`,
    String(list.length),
  ];
  return h('tr', {}, h('th', { scope: 'row' }, name), ...cells.map((text) => h('td', {}, text)));
}
