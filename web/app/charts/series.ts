/**
 * From what a machine reported to the lines of its charts. Which counters there are, their units and meanings say the
 * machine (counters()); here stands only how they are put together.
 */
import type { Counter } from '../../client/index.ts';
import type { Sample } from '../domains/history.ts';

export interface Line {
  readonly label: string;
  /** The value between two reports; null when there is none (a reset came in between, or nothing ran). */
  readonly of: (now: Sample, before: Sample) => number | null;
}

export interface ChartSpec {
  readonly id: string;
  readonly title: string;
  readonly unit: 'MIPS' | '%' | 'ms/s' | '/s' | 'B/s' | 'B' | '';
  readonly about: string;
  readonly lines: readonly Line[];
}

/** The standard charts that can be drawn from these counters. */
export function chartsOf(counters: readonly Counter[]): ChartSpec[] {
  const named = (test: (name: string) => boolean) => counters.filter(({ name }) => test(name));
  const exits = named((name) => name.startsWith('exits-'));
  const tlb = named((name) => name.includes('tlb'));
  const ports = named((name) => /^(pio|mmio|io|port)-/.test(name));
  const bytes = counters.filter(({ unit }) => unit === 'bytes');
  const charts: ChartSpec[] = [
    speed,
    tiers(counters),
    compiling,
    {
      id: 'exits',
      title: 'Exits by reason',
      unit: '/s',
      about: 'How often translated code gives control back.',
      lines: exits.map((counter) => rate(counter, counter.name.slice('exits-'.length))),
    },
    {
      id: 'tlb',
      title: 'TLB misses',
      unit: '/s',
      about: 'Looking up the guest’s page tables.',
      lines: tlb.map((counter) => rate(counter)),
    },
    {
      id: 'io',
      title: 'I/O',
      unit: 'B/s',
      about: 'Bytes on the serial lines.',
      lines: [
        perSecond('from the guest', (s) => s.received),
        perSecond('to the guest', (s) => s.sent),
        ...ports.map((counter) => rate(counter)),
      ],
    },
    {
      id: 'memory',
      title: 'Memory',
      unit: 'B',
      about: 'Guest RAM, and the code that was made.',
      lines: [{ label: 'guest RAM', of: (now) => now.statistics.memory }, ...bytes.map((counter) => level(counter))],
    },
  ];
  return charts.filter(({ lines }) => lines.length > 0);
}

/** A chart of any one counter. */
export function chartOf(counter: Counter): ChartSpec {
  const about = `${counter.description}, per second`;
  return { id: 'other', title: counter.name, unit: '/s', about, lines: [rate(counter)] };
}

const speed: ChartSpec = {
  id: 'mips',
  title: 'Guest speed',
  unit: 'MIPS',
  about: 'Million guest instructions a second; near 0 while the guest sleeps.',
  lines: [{ label: 'guest', of: (now) => now.statistics.mips }],
};

const compiling: ChartSpec = {
  id: 'compile',
  title: 'Compiling',
  unit: 'ms/s',
  about: 'Host time to compile and link translated code.',
  lines: [perSecond('compile', (s) => s.statistics.compileMs)],
};

/** Two tiers execute a guest: what was translated, and the interpreter the rest. */
function tiers(counters: readonly Counter[]): ChartSpec {
  const executed = counters.some(({ name }) => name === 'translated-executed');
  const translated = (now: Sample, before: Sample): number | null => {
    const all = now.statistics.instructions - before.statistics.instructions;
    const some = counter(now, 'translated-executed') - counter(before, 'translated-executed');
    return all > 0 && some >= 0 ? Math.min(100, (100 * some) / all) : null;
  };
  const rest = (now: Sample, before: Sample): number | null => {
    const share = translated(now, before);
    return share === null ? null : 100 - share;
  };
  const lines = [
    { label: 'translated', of: translated },
    { label: 'interpreted', of: rest },
  ];
  const about = 'Which tier executed the guest’s instructions.';
  return { id: 'tiers', title: 'Instructions by tier', unit: '%', about, lines: executed ? lines : [] };
}

const counter = (sample: Sample, name: string): number => sample.statistics.counters[name] ?? 0;

function rate({ name }: Counter, label = name): Line {
  return perSecond(label, (sample) => counter(sample, name));
}

function level({ name }: Counter): Line {
  return { label: name, of: (now) => counter(now, name) };
}

/** How fast a total grows. */
function perSecond(label: string, total: (sample: Sample) => number): Line {
  return {
    label,
    of: (now, before) => {
      const grown = total(now) - total(before);
      const seconds = (now.at - before.at) / 1000;
      return grown >= 0 && seconds > 0 ? grown / seconds : null;
    },
  };
}

export interface Points {
  /** Seconds before now, so negative, growing. */
  readonly times: number[];
  /** One list for each line. */
  readonly values: (number | null)[][];
}

/** The last `seconds` of a chart. */
export function pointsOf({ lines }: ChartSpec, samples: readonly Sample[], now: number, seconds: number): Points {
  const first = samples.findIndex(({ at }) => at >= now - seconds * 1000);
  const times: number[] = [];
  const values: (number | null)[][] = lines.map(() => []);
  for (let i = Math.max(1, first); first >= 0 && i < samples.length; i++) {
    const [before, sample] = [samples[i - 1], samples[i]];
    if (!before || !sample || sample.at <= before.at) continue;
    times.push((sample.at - now) / 1000);
    lines.forEach((line, n) => values[n]?.push(line.of(sample, before)));
  }
  return { times, values };
}
