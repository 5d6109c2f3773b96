/** Facts about the x87 from the SDM: constants, classes, exceptions, state images, transcendental functions. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildFpu } from './fpu/build.ts';
import { DATA_SIZE, FpuMachine, type Value } from './fpu/machine.ts';

const IE = 1,
  DE = 2,
  ZE = 4,
  OE = 8,
  UE = 0x10,
  PE = 0x20,
  SF = 0x40,
  ES = 0x80,
  C1 = 0x200,
  C2 = 0x400,
  BUSY = 0x8000;
const UD = 6,
  NM = 7,
  GP = 13,
  PF = 14,
  MF = 16;
const ONE: Value = [0x3fff, 1n << 63n];
const INFINITY: Value = [0x7fff, 1n << 63n];
const INDEFINITE: Value = [0xffff, 3n << 62n];
const ZERO: Value = [0, 0n];
const SNAN: Value = [0x7fff, (1n << 63n) | 1n];
const LARGEST: Value = [0x7ffe, (1n << 64n) - 1n];

let machine: FpuMachine;
beforeAll(async () => {
  machine = new FpuMachine(await buildFpu());
});
beforeEach(() => machine.clear());

/** A small integer as a register value. */
function integer(n: number): Value {
  if (n === 0) return ZERO;
  const bits = Math.floor(Math.log2(Math.abs(n)));
  return [(n < 0 ? 0x8000 : 0) | (16383 + bits), BigInt(Math.abs(n)) << BigInt(63 - bits)];
}
/** ST(0), ST(1), ... */
function stack(...values: Value[]): void {
  values.forEach((value, i) => machine.setValue(i, value));
}

