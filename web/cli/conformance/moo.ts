/**
 * Reader of MOO files (SingleStepTests): chunks of a four-byte tag, a little-endian u32 length and the payload.
 *
 *   TEST  u32 index, chunks: NAME u32 n, text | BYTS u32 n, code | INIT, FINA {REGS, RAM} | EXCP u8 vector, u32 address
 *   REGS  u16 mask, u16 for each bit set: AX BX CX DX CS SS DS ES SP BP SI DI IP FLAGS
 *   RAM   u32 n, n times {u32 address, u8 value}
 */
import { gunzipSync } from 'node:zlib';

export const MOO_MAGIC = 'MOO ';
export const MOO_REGISTERS = 'AX BX CX DX CS SS DS ES SP BP SI DI IP FLAGS'.split(' ');
export type MooRegister =
  'AX' | 'BX' | 'CX' | 'DX' | 'CS' | 'SS' | 'DS' | 'ES' | 'SP' | 'BP' | 'SI' | 'DI' | 'IP' | 'FLAGS';

export interface MooState {
  registers: Partial<Record<MooRegister, number>>;
  memory: [address: number, value: number][];
}
export interface MooTest {
  index: number;
  name: string;
  code: Uint8Array;
  init: MooState;
  final: MooState;
  /** The exception, and where its frame holds the pushed flags. */
  exception?: { vector: number; flagsAt: number };
  hash: string;
}

interface Chunk {
  tag: string;
  body: DataView;
}
function* chunks(data: DataView, from = 0): Generator<Chunk> {
  for (let at = from; at + 8 <= data.byteLength;) {
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((i) => data.getUint8(at + i)));
    const length = data.getUint32(at + 4, true);
    yield { tag, body: new DataView(data.buffer, data.byteOffset + at + 8, length) };
    at += 8 + length;
  }
}
const bytesOf = (view: DataView, from: number, end = view.byteLength): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + from, end - from);

function readRegisters(body: DataView): MooState['registers'] {
  const registers: Record<string, number> = {};
  const mask = body.getUint16(0, true);
  let at = 2;
  MOO_REGISTERS.forEach((name, bit) => {
    if (mask & (1 << bit)) registers[name] = body.getUint16((at += 2) - 2, true);
  });
  return registers;
}
function readMemory(body: DataView): MooState['memory'] {
  const count = body.getUint32(0, true);
  return Array.from({ length: count }, (_, i) => [body.getUint32(4 + i * 5, true), body.getUint8(8 + i * 5)]);
}
function readState(body: DataView): MooState {
  const state: MooState = { registers: {}, memory: [] };
  for (const { tag, body: inner } of chunks(body)) {
    if (tag === 'REGS') state.registers = readRegisters(inner);
    if (tag === 'RAM ') state.memory = readMemory(inner);
  }
  return state;
}

function readTest(body: DataView): MooTest {
  const nothing = (): MooState => ({ registers: {}, memory: [] });
  const test: MooTest = {
    index: body.getUint32(0, true),
    name: '',
    code: new Uint8Array(),
    init: nothing(),
    final: nothing(),
    hash: '',
  };
  for (const { tag, body: inner } of chunks(body, 4)) {
    if (tag === 'NAME') test.name = Buffer.from(bytesOf(inner, 4)).toString('latin1');
    else if (tag === 'BYTS') test.code = bytesOf(inner, 4, 4 + inner.getUint32(0, true));
    else if (tag === 'INIT') test.init = readState(inner);
    else if (tag === 'FINA') test.final = readState(inner);
    else if (tag === 'EXCP') test.exception = { vector: inner.getUint8(0), flagsAt: inner.getUint32(1, true) };
    else if (tag === 'HASH') test.hash = Buffer.from(bytesOf(inner, 0)).toString('hex');
  }
  return test;
}

/** The tests of a gzip file's content. */
export function* readMoo(file: Uint8Array): Generator<MooTest> {
  const raw = gunzipSync(file);
  if (raw.toString('latin1', 0, 4) !== MOO_MAGIC) throw new Error('not a MOO file');
  for (const { tag, body } of chunks(new DataView(raw.buffer, raw.byteOffset, raw.byteLength))) {
    if (tag === 'TEST') yield readTest(body);
  }
}
