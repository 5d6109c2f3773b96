/** 32-bit page tables (SDM 3A 4.3) for tests: the first 2 MiB of linear addresses are those of RAM, others are the test's own. */
import type { ProtectedSystem } from './protected.ts';

export const DIRECTORY = 0x100000;
/** The page table of the first 4 MiB; others follow. */
export const TABLE = 0x101000;
export const P = 1;
export const W = 2;
export const U = 4;
const PG = 0x80000000n;
const IDENTITY_PAGES = 0x200;

const entryAt = (system: ProtectedSystem, linear: number): number => {
  const directory = DIRECTORY + (linear >>> 22) * 4;
  const table = system.ram.getUint32(directory, true) & 0xfffff000;
  return table + ((linear >>> 12) & 0x3ff) * 4;
};

/** Builds them with `rights` and switches paging on, with the further bits `cr0`. */
export function enablePaging(system: ProtectedSystem, rights: number, cr0 = 0n): ProtectedSystem {
  system.ram.setUint32(DIRECTORY, TABLE | rights, true);
  for (let page = 0; page < IDENTITY_PAGES; page++) system.ram.setUint32(TABLE + page * 4, (page << 12) | rights, true);
  return system.configure((core) => {
    core.setState('S_CR3', DIRECTORY);
    core.setState('S_CR0', core.state('S_CR0') | PG | cr0);
  });
}
/** Has the page table at `table` serve the 4 MiB around `linear`. */
export function addTable(system: ProtectedSystem, linear: number, table: number, rights: number): void {
  system.ram.setUint32(DIRECTORY + (linear >>> 22) * 4, table | rights, true);
}
export function setEntry(system: ProtectedSystem, linear: number, entry: number): void {
  system.ram.setUint32(entryAt(system, linear), entry >>> 0, true);
}
export function getEntry(system: ProtectedSystem, linear: number): number {
  return system.ram.getUint32(entryAt(system, linear), true);
}