describe('x87 values', () => {
  it('FNINIT sets CW 037F, SW 0, all empty', () => {
    stack(ONE, ONE);
    machine.status = 0x3fff;
    machine.run(0xdb, 0xe3);
    expect([machine.control, machine.status, machine.full]).toEqual([0x37f, 0, 0]);
  });

  it('RESET leaves CW 0040 and no register empty', () => {
    machine.core.reset();
    expect([machine.control, machine.status, machine.full, machine.mxcsr]).toEqual([0x40, 0, 0xff, 0x1f80]);
  });

  it.each([
    ['FLD1', 0xe8, 0, ONE],
    ['FLDL2T', 0xe9, 0, [0x4000, 0xd49a784bcd1b8afen]],
    ['FLDL2T rounding up', 0xe9, 2, [0x4000, 0xd49a784bcd1b8affn]],
    ['FLDL2E', 0xea, 0, [0x3fff, 0xb8aa3b295c17f0bcn]],
    ['FLDPI', 0xeb, 0, [0x4000, 0xc90fdaa22168c235n]],
    ['FLDPI chopping', 0xeb, 3, [0x4000, 0xc90fdaa22168c234n]],
    ['FLDLG2', 0xec, 0, [0x3ffd, 0x9a209a84fbcff799n]],
    ['FLDLN2', 0xed, 0, [0x3ffe, 0xb17217f7d1cf79acn]],
    ['FLDLN2 rounding down', 0xed, 1, [0x3ffe, 0xb17217f7d1cf79abn]],
    ['FLDZ', 0xee, 0, ZERO],
  ] as [string, number, number, Value][])('%s', (_name, modrm, rc, want) => {
    machine.control = 0x37f | (rc << 10);
    machine.run(0xd9, modrm);
    expect(machine.value(0)).toEqual(want);
    expect(machine.top).toBe(7);
  });

  it.each([
    ['normal', ONE, 0x0400],
    ['negative', integer(-1), 0x0600],
    ['zero', ZERO, 0x4000],
    ['infinity', INFINITY, 0x0500],
    ['NaN', SNAN, 0x0100],
    ['denormal', [0, 1n], 0x4400],
    ['unnormal', [0x3fff, 1n], 0x0000],
  ] as [string, Value, number][])('FXAM knows a %s', (_name, value, codes) => {
    stack(value);
    machine.run(0xd9, 0xe5);
    expect(machine.status & 0x4700).toBe(codes);
  });

  it('FXAM knows an empty register', () => {
    machine.run(0xd9, 0xe5);
    expect(machine.status & 0x4700).toBe(0x4100);
  });

  it('FLD and FSTP m80 carry any bit pattern without an exception', () => {
    machine.data.set([1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0x7f], 0x100);
    machine.run(0xdb, 0x28, 0x100);
    machine.run(0xdb, 0x38, 0x200);
    expect(machine.data.slice(0x200, 0x20a)).toEqual(machine.data.slice(0x100, 0x10a));
    expect(machine.status & 0x7f).toBe(0);
  });

  it('FPREM1 rounds the quotient to nearest even', () => {
    stack(integer(7), integer(2));
    machine.run(0xd9, 0xf5);
    // 7 / 2 = 3.5: the quotient is 4 and the remainder -1.
    expect(machine.value(0)).toEqual(integer(-1));
    expect(machine.status & 0x4700).toBe(0x0100);
  });

  it('FXTRACT of 0 divides by zero', () => {
    stack([0x8000, 0n]);
    machine.run(0xd9, 0xf4);
    expect(machine.value(0)).toEqual([0x8000, 0n]);
    expect(machine.value(1)).toEqual([0xffff, 1n << 63n]);
    expect(machine.status & 0x7f).toBe(ZE);
  });

  it('FISTP of what does not fit stores the integer indefinite', () => {
    stack(integer(32768));
    machine.run(0xdf, 0x18, 0x100);
    expect(machine.memory.getUint16(0x100, true)).toBe(0x8000);
    expect(machine.status & 0x7f).toBe(IE);
    expect(machine.full).toBe(0);
  });

  it('FISTTP chops in any rounding mode', () => {
    machine.control = 0xb7f;
    machine.memory.setFloat64(0x100, -1.75, true);
    machine.run(0xdd, 0x00, 0x100);
    machine.run(0xdb, 0x08, 0x110);
    expect(machine.memory.getInt32(0x110, true)).toBe(-1);
  });

  it('FCOMI clears OF, SF and AF and sets ZF, PF, CF when unordered', () => {
    stack(ONE, INDEFINITE);
    machine.core.setFlags(0x8d7);
    machine.run(0xdb, 0xe9);
    expect(machine.core.flagsValue() & 0x8d5).toBe(0x45);
    expect(machine.status & 0x7f).toBe(0);
    machine.run(0xdb, 0xf1);
    expect(machine.status & 0x7f).toBe(IE);
  });

  it('undefined encodings raise #UD', () => {
    for (const [opcode, modrm] of [
      [0xd9, 0x08],
      [0xd9, 0xd1],
      [0xd9, 0xe2],
      [0xd9, 0xef],
      [0xda, 0xe0],
      [0xdb, 0x20],
      [0xdb, 0xe5],
      [0xdd, 0x28],
      [0xdd, 0xf0],
      [0xde, 0xd8],
      [0xdf, 0xe1],
      [0xdf, 0xf8],
    ] as const) {
      expect(machine.run(opcode, modrm), `${opcode.toString(16)} ${modrm.toString(16)}`).toBe(UD);
    }
  });
});

