/**
 * The memory map that every protocol tells the guest, and a planner that finds room in it.
 *
 *   0        – 0x9fc00   RAM
 *   0x9fc00  – 0xa0000   reserved: where PCs have the extended BIOS data area
 *   0xa0000  – 0xc0000   video window, not listed
 *   0xe0000  – 0x100000  reserved: ACPI tables (tables.ts)
 *   0x100000 – top       RAM
 */
import { formatSize } from '../memory-size.ts';
import { hex } from '../guest-memory.ts';

export const LOW_RAM_END = 0x9fc00;
export const HIGH_RAM = 0x100000;
export const TABLES = 0xe0000;

/** Types as INT 15h E820, multiboot and PVH number them alike. */
export const E820_RAM = 1;
export const E820_RESERVED = 2;

export interface MemoryRange {
  readonly start: number;
  readonly size: number;
  readonly type: number;
}

export function memoryMap(ramSize: number): MemoryRange[] {
  return [
    { start: 0, size: LOW_RAM_END, type: E820_RAM },
    { start: LOW_RAM_END, size: 0xa0000 - LOW_RAM_END, type: E820_RESERVED },
    { start: TABLES, size: HIGH_RAM - TABLES, type: E820_RESERVED },
    { start: HIGH_RAM, size: ramSize - HIGH_RAM, type: E820_RAM },
  ];
}

interface Claim {
  readonly start: number;
  readonly end: number;
  readonly what: string;
}

/** Who gets which RAM. Nothing overlaps, everything lies in RAM: both are errors that name the parties. */
export class Placement {
  private readonly ramSize: number;
  private readonly claims: Claim[] = [];

  constructor(ramSize: number) {
    this.ramSize = ramSize;
  }

  /** Takes a given place. */
  claim(start: number, size: number, what: string): void {
    const end = start + size;
    if (!this.inRam(start, end)) throw new Error(this.noRoom(what, start, end));
    const other = this.claims.find((c) => start < c.end && c.start < end);
    if (other) throw new Error(`${what} at ${hex(start)} would overwrite ${other.what} at ${hex(other.start)}`);
    if (size > 0) this.claims.push({ start, end, what });
  }
  /** Finds room below 640 KiB, as high as possible; the first page (interrupt vectors, BIOS data) stays free. */
  low(size: number, what: string, align = 16): number {
    return this.highestFree(0x1000, LOW_RAM_END, size, align, what);
  }
  /** Finds room above 1 MiB, as high as possible, ending at `limit` or below. */
  high(size: number, what: string, limit = this.ramSize, align = 4096): number {
    return this.highestFree(HIGH_RAM, Math.min(limit, this.ramSize), size, align, what);
  }

  private highestFree(from: number, to: number, size: number, align: number, what: string): number {
    let start = alignDown(to - size, align);
    for (;;) {
      if (start < from) throw new Error(`no room for ${what} (${formatSize(size)}): give the machine more memory`);
      const other = this.claims.find((c) => start < c.end && c.start < start + size);
      if (!other) break;
      start = alignDown(other.start - size, align);
    }
    this.claims.push({ start, end: start + size, what });
    return start;
  }
  private inRam(start: number, end: number): boolean {
    return (start >= 0 && end <= LOW_RAM_END) || (start >= HIGH_RAM && end <= this.ramSize);
  }
  private noRoom(what: string, start: number, end: number): string {
    if (start >= HIGH_RAM) {
      const need = formatSize(Math.ceil(end / 2 ** 20) * 2 ** 20);
      return `${what} needs memory up to ${need}, the machine has ${formatSize(this.ramSize)}: give it more`;
    }
    return `${what} wants ${hex(start)} to ${hex(end)}, which is not RAM (RAM is 0 to 0x9fc00, and from 0x100000)`;
  }
}

function alignDown(value: number, align: number): number {
  return Math.floor(value / align) * align;
}
