/** The rows in the order of the report, their titles, and the groups that `--rows` also takes. */
export interface Row {
  /** Name in the image's row table, of the program's source, or of the boot. */
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
  { name: 'dispersed', group: 'jumps', title: '2,000 dispersed blocks' },
  { name: 'codewrite', group: 'system', title: 'stores to a code page' },
  { name: 'interrupt', group: 'system', title: 'int n / iret' },
  { name: 'port', group: 'system', title: 'out 80h' },
  { name: 'x87', group: 'float', title: 'x87, double operands' },
];

/** Where v86 is weak: more is asked of us there (report/targets.ts). */
export const WEAK_ROWS: readonly string[] = ['call8', 'icall8', 'straddle', 'crossing', 'port', 'interrupt'];

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

/** A guest program: programs/NAME.c, or a script for the guest's shell, programs/NAME.sh. */
export interface Program extends Row {
  /** How much it does: its one argument. */
  readonly size: number;
  /** Of the warm-up, and of `--quick`. */
  readonly quick: number;
}

const program = (group: string, name: string, title: string, size: number, quick: number): Program => ({
  ...{ name, group, title, size, quick },
});

export const PROGRAMS: readonly Program[] = [
  program('compute', 'crc32', 'crc32', 720, 60),
  program('compute', 'sha256', 'sha256', 1280, 80),
  program('compute', 'quicksort', 'quicksort', 18, 2),
  program('compute', 'bytecode', 'bytecode interpreter', 120, 15),
  program('compute', 'fib', 'recursive Fibonacci', 36, 28),
  program('compute', 'lz', 'compression', 40, 3),
  program('compute', 'records', 'strings and records', 2_000_000, 80_000),
  program('compute', 'indirect', 'indirect calls', 12_000_000, 600_000),
  program('compute', 'chase16k', 'pointer chase, 16 KiB', 60_000, 3_000),
  program('compute', 'chase1m', 'pointer chase, 1 MiB', 12_000, 2_000),
  program('compute', 'chase32m', 'pointer chase, 32 MiB', 2_000, 400),
  program('compute', 'nbody', 'n-body, x87', 200_000, 8_000),
  program('compute', 'codegen', 'program that writes code', 30_000, 6_000),
  program('kernel', 'getppid', 'getppid', 200_000, 40_000),
  program('kernel', 'forkwait', 'fork and wait', 1_000, 100),
  program('kernel', 'fork', 'fork and exec', 1_000, 25),
  program('kernel', 'pipe', 'pipe ping-pong', 40_000, 2_500),
  program('kernel', 'files', 'many small files', 40, 4),
  program('kernel', 'readwrite', 'one large file', 200, 20),
  program('kernel', 'pagefaults', 'page faults', 30, 8),
  program('shell', 'shell', 'shell loop', 4_000, 1_000),
  program('shell', 'awk', 'awk', 7_000, 1_000),
  program('shell', 'pipelines', 'pipelines', 20, 5),
  program('shell', 'text', 'sort, grep, cut, sed', 20_000, 2_000),
  program('shell', 'gzip', 'gzip and gunzip', 160_000, 10_000),
];

/** What is measured of a snapshot of a freshly booted image, and what is asked of it. */
export interface SnapshotFigure {
  readonly name: string;
  readonly group: 'snapshots';
  readonly title: string;
  readonly unit: 'MiB' | 'ms';
  /** At most; of `linux`, which is the larger one. */
  readonly wanted?: number | undefined;
}

const figure = (name: string, title: string, unit: SnapshotFigure['unit'], wanted?: number): SnapshotFigure => ({
  ...{ name: `snapshot-${name}`, group: 'snapshots', title, unit, wanted },
});

export const SNAPSHOTS: readonly SnapshotFigure[] = [
  figure('size', 'the file', 'MiB', 6),
  figure('pause', 'saved while it runs: the guest stands still', 'ms', 50),
  figure('save', 'saved while it runs: until the file is there', 'ms'),
  figure('restore', 'restore() to a running guest', 'ms', 300),
  figure('create', 'createMachine({ snapshot }) to a running guest', 'ms'),
  figure('exec', 'createMachine({ snapshot }) to the answer of its first exec()', 'ms', 500),
];

export const SNAPSHOT_IMAGES: readonly string[] = ['linux-nano', 'linux'];

/** Those that `words` name by name, group or beginning. */
export function select<T extends { readonly name: string; readonly group?: string }>(
  all: readonly T[],
  words: readonly string[],
): T[] {
  return all.filter((item) => words.some((word) => item.group === word || item.name.startsWith(word)));
}
