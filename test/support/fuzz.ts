/**
 * Hostile guests for fuzzing: random code, registers, descriptor tables and page tables in every mode. What they
 * compute does not matter; they may not trap the Wasm instance, hang it or touch memory that is not theirs.
 */
import { Core, coreModule, enterProtected, enterReal, type Mode, Segments, Status } from './core.ts';
import { ACCESS_DB, ACCESS_G, ACCESS_L, codeAccess, dataAccess, type SegmentState } from './core.ts';
import type { Random } from './random.ts';

export const FUZZ_RAM = 0x200000;
/** Memory behind guest RAM that nothing may touch. */
const GUARD = 0x100000;
const STATIC_BASE = 0x100000;
const EMIT = 0x200000;
const FIRST_PAGE = 0x1000;

const GDT = 0x1000;
const LDT = 0x2000;
const IDT = 0x3000;
const TSS = 0x4000;
const TABLES = 0x8000;
const CODE = 0x20000;
const STACK = 0x30000;

export type FuzzMode = 'real' | 'v86' | 'protected16' | 'protected32' | 'user32' | 'long' | 'user64';
export const FUZZ_MODES: readonly FuzzMode[] = [
  'real',
  'v86',
  'protected16',
  'protected32',
  'user32',
  'long',
  'user64',
];

const RSP = 4;

const PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x48, 0x4f];
/** Opcodes worth meeting more often than by chance: far transfers, tables, control registers, strings, stack. */
const SPECIAL = [
  [0x0f, 0x00],
  [0x0f, 0x01],
  [0x0f, 0x02],
  [0x0f, 0x03],
  [0x0f, 0x20],
  [0x0f, 0x22],
  [0x0f, 0x21],
  [0x0f, 0x23],
  [0x0f, 0x30],
  [0x0f, 0x32],
  [0x0f, 0xae],
  [0x0f, 0xc7],
  [0x0f, 0xb2],
  [0x0f, 0x34],
  [0x0f, 0x35],
  [0x0f, 0x05],
  [0x0f, 0x07],
  [0x9a],
  [0xea],
  [0xcf],
  [0xcb],
  [0xcd],
  [0x8e],
  [0x1f],
  [0x17],
  [0xc8],
  [0x9d],
  [0xf3, 0xa4],
  [0xf3, 0xa5],
  [0xf3, 0xab],
  [0xf2, 0xae],
  [0xf3, 0x6d],
  [0xf3, 0x6f],
  [0xf4],
  [0xff],
  [0xc4],
  [0xfb],
] as const;

/** Random bytes, with prefixes and interesting opcodes above their share. */
export function randomCode(random: Random, bytes: Uint8Array): void {
  let at = 0;
  const put = (value: number): void => {
    if (at < bytes.length) bytes[at++] = value;
  };
  while (at < bytes.length) {
    while (random.chance(4)) put(random.pick(PREFIXES));
    if (random.chance(6)) random.pick(SPECIAL).forEach(put);
    else if (random.chance(4)) [0x0f, random.below(256)].forEach(put);
    else put(random.below(256));
    for (let n = random.below(6); n > 0; n--)
      put(random.chance(3) ? random.pick([0, 0xff, 0x80, 0x7f, 1]) : random.below(256));
  }
}

function randomAddress(random: Random): bigint {
  const page = BigInt(random.below(0x200) << 12);
  switch (random.below(8)) {
    case 0:
      return random.u64();
    case 1:
      return BigInt(random.u32());
    case 2:
      return page + 0x1000n - BigInt(random.below(16));
    case 3:
      return 0xffffffffffffffffn - BigInt(random.below(32));
    case 4:
      return 0x100000000n - BigInt(random.below(32));
    case 5:
      return BigInt(random.below(64));
    default:
      return page + BigInt(random.below(0x1000));
  }
}

