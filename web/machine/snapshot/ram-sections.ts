/**
 * RAM in a snapshot: sections of up to 256 pages each, {count u32, numbers u32[count], pages}, deflated one by one, so that
 * they can be packed and unpacked side by side and none is large.
 */
import { deflate, inflate } from './compress.ts';
import type { Section } from './container.ts';
import { Flag, PAGE, PAGES_A_SECTION, SectionId, SnapshotError } from './format.ts';

/** Sections at once: enough for the platform's threads. */
const SIDE_BY_SIDE = 4;

export type Pack = (id: string, version: number, flags: number, raw: Uint8Array) => Promise<Section>;

export const storeSection: Pack = (id, version, flags, raw) =>
  Promise.resolve({ id, version, flags, length: raw.length, bytes: raw });
/** Deflates where that makes it smaller. */
export const packSection: Pack = async (id, version, flags, raw) => {
  const packed = await deflate(raw);
  const smaller = packed.length < raw.length;
  return {
    id,
    version,
    flags: smaller ? flags | Flag.Deflated : flags,
    length: raw.length,
    bytes: smaller ? packed : raw,
  };
};
export async function unpackSection(section: Section): Promise<Uint8Array> {
  return section.flags & Flag.Deflated ? inflate(section.bytes, section.length) : section.bytes;
}

export async function packPages(
  pages: readonly number[],
  page: (n: number) => Uint8Array,
  pack: Pack,
): Promise<Section[]> {
  const groups: (readonly number[])[] = [];
  for (let at = 0; at < pages.length; at += PAGES_A_SECTION) groups.push(pages.slice(at, at + PAGES_A_SECTION));
  return inBatches(groups, (group) => pack(SectionId.Ram, 1, Flag.Required, rawPages(group, page)));
}
function rawPages(pages: readonly number[], page: (n: number) => Uint8Array): Uint8Array {
  const head = 4 + 4 * pages.length;
  const raw = new Uint8Array(head + PAGE * pages.length);
  raw.set(numberList(pages));
  pages.forEach((n, i) => raw.set(page(n), head + PAGE * i));
  return raw;
}
/** Puts all pages of these sections into `ram`. */
export async function unpackPages(sections: readonly Section[], ram: Uint8Array): Promise<void> {
  await inBatches(sections, async (section) => {
    const raw = await unpackSection(section);
    const pages = readNumbers(raw, ram.length / PAGE);
    const head = 4 + 4 * pages.length;
    if (raw.length !== head + PAGE * pages.length) throw new SnapshotError('a section of RAM has no such length');
    pages.forEach((page, i) => ram.set(raw.subarray(head + PAGE * i, head + PAGE * (i + 1)), page * PAGE));
  });
}

export function packNumbers(id: string, numbers: readonly number[], pack: Pack): Promise<Section> {
  return pack(id, 1, Flag.Required, numberList(numbers));
}
function numberList(numbers: readonly number[]): Uint8Array {
  const raw = new Uint8Array(4 + 4 * numbers.length);
  const view = new DataView(raw.buffer);
  view.setUint32(0, numbers.length, true);
  numbers.forEach((n, i) => view.setUint32(4 + 4 * i, n, true));
  return raw;
}
/** Each below `limit`. */
export function readNumbers(raw: Uint8Array, limit: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = raw.length >= 4 ? view.getUint32(0, true) : 0;
  if (raw.length < 4 + 4 * count) throw new SnapshotError('a section of RAM ends too early: the file is damaged');
  const numbers = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true));
  if (numbers.some((n) => n >= limit)) throw new SnapshotError('a page lies outside of RAM: the file is damaged');
  return numbers;
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += SIDE_BY_SIDE)
    results.push(...(await Promise.all(items.slice(at, at + SIDE_BY_SIDE).map(work))));
  return results;
}
