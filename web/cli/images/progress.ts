/**
 * Progress of a build as one number. A recipe tells how far its present phase is; the manifest tells how long each
 * phase takes. INVARIANT: the fraction never falls, and 1 comes only from `done`.
 */
export interface ImageProgress {
  readonly phase: string;
  /** Of the whole build, 0 to 1. */
  readonly fraction: number;
  readonly message: string;
}

/** A line that a recipe prints; see images/common/lib.sh. */
export type RecipeLine =
  | { readonly kind: 'progress'; readonly phase: string; readonly fraction: number; readonly message: string }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  | { readonly kind: 'other'; readonly text: string };

export function parseRecipeLine(line: string): RecipeLine {
  const progress = /^@progress (\S+) ([\d.]+) ?(.*)$/.exec(line);
  if (progress) {
    const [, phase = '', fraction = '', message = ''] = progress;
    return { kind: 'progress', phase, fraction: Number(fraction), message };
  }
  const error = /^@error (\S+) (.*)$/.exec(line);
  if (error) return { kind: 'error', code: error[1] ?? '', message: error[2] ?? '' };
  return { kind: 'other', text: line };
}

export class ProgressMeter {
  private readonly phases: Readonly<Record<string, number>>;
  private readonly report: (progress: ImageProgress) => void;
  private highest = 0;

  constructor(phases: Readonly<Record<string, number>>, report: (progress: ImageProgress) => void) {
    this.phases = phases;
    this.report = report;
  }

  /** `fraction` is of the phase. A phase that the manifest does not know moves nothing. */
  update(phase: string, fraction: number, message: string): void {
    const total = this.share(phase, fraction);
    // The last hundredth belongs to verifying and storing, which end with `done`.
    if (Number.isFinite(total)) this.highest = Math.max(this.highest, Math.min(total, 0.99));
    this.report({ phase, fraction: this.highest, message });
  }

  done(message: string): void {
    this.highest = 1;
    this.report({ phase: 'done', fraction: 1, message });
  }

  private share(phase: string, fraction: number): number {
    const entries = Object.entries(this.phases);
    const index = entries.findIndex(([name]) => name === phase);
    if (index < 0) return this.highest;
    const weight = (end: number) => entries.slice(0, end).reduce((sum, [, seconds]) => sum + seconds, 0);
    const inside = Math.min(Math.max(fraction, 0), 1) * (entries[index]?.[1] ?? 0);
    return (weight(index) + inside) / weight(entries.length);
  }
}
