/** XXH64, seed 0: what guards a snapshot against being changed by accident. */
import { createXXHash64 } from 'hash-wasm';

export interface Checksum {
  /** Of all parts, one after the other. */
  of(...parts: readonly Uint8Array[]): bigint;
}

let made: Promise<Checksum> | undefined;

/** The same for all who ask; its `of` is synchronous. */
export function loadChecksum(): Promise<Checksum> {
  return (made ??= createXXHash64().then((hash) => ({
    of(...parts) {
      hash.init();
      for (const part of parts) hash.update(part);
      return BigInt('0x' + hash.digest('hex'));
    },
  })));
}
/** 16 digits. */
export function hexOf(sum: bigint): string {
  return sum.toString(16).padStart(16, '0');
}