describe('x87 transcendental functions', () => {
  /** Correctly rounded values from a calculation with 300 bits. */
  it.each([
    ['F2XM1(1/2)', 0xf0, [[0x3ffe, 1n << 63n]], [0x3ffd, 0xd413cccfe7799211n]],
    ['F2XM1(-3/4)', 0xf0, [[0xbffe, 3n << 62n]], [0xbffd, 0xcf901f5ce48ead21n]],
    ['FYL2X: log2 10', 0xf1, [integer(10), ONE], [0x4000, 0xd49a784bcd1b8afen]],
    ['FYL2X: 7 log2 8', 0xf1, [integer(8), integer(7)], integer(21)],
    ['FYL2XP1: 3 log2 1.25', 0xf9, [[0x3ffd, 1n << 63n], integer(3)], [0x3ffe, 0xf73da38d9d4a83ebn]],
    ['FPATAN: atan2(1, 1)', 0xf3, [ONE, ONE], [0x3ffe, 0xc90fdaa22168c235n]],
    ['FPATAN: atan2(1, -3)', 0xf3, [integer(-3), ONE], [0x4000, 0xb4784afefac9e110n]],
    ['FPATAN: atan2(-5, 2)', 0xf3, [integer(2), integer(-5)], [0xbfff, 0x985b6bcb526d42c5n]],
    ['FSIN(1)', 0xfe, [ONE], [0x3ffe, 0xd76aa47848677021n]],
    ['FCOS(1)', 0xff, [ONE], [0x3ffe, 0x8a51407da8345c92n]],
    ['FCOS(0)', 0xff, [ZERO], ONE],
    ['FSIN(10^10) with the 66-bit pi', 0xfe, [integer(1e10)], [0xbffd, 0xf99a63c49c6f2b1an]],
    ['FSIN(2^62) with the 66-bit pi', 0xfe, [[0x403d, 1n << 63n]], [0xbffe, 0xb506a9dd559cf157n]],
  ] as [string, number, Value[], Value][])('%s', (_name, modrm, operands, want) => {
    stack(...operands);
    machine.run(0xd9, modrm);
    expect(machine.value(0)).toEqual(want);
    expect(machine.status & 0x7f & ~PE).toBe(0);
  });

  it('FSINCOS and FPTAN push', () => {
    stack(ONE);
    machine.run(0xd9, 0xfb);
    expect(machine.value(0)).toEqual([0x3ffe, 0x8a51407da8345c92n]);
    expect(machine.value(1)).toEqual([0x3ffe, 0xd76aa47848677021n]);
    machine.clear();
    stack(ONE);
    machine.run(0xd9, 0xf2);
    expect(machine.value(0)).toEqual(ONE);
    expect(machine.value(1)).toEqual([0x3fff, 0xc75922e5f71d2dc5n]);
  });

  it('2^63 and more is out of reach: C2, nothing changes', () => {
    stack([0x403e, 1n << 63n]);
    for (const modrm of [0xf2, 0xfb, 0xfe, 0xff]) {
      machine.status &= ~C2;
      machine.run(0xd9, modrm);
      expect(machine.status & C2).toBe(C2);
      expect(machine.value(0)).toEqual([0x403e, 1n << 63n]);
    }
  });
});