function randomDescriptors(random: Random, table: Uint8Array, long: boolean): void {
  random.fill(table);
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  for (let at = 8; at + 8 <= table.length; at += 8) {
    if (random.chance(5)) continue;
    // Mostly present, of any type and privilege; half of them code or data with a base in RAM
    const system = random.chance(3);
    view.setUint8(at + 5, 0x80 | random.below(0x80) | (system ? 0 : 0x10));
    if (system) view.setUint8(at + 5, view.getUint8(at + 5) & 0xef);
    view.setUint8(at + 7, 0);
    view.setUint8(at + 4, random.below(32));
    if (long && random.chance(2)) view.setUint8(at + 6, 0x20 | random.below(16));
  }
}
/** Descriptors 1 to 4 mostly make sense, so that exceptions find a handler: code and data of ring 0, then of ring 3. */
function usualDescriptors(random: Random, table: Uint8Array, bits: Mode): void {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const size = bits === 64 ? 0xaf : bits === 32 ? 0xcf : 0x8f;
  [0x9b, 0x93, 0xfb, 0xf3].forEach((access, i) => {
    if (random.chance(10)) return;
    view.setUint32(8 + i * 8, 0xffff, true);
    view.setUint32(12 + i * 8, (size << 16) | (access << 8), true);
  });
}
function randomGates(random: Random, table: Uint8Array, bits: Mode): void {
  const size = bits === 64 ? 16 : 8;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  table.fill(0);
  for (let at = 0; at + size <= table.length; at += size) {
    const odd = random.chance(6);
    const type = odd ? random.pick([0xe, 0xf, 0x6, 0x7, 0x5, 0xc, random.below(16)]) : random.pick([0xe, 0xf]);
    view.setUint16(at, random.below(0x3000), true);
    view.setUint16(at + 2, odd ? random.pick([8, 0x10, 0x1b, random.below(0x200)]) : 8, true);
    view.setUint8(at + 4, odd ? random.below(8) : 0);
    view.setUint8(at + 5, (odd && random.chance(4) ? 0 : 0x80) | (random.below(4) << 5) | type);
    view.setUint16(at + 6, odd && random.chance(4) ? random.below(0x10000) : CODE >> 16, true);
  }
}
/** A TSS whose inner stacks are mostly usable; the rest, I/O bitmap included, is anything. */
function randomTss(random: Random, core: Core, bits: Mode): void {
  random.fill(core.ram.subarray(TSS, TSS + 0x800));
  if (random.chance(10)) return;
  const view = new DataView(core.ram.buffer, core.ram.byteOffset + TSS, 0x68);
  if (bits === 64) {
    for (let at = 4; at < 0x5c; at += 8) view.setBigUint64(at, BigInt(STACK + random.below(0x1000)), true);
    return;
  }
  view.setUint32(4, STACK + random.below(0x1000), true);
  view.setUint32(8, 0x10, true);
}

/** Identity-mapped with holes, read-only and supervisor pages, reserved bits; a few entries are any bits at all. */
function randomPages(random: Random, core: Core, long: boolean): void {
  const ram = new DataView(core.ram.buffer, core.ram.byteOffset, core.ram.byteLength);
  const size = long ? 8 : 4;
  const levels = long ? [TABLES, TABLES + 0x1000, TABLES + 0x2000] : [TABLES];
  const last = TABLES + levels.length * 0x1000;
  core.ram.fill(0, TABLES, last + 0x1000);
  for (const table of levels) {
    const next = random.chance(20) ? table : table + 0x1000;
    ram.setUint32(table, next | 7, true);
    for (let n = 0; n < 4; n++) ram.setUint32(table + (1 + random.below(0x1000 / size - 1)) * size, random.u32(), true);
    if (table === levels.at(-1)) ram.setUint32(table + size, 0x83 | 4, true);
  }
  for (let page = 0; page < 0x1000 / size; page++) {
    const usual = random.chance(12) ? random.pick([1, 3, 5, 0, 0x1e7]) : 7;
    const entry = random.chance(100) ? random.u32() : ((page << 12) % FUZZ_RAM) | usual;
    ram.setUint32(last + page * size, entry, true);
    if (long) ram.setUint32(last + page * size + 4, random.chance(100) ? random.u32() : 0, true);
  }
}

function segments(mode: Mode, cpl: number): Partial<Record<keyof typeof Segments, SegmentState>> {
  const code = codeAccess(cpl) | ACCESS_G | (mode === 64 ? ACCESS_L : mode === 32 ? ACCESS_DB : 0);
  const data = dataAccess(cpl) | ACCESS_G | (mode === 16 ? 0 : ACCESS_DB);
  const limit = 0xffffffff;
  const flat = { selector: 0x10 | cpl, base: 0, limit, access: data };
  return {
    CS: { selector: 8 | cpl, base: 0, limit, access: code },
    SS: flat,
    DS: flat,
    ES: flat,
    FS: flat,
    GS: flat,
    LDTR: { selector: 0x28, base: LDT, limit: 0xfff, access: 0x82 },
    TR: { selector: 0x30, base: TSS, limit: 0x7ff, access: 0x8b },
  };
}

