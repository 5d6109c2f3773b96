/** Reads the region that the core has kept for the host at WATCHED (assembly/jit/records.ts). */
import type { Core } from './core.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { Region, RegionBlock } from './types.ts';

const PAGES = 256;
const BLOCKS = 1024;
const PAGE_ENTRY = 24;
const BLOCK = 128;
const CASES = 56;
const PAGE = 4096n;
const NONE = 0xffff_ffff;
/** By Control of assembly/interpreter/survey.ts. */
const CONTROLS = ['next', 'jump', 'branch', 'indirect', 'return', 'undefined'] as const;

/** A block as the core has it: others by their number there. */
interface RawBlock {
  readonly rip: bigint;
  readonly end: bigint;
  readonly count: number;
  readonly control: RegionBlock['control'];
  readonly taken: number;
  readonly next: number;
  readonly context: number;
  readonly order: number;
  readonly isLoop: boolean;
  readonly isMerge: boolean;
  readonly ending: number;
  readonly cases: readonly number[];
}

/** The blocks in reverse postorder, then the places outside to which they lead. `names`: of endings. */
export function readGraph(core: Core, memory: GuestMemory, region: Region, names: readonly string[]): RegionBlock[] {
  const view = new DataView(core.memory.buffer, core.at.WATCHED);
  const raw = Array.from({ length: view.getUint32(4, true) }, (_, i) => readBlock(view, BLOCKS + i * BLOCK));
  const numbers = inOrder(raw);
  const places = new Map(numbers.map((number, place) => [number, place]));
  const pages = readPages(view, core.at.RAM);
  const calls = new Map([[0, 0]]);
  return numbers.map((number) => {
    const block = raw[number] as RawBlock;
    const { rip, control, isLoop, isMerge } = block;
    if (block.count && !calls.has(block.context)) calls.set(block.context, calls.size);
    return {
      rip,
      code: readCode(memory, pages, region, block),
      instructions: block.count,
      control,
      taken: places.get(takenOf(block)),
      next: places.get(nextOf(block)),
      cases: block.cases.map((to) => places.get(to)).filter((to) => to !== undefined),
      isLoop,
      isMerge,
      call: calls.get(block.context) ?? 0,
      ending: block.ending ? names[block.ending] : undefined,
    };
  });
}
function readBlock(view: DataView, at: number): RawBlock {
  const u32 = (n: number): number => view.getUint32(at + 16 + 4 * n, true);
  return {
    rip: view.getBigUint64(at, true),
    end: view.getBigUint64(at + 8, true),
    count: u32(0),
    control: CONTROLS[u32(1)] ?? 'undefined',
    taken: u32(2),
    next: u32(3),
    context: u32(4),
    order: u32(5),
    isLoop: u32(6) !== 0,
    isMerge: u32(7) !== 0,
    ending: u32(8),
    cases: Array.from({ length: u32(9) }, (_, i) => view.getUint32(at + CASES + 4 * i, true)),
  };
}
function inOrder(raw: readonly RawBlock[]): number[] {
  const all = raw.map((block, number) => ({ ...block, number }));
  const inside = all.filter(({ order }) => order !== NONE).sort((a, b) => a.order - b.order);
  const reached = new Set(inside.flatMap((block) => [takenOf(block), nextOf(block), ...block.cases]));
  const outside = all.filter(({ order, number }) => order === NONE && reached.has(number));
  return [...inside, ...outside].map(({ number }) => number);
}
/** NONE when its control knows no such way. */
function takenOf({ control, taken }: RawBlock): number {
  return control === 'next' || control === 'undefined' ? NONE : taken;
}
function nextOf({ control, next }: RawBlock): number {
  return control === 'next' || control === 'branch' ? next : NONE;
}

/** Physical addresses of the pages, by linear address. */
function readPages(view: DataView, ram: number): ReadonlyMap<bigint, number> {
  const entries = Array.from({ length: view.getUint32(8, true) }, (_, i): [bigint, number] => {
    const at = PAGES + i * PAGE_ENTRY;
    return [view.getBigUint64(at, true), view.getUint32(at + 16, true) - ram];
  });
  return new Map(entries);
}
/** From where the translator has read it, whatever is mapped there by now. */
function readCode(
  memory: GuestMemory,
  pages: ReadonlyMap<bigint, number>,
  { rip, linear, mode }: Region,
  block: RawBlock,
): Uint8Array {
  return Uint8Array.from({ length: Number(block.end - block.rip) }, (_, i) => {
    const address = BigInt.asUintN(mode.bits === 64 ? 64 : 32, linear - rip + block.rip + BigInt(i));
    const page = pages.get(address - (address % PAGE));
    return page === undefined ? 0 : (memory.bytes[page + Number(address % PAGE)] ?? 0);
  });
}
