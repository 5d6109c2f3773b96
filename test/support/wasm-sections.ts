/** As much of the Wasm binary format as the guard tests need: sections, data segments, function names, branch hints. */

class Reader {
  offset = 0;
  constructor(private readonly bytes: Uint8Array) {}
  get done(): boolean {
    return this.offset >= this.bytes.length;
  }
  byte(): number {
    const value = this.bytes[this.offset++];
    if (value === undefined) throw new Error('the module ends early');
    return value;
  }
  /** LEB128, unsigned; enough for 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  take(n: number): Uint8Array {
    return this.bytes.subarray(this.offset, (this.offset += n));
  }
  name(): string {
    return new TextDecoder().decode(this.take(this.u32()));
  }
}

const CODE_SECTION = 10;
const DATA_SECTION = 11;
const CUSTOM_SECTION = 0;
const FUNCTION_NAMES = 1;
const BRANCH_HINTS = 'metadata.code.branch_hint';

function* sections(module: Uint8Array): Generator<{ id: number; body: Uint8Array }> {
  const r = new Reader(module.subarray(8));
  while (!r.done) yield { id: r.byte(), body: r.take(r.u32()) };
}

/** Start and end of each active data segment. */
export function dataSegments(module: Uint8Array): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const { id, body } of sections(module)) {
    if (id !== DATA_SECTION) continue;
    const r = new Reader(body);
    for (let left = r.u32(); left > 0; left--) {
      const kind = r.u32();
      const opcode = r.byte();
      if (kind !== 0 || opcode !== 0x41) throw new Error('a data segment is not active at a constant address');
      const start = r.u32();
      r.byte(); // end of the offset expression
      found.push({ start, end: start + r.take(r.u32()).length });
    }
  }
  return found;
}

/** Names of all functions, from the name section. */
export function functionNames(module: Uint8Array): string[] {
  const names: string[] = [];
  for (const { id, body } of sections(module)) {
    const r = new Reader(body);
    if (id !== CUSTOM_SECTION || r.name() !== 'name') continue;
    while (!r.done) {
      const kind = r.byte();
      const inner = new Reader(r.take(r.u32()));
      if (kind !== FUNCTION_NAMES) continue;
      for (let left = inner.u32(); left > 0; left--) {
        inner.u32();
        names.push(inner.name());
      }
    }
  }
  return names;
}

export const BR_IF = 0x0d;
export const IF = 0x04;
export interface BranchHint {
  /** What stands where the hint points to: a branch, or the hint is wrong. */
  readonly opcode: number | undefined;
  readonly likely: boolean;
}
/** The hints of a module that imports no functions (branch hinting, part of WebAssembly 3.0, section "binary format"). */
export function branchHints(module: Uint8Array): BranchHint[] {
  const found = [...sections(module)];
  const code = found.find(({ id }) => id === CODE_SECTION)?.body ?? new Uint8Array([0]);
  const functions = list(new Reader(code), (r) => r.take(r.u32()));
  return found.flatMap(({ id, body }) => {
    const r = new Reader(body);
    if (id !== CUSTOM_SECTION || r.name() !== BRANCH_HINTS) return [];
    return list(r, () => hintsOf(functions[r.u32()], r)).flat();
  });
}
function hintsOf(body: Uint8Array | undefined, r: Reader): BranchHint[] {
  let last = 0;
  return list(r, () => {
    const [offset, size, value] = [r.u32(), r.u32(), r.byte()];
    if (offset <= last || size !== 1 || value > 1) throw new Error(`no hint: ${offset}, ${size}, ${value}`);
    last = offset;
    return { opcode: body?.[offset], likely: value === 1 };
  });
}
function list<T>(r: Reader, item: (r: Reader) => T): T[] {
  return Array.from({ length: r.u32() }, () => item(r));
}
