/** Runs all conformance files of a directory; their format is known by their content, not by their name. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Core } from './core.ts';
import { encodingName, neededFeature, parseEncoding } from './encoding.ts';
import { announcedFeatures } from './features.ts';
import { MOO_MAGIC, readMoo } from './moo.ts';
import { MOO_RAM, MooRunner, notApplicable } from './moo-run.ts';
import { Results } from './results.ts';
import type { Mode } from './setup.ts';
import { readXvec, XVEC_MAGIC, type Xvec } from './xvec.ts';
import { XVEC_RAM, XvecRunner } from './xvec-run.ts';

export type ConformanceEngine = 'interpreter' | 'jit';

export interface ConformanceOptions {
  /** Only files whose name matches. */
  filter?: RegExp;
  /** Only vectors of these code sizes; real mode counts as 16. */
  modes?: ReadonlySet<Mode>;
  /** Leaves C1 and DE of the x87 out of the comparison. */
  lenient?: boolean;
  /** 'jit': each vector's instruction is translated first. */
  engine?: ConformanceEngine;
  /** Only one vector in so many, the same ones each time. */
  every?: number;
  /** Called before each file. */
  progress?: (file: string, index: number, count: number) => void;
}

export interface ConformanceFile {
  name: string;
  path: string;
  format: 'XVEC' | 'MOO';
}

function formatOf(path: string): ConformanceFile['format'] | undefined {
  const head = readFileSync(path);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return undefined;
  const start = gunzipSync(head).toString('latin1', 0, 8);
  if (start === XVEC_MAGIC) return 'XVEC';
  return start.startsWith(MOO_MAGIC) ? 'MOO' : undefined;
}

/** The conformance files in `directory`; an error says what was expected when there are none. */
export function findFiles(directory: string, filter?: RegExp): ConformanceFile[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) throw new Error(`${directory} is not a directory`);
  const files: ConformanceFile[] = [];
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    if ((filter && !filter.test(name)) || !statSync(path).isFile()) continue;
    const format = formatOf(path);
    if (format) files.push({ name, path, format });
  }
  if (!files.length) {
    const which = filter ? ` with a name that matches ${filter.source}` : '';
    throw new Error(`${directory} holds no XVEC (.xvec.gz) or MOO (.MOO.gz) file${which}`);
  }
  return files;
}

export class Conformance {
  readonly results = new Results();
  private xvec: { core: Core; runner: XvecRunner; features: Set<string> } | undefined;
  private moo: { core: Core; runner: MooRunner } | undefined;
  private readonly metadata = new Map<string, Metadata>();

  constructor(private readonly options: ConformanceOptions = {}) {}

  runDirectory(directory: string): Results {
    const files = findFiles(directory, this.options.filter);
    files.forEach((file, index) => {
      this.options.progress?.(file.name, index, files.length);
      this.runFile(file);
    });
    return this.results;
  }

  runFile(file: ConformanceFile): void {
    if (file.format === 'XVEC') this.runXvec(file);
    else if (this.options.modes?.has(16) ?? true) this.runMoo(file);
  }

  private runXvec({ name, path }: ConformanceFile): void {
    const { core, runner, features } = (this.xvec ??= this.startXvec());
    const group = name.replace(/^m\d+-/, '').replace(/\..*$/, '');
    let index = -1;
    for (const vector of readXvec(readFileSync(path))) {
      index++;
      if (this.options.modes && !this.options.modes.has(vector.mode)) continue;
      if (!this.takes(index)) continue;
      const encoding = parseEncoding(vector.code, vector.mode);
      const feature = neededFeature(encoding, group);
      if (feature && !features.has(feature)) {
        this.results.skip(name, encodingName(encoding), `${feature} is not announced`);
      } else {
        this.record(core, name, index, encodingName(encoding), describe(vector), () => runner.run(vector));
      }
    }
  }
  private startXvec(): { core: Core; runner: XvecRunner; features: Set<string> } {
    const core = new Core(XVEC_RAM);
    const features = announcedFeatures(core);
    return { core, features, runner: new XvecRunner(core, this.options.lenient, this.translates) };
  }

  private get translates(): boolean {
    return this.options.engine === 'jit';
  }
  private takes(index: number): boolean {
    return index % (this.options.every ?? 1) === 0;
  }

  private runMoo({ name, path }: ConformanceFile): void {
    const { core, runner } = (this.moo ??= this.startMoo());
    const { masks, revoked } = this.metadataOf(path);
    const opcode = name.replace(/\.MOO\.gz$/, '');
    const mask = masks.get(opcode) ?? 0xffff;
    for (const test of readMoo(readFileSync(path))) {
      if (!this.takes(test.index)) continue;
      const reason = revoked.has(test.hash) ? 'revoked by its authors' : notApplicable(test);
      if (reason) this.results.skip(name, opcode, reason);
      else this.record(core, name, test.index, opcode, `${hex(test.code)} ${test.name}`, () => runner.run(test, mask));
    }
    const stray = runner.strayWrite();
    if (stray !== undefined) {
      const differences = [`memory at 0x${stray.toString(16)} was written, which no test names`];
      this.results.fail(opcode, { file: name, index: -1, what: 'the whole file', differences });
    }
  }
  private startMoo(): { core: Core; runner: MooRunner } {
    const core = new Core(MOO_RAM);
    return { core, runner: new MooRunner(core, this.translates) };
  }
  private metadataOf(path: string): Metadata {
    const directory = join(path, '..');
    const known = this.metadata.get(directory) ?? readMetadata(directory);
    this.metadata.set(directory, known);
    return known;
  }

  private record(core: Core, file: string, index: number, encoding: string, what: string, run: () => string[]): void {
    let differences: string[];
    const before = core.translated;
    try {
      differences = run();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      differences = [error.message];
    }
    if (core.translated > before) this.results.translated(file);
    if (differences.length) this.results.fail(encoding, { file, index, what, differences });
    else this.results.pass(file, encoding);
  }
}

interface Metadata {
  /** By file name without suffix: the defined flags. */
  masks: Map<string, number>;
  revoked: Set<string>;
}
interface MetadataEntry {
  'flags-mask'?: number;
  reg?: Record<string, MetadataEntry>;
}
function readMetadata(directory: string): Metadata {
  const masks = new Map<string, number>();
  const file = join(directory, 'metadata.json');
  if (existsSync(file)) {
    const { opcodes } = JSON.parse(readFileSync(file, 'utf8')) as { opcodes: Record<string, MetadataEntry> };
    for (const [opcode, entry] of Object.entries(opcodes)) {
      if (entry['flags-mask'] !== undefined) masks.set(opcode, entry['flags-mask']);
      for (const [reg, inner] of Object.entries(entry.reg ?? {})) {
        if (inner['flags-mask'] !== undefined) masks.set(`${opcode}.${reg}`, inner['flags-mask']);
      }
    }
  }
  const list = join(directory, 'revocation_list.txt');
  const lines = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : [];
  return { masks, revoked: new Set(lines.map((line) => line.trim()).filter((line) => line && !line.startsWith('#'))) };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
function describe({ mode, code }: Xvec): string {
  return `${hex(code)} (${mode}-bit)`;
}