/** One machine that is thrown into one random situation after the other. */
export class Fuzzer {
  readonly core = new Core(FUZZ_RAM, coreModule(), GUARD);
  private readonly guarded: { start: number; bytes: Uint8Array }[];

  constructor() {
    const end = this.core.address('RAM') + FUZZ_RAM;
    this.core.bytes.fill(0xa5, end);
    this.core.bytes.fill(0xa5, 0, FIRST_PAGE);
    this.guarded = [
      [0, FIRST_PAGE],
      [STATIC_BASE, EMIT],
      [end, this.core.bytes.length],
    ].map(([start = 0, stop = 0]) => ({ start, bytes: this.core.bytes.slice(start, stop) }));
  }

  /** The first address outside the guest's reach that has changed, or undefined. */
  escape(): number | undefined {
    for (const { start, bytes } of this.guarded) {
      const now = this.core.bytes.subarray(start, start + bytes.length);
      if (Buffer.compare(now, bytes) === 0) continue;
      return start + now.findIndex((byte, i) => byte !== bytes[i]);
    }
    return undefined;
  }

  /** Sets up `mode` with everything random and runs; returns how many instructions retired, by the core's count. */
  round(mode: FuzzMode, random: Random, budget: number): number {
    const { core } = this;
    core.exports.reset();
    // A round depends on its seed alone, not on the rounds before
    core.ram.fill(0);
    for (let page = 0; page < FUZZ_RAM; page += 0x10000) {
      if (random.chance(8)) randomCode(random, core.ram.subarray(page, page + 0x1000));
    }
    randomCode(random, core.ram.subarray(CODE, CODE + 0x3000));
    this.enter(mode, random);
    for (let r = 0; r < 16; r++)
      core.setGpr(
        r,
        mode === 'long' || mode === 'user64' ? randomAddress(random) : randomAddress(random) & 0xffffffffn,
      );
    if (!random.chance(4)) core.setGpr(RSP, BigInt(STACK + random.below(0x1000)));
    core.exports.setEflags((random.u32() & 0x0ed5) | (mode === 'v86' ? 0x23202 : 2));
    core.exports.refresh();
    const before = core.exports.instructions();
    for (let left = budget; left > 0; left -= 100) {
      const status = core.exports.run(0, 100);
      if (status !== Status.Continue && status !== Status.Idle) break;
    }
    return core.exports.instructions() - before;
  }

  private enter(mode: FuzzMode, random: Random): void {
    const { core } = this;
    const at = CODE + random.pick([0, 0x800, 0xff8, 0xfff, 0x1ff0]);
    if (mode === 'real') {
      random.fill(core.ram.subarray(0, 0x400));
      enterReal(core, {
        CS: CODE >> 4,
        DS: random.below(0x10000),
        ES: random.below(0x10000),
        SS: random.below(0x10000),
      });
      core.rip = at - CODE;
      return;
    }
    const bits: Mode = mode === 'long' || mode === 'user64' ? 64 : mode === 'protected16' ? 16 : 32;
    const cpl = mode === 'user32' || mode === 'user64' || mode === 'v86' ? 3 : 0;
    const paged = bits === 64 || random.chance(2);
    randomDescriptors(random, core.ram.subarray(GDT, GDT + 0x400), bits === 64);
    randomDescriptors(random, core.ram.subarray(LDT, LDT + 0x400), bits === 64);
    usualDescriptors(random, core.ram.subarray(GDT, GDT + 0x400), bits);
    randomGates(random, core.ram.subarray(IDT, IDT + 0x800), bits);
    randomTss(random, core, bits);
    if (paged) randomPages(random, core, bits === 64);
    enterProtected(core, { mode: bits, cpl, segments: segments(bits, cpl), ...(paged ? { cr3: TABLES } : {}) });
    core.setState('S_GDT_BASE', GDT);
    core.setState32('S_GDT_LIMIT', 0x3ff);
    core.setState('S_IDT_BASE', IDT);
    core.setState32('S_IDT_LIMIT', 0x7ff);
    core.rip = at;
    if (mode === 'v86') this.enterV86(random, at);
  }

  private enterV86(random: Random, at: number): void {
    for (const name of ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'] as const) {
      const selector = name === 'CS' ? CODE >> 4 : random.below(0x10000);
      this.core.setSegment(Segments[name], { selector, base: selector * 16, limit: 0xffff, access: 0xf3 });
    }
    this.core.rip = at - CODE;
  }
}
