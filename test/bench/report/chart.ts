/**
 * docs/benchmarks.svg: each loop's speed relative to v86's interpreter on a logarithmic scale, and the CPU seconds of
 * the Linux boots. Drawn by hand so that it needs no library and follows the reader's light or dark scheme.
 */
import { ENGINES } from '../engines.ts';
import type { EngineId } from '../job.ts';
import { bootMedian, loopMedian, loopRatio, meanRatio } from '../results.ts';
import type { BootResult, LoopResult, Results } from '../results.ts';
import { BASE, OURS, number, ratio } from './format.ts';

const WIDTH = 920;
const LEFT = 236;
const RIGHT = 752;
/** Right edges of the columns of ratios and of absolute values. */
const RATIOS = 836;
const ABSOLUTES = 908;
/** Slower than this is drawn at the border: only others get there. */
const LOWEST = 0.2;
const ROW = 26;
const BAR = 11;
const BAR_GAP = 14;
const MARGIN = 28;

const STYLE = `
  svg { --ink: #1f2328; --soft: #59636e; --faint: #d1d9e0; --paper: #ffffff; --band: #f6f8fa;
        --domzero: #0f62fe; --lose: #da1e28; --v86-interpreter: #8a919a; --v86: #ff832b; --qemu: #8a3ffc; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #f0f6fc; --soft: #9198a1; --faint: #3d444d; --paper: #0d1117; --band: #151b23;
          --domzero: #4589ff; --lose: #ff6b70; --v86-interpreter: #868d96; --v86: #ff9d57; --qemu: #be95ff; } }
  text { font: 13px ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 650; } .soft { fill: var(--soft); font-size: 12px; }
  .value { font-variant-numeric: tabular-nums; font-weight: 600; } .end { text-anchor: end; } .middle { text-anchor: middle; }
  .grid { stroke: var(--faint); stroke-width: 1; } .base { stroke: var(--v86-interpreter); stroke-width: 2; }
`;

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

function text(x: number, y: number, content: string, classes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${classes ? ` class="${classes}"` : ''}>${escape(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, attributes: string): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" ${attributes}/>`;
}

function titleOf(id: EngineId): string {
  return ENGINES.find((engine) => engine.id === id)?.title ?? id;
}

/** 0.1, 0.2, 0.5, 1, 2, 5, 10 … as far as the values go. */
function ticks(low: number, high: number): number[] {
  const all = [-2, -1, 0, 1, 2, 3].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
  const from = all.filter((tick) => tick <= low).at(-1) ?? 0.01;
  const to = all.find((tick) => tick >= high) ?? 5000;
  return all.filter((tick) => tick >= from && tick <= to);
}

function legend(ids: EngineId[], y: number): string {
  let x = MARGIN;
  return ids
    .map((id) => {
      const item = `<circle cx="${x + 5}" cy="${y - 4}" r="5" fill="var(--${id})"/>${text(x + 16, y, titleOf(id), 'soft')}`;
      x += 34 + titleOf(id).length * 6.6;
      return item;
    })
    .join('');
}

function dot(x: number, y: number, radius: number, colour: string): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y}" r="${radius}" fill="${colour}"/>`;
}

/** Beyond the left border. */
function arrow(y: number, id: EngineId): string {
  return `<path d="M${LEFT - 4} ${y} l9 -5 v10 z" fill="var(--${id})"/>`;
}

/** A lollipop from 1 to our value; the others as dots. */
function loopRow(row: LoopResult, ids: EngineId[], y: number, scale: (value: number) => number): string {
  const ours = loopRatio(row, OURS, BASE);
  const unit = row.unit === 'MIPS' ? '' : ` ${row.unit}`;
  const others: string[] = [];
  const parts = [text(LEFT - 14, y + 4, row.title, 'end')];
  for (const id of ids) {
    const value = loopRatio(row, id, BASE);
    if (value === undefined || id === OURS || id === BASE) continue;
    others.push(value < LOWEST ? arrow(y, id) : dot(scale(value), y, 4, `var(--${id})`));
  }
  if (ours !== undefined) {
    const colour = `var(--${ours < 1 ? 'lose' : OURS})`;
    parts.push(line(scale(1), y, scale(ours), y, `stroke="${colour}" stroke-width="5" stroke-linecap="round"`));
    parts.push(dot(scale(ours), y, 6.5, colour));
  }
  parts.push(text(RATIOS, y + 4, ours === undefined ? '' : ratio(ours), 'value end'));
  parts.push(text(ABSOLUTES, y + 4, `${number(loopMedian(row, ours === undefined ? BASE : OURS))}${unit}`, 'soft end'));
  return [...parts, ...others].join('');
}

