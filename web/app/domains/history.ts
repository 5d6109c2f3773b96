/** The last minutes of a machine: what it reported, what went through its terminal, and when a switch was thrown. */
import type { Statistics } from '../../client/index.ts';

/** Ten minutes of two reports a second. */
const SAMPLES = 1200;

export interface Sample {
  /** Milliseconds since the page was opened. */
  readonly at: number;
  readonly statistics: Statistics;
  /** Bytes on serial lines so far. */
  readonly received: number;
  readonly sent: number;
}

export interface Marker {
  readonly at: number;
  readonly label: string;
}

export class History {
  readonly samples: Sample[] = [];
  readonly markers: Marker[] = [];
  received = 0;
  sent = 0;

  push(statistics: Statistics, at = performance.now()): void {
    const { received, sent } = this;
    this.samples.push({ at, statistics, received, sent });
    if (this.samples.length > SAMPLES) this.samples.shift();
    const oldest = this.samples[0]?.at ?? 0;
    while (this.markers[0] && this.markers[0].at < oldest) this.markers.shift();
  }

  mark(label: string, at = performance.now()): void {
    this.markers.push({ at, label });
  }
}
