/** Says what a file is, for error messages and to tell a kernel from an initrd. Looks at content only. */
import type { FileIdentity } from '../types.ts';
import { formatSize } from '../memory-size.ts';
import { isBootSector } from './bootsector.ts';
import { isBzImage } from './bzimage.ts';
import { isElf, parseElf } from './elf.ts';
import { findMultibootHeader } from './multiboot.ts';
import { pvhEntry } from './pvh.ts';
import { isGzip } from './unpack.ts';

/** Enough to recognise anything. */
const HEAD = 64 * 1024;

/** What a file is, by its first 64 KiB; gzip is looked into. */
export async function identifyFile(file: Uint8Array | ArrayBuffer | Blob): Promise<FileIdentity> {
  const head = await headOf(file);
  if (!isGzip(head)) return identify(head);
  const inner = identify(await gunzipHead(head));
  return { role: inner.role, description: `gzip-compressed ${inner.description}` };
}

/** Of the first bytes of an unpacked file. A file cut after 64 KiB is recognised just as well. */
export function identify(bytes: Uint8Array): FileIdentity {
  if (bytes.length === 0) return { role: 'unknown', description: 'empty file' };
  if (isElf(bytes)) return identifyElf(bytes);
  if (findMultibootHeader(bytes) !== undefined) return { role: 'kernel', description: 'multiboot image' };
  if (isBzImage(bytes)) return { role: 'kernel', description: 'Linux kernel (bzImage)' };
  const known = SIGNATURES.find((s) => s.bytes.every((b, i) => bytes[s.at + i] === b));
  if (known) return { role: known.role ?? 'unknown', description: known.description };
  if (isBootSector(bytes)) return { role: 'kernel', description: 'boot sector' };
  return { role: 'unknown', description: isText(bytes) ? 'text file' : 'file of unknown kind' };
}

/** 'first bytes 4d 5a 90 00, 1.2 MiB' */
export function describeBytes(bytes: Uint8Array): string {
  const first = [...bytes.subarray(0, 8)].map((b) => b.toString(16).padStart(2, '0')).join(' ');
  return `${formatSize(bytes.length)}, first bytes ${first || 'none'}`;
}

function identifyElf(bytes: Uint8Array): FileIdentity {
  if (findMultibootHeader(bytes) !== undefined) return { role: 'kernel', description: 'multiboot ELF image' };
  const bits = bytes[4] === 2 ? 'ELF64' : 'ELF32';
  const machine = (bytes[18] ?? 0) | ((bytes[19] ?? 0) << 8);
  if (machine !== 3 && machine !== 62)
    return { role: 'unknown', description: `${bits} file for another processor (machine ${machine})` };
  // An executable has its note anywhere in the file: without all of it, take its word.
  const pvh = hasPvhNote(bytes);
  if (pvh === false) return { role: 'unknown', description: `${bits} file without a PVH note` };
  return { role: 'kernel', description: `${bits} kernel` };
}
function hasPvhNote(bytes: Uint8Array): boolean | undefined {
  try {
    return pvhEntry(parseElf(bytes)) !== undefined;
  } catch {
    return undefined;
  }
}

interface Signature {
  readonly at: number;
  readonly bytes: readonly number[];
  readonly description: string;
  readonly role?: FileIdentity['role'];
}
const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));
const SIGNATURES: readonly Signature[] = [
  { at: 0, bytes: ascii('070701'), description: 'cpio archive (initramfs)', role: 'initrd' },
  { at: 0, bytes: ascii('070702'), description: 'cpio archive (initramfs)', role: 'initrd' },
  { at: 0, bytes: [0xfd, ...ascii('7zXZ')], description: 'xz-compressed file', role: 'initrd' },
  { at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], description: 'zstd-compressed file', role: 'initrd' },
  { at: 0, bytes: [0x02, 0x21, 0x4c, 0x18], description: 'lz4-compressed file', role: 'initrd' },
  { at: 0, bytes: [0x04, 0x22, 0x4d, 0x18], description: 'lz4-compressed file' },
  { at: 0, bytes: ascii('BZh'), description: 'bzip2-compressed file' },
  { at: 0, bytes: ascii('PK\x03\x04'), description: 'zip archive' },
  { at: 0x8001, bytes: ascii('CD001'), description: 'ISO 9660 CD image' },
  { at: 257, bytes: ascii('ustar'), description: 'tar archive' },
  { at: 0, bytes: ascii('QFI\xfb'), description: 'qcow2 disk image' },
  { at: 0, bytes: ascii('!<arch>'), description: 'archive of object files' },
  { at: 0, bytes: ascii('MZ'), description: 'PE or DOS executable' },
  { at: 0, bytes: [0, ...ascii('asm')], description: 'WebAssembly module' },
  { at: 0, bytes: ascii('<!DOCTYPE'), description: 'HTML page' },
  { at: 0, bytes: ascii('<!doctype'), description: 'HTML page' },
  { at: 0, bytes: ascii('<html'), description: 'HTML page' },
  { at: 0x438, bytes: [0x53, 0xef], description: 'ext2/3/4 file system', role: 'initrd' },
];

function isText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 512).every((b) => (b >= 0x20 && b < 0x7f) || b === 9 || b === 10 || b === 13);
}
async function headOf(file: Uint8Array | ArrayBuffer | Blob): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file.subarray(0, HEAD);
  if (file instanceof ArrayBuffer) return new Uint8Array(file).subarray(0, HEAD);
  return new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
}
/** As much as the first bytes unpack to: the stream ends in an error, since the file goes on. */
async function gunzipHead(head: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(head)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  const out = new Uint8Array(HEAD);
  let size = 0;
  try {
    while (size < HEAD) {
      const { done, value } = await reader.read();
      if (done) break;
      out.set(value.subarray(0, HEAD - size), size);
      size += value.length;
    }
    void reader.cancel().catch(() => undefined);
  } catch {
    // cut off, as expected
  }
  return out.subarray(0, Math.min(size, HEAD));
}
