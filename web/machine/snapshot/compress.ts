/** Raw deflate by the platform's own streams: native code, on a thread of its own where the platform has one. */
import { SnapshotError } from './format.ts';

export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return collect(streamOf(bytes).pipeThrough(new CompressionStream('deflate-raw')), Infinity);
}
/** Rejects unless it gives just `length` bytes; no more than that is ever held. */
export async function inflate(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  let out: Uint8Array;
  try {
    out = await collect(streamOf(bytes).pipeThrough(new DecompressionStream('deflate-raw')), length);
  } catch (cause) {
    if (cause instanceof SnapshotError) throw cause;
    throw new SnapshotError('a section cannot be unpacked: the file is damaged', { cause });
  }
  if (out.length !== length) throw new SnapshotError('a section is shorter than it says: the file is damaged');
  return out;
}

function streamOf(bytes: Uint8Array): ReadableStream<BufferSource> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
}
async function collect(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return join(chunks, length);
    chunks.push(value);
    length += value.length;
    if (length <= limit) continue;
    await reader.cancel().catch(() => undefined);
    throw new SnapshotError('a section is longer than it says: the file is damaged');
  }
}
function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
