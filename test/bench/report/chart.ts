/**
 * docs/performance.svg: how many times faster than v86's JIT, loop by loop and program by program on a logarithmic
 * scale, and the CPU seconds of the Linux boots.
 */
import { ENGINES } from '../engines.ts';
import type { EngineId } from '../job.ts';
import { enginesOf, meanRatio, ours, rowMedian, rowRatio } from '../results.ts';
import type { Results, RowResult } from '../results.ts';
import { number, ratio, rivals, shortName, timesNative } from './format.ts';
import { MARGIN, WIDTH, box, dot, line, picture, text } from './svg.ts';

const LEFT = 236;
const RIGHT = 752;
/** Right edges of the columns of ratios and of absolute values. */
const RATIOS = 836;
const ABSOLUTES = 908;
/** What lies beyond is drawn at the border. */
const [LOWEST, HIGHEST] = [0.05, 100];
const ROW = 26;
const BAR = 11;
const BAR_GAP = 14;

function titleOf(id: EngineId): string {
  return ENGINES.find((engine) => engine.id === id)?.title ?? id;
}

/** 0.1, 0.2, 0.5, 1, 2, 5, 10 … as far as the values go. */
function ticks(low: number, high: number): number[] {
  const all = [-2, -1, 0, 1, 2].flatMap((power) => [1, 2, 5].map((step) => Number((step * 10 ** power).toFixed(2))));
  const from = all.filter((tick) => tick <= low).at(-1) ?? 0.01;
  const to = all.find((tick) => tick >= high) ?? 500;
  return all.filter((tick) => tick >= from && tick <= to);
}

function legend(ids: readonly EngineId[], y: number): string {
  let x = MARGIN;
  return ids
    .map((id) => {
      const item = dot(x + 5, y - 4, 5, `var(--${id})`) + text(x + 16, y, titleOf(id), 'soft');
      x += 34 + titleOf(id).length * 6.6;
      return item;
    })
    .join('');
}

interface Panel {
  readonly title: string;
  readonly rows: readonly RowResult[];
  readonly ids: readonly EngineId[];
  readonly base: EngineId;
  readonly scale: (value: number) => number;
  /** The right-hand column. */
  readonly absolute: (row: RowResult) => string;
}

/** A lollipop from 1 to our value; the others as dots, those off the scale at its border. */
function ratioRow({ ids, base, scale, absolute }: Panel, row: RowResult, y: number): string {
  const us = ours(ids);
  const own = rowRatio(row, us, base);
  const parts = [text(LEFT - 14, y + 4, row.title, 'end')];
  if (own !== undefined) {
    const colour = `var(--${own < 1 ? 'lose' : us})`;
    parts.push(line(scale(1), y, scale(own), y, `stroke="${colour}" stroke-width="5" stroke-linecap="round"`));
    parts.push(dot(scale(own), y, 6.5, colour));
  }
  for (const id of ids) {
    const value = rowRatio(row, id, base);
    if (value !== undefined && id !== us && id !== base) parts.push(dot(scale(value), y, 4, `var(--${id})`));
  }
  parts.push(text(RATIOS, y + 4, own === undefined ? '' : ratio(own), 'value end'));
  parts.push(text(ABSOLUTES, y + 4, absolute(row), 'soft end'));
  return parts.join('');
}

function scaleOf(rows: readonly RowResult[], ids: readonly EngineId[], base: EngineId) {
  const values = rows
    .flatMap((row) => ids.map((id) => rowRatio(row, id, base)))
    .filter((value) => value !== undefined)
    .map((value) => Math.min(Math.max(value, LOWEST), HIGHEST));
  const marks = ticks(Math.min(...values, 1), Math.max(...values, 2));
  const [low, high] = [marks[0] ?? 1, marks.at(-1) ?? 10];
  const span = Math.log(high / low);
  const within = (value: number) => Math.min(Math.max(value, low), high);
  return { marks, scale: (value: number) => LEFT + (Math.log(within(value) / low) / span) * (RIGHT - LEFT) };
}

