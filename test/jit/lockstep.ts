/**
 * Two cores in the same state: one runs a translated block, the other interprets as many instructions. Whatever the
 * guest could see has to be equal afterwards.
 */
import {
  ACCESS_DB,
  ACCESS_G,
  buildPageTables,
  Core,
  dataAccess,
  enterProtected,
  flat,
  type Mode,
  TABLES,
} from '../support/core.ts';
import type { Random } from '../support/random.ts';
import { CODE, DATA, DATA_END, dataAddress, REACH, READ_ONLY_END, STACK } from './layout.ts';

const RAM = 0x400000;
const TABLES_SIZE = 0x10000;
const LEFT = 0x80000000;
const FL_ARITHMETIC = 0x8d5;
const FL_IF = 0x200;
const FL_AC = 1 << 18;
/** Where signs, carries and widths change. */
const EDGES = [0n, 1n, 0xffn, 0x80n, 0x7fn, 0x8000n, 0x80000000n, 0x7fffffffn, 0xffffffffn, 2n ** 64n - 1n];

interface Translator extends WebAssembly.Exports {
  translateBlock(): number;
  translatedInstructions(): number;
  translationRefusal(): number;
}
export const Refusal = { None: 0, Fetch: 1, Nothing: 2, Overflow: 3, Shape: 4 } as const;

export interface Block {
  instructions: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** Runs it: the instructions executed, and whether the next one is the interpreter's. */
  run(): { count: number; left: boolean };
}

/** What differs between programs besides their code. */
export interface Situation {
  cpl: 0 | 3;
  /** Without it all segments begin above the code, which programs must not change. */
  paging: boolean;
  /** DS and ES have a base and a limit within the data, FS and GS others. */
  segmented: boolean;
  /** CS has a limit of 64 KiB. */
  limitedCode: boolean;
  aligned: boolean;
}

export class Lockstep {
  /** Translates, and interprets. */
  readonly jit: Core;
  readonly reference: Core;
  private readonly translator: Translator;
  private eflags = 2;

  constructor(
    module: WebAssembly.Module,
    readonly mode: Mode,
  ) {
    this.jit = new Core(RAM, module);
    this.reference = new Core(RAM, module);
    this.translator = this.jit.exports as unknown as Translator;
  }
  private get both(): readonly Core[] {
    return [this.jit, this.reference];
  }

  /** Puts both cores into `situation`, with random data. */
  enter(situation: Situation, random: Random): void {
    const { mode } = this;
    const { cpl, aligned } = situation;
    const paging = situation.paging || mode === 64;
    const data = new Uint8Array(DATA_END - DATA);
    random.fill(data);
    for (const core of this.both) {
      core.ram.fill(0, 0, REACH);
      core.ram.set(data, DATA);
      if (paging) buildPageTables(core, TABLES, mode, this.map());
      enterProtected(core, { mode, cpl, segments: this.segments(situation), ...(paging ? { cr3: TABLES } : {}) });
    }
    this.eflags = 2 | (aligned ? FL_AC : 0);
    for (const core of this.both) core.exports.setEflags(this.eflags);
    this.refresh();
  }
  private map(): Parameters<typeof buildPageTables>[3] {
    return [
      { start: CODE, end: CODE + 0x1000, writable: false, user: true },
      { start: DATA, end: DATA_END, writable: true, user: true },
      { start: DATA_END, end: READ_ONLY_END, writable: false, user: true },
    ];
  }
  private segments({ cpl, paging, segmented, limitedCode }: Situation): ReturnType<typeof flat> {
    const all = flat(this.mode, cpl);
    if (all.CS && limitedCode) all.CS = { ...all.CS, limit: 0xffff };
    const segment = (base: number, limit: number, access = dataAccess(cpl) | ACCESS_DB): typeof all.DS => ({
      selector: 0x10 | cpl,
      base,
      limit,
      access: limit > 0xfffff ? access | ACCESS_G : access,
    });
    if (!paging && this.mode !== 64) {
      const above = segment(CODE + 0x1000, 0xfffeffff, dataAccess(cpl) | (this.mode === 16 ? 0 : ACCESS_DB));
      return { ...all, SS: above, DS: above, ES: above, FS: above, GS: above };
    }
    if (!segmented) return { ...all, FS: segment(0x10, 0xffffffff), GS: segment(0, 0xffffffff) };
    const expandDown = (dataAccess(cpl) | ACCESS_DB) & ~0xf;
    return {
      ...all,
      DS: segment(0x20, DATA_END - 0x820),
      ES: segment(0, DATA - 1, expandDown | 7),
      FS: segment(0x7f0, 0xffffffff),
      GS: segment(0, 0xffffffff, expandDown | 1),
    };
  }

