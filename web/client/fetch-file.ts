/** Gets a kernel or initrd from wherever it is, reports progress, unpacks gzip. */
import { unpack, join } from '../machine/boot/unpack.ts';
import type { FileSource, LoadProgress, MachineOptions } from './api.ts';
import type { SnapshotFiles } from '../machine/protocol.ts';
import { absoluteUrl, listOf } from './options.ts';

export interface FetchOptions {
  readonly name: LoadProgress['file'];
  /** Of the unpacked file: more does not fit into the machine anyway. */
  readonly limit: number;
  readonly onProgress: ((progress: LoadProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The bytes belong to the caller alone: they may be transferred to a Worker. */
export async function fetchFile(source: FileSource, options: FetchOptions): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const bytes = await bytesOf(source, options);
  options.signal?.throwIfAborted();
  if (bytes.length === 0) throw new Error(`${options.name}: the file is empty`);
  const unpacked = await unpack(bytes, options.limit, options.name);
  return own(unpacked, source);
}
/** Of a snapshot: RAM that does not get smaller by packing, and room for the rest. */
const SNAPSHOT_MAX = 2 ** 31 + 2 ** 26;
/** A snapshot and those that it descends from. */
export async function fetchSnapshot(
  source: FileSource,
  parent: MachineOptions['parent'],
  options: Partial<Omit<FetchOptions, 'name' | 'limit'>> = {},
): Promise<SnapshotFiles> {
  const { onProgress, signal } = options;
  const common = { name: 'snapshot', limit: SNAPSHOT_MAX, onProgress, signal } as const;
  const [file, ...parents] = await Promise.all([source, ...listOf(parent)].map((each) => fetchFile(each, common)));
  if (!file) throw new Error('snapshot: there is none');
  return { file, parents };
}
/** A view of somebody's buffer (the caller's, or a pool's) becomes a copy. */
function own(bytes: Uint8Array, source: FileSource): Uint8Array {
  const theirs = bytes === source || bytes.buffer === source || bytes.byteLength !== bytes.buffer.byteLength;
  return theirs ? bytes.slice() : bytes;
}

async function bytesOf(source: FileSource, options: FetchOptions): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return readStream(source.stream(), source.size, options);
  const url = absoluteUrl(source, options.name);
  return url.protocol === 'file:' ? readLocal(url, options) : download(url, options);
}
async function readLocal(url: URL, options: FetchOptions): Promise<Uint8Array> {
  if (typeof process !== 'object')
    throw new Error(`${options.name}: a page cannot read ${url.href}; pass the file itself`);
  try {
    const bytes = await process.getBuiltinModule('node:fs/promises').readFile(url);
    options.onProgress?.({ file: options.name, loaded: bytes.length, total: bytes.length });
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'that is a directory' : code;
    const { fileURLToPath } = process.getBuiltinModule('node:url');
    throw new Error(`${options.name}: cannot read ${fileURLToPath(url)}: ${reason}`, { cause });
  }
}
async function download(url: URL, options: FetchOptions): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal: options.signal ?? null });
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new Error(`${options.name}: cannot fetch ${url.href}: the server does not answer`, { cause });
  }
  if (!response.ok || !response.body)
    throw new Error(`${options.name}: cannot fetch ${url.href}: HTTP ${response.status} ${response.statusText}`.trim());
  // With a content encoding the length is that of the encoded bytes, which we do not see.
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  return readStream(response.body, length === null ? undefined : Number(length), options);
}

async function readStream(
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  options: FetchOptions,
): Promise<Uint8Array> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return join(chunks, loaded);
      chunks.push(value);
      loaded += value.length;
      if (loaded > options.limit) throw new Error(`${options.name}: larger than the machine's memory`);
      options.onProgress?.({ file: options.name, loaded, total });
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    if (error instanceof TypeError) throw new Error(`${options.name}: the download broke off`, { cause: error });
    throw error;
  }
}
