/** As much of the Wasm binary format as the guard tests need: sections, data segments, function names. */

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

const DATA_SECTION = 11;
const CUSTOM_SECTION = 0;
const FUNCTION_NAMES = 1;

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
