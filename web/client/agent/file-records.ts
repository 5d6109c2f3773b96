/** What the agent answers for files (images/common/agent/files.c, struct record), checked: the guest may say anything. */
import { AgentError } from './errors.ts';
import type { FileInfo, FileType } from './types.ts';

/** Bytes before the name. */
const HEAD = 38;
/** asm-generic/stat.h, S_IFMT and what it can be. */
const TYPES: Readonly<Record<number, FileType>> = {
  0o010000: 'fifo',
  0o020000: 'character device',
  0o040000: 'directory',
  0o060000: 'block device',
  0o100000: 'file',
  0o120000: 'symlink',
  0o140000: 'socket',
};

export function readRecords(bytes: Uint8Array): FileInfo[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: FileInfo[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + HEAD + (at + HEAD <= bytes.length ? view.getUint16(at + HEAD - 2, true) : 0);
    if (end > bytes.length) throw new AgentError("files: the agent's answer is cut short");
    found.push(readRecord(view, at, new TextDecoder().decode(bytes.subarray(at + HEAD, end))));
    at = end;
  }
  return found;
}
function readRecord(view: DataView, at: number, name: string): FileInfo {
  const mode = view.getUint32(at, true);
  const type = TYPES[mode & 0o170000];
  if (!type) throw new AgentError(`files: the agent speaks of a file of unknown type (mode 0${mode.toString(8)})`);
  return {
    name,
    type,
    size: Number(view.getBigUint64(at + 16, true)),
    mode: mode & 0o7777,
    uid: view.getUint32(at + 4, true),
    gid: view.getUint32(at + 8, true),
    modified: new Date(
      Number(view.getBigInt64(at + 24, true)) * 1000 + Math.floor(view.getUint32(at + 32, true) / 1e6),
    ),
  };
}
