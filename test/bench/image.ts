/**
 * The benchmark image: assembles and links loops/ with GNU binutils, reads the row table that loops/boot.S lays behind
 * the magic, and fills in which row to run and how often.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row as the image describes it. */
export interface ImageRow {
  readonly name: string;
  readonly index: number;
  /** Instructions retired by one iteration. */
  readonly instructions: number;
  /** Bytes moved by one iteration; 0 when the row is judged by instructions. */
  readonly bytes: number;
}

/** Offsets from the magic (loops/boot.S, section .params). */
const MAGIC = 'DZBENCH1';
const ROW_INDEX = 8;
const WARM_UP = 12;
const ITERATIONS = 16;
const ROW_COUNT = 20;
const ROWS = 24;
const ROW_SIZE = 28;

export function tool(command: string, args: string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw new Error(`${command} cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.at(-1) ?? ''}: ${stderr.trim()}`);
}

/** Assembles `sources` and links them; returns the path of the output. */
export function link(folder: string, sources: string[], output: string, linkArguments: string[]): void {
  const objects = sources.map((source) => {
    const object = `${output}.${source.replace(/\.S$/, '.o')}`;
    tool('as', ['--32', '-I', folder, '-o', object, join(folder, source)]);
    return object;
  });
  tool('ld', ['-m', 'elf_i386', '--no-warn-rwx-segments', '-o', output, ...linkArguments, ...objects]);
}

export class LoopImage {
  readonly rows: readonly ImageRow[];
  private readonly bytes: Buffer;
  private readonly base: number;

  constructor(
    source: string,
    private readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true });
    const sources = readdirSync(source).filter((name) => name.endsWith('.S'));
    const file = join(folder, 'loops.elf');
    link(source, sources.sort(), file, ['-T', join(source, 'image.ld')]);
    this.bytes = readFileSync(file);
    this.base = this.bytes.indexOf(MAGIC);
    if (this.base < 0) throw new Error(`${file} has no parameter block`);
    const count = this.bytes.readUInt32LE(this.base + ROW_COUNT);
    this.rows = Array.from({ length: count }, (_, index) => this.row(index));
  }

  private row(index: number): ImageRow {
    const at = this.base + ROWS + index * ROW_SIZE;
    const name = this.bytes.toString('latin1', at, at + 16).replace(/\0+$/, '');
    return { name, index, instructions: this.bytes.readUInt32LE(at + 20), bytes: this.bytes.readUInt32LE(at + 24) };
  }

  /** Writes a copy that runs `row` for `iterations`, after a warm-up; returns its path. */
  write(row: ImageRow, warmUp: number, iterations: number, tag: string): string {
    const copy = Buffer.from(this.bytes);
    copy.writeUInt32LE(row.index, this.base + ROW_INDEX);
    copy.writeUInt32LE(Math.max(1, Math.round(warmUp)), this.base + WARM_UP);
    copy.writeUInt32LE(Math.max(1, Math.min(0xffffffff, Math.round(iterations))), this.base + ITERATIONS);
    const path = join(this.folder, `${row.name}-${tag}.elf`);
    writeFileSync(path, copy);
    return path;
  }
}
