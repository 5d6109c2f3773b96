/**
 * Random programs as plain data: what the generator makes, the shrinker takes away from, and kept failures are made of.
 * Nothing in them refers to a seed.
 */
export type Mode = 'real' | 'protected16' | 'protected32' | 'long';
export type Bits = 16 | 32 | 64;
export const bitsOf = (mode: Mode): Bits => (mode === 'long' ? 64 : mode === 'protected32' ? 32 : 16);

/** An address that the assembler puts into an item: that of label `to`, plus something. */
export interface Fix {
  at: number;
  size: number;
  /** A block's or an item's label; the first block stands for one that is gone. */
  to: string;
  plus?: number;
  relative?: boolean;
}
/** A few bytes of code that make sense together. */
export interface Item {
  name: string;
  bytes: number[];
  fix?: Fix;
  /** What comes before a displacement of eight bits, where that is enough. */
  short?: number[];
  label?: string;
}
export interface Block {
  label: string;
  /** Offset in its page at which it begins, by way of a jump; else it follows the block before. */
  at?: number;
  items: Item[];
}
export interface Program {
  mode: Mode;
  cpl: 0 | 3;
  paging: boolean;
  /** DS and ES have bases and limits. */
  segmented: boolean;
  /** CS has a limit of 64 KiB. */
  limitedCode: boolean;
  /** Code pages may be written where they are executed, and not by the alias only. */
  writableCode: boolean;
  /** FLAGS at the beginning and after each exception. */
  eflags: number;
  /** Ticks of the PIT between two interrupts, 0: none. */
  timer: number;
  /** Offset of the first block in the code pages. */
  start: number;
  /** Physical page numbers of the code pages. */
  physical: number[];
  /** Seed of the data pages' contents. */
  data: number;
  /** General registers at the beginning, in hexadecimal. */
  registers: string[];
  blocks: Block[];
  /** Labels of the blocks in TABLE. */
  table: string[];
  /** Instructions of each call of `run`. */
  chunks: number[];
  /** Before which of them the program goes on at another block, an index in `table`; -1: it does not. */
  kicks: number[];
  threshold: number;
  /** Values of switches by name. */
  switches: Record<string, number>;
}
