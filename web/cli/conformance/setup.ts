/**
 * Puts the core into one of the modes in which single instructions are tested: real mode, or user-level (CPL 3)
 * protected mode with 16-, 32- or 64-bit code, segments given, with or without paging.
 */
import { type Core, type SegmentState, Segments } from './core.ts';

export const CR0 = { PE: 1, MP: 1 << 1, ET: 1 << 4, NE: 1 << 5, WP: 1 << 16, AM: 1 << 18, PG: 2 ** 31 } as const;
export const CR4 = { PAE: 1 << 5, OSFXSR: 1 << 9, OSXMMEXCPT: 1 << 10 } as const;
export const EFER_LONG = (1 << 8) | (1 << 10);

export type Mode = 16 | 32 | 64;

/** Access rights: present, code or data and accessed, by privilege level. */
export const codeAccess = (dpl: number): number => 0x9b | (dpl << 5);
export const dataAccess = (dpl: number): number => 0x93 | (dpl << 5);
export const ACCESS_L = 1 << 13;
export const ACCESS_DB = 1 << 14;
export const ACCESS_G = 1 << 15;
const UNUSABLE = 1 << 16;

export interface Setup {
  mode: Mode;
  cpl: number;
  /** Physical address of the top paging structure; undefined: no paging. */
  cr3?: number;
  segments: Partial<Record<keyof typeof Segments, SegmentState>>;
}

const NULL_SEGMENT: SegmentState = { selector: 0, base: 0, limit: 0, access: UNUSABLE };

/** Flat segments over all of memory. */
export function flat(mode: Mode, cpl: number): Setup['segments'] {
  const size = mode === 64 ? ACCESS_L : mode === 32 ? ACCESS_DB : 0;
  const limit = 0xffffffff;
  const code = { selector: 0x8 | cpl, base: 0, limit, access: codeAccess(cpl) | size | ACCESS_G };
  const wide = mode === 16 ? 0 : ACCESS_DB;
  const data = { selector: 0x10 | cpl, base: 0, limit, access: dataAccess(cpl) | wide | ACCESS_G };
  return { CS: code, SS: data, DS: data, ES: data };
}

/** Protected mode. Segments that `setup` does not name are null; interrupt and descriptor tables are empty. */
export function enterProtected(core: Core, { mode, cpl, cr3, segments }: Setup): void {
  const long = mode === 64;
  if (long && cr3 === undefined) throw new Error('64-bit mode needs page tables');
  const paging = cr3 === undefined ? 0 : CR0.PG;
  core.setState('S_CR0', CR0.PE + CR0.MP + CR0.ET + CR0.NE + CR0.WP + CR0.AM + paging);
  core.setState('S_CR3', cr3 ?? 0);
  core.setState('S_CR4', CR4.OSFXSR | CR4.OSXMMEXCPT | (long ? CR4.PAE : 0));
  core.setState('S_EFER', long ? EFER_LONG : 0);
  core.setState32('S_CPL', cpl);
  core.setState32('S_HALTED', 0);
  for (const [name, index] of Object.entries(Segments)) {
    core.setSegment(index, segments[name as keyof typeof Segments] ?? NULL_SEGMENT);
  }
  for (const table of ['GDT', 'IDT']) {
    core.setState(`S_${table}_BASE`, 0);
    core.setState32(`S_${table}_LIMIT`, 0);
  }
}

/** Real mode with the given selectors. */
export function enterReal(
  core: Core,
  selectors: Partial<Record<'ES' | 'CS' | 'SS' | 'DS' | 'FS' | 'GS', number>>,
): void {
  core.setState('S_CR0', CR0.ET);
  core.setState('S_CR4', 0);
  core.setState('S_EFER', 0);
  core.setState32('S_CPL', 0);
  core.setState32('S_HALTED', 0);
  for (const name of ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'] as const) {
    const selector = selectors[name] ?? 0;
    core.setSegment(Segments[name], { selector, base: selector * 16, limit: 0xffff, access: dataAccess(0) });
  }
  core.setState('S_IDT_BASE', 0);
  core.setState32('S_IDT_LIMIT', 0x3ff);
}

/** One range of linear = physical addresses in a page map. */
export interface Mapping {
  start: number;
  end: number;
  writable: boolean;
  user: boolean;
}

const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;

/**
 * Builds paging structures for `map` (addresses below 16 MiB, nothing else is present) at physical address `at`; returns
 * the value for CR3. 32-bit code gets two levels (SDM 3A 4.3), 64-bit code four (4.5).
 */
export function buildPageTables(core: Core, at: number, mode: Mode, map: readonly Mapping[]): number {
  const long = mode === 64;
  const entry = long ? 8 : 4;
  const reach = (0x1000 / entry) * 0x1000;
  const ram = new DataView(core.ram.buffer, core.ram.byteOffset, core.ram.byteLength);
  const link = (table: number, index: number, value: number): void => {
    ram.setUint32(table + index * entry, value, true);
  };
  let next = at + 0x1000;
  core.ram.fill(0, at, at + 0x20000);
  const grow = (table: number, index: number): number => {
    link(table, index, next | PRESENT | WRITABLE | USER);
    return (next += 0x1000) - 0x1000;
  };
  const directory = long ? grow(grow(at, 0), 0) : at;
  for (let base = 0; base < 0x1000000; base += reach) {
    const table = grow(directory, base / reach);
    for (const { start, end, writable, user } of map) {
      for (let page = Math.max(start, base); page < Math.min(end, base + reach); page += 0x1000) {
        link(table, (page - base) >>> 12, page | PRESENT | (writable ? WRITABLE : 0) | (user ? USER : 0));
      }
    }
  }
  return at;
}
