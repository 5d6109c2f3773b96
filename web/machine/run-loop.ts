/**
 * Runs the core in slices of a few milliseconds and lets the host's events in between. An idle guest sleeps: until its
 * next timer, or until somebody wakes it. With idle skipping off the core says Waiting instead, and is called again.
 *
 * Guest time is the time that this loop has been running: it stands still while paused. A limit on the share of the host
 * makes the loop rest between slices; guest time goes on meanwhile, as it does for a processor that others use too.
 */
import { type CoreFunctions, RunStatus } from './core.ts';
import type { Host } from './host.ts';

/** A message waits at most about this long. */
const SLICE_MS = 3;
const BUDGET_FIRST = 100_000;
const BUDGET_MIN = 2_000;
/** About 3 ms at 10,000 million instructions a second: more than any tier reaches. */
const BUDGET_MAX = 30_000_000;
/** With the instruction clock slices have a fixed length, so that input and output meet the guest at the same instruction each time. */
const BUDGET_FIXED = 100_000;
/** A slice goes on after these. */
const INTERRUPTED: ReadonlySet<number> = new Set([RunStatus.Link, RunStatus.Waiting]);
const NS_PER_MS = 1e6;
/** A limited loop may catch up on so much of what timers made it rest too long, or of having slept. */
const CREDIT_MS = 20;

/** Of the core, what the loop needs. */
export type RunnableCore = Pick<CoreFunctions, 'run' | 'instructions' | 'nextDeadline'>;

export interface RunLoopListener {
  /** In the middle of a slice: translated code waits to be linked. */
  link(): void;
  /** After each slice: the place to look after consoles and traces. */
  afterSlice(): void;
  /** The guest asks for a reset. True: it has been done, go on. */
  reset(): boolean;
  /** Not running any more. */
  ended(status: number): void;
  /** The core trapped. Not running any more. */
  crashed(error: unknown): void;
}

/** Where a machine that was restored goes on. */
export interface RunLoopStart {
  readonly guestMs: number;
  readonly rest: number;
}

export class RunLoop {
  private readonly core: RunnableCore;
  private readonly host: Host;
  private readonly virtual: boolean;
  private readonly listener: RunLoopListener;
  private budget: number;
  /** Of a slice that linking or a wait has interrupted: the instructions that it still has. */
  private rest: number;
  /** Guest time when the loop was made, ms: of a machine that was restored. */
  private readonly origin: number;
  private running = false;
  /** A slice is on its way; the number tells a stale one from ours. */
  private pending = false;
  private generation = 0;
  private cancelTimer: (() => void) | undefined;
  /** Time run before the last start, and the host's clock then, ms. */
  private elapsedBefore = 0;
  private startedAt = 0;
  private busy = 0;
  private share = 1;
  /** Until then, in the host's time, a limited loop has used what it is allowed to. */
  private spentUntil = 0;

  constructor(
    core: RunnableCore,
    host: Host,
    virtualClock: boolean,
    listener: RunLoopListener,
    from: RunLoopStart = { guestMs: 0, rest: 0 },
  ) {
    this.core = core;
    this.host = host;
    this.virtual = virtualClock;
    this.listener = listener;
    this.budget = virtualClock ? BUDGET_FIXED : BUDGET_FIRST;
    this.origin = from.guestMs;
    this.rest = from.rest;
  }

  /** Milliseconds that the loop has run, pauses left out. */
  elapsed(): number {
    return this.elapsedBefore + (this.running ? this.host.now() - this.startedAt : 0);
  }
  /** Of a slice that linking or a wait has interrupted: the instructions that it still has. */
  unfinished(): number {
    return this.rest;
  }
  /** Milliseconds spent in the core and on its consoles. */
  busyMs(): number {
    return this.busy;
  }
  /** At most this share of one host core, above 0 up to 1; from the next slice on. */
  limit(share: number): void {
    this.share = share;
    this.spentUntil = 0;
    this.wake();
  }
  start(): void {
    if (this.running) return;
    this.running = true;
    this.startedAt = this.host.now();
    this.schedule();
  }
  stop(): void {
    if (!this.running) return;
    this.elapsedBefore = this.elapsed();
    this.running = false;
    this.pending = false;
    this.generation++;
    this.stopTimer();
  }
  /** Something happened that a sleeping guest should see. */
  wake(): void {
    if (this.running) this.schedule();
  }

