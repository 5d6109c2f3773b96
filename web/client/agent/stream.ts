/**
 * One stream of the line to the agent: a command or an operation on files, from its request to its end. Both directions
 * go on credit: the agent may send as many bytes of output as it was granted, and we as many of input.
 */
import {
  Channel,
  concat,
  FrameType,
  type OutputChannel,
  PAYLOAD,
  type ReceivedFrame,
  readWords,
  words,
} from './frames.ts';
import type { AgentLink } from './link.ts';

const EMPTY = new Uint8Array(0);

/** How a child ended. */
export interface ChildEnd {
  /** 0: it ended by itself, with `code`. */
  readonly signal: number;
  readonly code: number;
  /** The kernel had no memory for it. */
  readonly outOfMemory: boolean;
}
/** Why there is no child, or none that did what it should: `stage` as in stream.h, an error number of Linux. */
export interface ChildFailure {
  readonly stage: number;
  readonly errno: number;
}
/** One of `exit`, `failed` and `lost` comes, once, and is the last. */
export interface StreamHandler {
  /** Whoever has dealt with the bytes says so: stream.consumed(). */
  data(channel: OutputChannel, bytes: Uint8Array): void;
  exit(end: ChildEnd): void;
  failed(failure: ChildFailure): void;
  lost(error: Error): void;
}

export class AgentStream {
  readonly id: number;
  private readonly link: AgentLink;
  private readonly handler: StreamHandler;
  private readonly window: number;
  private readonly inputWindow: number;
  /** Of output, by channel: what may still come, and what was dealt with and not granted again yet. */
  private readonly granted: Record<OutputChannel, number>;
  private readonly consumedBytes: Record<OutputChannel, number> = { 1: 0, 2: 0 };
  private readonly closedChannels = new Set<number>();
  private credit: number;
  private wake: () => void = () => undefined;
  private over = false;

  constructor(link: AgentLink, id: number, window: number, inputWindow: number, handler: StreamHandler) {
    this.link = link;
    this.id = id;
    this.window = window;
    this.granted = { 1: window, 2: window };
    this.credit = this.inputWindow = inputWindow;
    this.handler = handler;
  }

  /** In as many frames as it takes. */
  request(request: Uint8Array): void {
    for (let at = 0; at < request.length; at += PAYLOAD) {
      const more = at + PAYLOAD < request.length ? 1 : 0;
      this.transmit(FrameType.Request, more, request.subarray(at, at + PAYLOAD));
    }
  }
  /** Input, as fast as the command reads. Resolves to false when there is nobody left to read it. */
  async write(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length;) {
      await this.link.drain();
      while (!this.credit && !this.over) await new Promise<void>((resolve) => (this.wake = resolve));
      if (this.over) return false;
      const part = bytes.subarray(at, at + Math.min(PAYLOAD, this.credit));
      this.credit -= part.length;
      at += part.length;
      this.transmit(FrameType.Data, Channel.Stdin, part);
    }
    return !this.over;
  }
  /** End of file on standard input. */
  end(): void {
    this.transmit(FrameType.End, Channel.Stdin);
  }
  /** Nobody reads this output any more: the command gets SIGPIPE when it writes. */
  close(channel: OutputChannel): void {
    this.closedChannels.add(channel);
    this.transmit(FrameType.End, channel);
  }
  /** To the command and all that it has started. */
  signal(number: number): void {
    this.transmit(FrameType.Signal, 0, words(number));
  }
  /** So many bytes of output were dealt with: the agent may send as many more. */
  consumed(channel: OutputChannel, bytes: number): void {
    this.consumedBytes[channel] += bytes;
    const credit = this.consumedBytes[channel];
    if (credit < this.window / 2 || this.closedChannels.has(channel)) return;
    this.consumedBytes[channel] = 0;
    this.granted[channel] += credit;
    this.transmit(FrameType.Credit, channel, words(credit));
  }

  /** A frame of the agent. */
  take(frame: ReceivedFrame): void {
    const { type, channel, payload } = frame;
    switch (type) {
      case FrameType.Data:
        return this.takeData(channel, payload);
      case FrameType.End:
        return this.takeEnd(channel);
      case FrameType.Credit:
        return this.takeCredit(payload);
      case FrameType.Exit: {
        const [signal, code, outOfMemory] = payload;
        if (payload.length !== 4 || signal === undefined || code === undefined) return this.violation('EXIT');
        this.finish();
        return this.handler.exit({ signal, code, outOfMemory: outOfMemory === 1 });
      }
      case FrameType.Failed: {
        const [stage, errno] = readWords(payload, 2) ?? [];
        if (stage === undefined || errno === undefined) return this.violation('FAILED');
        this.finish();
        return this.handler.failed({ stage, errno });
      }
      default:
        this.violation(`frame type ${type}`);
    }
  }
  /** The session has gone. */
  lost(error: Error): void {
    this.stop();
    this.handler.lost(error);
  }

  private takeData(channel: number, payload: Uint8Array): void {
    if (channel !== Channel.Stdout && channel !== Channel.Stderr) return this.violation('output of no channel');
    this.granted[channel] -= payload.length;
    if (this.granted[channel] < 0) return this.violation('more output than was granted');
    // After close() some may still be on the way.
    if (!this.closedChannels.has(channel)) this.handler.data(channel, concat([payload]));
  }
  private takeEnd(channel: number): void {
    if (channel !== Channel.Stdout && channel !== Channel.Stderr) this.violation('an end of no channel');
  }
  private takeCredit(payload: Uint8Array): void {
    const [bytes] = readWords(payload, 1) ?? [];
    if (bytes === undefined || this.credit + bytes > this.inputWindow) return this.violation('too much credit');
    this.credit += bytes;
    this.wake();
  }
  private violation(what: string): void {
    this.link.violation(what);
  }
  private finish(): void {
    this.stop();
    this.link.closed(this);
  }
  private stop(): void {
    this.over = true;
    this.wake();
  }
  private transmit(type: number, channel: number, payload: Uint8Array = EMPTY): void {
    if (!this.over) this.link.transmit({ type, channel, stream: this.id, payload });
  }
}
