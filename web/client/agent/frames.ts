/**
 * Frames between the host and the guest's agent (docs/sandbox.md, "The protocol"; images/common/agent/frame.h). Little-endian:
 *
 *   0 u8 magic   1 u8 type   2 u8 sequence   3 u8 channel   4 u16 stream   6 u16 length   8 u32 CRC-32   12 payload
 *
 * What comes from the guest is not trusted: bytes that are no frame are counted, and looked through for the next one.
 */
import { crc32 } from './crc32.ts';

export const HEADER = 12;
export const PAYLOAD = 4096;
const MAGIC = { host: 0xd0, guest: 0xd1 } as const;
export type Sender = keyof typeof MAGIC;

export const FrameType = {
  Hello: 1,
  Welcome: 2,
  Ping: 3,
  Pong: 4,
  Request: 5,
  Data: 6,
  End: 7,
  Credit: 8,
  Signal: 9,
  Exit: 10,
  Failed: 11,
  Ack: 12,
  Reset: 13,
  Time: 14,
} as const;
/** Of DATA, END and CREDIT. */
export const Channel = { Stdin: 0, Stdout: 1, Stderr: 2 } as const;
export type OutputChannel = typeof Channel.Stdout | typeof Channel.Stderr;

export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}
export interface ReceivedFrame extends Frame {
  readonly sequence: number;
}

/** `sequence` counts the frames of one sender; its lowest eight bits are sent. */
export function encodeFrame(frame: Frame, sequence: number, sender: Sender): Uint8Array {
  const { type, channel, stream, payload } = frame;
  if (payload.length > PAYLOAD) throw new Error(`a frame of ${payload.length} bytes; at most ${PAYLOAD}`);
  const bytes = new Uint8Array(HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set([MAGIC[sender], type, sequence & 0xff, channel]);
  view.setUint16(4, stream, true);
  view.setUint16(6, payload.length, true);
  bytes.set(payload, HEADER);
  view.setUint32(8, crc32(bytes.subarray(0, 8), payload), true);
  return bytes;
}

/**
 * Finds frames in bytes that come in pieces. Holds at most one frame. Each byte is looked at once or twice, whatever the
 * guest sends: behind a frame whose sum is wrong the search goes on, not within it.
 */
export class FrameReader {
  private readonly magic: number;
  private held = new Uint8Array(0);

  constructor(sender: Sender) {
    this.magic = MAGIC[sender];
  }
  /** Whole frames, in order; undefined stands for bytes in between that belong to none. */
  *read(bytes: Uint8Array): Generator<ReceivedFrame | undefined> {
    let data = this.held.length ? concat([this.held, bytes]) : bytes;
    this.held = new Uint8Array(0);
    while (data.length) {
      const size = this.sizeOf(data);
      if (size > data.length) break;
      const frame = size ? decode(data.subarray(0, size)) : undefined;
      yield frame;
      data = frame || size ? data.subarray(size) : this.nextBeginning(data);
    }
    this.held = data.slice();
  }
  /** Forgets the beginning of a frame. */
  reset(): void {
    this.held = new Uint8Array(0);
  }

  /** Bytes of the frame that begins here, Infinity when too little has come to tell; 0: none does. */
  private sizeOf(data: Uint8Array): number {
    if (data[0] !== this.magic) return 0;
    if (data.length < HEADER) return Infinity;
    const [, type = 0, , channel = 0, , , low = 0, high = 0] = data;
    const length = low | (high << 8);
    return type <= FrameType.Time && channel <= Channel.Stderr && length <= PAYLOAD ? HEADER + length : 0;
  }
  private nextBeginning(data: Uint8Array): Uint8Array {
    const next = data.indexOf(this.magic, 1);
    return data.subarray(next < 0 ? data.length : next);
  }
}
/** Undefined when the sum is wrong. */
function decode(data: Uint8Array): ReceivedFrame | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const payload = data.subarray(HEADER);
  if (crc32(data.subarray(0, 8), payload) !== view.getUint32(8, true)) return undefined;
  return {
    type: view.getUint8(1),
    sequence: view.getUint8(2),
    channel: view.getUint8(3),
    stream: view.getUint16(4, true),
    payload,
  };
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
/** The payload of frames that carry numbers. */
export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(4 * i, value, true));
  return bytes;
}
/** As many numbers as asked for, or undefined when the payload has another length. */
export function readWords(payload: Uint8Array, count: number): number[] | undefined {
  if (payload.length !== 4 * count) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true));
}
