/**
 * What a command writes: kept for the result until somebody asks for the stream; from then on it goes there, from the
 * beginning, and the command waits for the reader.
 */
import { concat } from './frames.ts';
import type { ByteStream } from './types.ts';

export interface OutputOwner {
  /** Bytes that the agent may send again. */
  consumed(bytes: number): void;
  /** How many of so many bytes may be kept. */
  keep(bytes: number): number;
  /** The reader wants no more. */
  cancelled(): void;
}
interface Piece {
  readonly bytes: Uint8Array;
  /** Not reported as consumed yet. */
  readonly owed: number;
}
const EMPTY = new Uint8Array(0);

export class Output {
  private readonly owner: OutputOwner;
  private pieces: Piece[] = [];
  private taken: ByteStream | undefined;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Somebody reads and waits. */
  private pulling: (() => void) | undefined;
  private state: 'open' | 'ended' | 'gone' = 'open';
  private error: Error | undefined;

  constructor(owner: OutputOwner) {
    this.owner = owner;
  }
  get stream(): ByteStream {
    return (this.taken ??= this.open());
  }
  /** What was kept; nothing when the stream was taken. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.taken ? EMPTY : concat(this.pieces.map(({ bytes }) => bytes));
  }
  push(bytes: Uint8Array): void {
    if (this.state !== 'open') return this.owner.consumed(bytes.length);
    if (this.taken) {
      this.pieces.push({ bytes, owed: bytes.length });
      return this.deliver();
    }
    const kept = this.owner.keep(bytes.length);
    if (kept) this.pieces.push({ bytes: bytes.subarray(0, kept), owed: 0 });
    this.owner.consumed(bytes.length);
  }
  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    this.finish();
  }
  fail(error: Error): void {
    if (this.state !== 'open') return;
    this.state = 'gone';
    this.error = error;
    this.pieces = [];
    if (this.taken) this.controller.error(error);
  }

  private open(): ByteStream {
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.controller = controller),
        pull: () =>
          new Promise<void>((resolve) => {
            this.pulling = resolve;
            this.deliver();
          }),
        cancel: () => this.cancel(),
      },
      { highWaterMark: 0 },
    );
    if (this.error) this.controller.error(this.error);
    else this.finish();
    return iterable(stream);
  }
  private deliver(): void {
    if (!this.pulling) return;
    const piece = this.pieces.shift();
    if (!piece) return;
    const done = this.pulling;
    this.pulling = undefined;
    this.controller.enqueue(piece.bytes);
    this.owner.consumed(piece.owed);
    this.finish();
    done();
  }
  /** Closes the stream once it has given all. */
  private finish(): void {
    if (this.state !== 'ended' || this.pieces.length || !this.controller) return;
    this.state = 'gone';
    this.controller.close();
    this.pulling?.();
  }
  private cancel(): void {
    if (this.state === 'open') this.owner.cancelled();
    this.state = 'gone';
    this.pieces = [];
  }
}

/** Not every browser lets a stream be read by `for await`. */
function iterable(stream: ReadableStream<Uint8Array>): ByteStream {
  if (!(Symbol.asyncIterator in stream)) Object.assign(stream, { [Symbol.asyncIterator]: () => iterate(stream) });
  return stream as ByteStream;
}
async function* iterate(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
    reader.releaseLock();
  }
}
