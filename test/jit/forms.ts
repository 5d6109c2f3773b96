/** The encodings from which random programs are made: what the translator has a body for, by mnemonic. */
import type { Mode } from '../support/core.ts';

export interface Form {
  name: string;
  opcode: readonly number[];
  /** ModRM reg field: an opcode extension, or any register. Without it there is no ModRM. */
  reg?: number | 'any';
  memoryOnly?: boolean;
  /** With a LOCK prefix. */
  lock?: boolean;
  /** The last opcode byte takes a register in its low three bits. */
  plus?: boolean;
  /** Ib; Iw; Iz: 16 or 32 bits; Iv: up to 64; O: of the address size, a data address. */
  immediate?: 'b' | 'w' | 'z' | 'v' | 'o';
  byte?: boolean;
  /** Addresses memory without ModRM: any address size will do. */
  addressed?: boolean;
  /** Translated code leaves some of these to the interpreter though they do not fault. */
  leaves?: boolean;
  modes?: readonly Mode[];
}

const LEGACY: readonly Mode[] = [16, 32];
const CC = ['o', 'no', 'b', 'nb', 'z', 'nz', 'be', 'nbe', 's', 'ns', 'p', 'np', 'l', 'nl', 'le', 'nle'];

function alu(): Form[] {
  return ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'].flatMap((name, i): Form[] => [
    { name, opcode: [i * 8], reg: 'any', byte: true },
    { name, opcode: [i * 8 + 1], reg: 'any' },
    { name, opcode: [i * 8 + 2], reg: 'any', byte: true },
    { name, opcode: [i * 8 + 3], reg: 'any' },
    { name, opcode: [i * 8 + 4], immediate: 'b', byte: true },
    { name, opcode: [i * 8 + 5], immediate: 'z' },
    { name, opcode: [0x80], reg: i, immediate: 'b', byte: true },
    { name, opcode: [0x81], reg: i, immediate: 'z' },
    { name, opcode: [0x83], reg: i, immediate: 'b' },
    { name, opcode: [0x82], reg: i, immediate: 'b', byte: true, modes: LEGACY },
  ]);
}
function shifts(): Form[] {
  const rows: readonly (readonly [string, number])[] = [
    ['rol', 0],
    ['ror', 1],
    ['rcl', 2],
    ['rcr', 3],
    ['shl', 4],
    ['shr', 5],
    ['shl', 6],
    ['sar', 7],
  ];
  return rows.flatMap(([name, reg]): Form[] => [
    { name: `${name} imm`, opcode: [0xc0], reg, immediate: 'b', byte: true },
    { name: `${name} imm`, opcode: [0xc1], reg, immediate: 'b' },
    { name: `${name} 1`, opcode: [0xd0], reg, byte: true },
    { name: `${name} 1`, opcode: [0xd1], reg },
    { name: `${name} cl`, opcode: [0xd2], reg, byte: true },
    { name: `${name} cl`, opcode: [0xd3], reg },
  ]);
}
function bits(): Form[] {
  return ['bt', 'bts', 'btr', 'btc'].flatMap((name, i): Form[] => [
    { name, opcode: [0x0f, 0xa3 + i * 8], reg: 'any' },
    { name: `${name} imm`, opcode: [0x0f, 0xba], reg: 4 + i, immediate: 'b' },
    ...(i
      ? [{ name: `lock ${name}`, opcode: [0x0f, 0xa3 + i * 8], reg: 'any', memoryOnly: true, lock: true } as const]
      : []),
  ]);
}
function segments(): Form[] {
  const names = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
  return [
    ...names.map((name, reg): Form => ({ name: `mov ${name}`, opcode: [0x8c], reg })),
    ...names.slice(0, 4).map((name, i): Form => ({ name: `push ${name}`, opcode: [6 + i * 8], modes: LEGACY })),
    { name: 'push fs', opcode: [0x0f, 0xa0] },
    { name: 'push gs', opcode: [0x0f, 0xa8] },
  ];
}
function strings(): Form[] {
  const rows: readonly (readonly [string, number])[] = [
    ['movs', 0xa4],
    ['cmps', 0xa6],
    ['stos', 0xaa],
    ['lods', 0xac],
    ['scas', 0xae],
  ];
  return rows.flatMap(([name, opcode]): Form[] => [
    { name, opcode: [opcode], byte: true, addressed: true },
    { name, opcode: [opcode + 1], addressed: true },
  ]);
}
function conditional(): Form[] {
  return CC.flatMap((cc, i): Form[] => [
    { name: `cmov${cc}`, opcode: [0x0f, 0x40 + i], reg: 'any' },
    { name: `set${cc}`, opcode: [0x0f, 0x90 + i], reg: 0, byte: true },
  ]);
}
/** Both widths of a group member: `opcode` for bytes, the next one for words. */
function group(name: string, opcode: number, reg: number): Form[] {
  return [
    { name, opcode: [opcode], reg, byte: true },
    { name, opcode: [opcode + 1], reg },
  ];
}
const pair = (name: string, ...opcode: number[]): Form[] => [
  { name, opcode, reg: 'any', byte: true },
  { name, opcode: opcode.map((b, i) => (i === opcode.length - 1 ? b + 1 : b)), reg: 'any' },
];

