/** Reader of the recorded single-instruction vectors (XVEC0001), as far as the x87 needs them. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface VectorState {
  gpr: Map<number, bigint>;
  rip?: bigint;
  flags?: number;
  control?: number;
  status?: number;
  full?: number;
  st: Map<number, Buffer>;
  memory: [address: number, bytes: Buffer][];
}

export interface Vector {
  mode: 16 | 32 | 64;
  code: Buffer;
  /** 0xFF when the instruction completed. */
  exception: number;
  /** Results of transcendental functions: compared with a tolerance. */
  approximate: boolean;
  flagsMask: number;
  statusMask: number;
  initial: VectorState;
  final: VectorState;
}

export function readVectors(file: string): Vector[] {
  const data = gunzipSync(readFileSync(file));
  if (data.toString('latin1', 0, 8) !== 'XVEC0001') throw new Error(`${file} is no XVEC0001 file`);
  const vectors: Vector[] = [];
  for (let at = 12, n = data.readUInt32LE(8); n > 0; n--) {
    const length = data.readUInt16LE(at);
    vectors.push(readRecord(data.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return vectors;
}

function readRecord(record: Buffer): Vector {
  const codeLength = record.readUInt8(1);
  let at = 2 + codeLength;
  const head = {
    mode: record.readUInt8(0) as 16 | 32 | 64,
    code: record.subarray(2, at),
    exception: record.readUInt8(at),
    approximate: (record.readUInt8(at + 1) & 1) !== 0,
    flagsMask: record.readUInt32LE(at + 2),
    statusMask: record.readUInt16LE(at + 6),
  };
  at += head.exception === 0xff ? 8 : 20;
  const cursor = { record, at, wide: head.mode === 64 };
  return { ...head, initial: readItems(cursor), final: readItems(cursor) };
}

interface Cursor {
  record: Buffer;
  at: number;
  wide: boolean;
}

function readItems(cursor: Cursor): VectorState {
  const state: VectorState = { gpr: new Map(), st: new Map(), memory: [] };
  const { record } = cursor;
  for (;;) {
    const tag = record.readUInt8(cursor.at++);
    if (tag === 0xff) return state;
    const at = cursor.at;
    if (tag <= 0x10) {
      const value = cursor.wide ? record.readBigUInt64LE(at) : BigInt(record.readUInt32LE(at));
      if (tag === 0x10) state.rip = value;
      else state.gpr.set(tag, value);
      cursor.at += cursor.wide ? 8 : 4;
    } else cursor.at += readItem(state, tag, record.subarray(at));
  }
}

/** Items whose size does not depend on the mode; answers with their size. */
function readItem(state: VectorState, tag: number, item: Buffer): number {
  if (tag === 0x11) {
    state.flags = item.readUInt32LE();
    return 4;
  }
  if (tag === 0x12) {
    state.control = item.readUInt16LE();
    return 2;
  }
  if (tag === 0x13) {
    state.status = item.readUInt16LE();
    return 2;
  }
  if (tag === 0x14) {
    state.full = item.readUInt8();
    return 1;
  }
  if (tag >= 0x20 && tag < 0x28) {
    state.st.set(tag - 0x20, item.subarray(0, 10));
    return 10;
  }
  if (tag !== 0x50) throw new Error(`unexpected item ${tag.toString(16)} in an x87 vector`);
  const length = item.readUInt8(4);
  state.memory.push([item.readUInt32LE(0), item.subarray(5, 5 + length)]);
  return 5 + length;
}

/** Content of a register that the initial state does not name. */
export function defaultRegister(mode: number, i: number): bigint {
  if (i === 4) return mode === 16 ? 0x800n : 0x300800n;
  const value = (0xa5a5a5a500000000n + BigInt(i + 1) * 0x01030507n) & 0xffffffffffffffffn;
  return mode === 64 ? value : value & 0xffffffffn;
}

/** Byte of the data pages that the initial state does not name. */
export function patternByte(address: number): number {
  return (Math.imul(address, 0x9d) + Math.imul(address >>> 8, 0x35) + 0x5b) & 255;
}
