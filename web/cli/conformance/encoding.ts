/**
 * Names an encoding by what selects the instruction ("66 0F AF", "F7 /6", "VEX.2.F5"), and tells which CPUID feature an
 * instruction needs that hides among older ones, so that vectors of what the core does not announce can be left out.
 */
import type { Mode } from './setup.ts';

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
const bytes = (text: string): Set<number> => new Set(text.split(' ').map((byte) => parseInt(byte, 16)));

const LEGACY_PREFIXES = bytes('26 2E 36 3E 64 65 66 67 F0 F2 F3');
/** Opcodes whose ModRM.reg selects the instruction. */
const GROUPS = bytes('80 81 82 83 8F C0 C1 C6 C7 D0 D1 D2 D3 F6 F7 FE FF');
const GROUPS_0F = bytes('00 01 18 71 72 73 AE BA C7');
const REP_GIVEN_MEANING = bytes('10 11 12 16 2A 2C 2D 51 52 53 58 59 5A 5B 5C 5D 5E 5F 6F 70 7E 7F B8 BC BD C2 D6 E6');

export interface Encoding {
  prefixes: Set<number>;
  /** 0: one byte; 1: 0F; 2: 0F 38; 3: 0F 3A. */
  map: number;
  opcode: number;
  modrm: number;
  vex: boolean;
  length: number;
}

export function parseEncoding(code: Uint8Array, mode: Mode): Encoding {
  const at = (i: number): number => code[i] ?? 0;
  const prefixes = new Set<number>();
  let i = 0;
  while (LEGACY_PREFIXES.has(at(i))) prefixes.add(at(i++));
  if (mode === 64 && (at(i) & 0xf0) === 0x40) i++;
  const length = code.length;
  const vexPossible = mode === 64 || at(i + 1) >= 0xc0;
  if (vexPossible && (at(i) === 0xc4 || at(i) === 0xc5)) {
    const short = at(i) === 0xc5;
    const opcode = i + (short ? 2 : 3);
    return { prefixes, map: short ? 1 : at(i + 1) & 31, opcode: at(opcode), modrm: at(opcode + 1), vex: true, length };
  }
  let map = 0;
  if (at(i) === 0x0f) {
    map = at(i + 1) === 0x38 ? 2 : at(i + 1) === 0x3a ? 3 : 1;
    i += map === 1 ? 1 : 2;
  }
  return { prefixes, map, opcode: at(i), modrm: at(i + 1), vex: false, length };
}

/** x87: a memory form by ModRM.reg, D9 E0..FF by the whole ModRM byte, others name a register. */
function escapeName(opcode: number, modrm: number): string {
  if (modrm < 0xc0) return `${hex(opcode)} m/${(modrm >> 3) & 7}`;
  const whole = opcode === 0xd9 && modrm >= 0xe0;
  return `${hex(opcode)} ${hex(whole ? modrm : modrm & 0xf8)}${whole ? '' : '+i'}`;
}

const MAP_NAMES = ['', '0F ', '0F38 ', '0F3A '];

/** The encoding's name in tables. Operand-size and repeat prefixes count only where they select the instruction. */
export function encodingName({ prefixes, map, opcode, modrm, vex }: Encoding): string {
  const reg = (modrm >> 3) & 7;
  if (vex) return `VEX.${map} ${hex(opcode)}`;
  const escape = map === 0 && opcode >= 0xd8 && opcode <= 0xdf;
  if (escape) return escapeName(opcode, modrm);
  const group = map === 0 ? GROUPS.has(opcode) : map === 1 && GROUPS_0F.has(opcode);
  const repeat = map === 0 || REP_GIVEN_MEANING.has(opcode) ? [0xf2, 0xf3].find((p) => prefixes.has(p)) : undefined;
  const size =
    map > 1 || (map === 1 && opcode >= 0x10 && opcode < 0x80 && opcode >> 4 !== 4) ? prefixes.has(0x66) : false;
  const mandatory = `${size ? '66 ' : ''}${repeat ? `${hex(repeat)} ` : ''}`;
  return `${mandatory}${MAP_NAMES[map] ?? ''}${hex(opcode)}${group ? ` /${reg}` : ''}`;
}

/** Features of vector groups as a whole, by the group's name in the file's name. */
const GROUP_FEATURES: Record<string, string> = {
  mmx: 'MMX',
  'sse-int': 'SSE2',
  'sse-fp': 'SSE2',
  'sse-cvt': 'SSE2',
  'sse3-sse42': 'SSE4.2',
  avx: 'AVX',
  bmi: 'BMI1',
};

/** The feature that the encoding needs beyond the common integer set and the x87, or undefined. */
export function neededFeature(encoding: Encoding, group: string): string | undefined {
  const whole = Object.entries(GROUP_FEATURES).find(([name]) => name === group);
  if (whole) return whole[1];
  const { prefixes, map, opcode, modrm, vex } = encoding;
  if (vex) return 'AVX';
  const f3 = prefixes.has(0xf3);
  if (map === 1 && opcode === 0xb8 && f3) return 'POPCNT';
  if (map === 1 && opcode === 0xbc && f3) return 'BMI1';
  if (map === 1 && opcode === 0xbd && f3) return 'LZCNT';
  if (map === 1 && opcode === 0xc3) return 'SSE2';
  if (map === 1 && opcode === 0xc7 && modrm >= 0xc0) return 'RDRAND';
  if (map === 1 && opcode === 0xae && ((modrm >> 3) & 7) === 2) return 'SSE';
  if (map === 1 && opcode >= 0x10 && opcode <= 0x17) return 'SSE';
  if (map === 2 && (opcode === 0xf0 || opcode === 0xf1)) return prefixes.has(0xf2) ? 'SSE4.2' : 'MOVBE';
  if (map === 2 && opcode === 0xf6) return 'ADX';
  if (map === 1 && opcode >= 0x50 && opcode <= 0x7f) return 'SSE2';
  return undefined;
}
