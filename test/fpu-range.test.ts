/**
 * x87 arithmetic, stores and comparisons against exact rational arithmetic over the whole range of the format: denormals and
 * pseudo-denormals, zeros, overflow, exact halves of every precision, exponents far apart; results, flags, C1, tags and TOP.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFpu } from './fpu/build.ts';
import * as exact from './fpu/exact.ts';
import type { Format, Rational } from './fpu/exact.ts';
import { FpuMachine, type Value } from './fpu/machine.ts';

const IE = 1,
  DE = 2,
  ES_BUSY = 0x8080,
  FLAGS = 0x7f,
  C1 = 0x200;
const INTEGER = 1n << 63n;
const INDEFINITE: Value = [0xffff, 3n << 62n];
const RUNS = { numRuns: 1500 };
const MEMORY = 0x100;

/** Halves and almost halves at the last place of 53 and 24 bits, all ones, few bits, anything. */
const significand = fc
  .tuple(fc.bigInt({ min: 0n, max: INTEGER - 1n }), fc.constantFrom(0, 11, 40, 63), fc.integer({ min: -1, max: 1 }))
  .map(([bits, drops, near]) => {
    if (drops === 0) return bits | INTEGER;
    if (drops === 63) return near < 0 ? 2n * INTEGER - 1n : INTEGER | (bits & 3n);
    const unit = 1n << BigInt(drops);
    return INTEGER | ((bits & ~(unit - 1n)) + unit / 2n + BigInt(near));
  });
const sign = fc.constantFrom(0, 0x8000);
/** Exponent fields: near 1.0, near each other by way of a small range, at both ends, anywhere. */
const exponent = fc.oneof(
  fc.integer({ min: 16383 - 3, max: 16383 + 3 }),
  fc.integer({ min: 16383 - 70, max: 16383 + 70 }),
  fc.integer({ min: 1, max: 70 }),
  fc.integer({ min: 0x7ffe - 70, max: 0x7ffe }),
  fc.integer({ min: 1, max: 0x7ffe }),
);
const normal: fc.Arbitrary<Value> = fc.tuple(sign, exponent, significand).map(([s, e, sig]) => [s | e, sig]);
/** Exponent field 0: zero, denormals, and pseudo-denormals, which have the integer bit. */
const small: fc.Arbitrary<Value> = fc
  .tuple(sign, significand, fc.integer({ min: 0, max: 64 }))
  .map(([s, sig, shift]) => [s, sig >> BigInt(shift)]);
const operand = fc.oneof({ weight: 5, arbitrary: normal }, { weight: 1, arbitrary: small });
const rounding = fc.integer({ min: 0, max: 3 });
/** Precision control and its bits; the reserved 01 acts as 11. */
const precision = fc.constantFrom<[number, number]>([0, 24], [1, 64], [2, 53], [3, 64]);

const OPERATIONS: Record<string, [digit: number, (a: Rational, b: Rational) => Rational]> = {
  FADD: [0, exact.add],
  FMUL: [1, exact.multiply],
  FSUB: [4, (a, b) => exact.add(a, exact.negate(b))],
  FSUBR: [5, (a, b) => exact.add(b, exact.negate(a))],
  FDIV: [6, exact.divide],
  FDIVR: [7, (a, b) => exact.divide(b, a)],
};

/** b so that the result of a product or quotient lands at the ends of the range. */
function aim(digit: number, [aSe]: Value, [bSe, bSig]: Value, target: number): Value {
  const e = aSe & 0x7fff;
  const wanted = digit === 1 ? target + 16383 - e : digit === 6 ? e + 16383 - target : target - 16383 + e;
  return [(bSe & 0x8000) | Math.min(Math.max(wanted, 1), 0x7ffe), bSig | INTEGER];
}

function isZero([, sig]: Value): boolean {
  return sig === 0n;
}
function isDenormal([se, sig]: Value): boolean {
  return (se & 0x7fff) === 0 && sig !== 0n;
}

