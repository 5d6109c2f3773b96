/**
 * Finds out that a Worker hangs or is gone, which a browser does not tell. It counts its own turns instead of time: when
 * the whole page stood still, so did the machine, and there is nothing to report.
 */
const TURN_MS = 1000;
/** Longer than any stop of a busy host that one has to live with. */
const PATIENCE = 10;

export class Watchdog {
  private timer: ReturnType<typeof setInterval> | undefined;
  private turns = 0;
  private asked = false;

  /** `ask` resolves or rejects when the machine answers; `tell` hears of each change. */
  constructor(
    private readonly ask: () => Promise<unknown>,
    private readonly tell: (answers: boolean) => void,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => this.turn(), TURN_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  turn(): void {
    if (this.asked) {
      if (++this.turns === PATIENCE) this.tell(false);
      return;
    }
    this.asked = true;
    this.turns = 0;
    const answered = () => {
      this.asked = false;
      if (this.turns >= PATIENCE) this.tell(true);
    };
    this.ask().then(answered, answered);
  }
}
