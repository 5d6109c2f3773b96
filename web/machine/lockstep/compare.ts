/** Compares the same areas of two cores' memories, word by word. */
import type { Core } from '../core.ts';
import type { LockstepDifference } from '../types.ts';
import type { Area } from './areas.ts';
import { type Field, namedFields, plainField } from './fields.ts';

/** Differences in a report. */
const LIMIT = 40;

export interface Found {
  readonly differences: LockstepDifference[];
  /** There are so many more. */
  more: number;
}

export class Comparison {
  private readonly core: Core;
  private readonly ours: Int32Array;
  private readonly theirs: Int32Array;

  constructor(interpreter: Core, translator: Core) {
    this.core = interpreter;
    this.ours = new Int32Array(interpreter.memory.buffer);
    this.theirs = new Int32Array(translator.memory.buffer);
  }
  /** The one that has to be quick. */
  equal(areas: readonly Area[]): boolean {
    for (const { from, to } of areas) if (!this.same(from >> 2, to >> 2)) return false;
    return true;
  }
  /** The differences in `areas`, the first ones with names and values. */
  find(areas: readonly Area[]): Found {
    const found: Found = { differences: [], more: 0 };
    const names = namedFields(this.core);
    const seen = new Set<number>();
    for (const area of areas) {
      for (let word = area.from >> 2; word < area.to >> 2; word++) {
        if (this.ours[word] === this.theirs[word]) continue;
        const field = names.get(word * 4) ?? plainField(area, word * 4);
        if (seen.has(field.at)) continue;
        if (found.differences.length >= LIMIT) {
          found.more++;
          continue;
        }
        seen.add(field.at);
        found.differences.push(this.describe(field));
      }
    }
    return found;
  }

  private same(from: number, to: number): boolean {
    const { ours, theirs } = this;
    for (let word = from; word < to; word++) if (ours[word] !== theirs[word]) return false;
    return true;
  }
  private describe({ what, at, size }: Field): LockstepDifference {
    return { what, interpreter: valueAt(this.ours, at, size), translator: valueAt(this.theirs, at, size) };
  }
}
function valueAt(words: Int32Array, at: number, size: 4 | 8): bigint {
  const low = BigInt((words[at >> 2] ?? 0) >>> 0);
  return size === 4 ? low : (BigInt((words[(at >> 2) + 1] ?? 0) >>> 0) << 32n) | low;
}
