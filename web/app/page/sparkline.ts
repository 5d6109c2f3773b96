/** The last half minute of a figure as a line of 60 steps, scaled to its own maximum. */
const steps = 60;
const height = 16;

export class Sparkline {
  constructor(private readonly svg: SVGSVGElement) {}

  show(all: readonly number[]): void {
    const values = all.slice(-(steps + 1));
    const line = path(values);
    this.svg.querySelector('.spark-line')?.setAttribute('d', line);
    const start = steps + 1 - values.length;
    this.svg.querySelector('.spark-area')?.setAttribute('d', line && `${line}V${height}H${start}Z`);
  }
}

/** The newest value stands at the right edge. One value is a point and draws nothing. */
export function path(values: readonly number[]): string {
  if (values.length < 2) return '';
  const most = Math.max(...values, 1);
  const points = values.map((value, i) => {
    const y = height - 1 - (value / most) * (height - 3);
    return `${steps + 1 - values.length + i},${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
