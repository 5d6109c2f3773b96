/**
 * Marker types. Kinds of operand: a body says `b.read<T, S>(s)`, and `changetype<S>(0) instanceof Reg` is a
 * compile-time constant, so every kind becomes its own straight-line code. Kinds of code: the same decode tree is
 * instantiated for legacy code (16 and 32 bit) and for 64-bit code, which alone has REX.
 */

/** The byte offset of a register in the register file. */
@unmanaged
export class Reg {}
/** The value itself. */
@unmanaged
export class Imm {}
/** The memory operand that ModRM named; the number is ignored. */
@unmanaged
export class Mem {}
/** Register or memory, tested when it runs: a register's offset, or MEMORY (cpu/operand.ts). */
@unmanaged
export class Rm {}


@unmanaged
export class Legacy {}


@unmanaged
export class Long {}
// @ts-ignore: decorator
@inline export function isLong<X>(): bool {
  return changetype<X>(0) instanceof Long;
}
/** Can reading or writing this kind of operand fault? */
// @ts-ignore: decorator
@inline export function canFault<O>(): bool {
  return !(changetype<O>(0) instanceof Reg) && !(changetype<O>(0) instanceof Imm);
}
