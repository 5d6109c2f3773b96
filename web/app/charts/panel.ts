/** The charts of the machine that is shown: the standard ones, and any other counter by choice. */
import type { Counter, Machine } from '../../client/index.ts';
import type { Domain } from '../domains/domain.ts';
import { h } from '../dom.ts';
import { Chart } from './chart.ts';
import { chartOf, chartsOf } from './series.ts';
import type { ChartSpec } from './series.ts';

const SPANS: readonly (readonly [seconds: number, name: string])[] = [
  [60, '1 minute'],
  [300, '5 minutes'],
  [600, '10 minutes'],
];

export class ChartsPanel {
  readonly element = h('div', { class: 'charts' });
  private charts: Chart[] = [];
  private counters: readonly Counter[] = [];
  private machine: Machine | undefined;
  private readonly list = h('div', { class: 'chart-list' });
  private readonly span = h('select', { 'aria-label': 'Time shown' });
  private readonly other = h('select', { 'aria-label': 'Another counter' });

  /** `only`: the ids of the charts to draw; without it all, and the choice of others. */
  constructor(private readonly only?: readonly string[]) {
    this.span.append(...SPANS.map(([seconds, name]) => h('option', { value: String(seconds) }, name)));
    this.other.addEventListener('change', () => this.build());
    if (only === undefined) this.element.append(h('div', { class: 'chart-bar' }, this.span, this.other));
    this.element.append(this.list);
  }

  async show(domain: Domain): Promise<void> {
    const { machine } = domain;
    if (machine && machine !== this.machine) {
      this.machine = machine;
      this.counters = await machine.counters().catch(() => []);
      if (this.machine !== machine) return;
      this.fillOthers();
      this.build();
    }
    for (const chart of this.charts) chart.show(domain.history, Number(this.span.value));
  }

  recolour(): void {
    for (const chart of this.charts) chart.recolour();
  }

  private fillOthers(): void {
    const chosen = this.other.value;
    this.other.replaceChildren(
      h('option', { value: '' }, 'Another counter…'),
      ...this.counters.map(({ name, description }) => h('option', { value: name, title: description }, name)),
    );
    this.other.value = this.counters.some(({ name }) => name === chosen) ? chosen : '';
  }

  private build(): void {
    for (const chart of this.charts) chart.dispose();
    this.charts = this.specs().map((spec) => new Chart(spec));
    this.list.append(...this.charts.map(({ element }) => element));
  }

  private specs(): ChartSpec[] {
    const all = chartsOf(this.counters);
    if (this.only) return all.filter(({ id }) => this.only?.includes(id));
    const other = this.counters.find(({ name }) => name === this.other.value);
    return other ? [chartOf(other), ...all] : all;
  }
}
