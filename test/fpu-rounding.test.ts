/** Arithmetic and conversions of the x87 against exact integers and the doubles of the host. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFpu } from './fpu/build.ts';
import * as exact from './fpu/exact.ts';
import { FpuMachine, type Value } from './fpu/machine.ts';

const PE = 0x20,
  C1 = 0x200;
const RUNS = { numRuns: 3000 };

/** Normal numbers, exponents near each other and apart, significands with long runs of equal bits. */
const significand = fc
  .tuple(fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }), fc.integer({ min: 0, max: 63 }), fc.boolean())
  .map(([bits, keep, ones]) => {
    const low = (1n << BigInt(keep)) - 1n;
    return (1n << 63n) | (ones ? bits | low : bits & ~low);
  });
const exponent = fc.oneof(fc.integer({ min: 16383 - 70, max: 16383 + 70 }), fc.integer({ min: 9000, max: 23000 }));
const number: fc.Arbitrary<Value> = fc
  .tuple(exponent, fc.boolean(), significand)
  .map(([e, negative, sig]) => [e | (negative ? 0x8000 : 0), sig]);
const rounding = fc.integer({ min: 0, max: 3 });
const precision = fc.constantFrom<[number, number]>([0, 24], [2, 53], [3, 64]);

describe('x87 rounding', () => {
  let machine: FpuMachine;
  beforeAll(async () => {
    machine = new FpuMachine(await buildFpu());
  });

  /** Runs D8 `modrm` on ST(0) = a, ST(1) = b under the given control. */
  function compute(opcode: number, modrm: number, a: Value, b: Value, pc: number, rc: number): Value {
    machine.clear();
    machine.control = 0x7f | (pc << 8) | (rc << 10);
    machine.setValue(0, a);
    machine.setValue(1, b);
    expect(machine.run(opcode, modrm)).toBe(-1);
    return machine.value(0);
  }

  function expectRounded(got: Value, x: exact.Rational, bits: number, rc: number): void {
    const want = exact.round(x, bits, rc);
    expect(got).toEqual(want.value);
    expect((machine.status & PE) !== 0).toBe(want.inexact);
    expect((machine.status & C1) !== 0).toBe(want.roundedUp);
  }

  const operations: [string, number, (a: exact.Rational, b: exact.Rational) => exact.Rational][] = [
    ['FADD', 0xc1, exact.add],
    ['FMUL', 0xc9, exact.multiply],
    ['FSUB', 0xe1, (a, b) => exact.add(a, exact.negate(b))],
    ['FSUBR', 0xe9, (a, b) => exact.add(b, exact.negate(a))],
    ['FDIV', 0xf1, exact.divide],
    ['FDIVR', 0xf9, (a, b) => exact.divide(b, a)],
  ];
  for (const [name, modrm, operation] of operations) {
    it(`${name} rounds as the definition says`, () => {
      fc.assert(
        fc.property(number, number, precision, rounding, (a, b, [pc, bits], rc) => {
          const x = operation(exact.rational(a), exact.rational(b));
          fc.pre(x.numerator !== 0n);
          expectRounded(compute(0xd8, modrm, a, b, pc, rc), x, bits, rc);
        }),
        RUNS,
      );
    });
  }

  it('FSQRT rounds as the definition says', () => {
    fc.assert(
      fc.property(number, precision, rounding, ([se, sig], [pc, bits], rc) => {
        const a: Value = [se & 0x7fff, sig];
        expectRounded(compute(0xd9, 0xfa, a, a, pc, rc), exact.squareRoot(exact.rational(a)), bits, rc);
      }),
      RUNS,
    );
  });

  it('doubles in 53-bit precision give the sums, products and quotients of the host', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e140, max: 1e140 });
    const host = [(a: number, b: number) => a + b, (a: number, b: number) => a * b, (a: number, b: number) => a / b];
    fc.assert(
      fc.property(double, double, fc.integer({ min: 0, max: 2 }), (a, b, which) => {
        const want = host[which]!(a, b);
        fc.pre(want === 0 || (Math.abs(want) > 1e-290 && Number.isFinite(want)));
        machine.clear();
        machine.control = 0x27f;
        machine.memory.setFloat64(0x100, a, true);
        machine.memory.setFloat64(0x108, b, true);
        machine.run(0xdd, 0x00, 0x100);
        machine.run(0xdc, [0x00, 0x08, 0x30][which]!, 0x108);
        machine.run(0xdd, 0x18, 0x110);
        expect(machine.memory.getFloat64(0x110, true)).toBe(want);
      }),
      RUNS,
    );
  });

  it('FST m64 and m32 round like the host, denormals and infinities included', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        machine.clear();
        machine.memory.setFloat64(0x100, x, true);
        machine.run(0xdd, 0x00, 0x100);
        machine.run(0xdd, 0x10, 0x108);
        machine.run(0xd9, 0x10, 0x110);
        expect(machine.memory.getBigUint64(0x108, true)).toBe(machine.memory.getBigUint64(0x100, true));
        expect(machine.memory.getFloat32(0x110, true)).toBe(Math.fround(x));
      }),
      RUNS,
    );
  });

  it('FILD m64 and FISTP m64 are inverse; FBSTP and FBLD as well', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (n) => {
        machine.clear();
        machine.memory.setBigInt64(0x100, n, true);
        machine.run(0xdf, 0x28, 0x100);
        machine.run(0xdf, 0x38, 0x108);
        expect(machine.memory.getBigInt64(0x108, true)).toBe(n);
        expect(machine.status & PE).toBe(0);
        const digits = n % 10n ** 18n;
        machine.memory.setBigInt64(0x100, digits, true);
        machine.run(0xdf, 0x28, 0x100);
        machine.run(0xdf, 0x30, 0x110);
        const magnitude = digits < 0n ? -digits : digits;
        expect(packedDigits(machine.data, 0x110)).toBe(magnitude.toString().padStart(18, '0'));
        machine.run(0xdf, 0x20, 0x110);
        machine.run(0xdf, 0x38, 0x120);
        expect(machine.memory.getBigInt64(0x120, true)).toBe(digits);
      }),
      RUNS,
    );
  });

  it('FPREM leaves the exact remainder, in steps when the exponents are far apart', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        machine.clear();
        machine.setValue(0, a);
        machine.setValue(1, b);
        for (let steps = 0; ; steps++) {
          expect(steps).toBeLessThan(500);
          machine.run(0xd9, 0xf8);
          if (!(machine.status & 0x400)) break;
        }
        const x = exact.rational(a),
          y = exact.rational(b);
        // Over a common denominator the remainder is that of integers, which truncates as FPREM does.
        const rest = (x.numerator * y.denominator) % (y.numerator * x.denominator);
        const [se, sig] = machine.value(0);
        if (rest === 0n) expect(sig).toBe(0n);
        else {
          const got = exact.rational([se, sig]);
          expect(got.numerator * x.denominator * y.denominator).toBe(rest * got.denominator);
        }
        const quotient = (x.numerator * y.denominator) / (y.numerator * x.denominator);
        const low = quotient < 0n ? -quotient & 7n : quotient & 7n;
        expect(quotientBits(machine.status)).toBe(Number(low));
      }),
      { numRuns: 500 },
    );
  });
});

/** The 18 digits of a packed BCD number. */
function packedDigits(data: Uint8Array, at: number): string {
  return Buffer.from(data.subarray(at, at + 9))
    .reverse()
    .toString('hex');
}

/** The quotient's low bits: C0 is bit 2, C3 bit 1, C1 bit 0. */
function quotientBits(status: number): number {
  return ((status >> 8) & 1) * 4 + ((status >> 14) & 1) * 2 + ((status >> 9) & 1);
}