function ratioPanel(results: Results, title: string, all: readonly RowResult[], top: number, clock = 'CPU time') {
  const ids = enginesOf(results, all);
  const base = rivals(ids)[0];
  if (base === undefined) return { svg: '', height: 0 };
  const rows = all.filter((row) => rowMedian(row, base) !== undefined);
  const us = ours(ids);
  const { marks, scale } = scaleOf(rows, ids, base);
  const native = ids.includes('native');
  const absolute = (row: RowResult) =>
    native
      ? ratio(timesNative(rowRatio(row, us, 'native')))
      : `${number(rowMedian(row, us))}${row.unit === 'GB/s' ? ' GB/s' : ''}`;
  const panel: Panel = { title, rows, ids, base, scale, absolute };
  const begin = top + 64;
  const end = begin + rows.length * ROW;
  const mean = meanRatio(rows, us, base);
  const meanText = mean === undefined ? '' : ` ${titleOf(us)}’s geometric mean: ${ratio(mean)}.`;
  const band = (index: number) =>
    box(MARGIN - 12, begin + index * ROW, WIDTH - 2 * (MARGIN - 12), ROW, index % 2 ? 'none' : 'var(--band)');
  const grid = marks.map(
    (mark) =>
      line(scale(mark), begin - 8, scale(mark), end, `class="${mark === 1 ? 'base' : 'grid'}"`) +
      text(scale(mark), begin - 16, `${mark}×`, 'soft middle'),
  );
  const svg = [
    text(MARGIN, top, `${title}: times the speed of ${titleOf(base)}`, 'title'),
    text(MARGIN, top + 20, `By ${clock}; logarithmic; right is faster.${meanText}`, 'soft'),
    text(RATIOS, begin - 16, shortName(us), 'soft end'),
    text(ABSOLUTES, begin - 16, native ? 'native = 1' : (rows[0]?.unit ?? ''), 'soft end'),
    ...rows.map((_, index) => band(index)),
    ...grid,
    ...rows.map((row, index) => ratioRow(panel, row, begin + index * ROW + ROW / 2)),
  ];
  return { svg: svg.join('\n'), height: end - top };
}

function bootRow(row: RowResult, ids: readonly EngineId[], top: number, scale: (value: number) => number): string {
  const middle = top + (ids.length * BAR_GAP) / 2;
  const parts = [text(LEFT - 14, middle + 3, row.title.replace(/, .*/, ''), 'end')];
  parts.push(text(LEFT - 14, middle + 19, row.title.replace(/^[^,]*, /, ''), 'soft end'));
  ids.forEach((id, index) => {
    const value = rowMedian(row, id);
    if (value === undefined) return;
    const y = top + index * BAR_GAP;
    const width = Math.max(scale(value) - LEFT, 2);
    parts.push(box(LEFT, y, width, BAR, `var(--${id})`));
    parts.push(text(LEFT + width + 8, y + BAR - 1, `${number(value)} s`, id === ours(ids) ? 'value' : 'soft'));
  });
  return parts.join('');
}

function bootPanel(results: Results, top: number) {
  const ids = enginesOf(results, results.boots);
  const values = results.boots.flatMap((row) => ids.map((id) => rowMedian(row, id) ?? 0));
  const scale = (value: number) => LEFT + (value / Math.max(...values, 1)) * (RIGHT - LEFT);
  const begin = top + 44;
  const height = ids.length * BAR_GAP + 18;
  const svg = [
    text(MARGIN, top, 'Linux to the shell prompt: CPU seconds', 'title'),
    text(MARGIN, top + 20, 'From power-on; shorter is better. The bzImage unpacks itself inside the guest.', 'soft'),
    ...results.boots.map((row, index) => bootRow(row, ids, begin + index * height, scale)),
  ];
  return { svg: svg.join('\n'), height: begin - top + results.boots.length * height };
}

export function chart(results: Results): string {
  const ids = results.engines.map(({ id }) => id);
  const parts: string[] = [legend(ids, MARGIN + 6)];
  let y = MARGIN + 46;
  const add = (panel: { svg: string; height: number }) => {
    parts.push(panel.svg);
    y += panel.height && panel.height + 52;
  };
  if (results.loops.length) add(ratioPanel(results, 'Loops', results.loops, y));
  if (results.programs.length) add(ratioPanel(results, 'Programs under Linux', results.programs, y));
  if (results.boots.length) add(bootPanel(results, y));
  if (results.browser.length)
    add(ratioPanel(results, 'Loops in Chromium', results.browser, y, 'the clock on the wall'));
  const versions = results.engines.map(({ title, version }) => `${title} ${version}`).join('   ·   ');
  parts.push(text(MARGIN, y - 16, `${results.date.slice(0, 10)}   ·   ${results.host}`, 'soft'));
  parts.push(text(MARGIN, y + 2, versions, 'soft'));
  return picture('Benchmark results', y + 22, parts);
}
