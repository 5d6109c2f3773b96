/** What the tests of a file share. */
import { afterAll, beforeAll } from 'vitest';

interface Closing {
  close(): Promise<void>;
}

/** Has what `open` makes before the first test of the file, within `limit` ms, and closes it after the last one. */
export function forFile<T extends Closing>(open: () => Promise<T>, limit?: number): () => T {
  let made: T | undefined;
  beforeAll(async () => {
    made = await open();
  }, limit);
  afterAll(async () => {
    await made?.close();
  });
  return () => {
    if (!made) throw new Error('asked for before the first test');
    return made;
  };
}