function loopPanel(results: Results, ids: EngineId[], top: number): { svg: string; height: number } {
  const rows = results.loops.filter((row) => loopMedian(row, BASE) !== undefined);
  const values = rows.flatMap((row) =>
    ids.map((id) => loopRatio(row, id, BASE)).filter((value) => value !== undefined),
  );
  const marks = ticks(Math.max(Math.min(...values, 1), LOWEST), Math.max(...values, 2));
  const [low, high] = [Math.log(marks[0] ?? 1), Math.log(marks.at(-1) ?? 10)];
  const scale = (value: number) => LEFT + ((Math.log(value) - low) / (high - low)) * (RIGHT - LEFT);
  const begin = top + 64;
  const end = begin + rows.length * ROW;
  const mean = meanRatio(results, OURS, BASE);
  const meanText = mean === undefined ? '' : ` DomZero's geometric mean: ${ratio(mean)}.`;
  const grid = marks.map(
    (mark) =>
      line(scale(mark), begin - 8, scale(mark), end, `class="${mark === 1 ? 'base' : 'grid'}"`) +
      text(scale(mark), begin - 16, `${mark}×`, 'soft middle'),
  );
  const bands = rows.map((_, index) =>
    index % 2
      ? ''
      : `<rect x="${MARGIN - 12}" y="${begin + index * ROW}" width="${WIDTH - 2 * (MARGIN - 12)}" height="${ROW}" rx="4" fill="var(--band)"/>`,
  );
  const svg = [
    text(MARGIN, top, 'Loops: times the speed of v86’s interpreter', 'title'),
    text(MARGIN, top + 20, `Guest instructions per CPU second; logarithmic; right is faster.${meanText}`, 'soft'),
    text(RATIOS, begin - 16, 'DomZero', 'soft end'),
    text(ABSOLUTES, begin - 16, 'MIPS', 'soft end'),
    ...bands,
    ...grid,
    ...rows.map((row, index) => loopRow(row, ids, begin + index * ROW + ROW / 2, scale)),
  ];
  return { svg: svg.join('\n'), height: end - top };
}

function bootRow(row: BootResult, ids: EngineId[], top: number, scale: (value: number) => number): string {
  const parts = [text(LEFT - 14, top + (ids.length * BAR_GAP) / 2 + 3, row.title.replace(/, .*/, ''), 'end')];
  parts.push(text(LEFT - 14, top + (ids.length * BAR_GAP) / 2 + 19, row.title.replace(/^[^,]*, /, ''), 'soft end'));
  ids.forEach((id, index) => {
    const value = bootMedian(row, id);
    if (value === undefined) return;
    const y = top + index * BAR_GAP;
    const width = Math.max(scale(value) - LEFT, 2);
    parts.push(`<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3" fill="var(--${id})"/>`);
    parts.push(text(LEFT + width + 8, y + BAR - 1, `${number(value)} s`, id === OURS ? 'value' : 'soft'));
  });
  return parts.join('');
}

function bootPanel(results: Results, ids: EngineId[], top: number): { svg: string; height: number } {
  const values = results.boots.flatMap((row) => ids.map((id) => bootMedian(row, id) ?? 0));
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
  const panels: string[] = [legend(ids, MARGIN + 6)];
  let y = MARGIN + 46;
  if (results.loops.length) {
    const panel = loopPanel(results, ids, y);
    panels.push(panel.svg);
    y += panel.height + 52;
  }
  if (results.boots.length) {
    const panel = bootPanel(results, ids, y);
    panels.push(panel.svg);
    y += panel.height;
  }
  const versions = results.engines.map(({ title, version }) => `${title} ${version}`).join('   ·   ');
  panels.push(text(MARGIN, y + 18, `${results.date.slice(0, 10)}   ·   ${results.host}`, 'soft'));
  panels.push(text(MARGIN, y + 36, versions, 'soft'));
  const height = y + 54;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Benchmark results">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" rx="10" fill="var(--paper)"/>
${panels.join('\n')}
</svg>
`;
}
