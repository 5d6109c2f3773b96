/** Lists that the core brings along: ASCII text with a zero at its end, one entry a line, words first. */
import type { Core } from './core.ts';

/** The lines at `address`, each cut into `words` words and what follows them. */
export function readList(core: Pick<Core, 'memory'>, address: number, words: number): string[][] {
  const bytes = new Uint8Array(core.memory.buffer, address);
  const text = String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const parts = line.trim().split(/\s+/);
    return [...parts.slice(0, words), parts.slice(words).join(' ')];
  });
}
