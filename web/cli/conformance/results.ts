/** Counts of passed, failed and skipped vectors by file and by encoding, with examples of the failures. */

export interface Failure {
  file: string;
  index: number;
  /** Code bytes in hexadecimal, and the instruction's name where the file gives one. */
  what: string;
  differences: string[];
}
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}
/** Expected failures: file, encoding, how many and why. The list may only shrink. */
export type Expected = Record<string, Record<string, { count: number; reason: string }>>;

const EXAMPLES = 20;

export class Results {
  readonly byFile = new Map<string, Counts>();
  /** By "file encoding", so that files can be judged one by one. */
  private readonly byEncoding = new Map<string, Map<string, Counts>>();
  /** By file: vectors whose instruction ran in translated code. */
  readonly translatedIn = new Map<string, number>();
  readonly skippedFor = new Map<string, number>();
  readonly failures: Failure[] = [];
  private readonly examples = new Map<string, number>();

  pass(file: string, encoding: string): void {
    this.counts(file, encoding).forEach((c) => c.passed++);
  }
  skip(file: string, encoding: string, reason: string): void {
    this.counts(file, encoding).forEach((c) => c.skipped++);
    this.skippedFor.set(reason, (this.skippedFor.get(reason) ?? 0) + 1);
  }
  translated(file: string): void {
    this.translatedIn.set(file, (this.translatedIn.get(file) ?? 0) + 1);
  }
  fail(encoding: string, failure: Failure): void {
    this.counts(failure.file, encoding).forEach((c) => c.failed++);
    const key = `${failure.file} ${encoding}`;
    const seen = (this.examples.get(key) ?? 0) + 1;
    this.examples.set(key, seen);
    if (seen <= EXAMPLES) this.failures.push(failure);
  }
  private counts(file: string, encoding: string): Counts[] {
    const encodings = getOrAdd(this.byEncoding, file, () => new Map<string, Counts>());
    return [getOrAdd(this.byFile, file, zero), getOrAdd(encodings, encoding, zero)];
  }

  get total(): Counts {
    return sum(this.byFile.values());
  }
  /** Counts by encoding over all files whose name matches. */
  encodings(file?: string): Map<string, Counts> {
    const merged = new Map<string, Counts>();
    for (const [name, encodings] of this.byEncoding) {
      if (file !== undefined && name !== file) continue;
      for (const [encoding, counts] of encodings) {
        merged.set(encoding, sum([merged.get(encoding) ?? zero(), counts]));
      }
    }
    return merged;
  }

  /** What contradicts the list of expected failures: failures above it, and entries that have become too pessimistic. */
  surprises(expected: Expected, files: Iterable<string> = this.byFile.keys()): string[] {
    const out: string[] = [];
    for (const file of files) {
      const listed = expected[file] ?? {};
      const encodings = this.encodings(file);
      for (const encoding of new Set([...encodings.keys(), ...Object.keys(listed)])) {
        const failed = encodings.get(encoding)?.failed ?? 0;
        const allowed = listed[encoding]?.count ?? 0;
        if (failed > allowed) out.push(`${file}: ${encoding}: ${failed} failed, ${allowed} expected`);
        if (failed < allowed)
          out.push(`${file}: ${encoding}: only ${failed} of ${allowed} expected failures: shrink the list`);
      }
    }
    return out;
  }

  toJSON(): object {
    return {
      total: this.total,
      files: Object.fromEntries(this.byFile),
      encodings: Object.fromEntries([...this.encodings()].sort()),
      translatedIn: Object.fromEntries(this.translatedIn),
      skippedFor: Object.fromEntries(this.skippedFor),
      failures: this.failures,
    };
  }
}

function zero(): Counts {
  return { passed: 0, failed: 0, skipped: 0 };
}
function sum(all: Iterable<Counts>): Counts {
  const total = zero();
  for (const { passed, failed, skipped } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}
function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

/** Lines of a table: a name, then the counts. Rows without failures are left out unless `all`. */
export function table(title: string, rows: ReadonlyMap<string, Counts>, all: boolean): string[] {
  const shown = [...rows].filter(([, counts]) => all || counts.failed > 0).sort(([a], [b]) => a.localeCompare(b));
  if (!shown.length) return [];
  const width = Math.max(title.length, ...shown.map(([name]) => name.length));
  const line = (name: string, ...cells: (string | number)[]): string =>
    `${name.padEnd(width)} ${cells.map((cell) => String(cell).padStart(8)).join(' ')}`;
  return [
    line(title, 'passed', 'failed', 'skipped'),
    ...shown.map(([name, { passed, failed, skipped }]) => line(name, passed, failed, skipped)),
  ];
}
