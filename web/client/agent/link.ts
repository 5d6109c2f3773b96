/**
 * The host's end of the line to the guest's agent: sessions, frames in order, how much may be on the way. Streams
 * (stream.ts) run over it.
 *
 *   idle ── somebody waits ──► calling ── WELCOME ──► open ── the last stream ended, or the session is lost ──► idle
 *
 * The host speaks first: HELLO with a new session number, again and again until the agent is there to answer. A session
 * lasts as long as streams are open: the next call after that begins a new one, with whatever agent is there by then (the
 * guest may have been reset, or the machine restored from a snapshot). A session that is lost fails what ran in it.
 */
import type { MachineState } from '../../machine/types.ts';
import { GuestClock } from './clock.ts';
import { AgentError, describeState } from './errors.ts';
import { encodeFrame, type Frame, FrameReader, FrameType, HEADER, PAYLOAD, readWords, words } from './frames.ts';
import type { ReceivedFrame } from './frames.ts';
import { AgentStream, type StreamHandler } from './stream.ts';

/** Spoken here, and the oldest that is understood. */
const VERSION = 2;
const OLDEST = 1;
const HELLO_MS = 100;
const PING_MS = 5_000;
/** So many PINGs without any answer: the agent is dead. */
const PINGS_LOST = 6;
const EMPTY = new Uint8Array(0);

/** What carries the bytes: a machine and its second serial port. */
export interface Line {
  readonly state: MachineState;
  send(bytes: Uint8Array): Promise<void>;
}
/** What the agent can take, as its WELCOME says. */
interface Abilities {
  readonly streams: number;
  /** Bytes of input of one stream, and of all frames, that may be on the way. */
  readonly input: number;
  readonly line: number;
}
interface Waiter {
  readonly ready: () => void;
  readonly fail: (error: Error) => void;
}

export class AgentLink {
  readonly clock: GuestClock;
  private readonly line: Line;
  private readonly reader = new FrameReader('guest');
  private readonly waiters = new Set<Waiter>();
  private readonly streams = new Map<number, AgentStream>();
  private readonly writable = new Set<() => void>();
  private queue: Uint8Array[] = [];
  private session = 0;
  private abilities: Abilities | undefined;
  private nextStream = 1;
  /** Sequence numbers of the next frames. */
  private sent = 0;
  private expected = 0;
  /** Bytes on the line in this session, and of these, read by the agent. */
  private onLine = 0;
  private acknowledged = 0;
  private resets: number | undefined;
  private silence = 0;
  private hello: ReturnType<typeof setInterval> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;

  constructor(line: Line) {
    this.line = line;
    this.clock = new GuestClock(line);
  }

  /**
   * A new stream, as soon as the agent is there and has room; `request` says what it is. Rejects with the signal's
   * reason, or when the machine ends.
   */
  async open(request: Uint8Array, window: number, handler: StreamHandler, signal: AbortSignal): Promise<AgentStream> {
    signal.throwIfAborted();
    let abilities = this.abilities;
    while (!abilities || this.streams.size >= abilities.streams) {
      this.checkRunnable();
      await this.turn(signal);
      abilities = this.abilities;
    }
    if (request.length > abilities.input)
      throw new AgentError(
        `command, arguments and environment are ${request.length} bytes; ${abilities.input} is the limit (pass a script as stdin of 'sh', or write it with files.write())`,
      );
    const stream = new AgentStream(this, this.freeId(), window, abilities.input, handler);
    this.streams.set(stream.id, stream);
    stream.request(request);
    this.watch();
    return stream;
  }
  /** Bytes from the guest. */
  receive(bytes: Uint8Array): void {
    if (!this.session && !this.clock.telling) return; // nobody has asked
    for (const frame of this.reader.read(bytes)) {
      if (frame?.type === FrameType.Time) this.clock.stop();
      if (!this.session && !this.clock.telling) return;
      if (!this.session) continue;
      if (this.abilities) this.inSession(frame);
      else if (frame?.type === FrameType.Welcome) this.welcome(frame);
    }
  }
  /** The machine's state has changed. */
  stateChanged(state: MachineState): void {
    this.silence = 0;
    if (state === 'running' || state === 'paused' || state === 'ready') return;
    this.clock.stop();
    this.lose(new AgentError(`the machine ${describeState(state)}`));
    for (const waiter of [...this.waiters]) waiter.fail(new AgentError(`the machine ${describeState(state)}`));
  }
  /** Resets so far: one more, and the guest has begun again. */
  resetsSeen(resets: number): void {
    if (this.resets !== undefined && resets !== this.resets) this.lose(new AgentError('the machine was reset'));
    this.resets = resets;
  }
  /** Ends the session, if there is one; everything in it fails. */
  lose(error: Error): void {
    const streams = [...this.streams.values()];
    this.streams.clear();
    this.abilities = undefined;
    this.session = 0;
    this.queue = [];
    this.reader.reset();
    this.watch();
    for (const stream of streams) stream.lost(error);
    this.drained();
    if (this.waiters.size) this.call();
  }

