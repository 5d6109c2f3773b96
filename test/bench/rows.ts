/** The rows in the order of the report, their titles, and the groups that `--rows` also takes. */
export interface Row {
  /** Name in the image's row table. */
  readonly name: string;
  readonly group: string;
  readonly title: string;
}

export const ROWS: readonly Row[] = [
  { name: 'alu', group: 'integer', title: 'register ALU' },
  { name: 'flags', group: 'integer', title: 'adc, setcc, branches' },
  { name: 'muldiv', group: 'integer', title: 'multiply and divide' },
  { name: 'stream', group: 'memory', title: 'load/store stream' },
  { name: 'rmw', group: 'memory', title: 'read-modify-write' },
  { name: 'stack', group: 'memory', title: 'push and pop' },
  { name: 'unaligned', group: 'memory', title: 'unaligned accesses' },
  { name: 'crossing', group: 'memory', title: 'page-crossing accesses' },
  { name: 'random', group: 'memory', title: 'random loads, 8 MiB' },
  { name: 'movs', group: 'memory', title: 'rep movsd, 16 KiB' },
  { name: 'call1', group: 'calls', title: 'call/ret, one page' },
  { name: 'call2', group: 'calls', title: 'call/ret, two pages' },
  { name: 'call8', group: 'calls', title: 'call/ret, eight pages' },
  { name: 'icall8', group: 'calls', title: 'indirect calls, eight pages' },
  { name: 'switch', group: 'jumps', title: 'switch jumps' },
  { name: 'straddle', group: 'jumps', title: 'loop across a page border' },
  { name: 'codewrite', group: 'system', title: 'stores to a code page' },
  { name: 'interrupt', group: 'system', title: 'int n / iret' },
  { name: 'port', group: 'system', title: 'out 80h' },
  { name: 'x87', group: 'float', title: 'x87, double operands' },
];

/** Linux boots: the image, how its kernel is packed, and what that costs the guest. */
export interface Boot {
  readonly name: string;
  readonly image: string;
  readonly packed: boolean;
  readonly title: string;
}

export const BOOTS: readonly Boot[] = [
  { name: 'nano-bzimage', image: 'linux-nano', packed: true, title: 'linux-nano, bzImage (xz), gzipped initrd' },
  { name: 'nano-vmlinux', image: 'linux-nano', packed: false, title: 'linux-nano, vmlinux, plain cpio' },
  { name: 'linux-bzimage', image: 'linux', packed: true, title: 'linux, bzImage (xz), gzipped initrd' },
  { name: 'linux-vmlinux', image: 'linux', packed: false, title: 'linux, vmlinux, plain cpio' },
];

/** Those that `words` name by name, group or beginning; all when empty. Throws when a word names nothing. */
export function select<T extends { readonly name: string; readonly group?: string }>(
  all: readonly T[],
  words: readonly string[],
): T[] {
  return all.filter((item) => words.some((word) => item.group === word || item.name.startsWith(word)));
}