describe('x87 exceptions', () => {
  it('a masked stack underflow gives the indefinite value, IE, SF and no C1', () => {
    machine.run(0xd9, 0xe0);
    expect(machine.value(0)).toEqual(INDEFINITE);
    expect(machine.status & (0x7f | C1)).toBe(IE | SF);
  });

  it('a masked stack overflow sets C1', () => {
    for (let i = 0; i < 8; i++) machine.run(0xd9, 0xe8);
    machine.run(0xd9, 0xe8);
    expect(machine.value(0)).toEqual(INDEFINITE);
    expect(machine.status & (0x7f | C1)).toBe(IE | SF | C1);
  });

  it('an unmasked division by zero changes no register and raises #MF at the next waiting instruction', () => {
    machine.control = 0x37f & ~ZE;
    stack(ONE, ZERO);
    expect(machine.run(0xd8, 0xf1)).toBe(-1);
    expect(machine.value(0)).toEqual(ONE);
    expect(machine.status & (ZE | ES | BUSY)).toBe(ZE | ES | BUSY);
    expect(machine.run(0xdf, 0xe0)).toBe(-1);
    expect(machine.core.axValue()).toBe(machine.status);
    expect(machine.run(0xd9, 0x38, 0x100)).toBe(-1);
    expect(machine.run(0x9b, 0)).toBe(MF);
    expect(machine.run(0xd9, 0xe8)).toBe(MF);
    expect(machine.top).toBe(0);
    expect(machine.run(0xdb, 0xe2)).toBe(-1);
    expect(machine.status & 0xff).toBe(0);
    expect(machine.run(0x9b, 0)).toBe(-1);
  });

  it('without CR0.NE it asserts FERR# instead, until the error is cleared', () => {
    machine.core.setMode(0x13, 0, false, true, false);
    machine.control = 0x37f & ~IE;
    stack(SNAN, ONE);
    machine.run(0xd8, 0xc1);
    expect(machine.core.ferrState()).toBe(0);
    expect(machine.run(0x9b, 0)).toBe(-1);
    expect(machine.core.ferrState()).toBe(1);
    machine.run(0xdb, 0xe2);
    expect(machine.core.ferrState()).toBe(0);
  });

  it('an unmasked overflow delivers the result with the exponent reduced by 24576', () => {
    machine.control = 0x37f & ~OE;
    stack(LARGEST, LARGEST);
    machine.run(0xd8, 0xc1);
    expect(machine.value(0)).toEqual([0x7fff - 24576, (1n << 64n) - 1n]);
    expect(machine.status & (OE | PE | ES)).toBe(OE | ES);
  });

  it('an unmasked underflow is raised by an exact tiny result', () => {
    machine.control = 0x37f & ~UE;
    stack([1, 1n << 63n], [0x3ffe, 1n << 63n]);
    machine.run(0xd8, 0xc9);
    expect(machine.value(0)).toEqual([24576, 1n << 63n]);
    expect(machine.status & (UE | PE | ES)).toBe(UE | ES);
  });

  it('a masked underflow is raised only by an inexact tiny result', () => {
    stack([1, 1n << 63n], [0x3ffe, 1n << 63n]);
    machine.run(0xd8, 0xc9);
    expect(machine.value(0)).toEqual([0, 1n << 62n]);
    expect(machine.status & (UE | PE)).toBe(0);
    machine.run(0xd8, 0xf1);
    machine.setValue(0, [0, 1n]);
    machine.run(0xd8, 0xc9);
    expect(machine.value(0)).toEqual([0, 0n]);
    expect(machine.status & (UE | PE)).toBe(UE | PE);
  });

  it('an unmasked overflow in FSTP stores and pops nothing', () => {
    machine.control = 0x37f & ~OE;
    stack(LARGEST);
    machine.memory.setFloat64(0x100, 1.5, true);
    machine.run(0xdd, 0x18, 0x100);
    expect(machine.memory.getFloat64(0x100, true)).toBe(1.5);
    expect(machine.full).toBe(1);
    expect(machine.status & (OE | ES)).toBe(OE | ES);
  });

  it('an unmasked inexact result is delivered all the same', () => {
    machine.control = 0x37f & ~PE;
    stack(ONE, integer(3));
    machine.run(0xd8, 0xf1);
    expect(machine.value(0)).toEqual([0x3ffd, 0xaaaaaaaaaaaaaaabn]);
    expect(machine.status & (PE | ES | C1)).toBe(PE | ES | C1);
  });

  it('an unmasked denormal operand stops an addition, and FCOM keeps its condition codes', () => {
    machine.control = 0x37f & ~DE;
    stack(ONE, [0, 1n]);
    machine.status |= 0x4500;
    machine.run(0xd8, 0xd1);
    expect(machine.status & 0x4500).toBe(0x4500);
    expect(machine.status & (DE | PE | ES)).toBe(DE | ES);
    expect(machine.value(0)).toEqual(ONE);
  });

  it('FLDCW that unmasks a flagged exception makes it pending', () => {
    stack(ONE, ZERO);
    machine.run(0xd8, 0xf1);
    machine.memory.setUint16(0x100, 0x340, true);
    expect(machine.run(0xd9, 0x28, 0x100)).toBe(-1);
    expect(machine.status & (ES | BUSY)).toBe(ES | BUSY);
    expect(machine.run(0x9b, 0)).toBe(MF);
  });

  it('CR0.EM and CR0.TS raise #NM; WAIT only heeds TS together with MP', () => {
    const cases: [number, number, number][] = [
      [0x35, NM, -1],
      [0x39, NM, -1],
      [0x3b, NM, NM],
      [0x33, -1, -1],
    ];
    for (const [cr0, escape, wait] of cases) {
      machine.core.setMode(cr0, 0x200, false, true, false);
      expect(machine.run(0xd9, 0xe8)).toBe(escape);
      expect(machine.run(0x9b, 0)).toBe(wait);
    }
  });
});

