/**
 * Reader of XVEC0001 files: single instructions, each with the state of a real processor before and after it.
 *
 *   file    "XVEC0001", u32 count, records; gzip, little-endian
 *   record  u16 length; u8 mode; u8 n, n code bytes; u8 exception (0xff: none); u8 flags; u32 EFLAGS mask;
 *           u16 FSW mask; with an exception u32 error code, u64 CR2; items of the initial state, 0xff; of the final, 0xff
 *   item    u8 tag: 00..0f register, 10 RIP, 11 EFLAGS, 12 FCW, 13 FSW, 14 FTW (abridged), 15 MXCSR, 20..27 ST(i),
 *           30..3f XMM, 40..4f upper half of YMM, 50 memory: u32 address, u8 n, n bytes
 */
import { gunzipSync } from 'node:zlib';
import type { Mode } from './setup.ts';

export const XVEC_MAGIC = 'XVEC0001';
export const NO_EXCEPTION = 0xff;
/** Vector flags: result known to a tolerance only, depends on CPL 3 and IOPL 0, needs the page map. */
export const APPROXIMATE = 1;
export const NEEDS_PAGING = 4;

/** The part of a state that a vector names. */
export interface XvecState {
  gpr: Map<number, bigint>;
  rip?: bigint;
  eflags?: number;
  fcw?: number;
  fsw?: number;
  ftw?: number;
  mxcsr?: number;
  st: Map<number, Uint8Array>;
  xmm: Map<number, Uint8Array>;
  ymmHigh: Map<number, Uint8Array>;
  memory: { address: number; bytes: Uint8Array }[];
}

export interface Xvec {
  mode: Mode;
  code: Uint8Array;
  exception: number;
  flags: number;
  eflagsMask: number;
  fswMask: number;
  errorCode: number;
  cr2: bigint;
  init: XvecState;
  final: XvecState;
}

class Reader {
  offset = 0;
  private readonly view: DataView;
  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  u8(): number {
    return this.view.getUint8(this.offset++);
  }
  u16(): number {
    return this.view.getUint16((this.offset += 2) - 2, true);
  }
  u32(): number {
    return this.view.getUint32((this.offset += 4) - 4, true);
  }
  u64(): bigint {
    return this.view.getBigUint64((this.offset += 8) - 8, true);
  }
  take(n: number): Uint8Array {
    return this.bytes.subarray(this.offset, (this.offset += n));
  }
}

function readItem(r: Reader, tag: number, mode: Mode, state: XvecState): void {
  if (tag <= 0x10) {
    const value = mode === 64 ? r.u64() : BigInt(r.u32());
    if (tag === 0x10) state.rip = value;
    else state.gpr.set(tag, value);
  } else if (tag === 0x11) state.eflags = r.u32();
  else if (tag === 0x12) state.fcw = r.u16();
  else if (tag === 0x13) state.fsw = r.u16();
  else if (tag === 0x14) state.ftw = r.u8();
  else if (tag === 0x15) state.mxcsr = r.u32();
  else if (tag >= 0x20 && tag < 0x28) state.st.set(tag - 0x20, r.take(10));
  else if (tag >= 0x30 && tag < 0x40) state.xmm.set(tag - 0x30, r.take(16));
  else if (tag >= 0x40 && tag < 0x50) state.ymmHigh.set(tag - 0x40, r.take(16));
  else if (tag === 0x50) state.memory.push({ address: r.u32(), bytes: r.take(r.u8()) });
  else throw new Error(`unknown item tag 0x${tag.toString(16)}`);
}

function readState(r: Reader, mode: Mode): XvecState {
  const state: XvecState = { gpr: new Map(), st: new Map(), xmm: new Map(), ymmHigh: new Map(), memory: [] };
  for (let tag = r.u8(); tag !== 0xff; tag = r.u8()) readItem(r, tag, mode, state);
  return state;
}

function readRecord(r: Reader): Xvec {
  const length = r.u16();
  const end = r.offset + length;
  const mode = r.u8();
  if (mode !== 16 && mode !== 32 && mode !== 64) throw new Error(`unknown mode ${mode}`);
  const code = r.take(r.u8());
  const exception = r.u8();
  const head = { mode, code, exception, flags: r.u8(), eflagsMask: r.u32(), fswMask: r.u16() } as const;
  const fault = exception === NO_EXCEPTION ? { errorCode: 0, cr2: 0n } : { errorCode: r.u32(), cr2: r.u64() };
  const vector = { ...head, ...fault, init: readState(r, mode), final: readState(r, mode) };
  if (r.offset !== end) throw new Error(`a record of ${length} bytes ends ${r.offset - end} bytes late`);
  return vector;
}

/** The vectors of a gzip file's content, one after the other. */
export function* readXvec(file: Uint8Array): Generator<Xvec> {
  const r = new Reader(gunzipSync(file));
  if (Buffer.from(r.take(8)).toString('latin1') !== XVEC_MAGIC) throw new Error(`not an ${XVEC_MAGIC} file`);
  for (let left = r.u32(); left > 0; left--) yield readRecord(r);
}