  private schedule(): void {
    this.stopTimer();
    if (this.pending) return;
    this.pending = true;
    const { generation } = this;
    this.host.soon(() => {
      if (generation === this.generation) this.slice();
    });
  }
  private stopTimer(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
  }

  private slice(): void {
    this.pending = false;
    if (this.rests()) return;
    const { generation } = this;
    const start = this.host.now();
    let status: number;
    try {
      status = this.execute();
      if (!this.rest) this.listener.afterSlice();
    } catch (error) {
      this.stop();
      this.listener.crashed(error);
      return;
    } finally {
      const spent = this.host.now() - start;
      this.busy += spent;
      this.spentUntil = Math.max(this.spentUntil, start - CREDIT_MS) + spent / this.share;
    }
    // A listener may have stopped or restarted us.
    if (generation === this.generation) this.goOn(status);
  }
  /** Whoever wakes a limited loop too early, it goes on resting. */
  private rests(): boolean {
    if (this.share >= 1) return false;
    const ms = this.spentUntil - this.host.now();
    if (ms <= 0) return false;
    this.cancelTimer = this.host.after(ms, () => this.schedule());
    return true;
  }
  private execute(): number {
    const start = this.host.now();
    const before = this.core.instructions();
    const goal = before + (this.rest || this.budget);
    this.rest = 0;
    /** Milliseconds in which nothing was executed. */
    let others = 0;
    let status: number;
    let at = before;
    let left = goal - before;
    do {
      const from = this.host.now();
      status = this.core.run(this.guestNow(), left);
      const done = this.core.instructions();
      if (done === at) others += this.host.now() - from;
      if (status === RunStatus.Link) others += this.link();
      at = done;
      left = INTERRUPTED.has(status) ? this.left(goal - at, this.host.now() - start) : 0;
    } while (left > 0);
    if (!this.virtual) this.adapt(at - before, this.host.now() - start - others);
    return INTERRUPTED.has(status) ? RunStatus.Continue : status;
  }
  /** Milliseconds that it took. */
  private link(): number {
    const from = this.host.now();
    this.listener.link();
    return this.host.now() - from;
  }
  /** Nanoseconds since power-on as the guest is to see them. */
  private guestNow(): number {
    return (this.origin + this.elapsed()) * NS_PER_MS;
  }
  /** How many of `count` instructions fit into a slice that has lasted `ms`; 0 ends it. */
  private left(count: number, ms: number): number {
    if (count <= 0) return 0;
    if (ms < SLICE_MS) return this.virtual ? count : Math.min(count, this.inTime(SLICE_MS - ms));
    // With the instruction clock the slice is only interrupted, so that it ends where it would have without.
    if (this.virtual) this.rest = count;
    return 0;
  }
  private inTime(ms: number): number {
    return Math.max(Math.floor((this.budget * ms) / SLICE_MS), BUDGET_MIN);
  }
  /** The budget that fills a slice at the speed just seen; growing slowly, shrinking at once. */
  private adapt(executed: number, ms: number): void {
    if (ms < SLICE_MS / 4) {
      if (executed >= this.budget) this.budget = Math.min(this.budget * 2, BUDGET_MAX);
      return;
    }
    const wanted = (executed / ms) * SLICE_MS;
    this.budget = Math.round(Math.min(Math.max(wanted, BUDGET_MIN), this.budget * 2, BUDGET_MAX));
  }

  private goOn(status: number): void {
    if (status === RunStatus.Continue) return this.schedule();
    if (status === RunStatus.Idle) return this.sleep();
    if (status === RunStatus.Reset && this.listener.reset()) return this.schedule();
    this.stop();
    this.listener.ended(status);
  }
  private sleep(): void {
    if (this.pending) return; // woken meanwhile
    const deadline = this.core.nextDeadline();
    if (deadline === Infinity) return;
    const ms = (deadline - this.guestNow()) / NS_PER_MS;
    if (ms <= 0) return this.schedule();
    this.cancelTimer = this.host.after(ms, () => this.wake());
  }
}