  /** For streams: puts a frame into the queue. */
  transmit(frame: Frame): void {
    if (!this.abilities) return;
    this.queue.push(encodeFrame(frame, this.sent++, 'host'));
    this.flush();
  }
  /** For streams: resolves when nothing is queued. */
  async drain(): Promise<void> {
    while (this.queue.length) await new Promise<void>((resolve) => this.writable.add(resolve));
  }
  /** For streams: it has ended. */
  closed(stream: AgentStream): void {
    if (this.streams.get(stream.id) !== stream) return;
    this.streams.delete(stream.id);
    this.watch();
    if (this.waiters.size) this.wakeWaiters();
    else if (!this.streams.size) this.lose(new AgentError('nobody is left')); // and nobody hears it
  }
  /** For streams: the guest has broken the protocol. */
  violation(what: string): void {
    this.lose(new AgentError(`the guest's agent broke the protocol (${what})`));
  }

  private checkRunnable(): void {
    const { state } = this.line;
    if (state === 'running' || state === 'paused' || state === 'ready') return;
    throw new AgentError(`the machine ${describeState(state)}`);
  }
  /** Until something has changed: a session is open, a stream has ended, the signal is aborted, the machine ended. */
  private async turn(signal: AbortSignal): Promise<void> {
    let waiter: Waiter | undefined;
    let abort: (() => void) | undefined;
    try {
      await new Promise<void>((ready, fail) => {
        abort = () => fail(signal.reason as Error);
        signal.addEventListener('abort', abort);
        this.waiters.add((waiter = { ready, fail }));
        if (!this.session) this.call();
      });
    } finally {
      if (abort) signal.removeEventListener('abort', abort);
      if (waiter) this.waiters.delete(waiter);
      if (!this.waiters.size && !this.abilities) this.hangUp();
    }
  }
  private wakeWaiters(): void {
    for (const waiter of [...this.waiters]) waiter.ready();
  }

