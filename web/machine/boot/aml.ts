/** Encodes the little AML that our DSDT needs (ACPI 6.5, chapter 20; resource descriptors: section 6.4). */

export function name(segment: string, value: number[]): number[] {
  return [0x08, ...nameString(segment), ...value];
}
export function scope(path: string, ...terms: number[][]): number[] {
  return [0x10, ...sized([...nameString(path), ...terms.flat()])];
}
export function device(segment: string, ...terms: number[][]): number[] {
  return [0x5b, 0x82, ...sized([...nameString(segment), ...terms.flat()])];
}
export function pack(...elements: number[][]): number[] {
  return [0x12, ...sized([elements.length, ...elements.flat()])];
}
/** Of ASCII characters. */
export function string(value: string): number[] {
  return [0x0d, ...[...value].map((c) => c.charCodeAt(0)), 0];
}
/** Without arguments, not serialized. */
export function method(segment: string, ...terms: number[][]): number[] {
  return [0x14, ...sized([...nameString(segment), 0, ...terms.flat()])];
}
/** Tells the driver of the device at `path`. */
export function notify(path: string, value: number): number[] {
  return [0x86, ...nameString(path), ...integer(value)];
}
export function integer(value: number): number[] {
  if (value === 0 || value === 1) return [value];
  if (value <= 0xff) return [0x0a, value];
  if (value <= 0xffff) return [0x0b, ...word(value)];
  return [0x0c, ...double(value)];
}
/** A compressed EISA identifier: 'PNP0A03'. */
export function eisaId(id: string): number[] {
  const letter = (i: number): number => id.charCodeAt(i) - 0x40;
  const vendor = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const product = parseInt(id.slice(3), 16);
  return [0x0c, vendor >> 8, vendor & 0xff, product >> 8, product & 0xff];
}
/** A buffer of resource descriptors with its end tag. */
export function resources(...descriptors: number[][]): number[] {
  const bytes = [...descriptors.flat(), 0x79, 0];
  return [0x11, ...sized([...integer(bytes.length), ...bytes])];
}

/** Both ends fixed (6.4.3.5). */
const FIXED = 0x0c;
export function busNumbers(first: number, last: number): number[] {
  return wordRange(2, 0, first, last);
}
export function portRange(first: number, last: number): number[] {
  return wordRange(1, 3, first, last);
}
/** Ports that the device itself answers at. */
export function ports(first: number, count: number): number[] {
  return [0x47, 1, ...word(first), ...word(first), 1, count];
}
/** Memory that the bridge hands on, read/write, not cacheable. */
export function memoryRange(first: number, last: number): number[] {
  const fields = [0, first, last, 0, last - first + 1].flatMap(double);
  return [0x87, ...word(3 + fields.length), 0, FIXED, 1, ...fields];
}
function wordRange(type: number, flags: number, first: number, last: number): number[] {
  // A length of 65536 does not fit; no caller has one.
  const fields = [0, first, last, 0, last - first + 1].flatMap(word);
  return [0x88, ...word(3 + fields.length), type, FIXED, flags, ...fields];
}

/** '\\' alone, or one or two name segments, padded with '_', a dot between them. */
function nameString(path: string): number[] {
  const rooted = path.startsWith('\\');
  const segments = (rooted ? path.slice(1) : path).split('.').map((segment) => segment.padEnd(4, '_'));
  const two = segments.length === 2 ? [0x2e] : [];
  return [...(rooted ? [0x5c] : []), ...two, ...[...segments.join('')].map((c) => c.charCodeAt(0))];
}
/** PkgLength (20.2.4), which counts itself. */
function sized(body: number[]): number[] {
  if (body.length + 1 < 0x40) return [body.length + 1, ...body];
  const length = body.length + 2;
  if (length >= 0x1000) throw new Error('AML package too long');
  return [0x40 | (length & 15), length >> 4, ...body];
}
function word(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}
function double(value: number): number[] {
  return [...word(value & 0xffff), ...word(value >>> 16)];
}
