/**
 * cpio archives of the "newc" kind, as the kernel takes them for an initial RAM disk: one may follow another in the
 * same file. Documentation/driver-api/early-userspace/buffer-format.rst.
 */
export interface CpioEntry {
  readonly name: string;
  /** Type and permissions, as in st_mode. */
  readonly mode: number;
  readonly data: Uint8Array;
}

const MAGIC = '070701';
const HEADER = 110;
const TRAILER = 'TRAILER!!!';
/** Fields of eight hexadecimal digits behind the magic. */
const [INODE, MODE, LINKS, FILE_SIZE, NAME_SIZE] = [0, 1, 4, 6, 11];
const FIELDS = 13;

export const REGULAR = 0o100000;
export const FOLDER = 0o040000;

const padded = (size: number) => (size + 3) & ~3;

function record(entry: CpioEntry, inode: number): Uint8Array {
  const name = new TextEncoder().encode(`${entry.name}\0`);
  const fields = new Array<number>(FIELDS).fill(0);
  fields[INODE] = inode;
  fields[MODE] = entry.mode;
  fields[LINKS] = 1;
  fields[FILE_SIZE] = entry.data.length;
  fields[NAME_SIZE] = name.length;
  const header = MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  const start = padded(HEADER + name.length);
  const bytes = new Uint8Array(start + padded(entry.data.length));
  bytes.set(new TextEncoder().encode(header));
  bytes.set(name, HEADER);
  bytes.set(entry.data, start);
  return bytes;
}

export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const trailer: CpioEntry = { name: TRAILER, mode: 0, data: new Uint8Array() };
  return Buffer.concat([...entries.map((entry, index) => record(entry, index + 1)), record(trailer, 0)]);
}

/** The entries of the first archive in `bytes`. */
export function readCpio(bytes: Uint8Array): CpioEntry[] {
  const entries: CpioEntry[] = [];
  const text = (from: number, size: number) => Buffer.from(bytes.subarray(from, from + size)).toString('latin1');
  for (let at = 0; ;) {
    if (text(at, MAGIC.length) !== MAGIC) throw new Error('not a cpio archive of the kind "newc"');
    const field = (index: number) => parseInt(text(at + MAGIC.length + index * 8, 8), 16);
    const [mode, size, nameSize] = [field(MODE), field(FILE_SIZE), field(NAME_SIZE)];
    const name = text(at + HEADER, nameSize - 1);
    const start = at + padded(HEADER + nameSize);
    if (name === TRAILER) return entries;
    entries.push({ name, mode, data: bytes.subarray(start, start + size) });
    at = start + padded(size);
  }
}
