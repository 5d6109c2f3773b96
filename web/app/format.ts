/** Numbers as people read them. A narrow no-break space stands before a unit. */

const space = '\u202f';

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024;
    unit++;
  }
  const digits = count < 10 && unit > 0 && !Number.isInteger(count) ? 1 : 0;
  return `${count.toFixed(digits)}${space}${units[unit] ?? ''}`;
}

/** 0:07, 12:34, 1:02:03 */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

export function mips(value: number): string {
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1)}${space}MIPS`;
}

/** A share of one core; small ones keep a digit, since an idle guest is meant to stay under 3 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)}${space}%`;
}

/** 1234567 as 1.23 million */
export function count(value: number): string {
  const steps: [number, string][] = [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
  ];
  for (const [size, name] of steps) if (value >= size) return `${(value / size).toPrecision(3)}${space}${name}`;
  return value.toFixed(0);
}

const AGO: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** 5 minutes ago, yesterday */
export function ago(then: Date, now: Date): string {
  const seconds = (now.valueOf() - then.valueOf()) / 1000;
  const [unit, length] = AGO.find(([, size]) => seconds >= size) ?? [];
  if (unit === undefined || length === undefined) return 'just now';
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-Math.floor(seconds / length), unit);
}

/** What failed, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
