/** Prefixes, ModRM and the linear address of the memory operand: just enough to run x87 vectors without a CPU. */
import { defaultRegister, type Vector } from './vectors.ts';

const CODE_ADDRESS = 0x110800n;
const DATA_BASE = 0x200000n;
const STACK_BASE = 0x300000n;
const SEGMENT_AND_LOCK = [0x26, 0x2e, 0x36, 0x3e];

export interface Decoded {
  opcode: number;
  modrm: number;
  operand16: boolean;
  /** Linear address of the memory operand. */
  address: number;
}

export function decode(vector: Vector): Decoded {
  const { code, mode } = vector;
  let at = 0,
    operand16 = mode === 16,
    addressBits: number = mode,
    rex = 0;
  for (; ; at++) {
    const byte = code[at]!;
    if (byte === 0x66) operand16 = mode !== 16;
    else if (byte === 0x67) addressBits = mode === 64 ? 32 : mode === 32 ? 16 : 32;
    else if (mode === 64 && (byte & 0xf0) === 0x40) rex = byte;
    else if (!SEGMENT_AND_LOCK.includes(byte)) break;
  }
  const opcode = code[at++]!;
  const modrm = opcode === 0x9b ? 0xc0 : code[at++]!;
  let address = 0;
  if (modrm < 0xc0) {
    const offset = addressBits === 16 ? offset16(vector, modrm, at) : offset32(vector, modrm, at, rex);
    address = Number(BigInt.asUintN(addressBits, offset) + segmentBase(vector, modrm, at, addressBits));
  }
  return { opcode, modrm, operand16, address };
}

/** Only 16-bit vectors have segment bases; BP, EBP and ESP as base mean SS. */
function segmentBase(vector: Vector, modrm: number, at: number, addressBits: number): bigint {
  if (vector.mode !== 16) return 0n;
  const mod = modrm >> 6,
    rm = modrm & 7;
  const base = addressBits === 32 && rm === 4 ? vector.code[at]! & 7 : rm;
  const onStack =
    addressBits === 16 ? rm === 2 || rm === 3 || (rm === 6 && mod !== 0) : base === 4 || (base === 5 && mod !== 0);
  return onStack ? STACK_BASE : DATA_BASE;
}

function register(vector: Vector, i: number): bigint {
  return vector.initial.gpr.get(i) ?? defaultRegister(vector.mode, i);
}

function offset16(vector: Vector, modrm: number, at: number): bigint {
  const mod = modrm >> 6,
    rm = modrm & 7;
  if (mod === 0 && rm === 6) return BigInt(vector.code.readUInt16LE(at));
  const pairs = [[3, 6], [3, 7], [5, 6], [5, 7], [6], [7], [5], [3]];
  const base = pairs[rm]!.reduce((sum, i) => sum + register(vector, i), 0n);
  return base + displacement(vector.code, mod === 2 ? 2 : mod, at);
}

function displacement(code: Buffer, bytes: number, at: number): bigint {
  return bytes ? BigInt(code.readIntLE(at, bytes)) : 0n;
}

function offset32(vector: Vector, modrm: number, at: number, rex: number): bigint {
  const { code, mode } = vector;
  const mod = modrm >> 6,
    rm = modrm & 7;
  const bytes = mod === 1 ? 1 : mod === 2 ? 4 : 0;
  if (rm === 4) return scaled(vector, mod, bytes, at, rex);
  if (mod === 0 && rm === 5) {
    const disp = displacement(code, 4, at);
    return mode === 64 ? CODE_ADDRESS + BigInt(at + 4) + disp : disp;
  }
  return register(vector, rm | ((rex & 1) << 3)) + displacement(code, bytes, at);
}

function scaled(vector: Vector, mod: number, bytes: number, at: number, rex: number): bigint {
  const sib = vector.code[at]!;
  const index = ((sib >> 3) & 7) | ((rex & 2) << 2);
  const noBase = mod === 0 && (sib & 7) === 5;
  const base = noBase ? 0n : register(vector, (sib & 7) | ((rex & 1) << 3));
  const offset = index === 4 ? 0n : register(vector, index) << BigInt(sib >> 6);
  return base + offset + displacement(vector.code, noBase ? 4 : bytes, at + 1);
}