describe('x87 over the whole range', () => {
  let machine: FpuMachine;
  beforeAll(async () => {
    machine = new FpuMachine(await buildFpu());
  });

  /** ST(0) = a and, if there is one, ST(i) = b; TOP anywhere, C1 set, so that it shows who clears it. */
  function load(control: number, top: number, a: Value, i = 0, b?: Value): void {
    machine.clear();
    machine.control = control;
    machine.status = (top << 11) | C1;
    if (b) machine.setValue(i, b);
    machine.setValue(0, a);
  }

  /** The sign of a result of zero. */
  function zero(digit: number, a: Value, b: Value, rc: number): Value {
    const product = (a[0] ^ b[0]) & 0x8000;
    if (digit === 1 || digit >= 6) return [product, 0n];
    const first = digit === 5 ? (a[0] ^ 0x8000) & 0x8000 : a[0] & 0x8000,
      second = digit === 4 ? (b[0] ^ 0x8000) & 0x8000 : b[0] & 0x8000;
    return [first === second ? first : rc === exact.Rounding.down ? 0x8000 : 0, 0n];
  }

  function expectResult(got: Value, digit: number, a: Value, b: Value, x: Rational, bits: number, rc: number): void {
    const denormal = isDenormal(a) || isDenormal(b) ? DE : 0;
    if (x.numerator === 0n) {
      expect([...got, machine.status & (FLAGS | C1)]).toEqual([...zero(digit, a, b, rc), denormal]);
      return;
    }
    const want = exact.fit(x, exact.extended(bits), rc);
    const status = want.flags | denormal | (want.roundedUp ? C1 : 0);
    expect([...got, machine.status & (FLAGS | C1)]).toEqual([...exact.register(want), status]);
  }

  for (const [name, [digit, operation]] of Object.entries(OPERATIONS)) {
    const target = fc.oneof(fc.integer({ min: -70, max: 4 }), fc.integer({ min: 0x7ffa, max: 0x8002 }));
    const pair = fc
      .tuple(operand, operand, target, fc.boolean())
      .map(([a, b, at, aims]): [Value, Value] => [
        a,
        aims && digit !== 0 && digit !== 4 && digit !== 5 ? aim(digit, a, b, at) : b,
      ])
      .filter(([a, b]) => !isZero(digit === 7 ? a : digit === 6 ? b : INDEFINITE));

    it(`${name} with registers: D8, DC and DE`, () => {
      const opcode = fc.constantFrom(0xd8, 0xdc, 0xde);
      const place = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 7 }));
      fc.assert(
        fc.property(pair, precision, rounding, opcode, place, ([a, b], [pc, bits], rc, op, [i, top]) => {
          load(0x7f | (pc << 8) | (rc << 10), top, a, i, b);
          const before = machine.full;
          expect(machine.run(op, 0xc0 | (digit << 3) | i)).toBe(-1);
          const pops = op === 0xde;
          expect(machine.top).toBe((top + (pops ? 1 : 0)) & 7);
          expect(machine.full).toBe(pops ? before & ~(1 << top) : before);
          const x = operation(exact.rational(a), exact.rational(b));
          expectResult(machine.value(op === 0xd8 ? 0 : pops ? i - 1 : i), digit, a, b, x, bits, rc);
          expect(machine.value(op === 0xd8 ? i : pops ? 7 : 0)).toEqual(op === 0xd8 ? b : a);
        }),
        RUNS,
      );
    });

    it(`${name} with a double and a single in memory`, () => {
      const pattern = fc.oneof(
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(bitsOf),
        fc.double({ noNaN: true, min: -8, max: 8 }).map(bitsOf),
      );
      fc.assert(
        fc.property(operand, pattern, fc.boolean(), precision, rounding, (a, raw, single, [pc, bits], rc) => {
          const format = single ? exact.SINGLE : exact.DOUBLE;
          const stored = single ? raw >> 32n : raw;
          const exponentMask = single ? 0x7f800000n : 0x7ffn << 52n;
          fc.pre((stored & exponentMask) !== exponentMask);
          const b = exact.narrow(stored, format);
          fc.pre((digit !== 6 || b.numerator !== 0n) && (digit !== 7 || !isZero(a)));
          load(0x7f | (pc << 8) | (rc << 10), 3, a);
          machine.memory.setBigUint64(MEMORY, stored, true);
          expect(machine.run(single ? 0xd8 : 0xdc, digit << 3, MEMORY)).toBe(-1);
          // A denormal of a narrow format is an operand like a denormal register: [0, 1] stands for it.
          const denormal = (stored & exponentMask) === 0n && b.numerator !== 0n;
          const negative = stored >> (single ? 31n : 63n) ? 0x8000 : 0;
          const operandB: Value = [negative | (denormal || b.numerator === 0n ? 0 : 1), b.numerator === 0n ? 0n : 1n];
          expectResult(machine.value(0), digit, a, operandB, operation(exact.rational(a), b), bits, rc);
          expect([machine.top, machine.full]).toEqual([3, 8]);
        }),
        RUNS,
      );
    });
  }

  /** Exactly half a unit in the last place of 64 bits, or next to it: random operands never meet that. */
  function expectRegisters(
    digit: number,
    operation: (typeof OPERATIONS)[string][1],
    a: Value,
    b: Value,
    rc: number,
  ): void {
    load(0x37f | (rc << 10), 0, a, 1, b);
    machine.run(0xd8, 0xc1 | (digit << 3));
    expectResult(machine.value(0), digit, a, b, operation(exact.rational(a), exact.rational(b)), 64, rc);
  }

  it('FADD and FSUB at half a unit of full precision', () => {
    const bits = fc.bigInt({ min: 0n, max: INTEGER - 1n });
    const small = fc.constantFrom(INTEGER, INTEGER | 1n, 2n * INTEGER - 1n, INTEGER | (1n << 62n));
    const apart = fc.integer({ min: 60, max: 130 });
    fc.assert(
      fc.property(bits, small, fc.oneof(fc.constant(64), apart), sign, sign, rounding, (low, sig, by, s, t, rc) => {
        const a: Value = [s | 16383, INTEGER | low],
          b: Value = [t | (16383 - by), sig];
        expectRegisters(0, exact.add, a, b, rc);
        expectRegisters(4, (x, y) => exact.add(x, exact.negate(y)), a, b, rc);
      }),
      RUNS,
    );
  });

  it('FMUL at half a unit of full precision', () => {
    const bits = fc.bigInt({ min: 0n, max: INTEGER - 1n });
    fc.assert(
      fc.property(bits, fc.integer({ min: 1, max: 7 }), sign, sign, rounding, (low, few, s, t, rc) => {
        const b: Value = [t | 16383, INTEGER | (BigInt(few) << 60n)];
        expectRegisters(1, exact.multiply, [s | 16383, INTEGER | low], b, rc);
      }),
      RUNS,
    );
  });

  it('FSQRT', () => {
    fc.assert(
      fc.property(operand, precision, rounding, ([se, sig], [pc, bits], rc) => {
        fc.pre(sig !== 0n);
        const a: Value = [se & 0x7fff, sig];
        load(0x7f | (pc << 8) | (rc << 10), 5, a);
        machine.run(0xd9, 0xfa);
        const want = exact.fit(exact.squareRoot(exact.rational(a)), exact.extended(bits), rc);
        const status = want.flags | (isDenormal(a) ? DE : 0) | (want.roundedUp ? C1 : 0);
        expect([...machine.value(0), machine.status & (FLAGS | C1)]).toEqual([...exact.register(want), status]);
      }),
      RUNS,
    );
  });

  it('FSQRT of squares and their neighbours', () => {
    const root = fc.oneof(
      fc.bigInt({ min: 1n << 31n, max: (1n << 32n) - 1n }),
      fc.constantFrom(1n << 31n, (1n << 32n) - 1n),
    );
    fc.assert(
      fc.property(root, fc.integer({ min: -2, max: 2 }), fc.boolean(), rounding, (r, near, odd, rc) => {
        const n = r * r + BigInt(near);
        fc.pre(n >> 64n === 0n && n > 0n);
        const length = n.toString(2).length;
        const a: Value = [16383 + length - 1 + (odd ? 1 : 0), n << BigInt(64 - length)];
        load(0x37f | (rc << 10), 0, a);
        machine.run(0xd9, 0xfa);
        const want = exact.fit(exact.squareRoot(exact.rational(a)), exact.extended(64), rc);
        const status = want.flags | (want.roundedUp ? C1 : 0);
        expect([...machine.value(0), machine.status & (FLAGS | C1)]).toEqual([...exact.register(want), status]);
      }),
      RUNS,
    );
  });

  /** Exponents at the borders of a narrow format as well. */
  function storable({ lowest, highest, precision: bits }: Format): fc.Arbitrary<Value> {
    const e = fc.oneof(
      fc.integer({ min: 16383 + lowest - bits - 3, max: 16383 + lowest + 3 }),
      fc.integer({ min: 16383 + highest - 3, max: 16383 + highest + 3 }),
      fc.integer({ min: 16383 + lowest, max: 16383 + highest }),
    );
    const near: fc.Arbitrary<Value> = fc.tuple(sign, e, significand).map(([s, field, sig]) => [s | field, sig]);
    return fc.oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: operand });
  }

  for (const [name, opcode, format] of [
    ['m32', 0xd9, exact.SINGLE],
    ['m64', 0xdd, exact.DOUBLE],
  ] as const) {
    it(`FST and FSTP ${name}`, () => {
      fc.assert(
        fc.property(storable(format), precision, rounding, fc.boolean(), (a, [pc], rc, pops) => {
          load(0x7f | (pc << 8) | (rc << 10), 7, a);
          machine.memory.setBigUint64(MEMORY, 0n, true);
          expect(machine.run(opcode, pops ? 0x18 : 0x10, MEMORY)).toBe(-1);
          const want = isZero(a) ? undefined : exact.fit(exact.rational(a), format, rc);
          const top = format === exact.SINGLE ? 31n : 63n;
          expect(machine.memory.getBigUint64(MEMORY, true)).toBe(
            want ? exact.bits(want, format) : a[0] & 0x8000 ? 1n << top : 0n,
          );
          expect(machine.status & (FLAGS | C1)).toBe(want ? want.flags | (want.roundedUp ? C1 : 0) : 0);
          expect([machine.top, machine.full]).toEqual(pops ? [0, 0] : [7, 0x80]);
        }),
        RUNS,
      );
    });
  }

  for (const [name, opcode, modrm, bits] of [
    ['FISTP m16', 0xdf, 0x18, 16],
    ['FISTP m32', 0xdb, 0x18, 32],
    ['FISTP m64', 0xdf, 0x38, 64],
    ['FISTTP m16', 0xdf, 0x08, 16],
    ['FISTTP m32', 0xdb, 0x08, 32],
    ['FISTTP m64', 0xdd, 0x08, 64],
  ] as const) {
    it(`${name}`, () => {
      const e = fc.integer({ min: 16383 - 3, max: 16383 + bits + 1 });
      const near: fc.Arbitrary<Value> = fc.tuple(sign, e, significand).map(([s, field, sig]) => [s | field, sig]);
      fc.assert(
        fc.property(fc.oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: operand }), rounding, (a, rc) => {
          load(0x37f | (rc << 10), 7, a);
          expect(machine.run(opcode, modrm, MEMORY)).toBe(-1);
          const want = exact.integral(exact.rational(a), name.includes('TTP') ? exact.Rounding.zero : rc);
          const fits = want.value === BigInt.asIntN(bits, want.value);
          const got = BigInt.asIntN(bits, machine.memory.getBigUint64(MEMORY, true));
          const status = fits ? (want.inexact ? 0x20 : 0) | (want.roundedUp ? C1 : 0) : IE;
          expect([got, machine.status & (FLAGS | C1)]).toEqual([fits ? want.value : -(1n << BigInt(bits - 1)), status]);
        }),
        RUNS,
      );
    });
  }

  it('FILD of 16, 32 and 64 bits and FLD of singles and doubles are exact', () => {
    const loads = fc.constantFrom([0xdf, 0x00, 16], [0xdb, 0x00, 32], [0xdf, 0x28, 64]);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.integer({ min: 0, max: 63 }),
        loads,
        (raw, shift, form) => {
          const [opcode, modrm, bits] = form as [number, number, number];
          const n = BigInt.asIntN(bits, raw >> BigInt(shift));
          machine.clear();
          machine.memory.setBigInt64(MEMORY, n, true);
          machine.run(opcode, modrm, MEMORY);
          const x = exact.rational(machine.value(0));
          expect([x.numerator, machine.status & (FLAGS | C1)]).toEqual([n * x.denominator, 0]);
        },
      ),
      RUNS,
    );
  });

  it('FLD m32 and m64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.boolean(), fc.boolean(), (raw, single, low) => {
        const format = single ? exact.SINGLE : exact.DOUBLE;
        const mask = single ? 0x7f800000n : 0x7ffn << 52n;
        const pattern = (single ? raw >> 32n : raw) & (low ? ~mask : ~0n);
        fc.pre((pattern & mask) !== mask);
        machine.clear();
        machine.memory.setBigUint64(MEMORY, pattern, true);
        machine.run(single ? 0xd9 : 0xdd, 0, MEMORY);
        const x = exact.narrow(pattern, format);
        const got = exact.rational(machine.value(0));
        expect(got.numerator * x.denominator).toBe(x.numerator * got.denominator);
        expect(machine.value(0)[0] >> 15).toBe(Number(pattern >> (single ? 31n : 63n)));
        expect(machine.status & (FLAGS | C1)).toBe((pattern & mask) === 0n && x.numerator !== 0n ? DE : 0);
      }),
      RUNS,
    );
  });

  it('FCOM, FUCOM, FCOMI and FUCOMI order as the numbers do', () => {
    const close = fc.tuple(operand, fc.bigInt({ min: -1n, max: 1n })).map(([[se, sig], by]): [Value, Value] => {
      return [
        [se, sig],
        [se, sig + by < INTEGER || (sig + by) >> 64n ? sig : sig + by],
      ];
    });
    const form = fc.constantFrom([0xd8, 0xd0], [0xdd, 0xe0], [0xdb, 0xf0], [0xdb, 0xe8]);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(operand, operand), close), form, ([a, b], [opcode, modrm]) => {
        load(0x37f, 2, a, 1, b);
        machine.core.setFlags(0x8d5);
        expect(machine.run(opcode, modrm | 1)).toBe(-1);
        const x = exact.rational(a),
          y = exact.rational(b);
        const less = exact.isLess(x, y),
          equal = !less && !exact.isLess(y, x);
        if (opcode === 0xdb) expect(machine.core.flagsValue() & 0x8d5).toBe((less ? 1 : 0) | (equal ? 0x40 : 0));
        else expect(machine.status & 0x4700).toBe((less ? 0x100 : 0) | (equal ? 0x4000 : 0));
        expect(machine.status & FLAGS).toBe(isDenormal(a) || isDenormal(b) ? DE : 0);
      }),
      RUNS,
    );
  });

  it('an unnormal operand is invalid', () => {
    const unnormal: fc.Arbitrary<Value> = fc
      .tuple(sign, exponent, significand)
      .map(([s, e, sig]) => [s | e, sig & ~INTEGER]);
    fc.assert(
      fc.property(unnormal, operand, fc.boolean(), fc.constantFrom(0, 1, 4, 5, 6, 7), (u, v, first, digit) => {
        load(0x37f, 0, first ? u : v, 1, first ? v : u);
        machine.run(0xd8, 0xc1 | (digit << 3));
        expect([...machine.value(0), machine.status & (FLAGS | C1)]).toEqual([...INDEFINITE, IE]);
      }),
      RUNS,
    );
  });

  it('an unmasked precision exception writes, pops and waits; an unmasked denormal operand changes nothing', () => {
    fc.assert(
      fc.property(normal, operand, fc.constantFrom(0, 1, 4, 5, 6, 7), (a, b, digit) => {
        fc.pre(!isZero(b));
        load(0x37f, 0, a, 1, b);
        machine.run(0xde, 0xc1 | (digit << 3));
        const masked = { value: machine.value(0), status: machine.status };
        // PE and DE unmasked
        load(0x35d, 0, a, 1, b);
        machine.run(0xde, 0xc1 | (digit << 3));
        if (isDenormal(b)) {
          expect(machine.status).toBe(DE | ES_BUSY);
          expect([machine.value(0), machine.value(1), machine.full]).toEqual([a, b, 3]);
        } else {
          expect([machine.value(0), machine.full]).toEqual([masked.value, 2]);
          expect(machine.status).toBe(masked.status & 0x20 ? masked.status | ES_BUSY : masked.status);
        }
      }),
      RUNS,
    );
  });
});

const scratch = new DataView(new ArrayBuffer(8));
function bitsOf(x: number): bigint {
  scratch.setFloat64(0, x);
  return scratch.getBigUint64(0);
}
