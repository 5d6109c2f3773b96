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

/** The value of a finite register; exponent field 0 counts as 1. */
export function rational([se, sig]: Value): Rational {
  const shift = Math.max(se & 0x7fff, 1) - BIAS - 63;
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

/** A binary format: bits of the significand, exponents of its smallest and largest normal numbers. */
export interface Format {
  readonly precision: number;
  readonly lowest: number;
  readonly highest: number;
}
export const SINGLE: Format = { precision: 24, lowest: -126, highest: 127 };
export const DOUBLE: Format = { precision: 53, lowest: -1022, highest: 1023 };
/** The registers, at a precision of precision control. */
export function extended(precision: number): Format {
  return { precision, lowest: 1 - BIAS, highest: BIAS };
}

export const Flag = { overflow: 8, underflow: 0x10, precision: 0x20 } as const;

/** whole * 2^unit, or an infinity, and the exceptions, all of them masked. */
export interface Fitted {
  negative: boolean;
  whole: bigint;
  unit: number;
  infinite: boolean;
  flags: number;
  roundedUp: boolean;
}

/** Rounds a number that is not zero into a format: SDM vol. 1, 4.9.1.4-4.9.1.6; tiny is what is tiny after rounding. */
export function fit(x: Rational, format: Format, rounding: number): Fitted {
  const { precision, lowest, highest } = format;
  const negative = x.numerator < 0n;
  const numerator = negative ? -x.numerator : x.numerator;
  const unit = floorLog2(numerator, x.denominator) - precision + 1;
  const normal = toInteger({ numerator, denominator: x.denominator }, unit, negative, rounding);
  const exponent = unit + normal.whole.toString(2).length - 1;
  if (exponent > highest) return overflow(negative, format, rounding);
  const tiny = exponent < lowest;
  const least = lowest - precision + 1;
  const { whole, inexact, roundedUp } = tiny
    ? toInteger({ numerator, denominator: x.denominator }, least, negative, rounding)
    : normal;
  const flags = inexact ? Flag.precision | (tiny ? Flag.underflow : 0) : 0;
  return { negative, whole, unit: tiny ? least : unit, infinite: false, flags, roundedUp };
}

function overflow(negative: boolean, { precision, highest }: Format, rounding: number): Fitted {
  const infinite = rounding === Rounding.nearest || rounding === (negative ? Rounding.down : Rounding.up);
  const whole = (1n << BigInt(precision)) - 1n;
  const flags = Flag.overflow | Flag.precision;
  return { negative, whole, unit: highest - precision + 1, infinite, flags, roundedUp: infinite };
}

/** A positive number in units of 2^unit, rounded to an integer. */
function toInteger(x: Rational, unit: number, negative: boolean, rounding: number) {
  const [scaled, divisor] = scale(x.numerator, x.denominator, -unit);
  const whole = scaled / divisor;
  const twice = 2n * (scaled - whole * divisor);
  const roundedUp = twice !== 0n && goesUp(rounding, negative, twice, divisor, whole);
  return { whole: roundedUp ? whole + 1n : whole, inexact: twice !== 0n, roundedUp };
}

/** Rounds to an integer, with the sign. */
export function integral(x: Rational, rounding: number): { value: bigint; inexact: boolean; roundedUp: boolean } {
  const negative = x.numerator < 0n;
  const magnitude = { numerator: negative ? -x.numerator : x.numerator, denominator: x.denominator };
  const { whole, inexact, roundedUp } = toInteger(magnitude, 0, negative, rounding);
  return { value: negative ? -whole : whole, inexact, roundedUp };
}

/** The register value of a result. */
export function register({ negative, whole, unit, infinite }: Fitted): Value {
  const sign = negative ? 0x8000 : 0;
  if (infinite) return [sign | 0x7fff, 1n << 63n];
  const length = whole.toString(2).length;
  const exponent = unit + length - 1 + BIAS;
  if (whole === 0n || exponent < 1) return [sign, whole << BigInt(unit + BIAS + 62)];
  return [sign | exponent, whole << BigInt(64 - length)];
}

/** The bits of a result in a narrow format. */
export function bits({ negative, whole, unit, infinite }: Fitted, { precision, lowest, highest }: Format): bigint {
  const fraction = BigInt(precision - 1);
  const sign = negative ? BigInt(2 * highest + 2) << fraction : 0n;
  if (infinite) return sign | (BigInt(2 * highest + 1) << fraction);
  const length = whole.toString(2).length;
  const exponent = unit + length - 1;
  if (whole === 0n || exponent < lowest) return sign | (whole << BigInt(unit - lowest + precision - 1));
  return sign | ((BigInt(exponent + highest - 1) << fraction) + (whole << BigInt(precision - length)));
}

/** The value of a finite number in a narrow format. */
export function narrow(pattern: bigint, { precision, lowest, highest }: Format): Rational {
  const fraction = BigInt(precision - 1);
  const field = Number((pattern >> fraction) & BigInt(2 * highest + 1));
  const low = pattern & ((1n << fraction) - 1n);
  const whole = field ? low | (1n << fraction) : low;
  const unit = Math.max(field, 1) - 1 + lowest - precision + 1;
  const signed = (pattern >> fraction) & BigInt(2 * highest + 2) ? -whole : whole;
  return unit >= 0
    ? { numerator: signed << BigInt(unit), denominator: 1n }
    : { numerator: signed, denominator: 1n << BigInt(-unit) };
}

export function isLess(a: Rational, b: Rational): boolean {
  return a.numerator * b.denominator < b.numerator * a.denominator;
}
