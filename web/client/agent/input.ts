/** What a command reads, whatever it comes from, as pieces of bytes. */
import type { InputSource } from './types.ts';

/** `next` gives undefined at the end; `cancel` says that nothing more is wanted. */
export interface Input {
  next(): Promise<Uint8Array | undefined>;
  cancel(): void;
}

/** `name` is what a mistake is called after. */
export function openInput(source: InputSource | undefined, name: string): Input {
  if (source === undefined) return fromBytes(undefined);
  if (typeof source === 'string') return fromBytes(new TextEncoder().encode(source));
  if (source instanceof Uint8Array) return fromBytes(source);
  if (source instanceof ArrayBuffer) return fromBytes(new Uint8Array(source));
  if (source instanceof Blob) return fromReader(source.stream().getReader(), name);
  if (source instanceof ReadableStream) {
    if (source.locked) throw new Error(`${name}: the stream has a reader already`);
    return fromReader(source.getReader(), name);
  }
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source)
    return fromIterator(source[Symbol.asyncIterator](), name);
  throw new Error(`${name}: give a string, Uint8Array, ArrayBuffer, Blob, ReadableStream or async iterable`);
}

function fromBytes(bytes: Uint8Array | undefined): Input {
  let left = bytes;
  return {
    next() {
      const piece = left;
      left = undefined;
      return Promise.resolve(piece);
    },
    cancel: () => undefined,
  };
}
function fromReader(reader: ReadableStreamDefaultReader<Uint8Array | string>, name: string): Input {
  return {
    async next() {
      const { value, done } = await reader.read();
      return done ? undefined : toBytes(value, name);
    },
    cancel: () => void reader.cancel().catch(() => undefined),
  };
}
function fromIterator(iterator: AsyncIterator<Uint8Array | string>, name: string): Input {
  return {
    async next() {
      const next = await iterator.next();
      return next.done ? undefined : toBytes(next.value, name);
    },
    cancel: () => void iterator.return?.()?.catch(() => undefined),
  };
}
function toBytes(piece: unknown, name: string): Uint8Array {
  if (typeof piece === 'string') return new TextEncoder().encode(piece);
  if (piece instanceof Uint8Array) return piece;
  throw new Error(`${name}: a stream of strings or Uint8Arrays is wanted, and it gave something else`);
}
