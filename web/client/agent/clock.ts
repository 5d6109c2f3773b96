/**
 * Tells a guest what time it is, after it was away as a snapshot: its agent sets the guest's clock forward. TIME is a frame
 * of no session, as a command that was saved with the machine may still run in the old one.
 *
 * It is said again until the agent answers: it may not be there yet in a guest that was saved while it booted.
 */
import { encodeFrame, FrameType, words } from './frames.ts';
import type { Line } from './link.ts';

const AGAIN_MS = 500;
/** A minute: whoever has not answered by then keeps its clock. */
const TIMES = 120;
/** The first protocol whose agent knows TIME; an older one takes it for the end of a session. */
const SINCE = 2;

/** Milliseconds since 1970 as the guest is to see them; undefined: its time is its own. */
export type WallTime = () => Promise<number | undefined>;

export class GuestClock {
  private readonly line: Line;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(line: Line) {
    this.line = line;
  }
  /** An answer is waited for. */
  get telling(): boolean {
    return this.timer !== undefined;
  }
  /** Resolves when it was said once: commands that are sent later find the clock set. */
  async tell(time: WallTime): Promise<void> {
    this.stop();
    let left = TIMES;
    this.timer = setInterval(() => (left-- > 0 ? void this.say(time) : this.stop()), AGAIN_MS);
    await this.say(time);
  }
  /** The agent has answered, or there is nobody to ask. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
  /** A session is open with an agent of this version. */
  met(version: number): void {
    if (version < SINCE) this.stop();
  }

  private async say(time: WallTime): Promise<void> {
    if (this.line.state !== 'running') return;
    const { timer } = this;
    const ms = await time().catch(() => undefined);
    if (timer !== this.timer) return;
    if (ms === undefined) return this.stop();
    const frame = { type: FrameType.Time, channel: 0, stream: 0, payload: encodeTime(ms) };
    await this.line.send(encodeFrame(frame, 0, 'host')).catch(() => undefined);
  }
}
/** i64 seconds, u32 nanoseconds */
function encodeTime(ms: number): Uint8Array {
  const seconds = Math.floor(ms / 1000);
  return words(seconds % 2 ** 32, Math.floor(seconds / 2 ** 32), Math.floor((ms % 1000) * 1e6));
}
