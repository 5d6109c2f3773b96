/** docs/performance-time.svg: shares of guest time as nested boxes, the whole on top, functions below; and by tier. */
import type { Counter } from '../../../web/machine/index.ts';
import { number } from '../report/format.ts';
import { MARGIN, WIDTH, box, picture, text } from '../report/svg.ts';
import type { Share } from './shares.ts';

export interface Tier {
  readonly name: string;
  readonly instructions: number;
}

export interface Profile {
  readonly root: Share;
  readonly samples: number;
  readonly instructions: number;
  readonly tiers: readonly Tier[];
  /** What the core counted meanwhile. */
  readonly counters: readonly Pick<Counter, 'name' | 'value' | 'unit'>[];
}

const INNER = WIDTH - 2 * MARGIN;
const HEIGHT = 26;
const GAP = 2;
/** Of one character, about. */
const CHARACTER = 7.2;
/** Functions named in the list below. */
const LISTED = 24;
const COLUMNS = 2;

const percent = (part: number, whole: number) => `${number((100 * part) / whole)} %`;
const COLOURS = ['var(--kernel)', 'var(--user)', 'var(--idle)'];

function labelled(x: number, y: number, width: number, colour: string, name: string, tip: string): string {
  const letters = Math.floor((width - 10) / CHARACTER);
  const label = name.length <= letters ? name : letters > 4 ? `${name.slice(0, letters - 1)}…` : '';
  return box(x, y, width - 1, HEIGHT - GAP, colour, tip) + (label ? text(x + 5, y + 16, label) : '');
}

function nested(share: Share, x: number, y: number, whole: number, colour: string): string[] {
  const width = (share.milliseconds / whole) * INNER;
  const tip = `${share.name}: ${percent(share.milliseconds, whole)}, ${number(share.milliseconds)} ms`;
  const own = labelled(x, y, width, colour, `${share.name}  ${percent(share.milliseconds, whole)}`, tip);
  let left = x;
  const parts = share.parts.flatMap((part) => {
    const inner = nested(part, left, y + HEIGHT, whole, colourOf(part, colour));
    left += (part.milliseconds / whole) * INNER;
    return inner;
  });
  return [own, ...parts];
}

function colourOf({ name }: Share, inherited: string): string {
  return name === 'user' ? 'var(--user)' : name === 'kernel' ? 'var(--kernel)' : inherited;
}

function tierBar(tiers: readonly Tier[], y: number): string[] {
  const whole = tiers.reduce((sum, { instructions }) => sum + instructions, 0);
  let left = MARGIN;
  return tiers.map(({ name, instructions }, index) => {
    const width = (instructions / whole) * INNER;
    const share = percent(instructions, whole);
    const bar = labelled(left, y, width, COLOURS[index % 3] ?? '', `${name}  ${share}`, `${name}: ${share}`);
    left += width;
    return bar;
  });
}

function list(root: Share, y: number): { svg: string[]; height: number } {
  const all = root.parts.flatMap(({ parts, name }) => parts.map((part) => ({ ...part, where: name })));
  const top = all.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, LISTED);
  const rows = Math.ceil(top.length / COLUMNS);
  const svg = top.map(({ name, milliseconds, where }, index) => {
    const x = MARGIN + Math.floor(index / rows) * (INNER / COLUMNS);
    const at = y + (index % rows) * 20;
    const share = percent(milliseconds, root.milliseconds);
    return text(x + 60, at, share, 'value end') + text(x + 72, at, name) + text(x + 400, at, where, 'soft end');
  });
  return { svg, height: rows * 20 };
}

function counterList(counters: Profile['counters'], y: number): { svg: string[]; height: number } {
  const counted = counters.filter(({ value }) => value !== 0);
  const rows = Math.ceil(counted.length / COLUMNS);
  const svg = counted.map(({ name, value, unit }, index) => {
    const x = MARGIN + Math.floor(index / rows) * (INNER / COLUMNS);
    const at = y + (index % rows) * 20;
    const amount = value.toLocaleString('en-US');
    return text(x + 120, at, amount, 'value end') + text(x + 132, at, name) + text(x + 400, at, unit, 'soft end');
  });
  return { svg, height: rows * 20 };
}

export function flame({ root, samples, instructions, tiers, counters }: Profile): string {
  const parts = [
    text(MARGIN, 40, `Where guest time goes: ${root.name}`, 'title'),
    text(
      ...[MARGIN, 60],
      `${number(root.milliseconds)} ms, ${number(instructions / 1e6)} million instructions, ${samples} samples`,
      'soft',
    ),
    ...nested({ ...root, name: 'guest time' }, MARGIN, 78, root.milliseconds, 'var(--band)'),
  ];
  let y = 78 + 3 * HEIGHT + 26;
  if (tiers.length) {
    parts.push(text(MARGIN, y, 'Instructions by tier', 'title'), ...tierBar(tiers, y + 12));
    y += HEIGHT + 42;
  }
  const functions = list(root, y);
  parts.push(...functions.svg);
  y += functions.height;
  if (counters.some(({ value }) => value !== 0)) {
    const counted = counterList(counters, y + 50);
    parts.push(text(MARGIN, y + 22, 'What the translator counted', 'title'), ...counted.svg);
    y += 50 + counted.height;
  }
  return picture('Where guest time goes', y + 10, parts);
}
