/** Stands in for the guest's agent: answers HELLO, keeps what the host sends, and says whatever a test wants. */
import { encodeFrame, FrameReader, FrameType, type ReceivedFrame, words } from '../../web/client/agent/frames.ts';
import { Sandbox } from '../../web/client/agent/sandbox.ts';
import type { MachineState } from '../../web/client/index.ts';

const EMPTY = new Uint8Array(0);

export class FakeAgent {
  state: MachineState = 'running';
  /** Answers HELLO. */
  awake = true;
  abilities = { version: 1, streams: 32, input: 65536, line: 16384 };
  readonly sandbox: Sandbox;
  readonly frames: ReceivedFrame[] = [];
  session = 0;
  private sequence = 0;
  private readonly reader = new FrameReader('host');
  private readonly waiting = new Set<() => void>();

  constructor() {
    this.sandbox = new Sandbox(true, this, (bytes) => {
      for (const frame of this.reader.read(bytes)) this.take(frame);
      return Promise.resolve();
    });
  }
  /** Frames of a type that have come, of all streams. */
  of(type: number): ReceivedFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }
  /** Until the n-th frame of a type has come. */
  async got(type: number, count = 1): Promise<ReceivedFrame> {
    for (;;) {
      const frame = this.of(type)[count - 1];
      if (frame) return frame;
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }
  send(type: number, stream: number, payload: Uint8Array = EMPTY, channel = 0): void {
    this.raw(encodeFrame({ type, channel, stream, payload }, this.sequence++, 'guest'));
  }
  raw(bytes: Uint8Array): void {
    this.sandbox.receive(bytes);
  }
  /** Leaves out a number. */
  skip(): void {
    this.sequence++;
  }
  exit(stream: number, code = 0): void {
    this.send(FrameType.Exit, stream, new Uint8Array([0, code, 0, 0]));
  }
  become(state: MachineState): void {
    this.state = state;
    this.sandbox.stateChanged(state);
  }

  private take(frame: ReceivedFrame | undefined): void {
    if (!frame) throw new Error('the host has sent something that is no frame');
    this.frames.push(frame);
    if (frame.type === FrameType.Hello && this.awake) this.welcome(frame);
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
  private welcome(frame: ReceivedFrame): void {
    const session = new DataView(frame.payload.slice().buffer).getUint32(4, true);
    if (session !== this.session) this.sequence = 0;
    this.session = session;
    const { version, streams, input, line } = this.abilities;
    this.send(FrameType.Welcome, 0, words(version, session, streams, input, line));
  }
}
