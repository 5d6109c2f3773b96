/** A chart's values as people read them. */
import * as format from '../format.ts';
import type { ChartSpec } from './series.ts';

export function valueText(value: number | null | undefined, unit: ChartSpec['unit']): string {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'MIPS':
      return format.mips(value);
    case '%':
      return format.percent(value / 100);
    case 'B':
      return format.bytes(value);
    case 'B/s':
      return `${format.bytes(value)}/s`;
    default:
      return `${short(value)}${unit === '/s' ? '' : '\u202f'}${unit}`;
  }
}

/** 1234567 as 1.2M: there is little room at an axis. */
export function short(value: number): string {
  const steps: [number, string][] = [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  for (const [size, name] of steps)
    if (value >= size) return `${(value / size).toPrecision(value / size < 10 ? 2 : 3)}${name}`;
  return value >= 10 || value === 0 ? value.toFixed(0) : value.toPrecision(2);
}
