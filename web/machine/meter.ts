/** Speed and load over the last second, from totals that only grow. */

interface Sample {
  readonly at: number;
  readonly instructions: number;
  readonly busy: number;
}
const WINDOW_MS = 1000;
/** Samples closer together than this are not worth keeping. */
const SPACING_MS = 50;

export class Meter {
  private samples: Sample[] = [];

  /** Forgets everything: the machine was off or paused. */
  restart(at: number, instructions: number, busy: number): void {
    this.samples = [{ at, instructions, busy }];
  }
  /** Times in ms; `busy` is the time spent executing so far. */
  rates(at: number, instructions: number, busy: number): { mips: number; share: number } {
    while ((this.samples[1]?.at ?? Infinity) <= at - WINDOW_MS) this.samples.shift();
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!last || at - last.at >= SPACING_MS) this.samples.push({ at, instructions, busy });
    if (!first || at <= first.at) return { mips: 0, share: 0 };
    const ms = at - first.at;
    return {
      mips: (instructions - first.instructions) / ms / 1000,
      share: Math.min(1, (busy - first.busy) / ms),
    };
  }
}