describe('x87 memory operands', () => {
  it.each([
    ['FLD m64', 0xdd, 0x00, 8],
    ['FADD m32', 0xd8, 0x00, 4],
    ['FSTP m64', 0xdd, 0x18, 8],
    ['FSTP m80', 0xdb, 0x38, 10],
    ['FBSTP', 0xdf, 0x30, 10],
    ['FISTP m16', 0xdf, 0x18, 2],
    ['FNSAVE', 0xdd, 0x30, 108],
    ['FRSTOR', 0xdd, 0x20, 108],
    ['FNSTENV', 0xd9, 0x30, 28],
    ['FLDENV', 0xd9, 0x20, 28],
  ])('%s that faults changes nothing', (_name, opcode, modrm, size) => {
    stack(integer(5), ONE);
    machine.data.fill(0x5a);
    const data = machine.data.slice();
    const before = [machine.control, machine.status, machine.full, ...machine.st(0), ...machine.st(7)];
    expect(machine.run(opcode, modrm, 0x100, 0x100 + size - 1)).toBe(PF);
    expect([machine.control, machine.status, machine.full, ...machine.st(0), ...machine.st(7)]).toEqual(before);
    expect(Buffer.compare(machine.data, data)).toBe(0);
  });

  it.each([
    ['32-bit protected', false, true, 28],
    ['16-bit protected', true, true, 14],
    ['32-bit real', false, false, 28],
    ['16-bit real', true, false, 14],
  ])('FNSAVE and FRSTOR round-trip in the %s format', (_name, operand16, isProtected, size) => {
    machine.core.setMode(0x33, 0x600, operand16, isProtected, false);
    machine.control = 0x27f;
    stack(ONE, ZERO, INFINITY, integer(7));
    machine.run(0xd9, 0xf7);
    const before = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [...machine.st(i)]);
    const [status, full] = [machine.status, machine.full];
    machine.run(0xdd, 0x30, 0x200);
    expect([machine.control, machine.status, machine.full]).toEqual([0x37f, 0, 0]);
    // TOP = 1: R0 holds 1.0, R1 zero, R2 infinity, R3 seven, the others are empty.
    expect(machine.memory.getUint16(0x200 + (size === 28 ? 8 : 4), true)).toBe(0xff24);
    expect([...machine.data.slice(0x200 + size, 0x20a + size)]).toEqual(before[0]);
    machine.run(0xdd, 0x20, 0x200);
    expect([machine.control, machine.status, machine.full]).toEqual([0x27f, status, full]);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((i) => [...machine.st(i)])).toEqual(before);
  });

  it('FNSTENV tells the last instruction and its operand, and masks all exceptions', () => {
    machine.control = 0x340;
    machine.memory.setFloat64(0x140, 2, true);
    machine.run(0xdd, 0x04, 0x140);
    machine.run(0xd9, 0x30, 0x200);
    const word = (i: number) => machine.memory.getUint32(0x200 + 4 * i, true);
    expect([0, 1, 2, 3, 4, 5, 6].map(word)).toEqual([
      0xffff0340, 0xffff3800, 0xffff3fff, 0x12345678, 0x05040023, 0x140, 0xffff002b,
    ]);
    expect(machine.control).toBe(0x37f);
  });

  it('FXSAVE and FXRSTOR round-trip, XMM and MXCSR with CR4.OSFXSR only', () => {
    stack(ONE, integer(-3));
    machine.mxcsr = 0x1fa0;
    machine.xmm(7).fill(0x77);
    const registers = [...machine.st(0), ...machine.st(1)];
    machine.core.setEffective(0x200, DATA_SIZE);
    machine.core.fxsave(false);
    expect(machine.core.exceptionVector()).toBe(-1);
    expect(machine.memory.getUint8(0x204)).toBe(machine.full);
    expect(machine.memory.getUint32(0x218, true)).toBe(0x1fa0);
    expect(machine.data[0x200 + 160 + 7 * 16]).toBe(0x77);
    machine.run(0xdb, 0xe3);
    machine.mxcsr = 0x1f80;
    machine.xmm(7).fill(0);
    machine.setValue(0, ZERO);
    machine.core.setEffective(0x200, DATA_SIZE);
    machine.core.setMode(0x33, 0, false, true, false);
    machine.core.fxrstor(false);
    expect([...machine.st(0), ...machine.st(1)]).toEqual(registers);
    expect([machine.mxcsr, machine.xmm(7)[0]]).toEqual([0x1f80, 0]);
    machine.core.setMode(0x33, 0x200, false, true, false);
    machine.core.fxrstor(false);
    expect([machine.mxcsr, machine.xmm(7)[0]]).toEqual([0x1fa0, 0x77]);
  });

  it('FXRSTOR refuses reserved MXCSR bits, both refuse unaligned operands', () => {
    machine.memory.setUint32(0x218, 0x10000, true);
    machine.core.setEffective(0x200, DATA_SIZE);
    machine.core.fxrstor(false);
    expect(machine.core.exceptionVector()).toBe(GP);
    for (const instruction of ['fxsave', 'fxrstor'] as const) {
      machine.core.clearOutputs();
      machine.core.setEffective(0x208, DATA_SIZE);
      machine.core[instruction](false);
      expect(machine.core.exceptionVector()).toBe(GP);
    }
  });
});
