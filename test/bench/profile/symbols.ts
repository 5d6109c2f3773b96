/**
 * Names for addresses: from an ELF file's symbol table (System V ABI, chapter 4) or a System.map of Linux. Where there
 * are no symbols, code is named by the 16 KiB in which it lies.
 */
interface Symbol {
  readonly address: number;
  readonly name: string;
}

const SHT_SYMTAB = 2;
const SYMBOL_SIZE = 16;
const [STT_NOTYPE, STT_FUNC] = [0, 2];
const REGION = 0x4000;

function fromElf(bytes: Uint8Array): Symbol[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sections = view.getUint32(32, true);
  const size = view.getUint16(46, true);
  const section = (index: number) => {
    const at = sections + index * size;
    const field = (offset: number) => view.getUint32(at + offset, true);
    return { type: field(4), offset: field(16), size: field(20), link: field(24) };
  };
  const all = Array.from({ length: view.getUint16(48, true) }, (_, index) => section(index));
  return all
    .filter(({ type }) => type === SHT_SYMTAB)
    .flatMap((table) => {
      const strings = all[table.link]?.offset ?? 0;
      return Array.from({ length: table.size / SYMBOL_SIZE }, (_, index) => {
        const at = table.offset + index * SYMBOL_SIZE;
        const kind = view.getUint8(at + 12) & 15;
        // A label of the assembler has no type; absolute values (section 0xFFF1) and undefined ones are no code
        const placed = view.getUint16(at + 14, true);
        const isCode = (kind === STT_NOTYPE || kind === STT_FUNC) && placed > 0 && placed < 0xff00;
        const start = strings + view.getUint32(at, true);
        const name = Buffer.from(bytes.subarray(start, bytes.indexOf(0, start))).toString('latin1');
        return isCode && name ? [{ address: view.getUint32(at + 4, true), name }] : [];
      }).flat();
    });
}

function fromMap(text: string): Symbol[] {
  return [...text.matchAll(/^([0-9a-f]+) [tTwW] (\S+)$/gm)].map(([, address = '', name = '']) => ({
    address: parseInt(address, 16),
    name,
  }));
}

export class Symbols {
  private readonly sorted: Symbol[] = [];

  /** Adds those of an ELF file or a System.map; a file without symbols adds none. */
  add(file: Uint8Array): this {
    const isElf = file[0] === 0x7f && file[4] === 1;
    this.sorted.push(...(isElf ? fromElf(file) : fromMap(Buffer.from(file).toString('latin1'))));
    this.sorted.sort((a, b) => a.address - b.address);
    return this;
  }

  /** The last symbol at or before `address`, when it is not absurdly far away. */
  name(address: number): string {
    let [low, high] = [0, this.sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle]?.address ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.sorted[low - 1];
    if (found && address - found.address < REGION) return found.name;
    return `0x${(address - (address % REGION)).toString(16)}`;
  }
}
