/**
 * The oracle for rounding: IEEE 754 by its definition, on exact integers. A number is sign * numerator / denominator; its
 * rounding to a precision is the integer next to it in units of the last place.
 */
import type { Value } from './machine.ts';

export const BIAS = 16383;
export const Rounding = { nearest: 0, down: 1, up: 2, zero: 3 } as const;

export interface Rational {
  numerator: bigint;
  /** Positive. */
  denominator: bigint;
}

export interface Rounded {
  value: Value;
  inexact: boolean;
  /** Away from zero: what C1 reports. */
  roundedUp: boolean;
}

/** The value of a normal register. */
export function rational([se, sig]: Value): Rational {
  const shift = (se & 0x7fff) - BIAS - 63;
  const signed = se & 0x8000 ? -sig : sig;
  return shift >= 0
    ? { numerator: signed << BigInt(shift), denominator: 1n }
    : { numerator: signed, denominator: 1n << BigInt(-shift) };
}

export function add(a: Rational, b: Rational): Rational {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

export function negate(a: Rational): Rational {
  return { numerator: -a.numerator, denominator: a.denominator };
}

export function multiply(a: Rational, b: Rational): Rational {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator };
}

export function divide(a: Rational, b: Rational): Rational {
  const sign = b.numerator < 0n ? -1n : 1n;
  return { numerator: a.numerator * b.denominator * sign, denominator: a.denominator * b.numerator * sign };
}

/** Rounds a non-zero number whose exponent is in range to `precision` bits. */
export function round(x: Rational, precision: number, rounding: number): Rounded {
  const negative = x.numerator < 0n;
  const numerator = negative ? -x.numerator : x.numerator;
  let exponent = floorLog2(numerator, x.denominator);
  const [scaled, unit] = scale(numerator, x.denominator, precision - 1 - exponent);
  let whole = scaled / unit;
  const twice = 2n * (scaled - whole * unit);
  const inexact = twice !== 0n;
  const up = inexact && goesUp(rounding, negative, twice, unit, whole);
  if (up) whole++;
  if (whole >> BigInt(precision)) {
    whole >>= 1n;
    exponent++;
  }
  const se = (negative ? 0x8000 : 0) | (exponent + BIAS);
  return { value: [se, whole << BigInt(64 - precision)], inexact, roundedUp: up };
}

function goesUp(rounding: number, negative: boolean, twice: bigint, unit: bigint, whole: bigint): boolean {
  if (rounding === Rounding.nearest) return twice > unit || (twice === unit && (whole & 1n) === 1n);
  return rounding === (negative ? Rounding.down : Rounding.up);
}

/** numerator * 2^shift over denominator. */
function scale(numerator: bigint, denominator: bigint, shift: number): [bigint, bigint] {
  return shift >= 0 ? [numerator << BigInt(shift), denominator] : [numerator, denominator << BigInt(-shift)];
}

function floorLog2(numerator: bigint, denominator: bigint): number {
  const guess = numerator.toString(2).length - denominator.toString(2).length;
  const [n, d] = scale(numerator, denominator, -guess);
  return n >= d ? guess : guess - 1;
}

/** Square root of a positive number, as a number that rounds like it: exact to well beyond 64 bits, plus a sticky part. */
export function squareRoot(x: Rational): Rational {
  // sqrt(n / d) = sqrt(n * d) / d
  const radicand = (x.numerator * x.denominator) << 400n;
  const root = integerRoot(radicand);
  const sticky = root * root === radicand ? 0n : 1n;
  return { numerator: (root << 1n) | sticky, denominator: x.denominator << 201n };
}

function integerRoot(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