  /** Random registers and flags in both; RIP at the program. Addresses are in RSI, RDI, R14, R15, RSP and RBP. */
  randomize(random: Random, rip: number): void {
    const few = [random.pick(EDGES), random.pick(EDGES), random.u64()];
    const values = Array.from({ length: 16 }, (_, r) => this.registerValue(r, random, few));
    const eflags = this.eflags | (random.u32() & (FL_ARITHMETIC | FL_IF));
    for (const core of this.both) {
      values.forEach((value, r) => core.setGpr(r, value));
      core.rip = rip;
      core.exports.setEflags(eflags);
    }
  }
  /** Half of the numbers are from `few`: comparisons have to meet equal operands. */
  private registerValue(r: number, random: Random, few: readonly bigint[]): bigint {
    const upper = random.chance(3) ? 0n : random.u64();
    const high = this.mode === 16 ? upper & ~0xffffn : this.mode === 32 ? upper & ~0xffffffffn : 0n;
    if (r === 4) return high | BigInt(STACK + (random.chance(8) ? random.below(16) : random.below(64) * 8));
    if ((r & 7) >= 6 || r === 5) return high | BigInt(dataAddress(random));
    // An index mostly; XLAT has its table there
    if (r === 3 && random.chance(6)) return high | BigInt(dataAddress(random));
    if ((r & 7) === 3) return random.chance(8) ? random.u64() : high | BigInt(random.below(16));
    if (random.chance(2)) return random.pick(few);
    return random.chance(4) ? BigInt(random.below(300)) : random.u64();
  }
  setCode(code: Uint8Array, at: number): void {
    for (const core of this.both) core.ram.set(code, at);
  }
  /** Forgets what the TLBs know, and derives all from registers and segments. */
  refresh(): void {
    for (const core of this.both) core.exports.refresh();
  }

  /** Translates at RIP; a number is the refusal. */
  translate(): Block | number {
    const { jit, translator } = this;
    // In both: fetching the code sets accessed bits
    const before = visible(jit);
    const [length = 0, same] = this.both.map(({ exports }) => (exports as unknown as Translator).translateBlock());
    if (length !== same) throw new Error(`the same code gave modules of ${length} and ${same} bytes`);
    if (visible(jit) !== before) throw new Error(`translating changed ${before} to ${visible(jit)}`);
    if (!length) return translator.translationRefusal();
    const bytes = jit.bytes.slice(jit.address('MODULE'), jit.address('MODULE') + length);
    return { instructions: translator.translatedInstructions(), bytes, run: this.link(bytes) };
  }
  private link(bytes: Uint8Array<ArrayBuffer>): Block['run'] {
    let block: (() => number) | undefined;
    return () => {
      if (!block) {
        const imports = { env: { memory: this.jit.memory }, core: this.translator };
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
        block = exports.block as () => number;
      }
      const result = block();
      return { count: result & ~LEFT, left: (result & LEFT) !== 0 };
    };
  }

  /** Runs `block` in one core and interprets in the other; what differs, or undefined. */
  compare(block: Block): { count: number; left: boolean; difference?: string } {
    const { count, left } = block.run();
    for (let i = 0; i < count; i++) {
      const vector = this.reference.exports.step();
      if (vector >= 0) return { count, left, difference: `the interpreter raised ${vector} at instruction ${i}` };
    }
    // What was tried and refused has set accessed bits, which the interpreter has still to do
    return { count, left, ...this.difference(false) };
  }
  /** After `compare`: the interpreter of each core executes one more instruction; its exception, or -1. */
  step(): { vector: number; difference?: string } {
    const [a, b] = this.both.map((core) => [core.exports.step(), core.exports.faultCode(), core.state('S_CR2')]);
    if (String(a) !== String(b)) return { vector: -1, difference: `vector, code, CR2: ${String(a)}, not ${String(b)}` };
    return { vector: Number(a?.[0]), ...this.difference(true) };
  }
  difference(tables: boolean): { difference?: string } {
    const [a, b] = this.both.map(visible);
    if (a !== b) return { difference: `translated ${a}, interpreted ${b}` };
    for (const [start, size] of [
      [0, REACH],
      [TABLES, tables ? TABLES_SIZE : 0],
    ] as const) {
      const [mine, theirs] = this.both.map((core) => core.ram.subarray(start, start + size));
      if (!mine || !theirs || Buffer.compare(mine, theirs) === 0) continue;
      const at = mine.findIndex((byte, i) => byte !== theirs[i]);
      return { difference: `memory at ${(start + at).toString(16)}: ${mine[at]}, not ${theirs[at]}` };
    }
    return {};
  }
}

/** Registers, RIP, CR2 and flags. */
function visible(core: Core): string {
  const registers = Array.from({ length: 16 }, (_, r) => core.gpr(r));
  const all = [...registers, core.rip, core.state('S_CR2'), core.exports.eflags()];
  return all.map((value) => value.toString(16)).join(' ');
}
