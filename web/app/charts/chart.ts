/**
 * One chart: lines over the last minutes, drawn by uPlot, with a mark where a switch was thrown. Its caption says the
 * newest values in words, and a table has the rest, so that nothing is told by the picture alone.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { History } from '../domains/history.ts';
import { h, setText } from '../dom.ts';
import { short, valueText } from './figures.ts';
import { pointsOf } from './series.ts';
import type { ChartSpec, Points } from './series.ts';
import { fillTable } from './table.ts';

const HEIGHT = 112;
const DASHES: readonly number[][] = [[], [6, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4]];

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name);
/** light-dark() has to be resolved by an element that uses it. */
function resolved(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const value = getComputedStyle(element).color;
  element.style.color = '';
  return value;
}

export class Chart {
  readonly element: HTMLElement;
  private readonly canvas = h('div', { class: 'chart-canvas', 'aria-hidden': 'true' });
  private readonly legend = h('ul', { class: 'chart-legend' });
  private readonly values: HTMLElement[] = [];
  private readonly table = h('table');
  private readonly details = h('details', { class: 'chart-table' });
  private readonly observer = new ResizeObserver(() => this.resize());
  private plot: uPlot | undefined;
  private marks: readonly { at: number; label: string }[] = [];

  constructor(readonly spec: ChartSpec) {
    const caption = h(
      'figcaption',
      {},
      h('span', { class: 'chart-title' }, spec.title),
      h('span', { class: 'hint' }, spec.about),
    );
    this.details.append(h('summary', {}, `Table: ${spec.title}`), this.table);
    this.element = h(
      'figure',
      { class: 'chart', 'data-chart': spec.id },
      caption,
      this.canvas,
      this.legend,
      this.details,
    );
    spec.lines.forEach(({ label }, i) => this.addLegend(label, i));
    this.observer.observe(this.canvas);
  }

  show(history: History, seconds: number, now = performance.now()): void {
    const points = pointsOf(this.spec, history.samples, now, seconds);
    this.marks = history.markers
      .map(({ at, label }) => ({ at: (at - now) / 1000, label }))
      .filter(({ at }) => at >= -seconds);
    this.values.forEach((element, i) => setText(element, valueText(points.values[i]?.at(-1), this.spec.unit)));
    if (this.details.open) fillTable(this.table, this.spec, points, this.marks);
    this.draw(points, seconds);
  }

  /** After a change of theme. */
  recolour(): void {
    this.plot?.destroy();
    this.plot = undefined;
  }

  dispose(): void {
    this.observer.disconnect();
    this.plot?.destroy();
    this.element.remove();
  }

  private addLegend(label: string, i: number): void {
    const value = h('span', { class: 'chart-value' });
    this.values.push(value);
    this.legend.append(
      h('li', { 'data-line': String(i % DASHES.length) }, h('span', { class: 'chart-key' }), label, value),
    );
  }

  private draw({ times, values }: Points, seconds: number): void {
    if (this.canvas.clientWidth === 0) return;
    const data = [times, ...values] as uPlot.AlignedData;
    this.plot ??= new uPlot(this.options(), data, this.canvas);
    this.plot.batch(() => {
      this.plot?.setData(data, false);
      this.plot?.setScale('x', { min: -seconds, max: 0 });
    });
  }

  private resize(): void {
    if (this.canvas.clientWidth > 0) this.plot?.setSize({ width: this.canvas.clientWidth, height: HEIGHT });
  }

  private options(): uPlot.Options {
    const { unit, lines } = this.spec;
    const muted = resolved(this.canvas, '--muted');
    const grid = { stroke: resolved(this.canvas, '--line'), width: 1 };
    const font = `11px ${colour('--sans')}`;
    const axis = { stroke: muted, font, grid, ticks: { show: false } };
    return {
      width: this.canvas.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 14, 0, 0],
      scales: { x: { time: false, auto: false }, y: { range: (_u, _min, max) => [0, ceilingOf(max, unit)] } },
      axes: [
        {
          ...axis,
          size: 20,
          gap: 2,
          values: (_u, ticks) => ticks.map((tick) => (tick === 0 ? 'now' : `${tick}\u202fs`)),
        },
        {
          ...axis,
          size: 46,
          gap: 4,
          values: (_u, ticks) =>
            ticks.map((tick) => (unit === 'B' || unit === 'B/s' ? valueText(tick, 'B') : short(tick))),
        },
      ],
      series: [
        {},
        ...lines.map(({ label }, i) => ({
          label,
          stroke: resolved(this.canvas, `--chart-${(i % DASHES.length) + 1}`),
          width: 1.5,
          dash: DASHES[i % DASHES.length] ?? [],
          points: { show: false },
          spanGaps: false,
        })),
      ],
      hooks: { draw: [(plot) => this.drawMarks(plot)] },
    };
  }

  private drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = resolved(this.canvas, '--warn');
    ctx.font = `${10 * devicePixelRatio}px ${colour('--sans')}`;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    this.marks.forEach(({ at, label }, i) => {
      const x = plot.valToPos(at, 'x', true);
      const right = x > bbox.left + bbox.width / 2;
      ctx.textAlign = right ? 'right' : 'left';
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      // One below the other, since switches are thrown in quick succession
      const line = (10 + 11 * (i % 4)) * devicePixelRatio;
      ctx.fillText(label, x + (right ? -4 : 4) * devicePixelRatio, bbox.top + line);
    });
    ctx.restore();
  }
}

/** A little room above the highest value; shares are of a hundred. */
function ceilingOf(max: number | null, unit: ChartSpec['unit']): number {
  if (unit === '%') return 100;
  return Math.max(max ?? 0, unit === 'MIPS' ? 1 : Number.MIN_VALUE) * 1.1 || 1;
}