export const DIVISIONS: readonly Form[] = [...group('div', 0xf6, 6), ...group('idiv', 0xf6, 7)];

/** Instructions after which the block goes on. */
export const STRAIGHT: readonly Form[] = [
  ...alu(),
  ...shifts(),
  ...conditional(),
  ...bits(),
  ...segments(),
  ...strings(),
  ...DIVISIONS,
  ...group('mul', 0xf6, 4),
  ...group('imul wide', 0xf6, 5),
  { name: 'shld imm', opcode: [0x0f, 0xa4], reg: 'any', immediate: 'b' },
  { name: 'shld cl', opcode: [0x0f, 0xa5], reg: 'any' },
  { name: 'shrd imm', opcode: [0x0f, 0xac], reg: 'any', immediate: 'b' },
  { name: 'shrd cl', opcode: [0x0f, 0xad], reg: 'any' },
  { name: 'bsf', opcode: [0x0f, 0xbc], reg: 'any' },
  { name: 'bsr', opcode: [0x0f, 0xbd], reg: 'any' },
  { name: 'cmpxchg8b', opcode: [0x0f, 0xc7], reg: 1, memoryOnly: true, leaves: true },
  { name: 'lock cmpxchg8b', opcode: [0x0f, 0xc7], reg: 1, memoryOnly: true, leaves: true, lock: true },
  ...group('inc', 0xfe, 0),
  ...group('dec', 0xfe, 1),
  { name: 'inc', opcode: [0x40], plus: true, modes: LEGACY },
  { name: 'dec', opcode: [0x48], plus: true, modes: LEGACY },
  ...group('not', 0xf6, 2),
  ...group('neg', 0xf6, 3),
  { name: 'test', opcode: [0xf6], reg: 0, immediate: 'b', byte: true },
  { name: 'test', opcode: [0xf7], reg: 0, immediate: 'z' },
  ...pair('test', 0x84),
  { name: 'test', opcode: [0xa8], immediate: 'b', byte: true },
  { name: 'test', opcode: [0xa9], immediate: 'z' },
  { name: 'imul', opcode: [0x69], reg: 'any', immediate: 'z' },
  { name: 'imul', opcode: [0x6b], reg: 'any', immediate: 'b' },
  { name: 'imul', opcode: [0x0f, 0xaf], reg: 'any' },
  { name: 'push', opcode: [0x50], plus: true },
  { name: 'push', opcode: [0x68], immediate: 'z' },
  { name: 'push', opcode: [0x6a], immediate: 'b' },
  { name: 'push', opcode: [0xff], reg: 6 },
  { name: 'pop', opcode: [0x58], plus: true },
  { name: 'pop', opcode: [0x8f], reg: 0 },
  { name: 'leave', opcode: [0xc9] },
  ...pair('xchg', 0x86),
  { name: 'xchg', opcode: [0x90], plus: true },
  ...pair('xadd', 0x0f, 0xc0),
  ...pair('cmpxchg', 0x0f, 0xb0),
  ...pair('mov', 0x88),
  ...pair('mov', 0x8a),
  { name: 'mov', opcode: [0xb0], plus: true, immediate: 'b', byte: true },
  { name: 'mov', opcode: [0xb8], plus: true, immediate: 'v' },
  { name: 'mov', opcode: [0xc6], reg: 0, immediate: 'b', byte: true },
  { name: 'mov', opcode: [0xc7], reg: 0, immediate: 'z' },
  { name: 'mov', opcode: [0xa0], immediate: 'o', byte: true },
  { name: 'mov', opcode: [0xa1], immediate: 'o' },
  { name: 'mov', opcode: [0xa2], immediate: 'o', byte: true },
  { name: 'mov', opcode: [0xa3], immediate: 'o' },
  { name: 'movzx', opcode: [0x0f, 0xb6], reg: 'any' },
  { name: 'movzx', opcode: [0x0f, 0xb7], reg: 'any' },
  { name: 'movsx', opcode: [0x0f, 0xbe], reg: 'any' },
  { name: 'movsx', opcode: [0x0f, 0xbf], reg: 'any' },
  { name: 'movsxd', opcode: [0x63], reg: 'any', modes: [64] },
  { name: 'lea', opcode: [0x8d], reg: 'any', memoryOnly: true },
  { name: 'cbw', opcode: [0x98] },
  { name: 'cwd', opcode: [0x99] },
  { name: 'bswap', opcode: [0x0f, 0xc8], plus: true },
  { name: 'clc', opcode: [0xf8] },
  { name: 'stc', opcode: [0xf9] },
  { name: 'cmc', opcode: [0xf5] },
  { name: 'cld', opcode: [0xfc] },
  { name: 'std', opcode: [0xfd] },
  { name: 'cli', opcode: [0xfa] },
  { name: 'pushf', opcode: [0x9c] },
  { name: 'lahf', opcode: [0x9f] },
  { name: 'sahf', opcode: [0x9e] },
  { name: 'salc', opcode: [0xd6], modes: LEGACY },
  { name: 'xlat', opcode: [0xd7], addressed: true },
  { name: 'pusha', opcode: [0x60], modes: LEGACY },
  { name: 'popa', opcode: [0x61], modes: LEGACY },
  { name: 'nop', opcode: [0x0f, 0x1f], reg: 0 },
];
/** Instructions that end a block. */
export const TRANSFERS: readonly Form[] = [
  ...CC.flatMap((cc, i): Form[] => [
    { name: `j${cc}`, opcode: [0x70 + i], immediate: 'b' },
    { name: `j${cc}`, opcode: [0x0f, 0x80 + i], immediate: 'z' },
  ]),
  { name: 'jmp', opcode: [0xeb], immediate: 'b' },
  { name: 'jmp', opcode: [0xe9], immediate: 'z' },
  { name: 'jmp indirect', opcode: [0xff], reg: 4 },
  { name: 'call', opcode: [0xe8], immediate: 'z' },
  { name: 'call indirect', opcode: [0xff], reg: 2 },
  { name: 'ret', opcode: [0xc3] },
  { name: 'ret imm', opcode: [0xc2], immediate: 'w' },
  { name: 'loopne', opcode: [0xe0], immediate: 'b' },
  { name: 'loope', opcode: [0xe1], immediate: 'b' },
  { name: 'loop', opcode: [0xe2], immediate: 'b' },
  { name: 'jcxz', opcode: [0xe3], immediate: 'b' },
];
/** A sample of what only the interpreter has: blocks end before these. */
export const INTERPRETED: readonly Form[] = [
  { name: 'daa', opcode: [0x27], modes: LEGACY },
  { name: 'aam', opcode: [0xd4], immediate: 'b', modes: LEGACY },
  { name: 'bound', opcode: [0x62], reg: 'any', memoryOnly: true, modes: LEGACY },
  { name: 'mov to es', opcode: [0x8e], reg: 0 },
  { name: 'sti', opcode: [0xfb] },
  { name: 'rep stos', opcode: [0xf3, 0xab] },
  { name: 'repne scas', opcode: [0xf2, 0xae], byte: true },
  { name: 'ud2', opcode: [0x0f, 0x0b] },
];
/** Before a division these make a dividend whose quotient often fits. */
export const DIVIDENDS: readonly Form[] = [
  { name: 'cwd', opcode: [0x99] },
  { name: 'cbw', opcode: [0x66, 0x98], modes: [32, 64] },
  { name: 'mov', opcode: [0xba], immediate: 'v' },
  { name: 'mov', opcode: [0xb4], immediate: 'b', byte: true },
];
/** Pairs of these leave a condition to be computed from its operands. */
export const COMPARISONS: readonly Form[] = STRAIGHT.filter(
  ({ name, modes }) =>
    !modes && ['add', 'adc', 'sub', 'sbb', 'cmp', 'test', 'neg', 'dec', 'inc', 'shl imm'].includes(name),
);
export const CONDITIONAL: readonly Form[] = conditional();