  private call(): void {
    this.session = crypto.getRandomValues(new Uint32Array(1))[0] || 1;
    clearInterval(this.hello);
    this.hello = setInterval(() => this.sayHello(), HELLO_MS);
    this.sayHello();
  }
  /** No more HELLO: the agent has answered, or nobody waits for it. */
  private hangUp(): void {
    clearInterval(this.hello);
    this.hello = undefined;
    if (!this.abilities) this.session = 0;
  }
  private sayHello(): void {
    if (this.line.state !== 'running') return;
    // What is left of an answer that was cut off must not hide the next one.
    this.reader.reset();
    const frame = { type: FrameType.Hello, channel: 0, stream: 0, payload: words(VERSION, this.session) };
    // Whoever waits has a time limit of their own.
    this.line.send(encodeFrame(frame, this.sent++, 'host')).catch(() => undefined);
  }
  private welcome(frame: ReceivedFrame): void {
    const [version, session, streams, input, line] = readWords(frame.payload, 5) ?? [];
    if (session !== this.session || streams === undefined || input === undefined || line === undefined) return;
    const sound = streams > 0 && streams < 0x1000 && input >= PAYLOAD && line >= 2 * (HEADER + PAYLOAD);
    if (version === undefined || version < OLDEST || version > VERSION || !sound) return this.refuse(version);
    this.clock.met(version);
    this.abilities = { streams, input: Math.min(input, 2 ** 24), line: Math.min(line, 2 ** 24) };
    this.expected = (frame.sequence + 1) & 0xff;
    this.onLine = this.acknowledged = this.silence = 0;
    this.hangUp();
    this.wakeWaiters();
  }
  private refuse(version: number | undefined): void {
    const error = new AgentError(`the image's agent speaks protocol ${String(version)}, this client ${VERSION}`);
    for (const waiter of [...this.waiters]) waiter.fail(error);
  }

  private inSession(frame: ReceivedFrame | undefined): void {
    if (!frame) return this.violation('bytes that are no frame');
    if (frame.type === FrameType.Reset)
      return this.lose(new AgentError("the guest's agent was restarted, or the guest itself"));
    if (frame.sequence !== this.expected) return this.violation('a frame is missing');
    this.expected = (this.expected + 1) & 0xff;
    this.silence = 0;
    switch (frame.type) {
      case FrameType.Welcome: // a HELLO that was sent twice
      case FrameType.Pong:
      case FrameType.Time:
        return;
      case FrameType.Ack:
        return this.acknowledge(frame);
      default: {
        const stream = this.streams.get(frame.stream);
        if (!stream) return this.violation(`stream ${frame.stream} is not open`);
        stream.take(frame);
      }
    }
  }
  private acknowledge(frame: ReceivedFrame): void {
    const [total] = readWords(frame.payload, 1) ?? [];
    // Counts of the agent are of 32 bits.
    const more = total === undefined ? -1 : (total - this.acknowledged) >>> 0;
    if (more < 0 || more > this.onLine) return this.violation('it has read what was not sent');
    this.acknowledged = total ?? 0;
    this.onLine -= more;
    this.flush();
  }

  /** Sends what the line can take. */
  private flush(): void {
    const limit = this.abilities?.line ?? 0;
    for (let frame = this.queue[0]; frame && this.onLine + frame.length <= limit; frame = this.queue[0]) {
      this.queue.shift();
      this.onLine += frame.length;
      this.write(frame);
    }
    if (!this.queue.length) this.drained();
  }
  private drained(): void {
    for (const resolve of this.writable) resolve();
    this.writable.clear();
  }
  private write(bytes: Uint8Array): void {
    const { session } = this;
    this.line.send(bytes).catch((error: unknown) => {
      if (session === this.session) this.lose(new AgentError((error as Error).message));
    });
  }

  /** Asks from time to time whether the agent lives, while somebody depends on it. */
  private watch(): void {
    if (this.streams.size) {
      this.ping ??= setInterval(() => this.checkLife(), PING_MS);
      return;
    }
    clearInterval(this.ping);
    this.ping = undefined;
    this.silence = 0;
  }
  private checkLife(): void {
    if (this.line.state !== 'running') return;
    if (this.silence++ < PINGS_LOST) {
      this.transmit({ type: FrameType.Ping, channel: 0, stream: 0, payload: EMPTY });
      return;
    }
    this.lose(new AgentError(`the guest's agent has not answered for ${(PINGS_LOST * PING_MS) / 1000} s`));
  }
  private freeId(): number {
    while (this.streams.has(this.nextStream)) this.nextStream = (this.nextStream % 0xffff) + 1;
    const id = this.nextStream;
    this.nextStream = (id % 0xffff) + 1;
    return id;
  }
}
