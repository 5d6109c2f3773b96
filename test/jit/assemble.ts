/** Puts a program's blocks one after the other and fills in the addresses. */
import { CODE, CODE_PAGES, PAGE } from './layout.ts';
import { type Bits, bitsOf, type Block, type Item, type Program } from './program.ts';

const NOP = 0x90;
/** Short jumps become long ones until all reach; never the other way round, so this ends. */
const ROUNDS = 8;

export interface Assembled {
  /** From CODE on, as it is in linear memory. */
  bytes: Uint8Array;
  labels: Map<string, number>;
}
interface Placed {
  item: Item;
  at: number;
  short: boolean;
}

export const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => (i < 4 ? value >> (i * 8) : value >> 31) & 0xff);

export function jump(opcode: readonly number[], to: string, bits: Bits, short?: readonly number[]): Item {
  const size = bits === 16 ? 2 : 4;
  const bytes = [...opcode, ...le(0, size)];
  const fix = { at: opcode.length, size, to, relative: true };
  return { name: `to ${to}`, bytes, fix, ...(short ? { short: [...short] } : {}) };
}

export function assemble(program: Program): Assembled {
  const long = new Set<Item>();
  for (let round = 0; ; round++) {
    const { placed, labels } = place(program, long);
    const grown = placed.filter(({ item, at, short }) => short && !reaches(item, at, labels));
    if (!grown.length || round === ROUNDS) return { bytes: write(placed, labels), labels };
    for (const { item } of grown) long.add(item);
  }
}
function place(program: Program, long: ReadonlySet<Item>): { placed: Placed[]; labels: Map<string, number> } {
  const placed: Placed[] = [];
  const labels = new Map<string, number>();
  let at = CODE + program.start;
  const put = (item: Item): void => {
    const short = item.short !== undefined && !long.has(item);
    if (item.label) labels.set(item.label, at);
    placed.push({ item, at, short });
    at += short ? (item.short?.length ?? 0) + 1 : item.bytes.length;
  };
  for (const block of program.blocks) {
    if (block.at !== undefined) {
      put(jumpTo(block, bitsOf(program.mode)));
      at += (block.at - at) & (PAGE - 1);
    }
    labels.set(block.label, at);
    block.items.forEach(put);
  }
  return { placed, labels };
}
const jumps = new WeakMap<Block, Item>();
/** The same one each time, since it may have become a long one. */
function jumpTo(block: Block, bits: Bits): Item {
  const known = jumps.get(block) ?? jump([0xe9], block.label, bits, [0xeb]);
  jumps.set(block, known);
  return known;
}
function target({ fix }: Item, labels: ReadonlyMap<string, number>): number {
  const [first = CODE] = labels.values();
  return (labels.get(fix?.to ?? '') ?? first) + (fix?.plus ?? 0);
}
function reaches(item: Item, at: number, labels: ReadonlyMap<string, number>): boolean {
  const distance = target(item, labels) - (at + (item.short?.length ?? 0) + 1);
  return distance >= -128 && distance < 128;
}
function write(placed: readonly Placed[], labels: ReadonlyMap<string, number>): Uint8Array {
  const bytes = new Uint8Array(CODE_PAGES * PAGE).fill(NOP);
  for (const { item, at, short } of placed) {
    const code = short ? [...(item.short ?? []), 0] : [...item.bytes];
    const fix = short && item.fix ? { ...item.fix, at: code.length - 1, size: 1 } : item.fix;
    if (fix) {
      const value = target(item, labels) - (fix.relative ? at + fix.at + fix.size : 0);
      code.splice(fix.at, fix.size, ...le(value, fix.size));
    }
    code.forEach((byte, i) => {
      if (at - CODE + i < bytes.length) bytes[at - CODE + i] = byte;
    });
  }
  return bytes;
}
