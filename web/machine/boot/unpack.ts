/** gzip on the host, by the platform's own streams: the guest gets everything unpacked. */
import { formatSize } from '../memory-size.ts';

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/** Unpacks at most `limit` bytes; more is an error, so that a small file cannot fill the host's memory. */
export async function gunzip(bytes: Uint8Array, limit: number, what: string): Promise<Uint8Array> {
  // A copy in an ArrayBuffer of its own type: Blob parts may not be shared memory.
  const packed = new Blob([new Uint8Array(bytes)]).stream();
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > limit) break;
      chunks.push(value);
    }
  } catch (cause) {
    throw new Error(`${what}: starts like a gzip file but is damaged or cut off`, { cause });
  }
  if (size > limit) {
    await reader.cancel();
    throw new Error(`${what}: unpacks to more than the machine's memory of ${formatSize(limit)}`);
  }
  return join(chunks, size);
}
/** Unpacks what is gzip, passes on the rest. */
export async function unpack(bytes: Uint8Array, limit: number, what: string): Promise<Uint8Array> {
  return isGzip(bytes) ? gunzip(bytes, limit, what) : bytes;
}

export function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
