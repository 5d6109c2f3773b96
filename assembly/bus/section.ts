/**
 * A section of a snapshot: the state of one device, field by field, in SECTION. Whoever has state has ONE function that
 * hands each field through here, and so is its verb for saving and for restoring: while a machine is saved a field is
 * appended and comes back as it was; while it is restored, what the section holds comes back. The order and the widths
 * are the format.
 *
 * INVARIANT: a file is hostile. Fields that are indices, counts or divisors go through `bits` or `atMost`, addresses and
 * handlers are no fields at all: devices get those when they are attached.
 */
import { SECTION, SECTION_SIZE } from '../layout';

/** Transient: within one call of the host. */
let restoring: bool = false;
let at: usize = SECTION;
let end: usize = SECTION;
let refused: bool = false;

export function beginSaving(): void {
  restoring = false;
  at = SECTION;
  end = SECTION + SECTION_SIZE;
  refused = false;
}
/** The host has put `length` bytes into SECTION. */
export function beginRestoring(length: u32): void {
  restoring = true;
  at = SECTION;
  end = SECTION + min(length, SECTION_SIZE);
  refused = false;
}
/** Bytes that were saved. */
export function savedBytes(): u32 {
  return <u32>(at - SECTION);
}
/** Was every byte used, and no field refused? */
export function accepted(): bool {
  return !refused && at == end;
}
export function isRestoring(): bool {
  return restoring;
}
/** Something about the fields so far cannot be: the section is refused. */
export function demand(possible: bool): void {
  if (restoring && !possible) refused = true;
}

/** Room for the next `size` bytes? A section that is too short is refused. */
function reserve(size: u32): bool {
  if (at + size > end) {
    refused = true;
    return false;
  }
  at += size;
  return true;
}
export function field<T>(value: T): T {
  if (!reserve(sizeof<T>())) return value;
  if (restoring) return load<T>(at - sizeof<T>());
  store<T>(at - sizeof<T>(), value);
  return value;
}
/** A field of which only the bits of `mask` exist. */
export function bits(value: u32, mask: u32): u32 {
  return field<u32>(value) & mask;
}
/** A number that is refused when it is larger than `most`. */
export function atMost(value: u32, most: u32): u32 {
  const v = field<u32>(value);
  demand(v <= most);
  return min(v, most);
}
/** `length` bytes of memory at `where`. */
export function block(where: usize, length: u32): void {
  if (!reserve(length)) return;
  if (restoring) memory.copy(where, at - length, length);
  else memory.copy(at - length, where, length);
}
