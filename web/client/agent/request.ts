/** The request that opens a stream (images/common/agent/stream.h, struct request): what the child is to do. */
export const RequestKind = {
  Run: 1,
  Read: 2,
  Write: 3,
  List: 4,
  Stat: 5,
  MakeDirectory: 6,
  Remove: 7,
  Rename: 8,
} as const;
export const RequestFlag = { Recursive: 1, Append: 2, Force: 4, NoFollow: 8, Exclusive: 16 } as const;

export interface Request {
  readonly kind: number;
  readonly flags?: number;
  /** Empty: /root, or / where there is none. */
  readonly directory?: string;
  readonly arguments: readonly string[];
  /** NAME=value */
  readonly environment?: readonly string[];
  /** KiB; 0: no limit. */
  readonly memory?: number;
  /** Of a command, how many processes (0: no limit); of files, permissions. */
  readonly value?: number;
}

const FIXED = 20;

/** `window`: bytes of each output that the agent may send at first. */
export function encodeRequest(request: Request, window: number): Uint8Array {
  const { kind, flags = 0, directory = '', environment = [], memory = 0, value = 0 } = request;
  const texts = [directory, ...request.arguments, ...environment];
  const text = new TextEncoder().encode(texts.map((part) => `${part}\0`).join(''));
  const bytes = new Uint8Array(FIXED + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, flags);
  view.setUint16(2, request.arguments.length, true);
  view.setUint16(4, environment.length, true);
  view.setUint32(8, window, true);
  view.setUint32(12, memory, true);
  view.setUint32(16, value, true);
  bytes.set(text, FIXED);
  return bytes;
}
/** A text that crosses to the guest: Linux ends them with a zero. */
export function checkText(name: string, text: unknown): string {
  if (typeof text !== 'string') throw new Error(`${name}: give a string`);
  if (text.includes('\0')) throw new Error(`${name}: it may not contain a zero character`);
  return text;
}
