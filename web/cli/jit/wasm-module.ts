/**
 * Takes one function out of a module of translated code, and gives its locals and imports their names: a module of its
 * own, for tools that make text of it.
 */
import type { WatchedRegion } from '../../client/index.ts';

const MAGIC = 8;
const CUSTOM = 0;
const FUNCTIONS = 3;
const EXPORTS = 7;
const CODE = 10;
/** Subsections of the name section. */
const FUNCTION_NAMES = 1;
const LOCAL_NAMES = 2;
const FUNCTION_NAME = 'region';

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/** The module without all functions but the region's, which it exports as 'region'. */
export function oneFunction(region: WatchedRegion): Uint8Array<ArrayBuffer> {
  const imported = importNames(region.module);
  // Branch hints are those of all functions, and no text shows them
  const kept = readSections(region.module).filter(({ id }) => id !== CUSTOM);
  const sections = kept.map((section) => cut(section, region.function, imported.length));
  const names = text('name').concat(
    subsection(FUNCTION_NAMES, list([...imported, FUNCTION_NAME].map(numbered))),
    subsection(LOCAL_NAMES, list([[...leb(imported.length), ...list(localNames(region).map(numbered))]])),
  );
  const header = [...region.module.subarray(0, MAGIC)];
  const all = [...sections, { id: CUSTOM, body: Uint8Array.from(names) }];
  return Uint8Array.from([...header, ...all.flatMap(({ id, body }) => [id, ...leb(body.length), ...body])]);
}
/** As assembly/jit/frame.ts has them; those of values have numbers. */
export function localNames({ mode }: WatchedRegion): string[] {
  const registers = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'].map((r) => (mode.bits === 64 ? 'r' : 'e') + r);
  const flags = ['flag_a', 'flag_b', 'flag_s', 'flag_r'];
  const extended = mode.bits === 64 ? [8, 9, 10, 11, 12, 13, 14, 15].map((n) => `r${n}`) : [];
  return ['left', ...registers, ...flags, 'next', ...extended];
}
function importNames(module: Uint8Array): string[] {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(Uint8Array.from(module)));
  return imports.filter(({ kind }) => kind === 'function').map(({ name }) => name);
}
function readSections(module: Uint8Array): Section[] {
  const reader = new Reader(module, MAGIC);
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.byte(), body: reader.bytes(reader.leb()) });
  return sections;
}
function cut({ id, body }: Section, index: number, imported: number): Section {
  if (id === FUNCTIONS) return { id, body: Uint8Array.from([1, ...leb(typeOf(body, index))]) };
  if (id === CODE) return { id, body: Uint8Array.from([1, ...codeOf(body, index)]) };
  if (id === EXPORTS) return { id, body: Uint8Array.from([1, ...text(FUNCTION_NAME), 0, ...leb(imported)]) };
  return { id, body };
}
function typeOf(body: Uint8Array, index: number): number {
  const reader = new Reader(body);
  const types = Array.from({ length: reader.leb() }, () => reader.leb());
  return types[index] ?? 0;
}
function codeOf(body: Uint8Array, index: number): number[] {
  const reader = new Reader(body);
  const functions = Array.from({ length: reader.leb() }, () => reader.bytes(reader.leb()));
  const code = functions[index];
  if (!code) throw new Error(`the module has no function ${index}`);
  return [...leb(code.length), ...code];
}

class Reader {
  private readonly data: Uint8Array;
  private at: number;

  constructor(data: Uint8Array, at = 0) {
    this.data = data;
    this.at = at;
  }
  get done(): boolean {
    return this.at >= this.data.length;
  }
  byte(): number {
    const value = this.data[this.at++];
    if (value === undefined) throw new Error('the module ends too early');
    return value;
  }
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  bytes(count: number): Uint8Array {
    if (this.at + count > this.data.length) throw new Error('the module ends too early');
    return this.data.subarray(this.at, (this.at += count));
  }
}
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
}
function text(value: string): number[] {
  return [...leb(value.length), ...new TextEncoder().encode(value)];
}
function list(entries: readonly (readonly number[])[]): number[] {
  return [...leb(entries.length), ...entries.flat()];
}
function numbered(name: string, index: number): number[] {
  return [...leb(index), ...text(name)];
}
function subsection(id: number, body: readonly number[]): number[] {
  return [id, ...leb(body.length), ...body];
}
