/** How much RAM a guest can have, and how people write it. */

export const MEMORY_MIN = 4 * 2 ** 20;
/** The core addresses RAM with 32 bits from 16 MiB up; half of that is left to devices' memory. */
export const MEMORY_MAX = 2 * 2 ** 30;
/** Bytes of guest RAM when nothing is said. */
export const MEMORY_DEFAULT = 128 * 2 ** 20;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const PAGE = 4096;

/** Bytes of '128M', '1G', '65536K' or a number of bytes; a plain number in text means MiB, as QEMU's -m has it. */
export function parseMemory(memory: number | string): number {
  const bytes = typeof memory === 'number' ? memory : parseSize(memory);
  if (!Number.isFinite(bytes)) throw new Error(`memory: '${memory}' is not a size; write it like 128M or 1G`);
  if (bytes < MEMORY_MIN || bytes > MEMORY_MAX)
    throw new Error(`memory: ${formatSize(bytes)} is out of range; a machine can have 4M to 2G`);
  if (bytes % PAGE) throw new Error(`memory: ${bytes} bytes is not a whole number of 4 KiB pages`);
  return bytes;
}
/** Bytes; NaN when it is not a size. */
export function parseSize(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim());
  if (!match) return NaN;
  const unit = match[2]?.toUpperCase() || 'M';
  return Math.round(Number(match[1]) * (UNITS[unit] ?? NaN));
}

/** '128 MiB' */
export function formatSize(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return String(bytes);
  if (bytes < 2 ** 10) return `${bytes} bytes`;
  const [unit, name] = bytes < 2 ** 20 ? [2 ** 10, 'KiB'] : bytes < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${Number((bytes / unit).toFixed(1))} ${name}`;
}
