/** Runs XVEC vectors on the core: the format's default state and memory, one instruction, everything compared. */
import { type Core, type SegmentState } from './core.ts';
import {
  ACCESS_DB,
  ACCESS_G,
  ACCESS_L,
  buildPageTables,
  codeAccess,
  dataAccess,
  enterProtected,
  type Mapping,
  type Mode,
  type Setup,
} from './setup.ts';
import { APPROXIMATE, NEEDS_PAGING, NO_EXCEPTION, type Xvec, type XvecState } from './xvec.ts';
import { closeFloat32, closeFloat80 } from './tolerance.ts';

const CODE = 0x110000;
const ENTRY = 0x110800;
const DATA = 0x200000;
const STACK = 0x300000;
const READ_ONLY = 0x210000;
const INT3 = 0xcc;
const STACK_FAULT = 12;
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
/** Error code bit: it names a gate of the IDT. */
const ERROR_IDT = 2;
const PUSHF = 0x9c;
/** NT, AC and ID: no instruction of the vector's own has set them, and the recorder did not clear them. */
const LEFT_OVER = 0x244000;
/** Page tables, out of the way of what the format maps. */
const TABLES = { 16: 0x600000, 32: 0x600000, 64: 0x640000 } as const;
export const XVEC_RAM = 0x800000;
/** C1 and DE, which many emulators lack. */
const LENIENT = 0x0202;
const RFLAGS_RF = 1 << 16;
/** A repeated string instruction may come back to the host between its steps. */
const STEP_LIMIT = 100_000;

const MAP: Mapping[] = [
  { start: CODE, end: CODE + 0x2000, writable: true, user: true },
  { start: DATA, end: DATA + 0x2000, writable: true, user: true },
  { start: STACK, end: STACK + 0x1000, writable: true, user: true },
  { start: READ_ONLY, end: READ_ONLY + 0x1000, writable: false, user: true },
];
const WINDOWS = MAP.map(({ start, end }) => {
  const bytes = new Uint8Array(end - start);
  for (let i = 0; i < bytes.length; i++) bytes[i] = start === CODE ? INT3 : pattern(start + i);
  return { start, pristine: bytes, expected: new Uint8Array(bytes.length) };
});

function pattern(a: number): number {
  return (Math.imul(a, 0x9d) + Math.imul(a >>> 8, 0x35) + 0x5b) & 255;
}

const LIMIT = 0xffffffff;
function segment(selector: number, access: number, base = 0, limit = LIMIT): SegmentState {
  return { selector, base, limit, access };
}
const WIDE = ACCESS_DB | ACCESS_G;
const data32 = segment(0x2b, dataAccess(3) | WIDE);
const data16 = segment(23, dataAccess(3), DATA, 0x1fff);
/** Selectors as Linux has them: pushes of segment registers show them. */
const SEGMENTS: Record<Mode, Setup['segments']> = {
  16: {
    CS: segment(7, codeAccess(3), CODE, 0x1fff),
    SS: segment(15, dataAccess(3), STACK, 0xfff),
    DS: data16,
    ES: data16,
  },
  32: { CS: segment(0x23, codeAccess(3) | WIDE), SS: data32, DS: data32, ES: data32 },
  64: {
    CS: segment(0x33, codeAccess(3) | ACCESS_L | ACCESS_G),
    SS: data32,
    DS: data32,
    ES: data32,
    FS: segment(0, dataAccess(3) | WIDE),
    GS: segment(0, dataAccess(3) | WIDE),
  },
};

/** A whole user-level state, compared field by field. */
interface FullState {
  gpr: bigint[];
  rip: bigint;
  eflags: number;
  fcw: number;
  fsw: number;
  ftw: number;
  mxcsr: number;
  /** Physical registers R0..R7. */
  x87: Uint8Array[];
  vector: Uint8Array[];
}

function defaultVector(n: number, mode: Mode): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, k) => (mode !== 64 && n >= 8 ? 0 : (n * 17 + k * 29 + 3) & 255));
}
function defaultState(mode: Mode): FullState {
  const gpr = Array.from({ length: 16 }, (_, i) => {
    const value = BigInt.asUintN(64, 0xa5a5a5a500000000n + BigInt(i + 1) * 0x01030507n);
    if (mode === 64) return value;
    return i < 8 ? value & 0xffffffffn : 0n;
  });
  gpr[4] = mode === 16 ? 0x800n : 0x300800n;
  const x87 = Array.from({ length: 8 }, () => new Uint8Array(10));
  const vector = Array.from({ length: 16 }, (_, n) => defaultVector(n, mode));
  const rip = BigInt(mode === 16 ? ENTRY - CODE : ENTRY);
  return { gpr, rip, eflags: 0x202, fcw: 0x37f, fsw: 0, ftw: 0, mxcsr: 0x1f80, x87, vector };
}
const DEFAULTS: Record<Mode, FullState> = { 16: defaultState(16), 32: defaultState(32), 64: defaultState(64) };

/** `base` with the items of `named` on top. */
function overlay(base: FullState, named: XvecState): FullState {
  const state = { ...base };
  if (named.gpr.size) {
    state.gpr = [...base.gpr];
    for (const [i, value] of named.gpr) state.gpr[i] = value;
  }
  state.rip = named.rip ?? base.rip;
  state.eflags = named.eflags ?? base.eflags;
  state.fcw = named.fcw ?? base.fcw;
  state.fsw = named.fsw ?? base.fsw;
  state.ftw = named.ftw ?? base.ftw;
  state.mxcsr = named.mxcsr ?? base.mxcsr;
  if (named.st.size) {
    const top = (state.fsw >> 11) & 7;
    state.x87 = [...base.x87];
    for (const [i, value] of named.st) state.x87[(top + i) & 7] = value;
  }
  if (named.xmm.size || named.ymmHigh.size) {
    state.vector = base.vector.map((bytes) => bytes.slice());
    for (const [i, value] of named.xmm) state.vector[i]?.set(value);
    for (const [i, value] of named.ymmHigh) state.vector[i]?.set(value, 16);
  }
  return state;
}

function load(core: Core, state: FullState): void {
  state.gpr.forEach((value, i) => core.setGpr(i, value));
  core.rip = state.rip;
  core.setFpu(state.fcw, state.fsw, state.ftw);
  core.mxcsr = state.mxcsr;
  state.x87.forEach((value, i) => core.x87(i).set(value));
  state.vector.forEach((value, i) => core.vector(i).set(value));
  core.exports.setEflags(state.eflags);
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const dump = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const NAMES = 'RAX RCX RDX RBX RSP RBP RSI RDI R8 R9 R10 R11 R12 R13 R14 R15'.split(' ');

/** Differences between the core's state and the expected one, as text; empty when they agree. */
function compareState(core: Core, want: FullState, vector: Xvec, fswMask: number): string[] {
  const out: string[] = [];
  const check = (name: string, expected: number | bigint, got: number | bigint): void => {
    if (expected !== got) out.push(`${name} expected ${hex(expected)}, got ${hex(got)}`);
  };
  const approximate = (vector.flags & APPROXIMATE) !== 0;
  want.gpr.forEach((value, i) => check(NAMES[i] ?? '', value, core.gpr(i)));
  check('RIP', want.rip, core.rip);
  const mask = vector.eflagsMask & ~RFLAGS_RF;
  check('EFLAGS', (want.eflags & mask) >>> 0, (core.exports.eflags() & mask) >>> 0);
  const fpu = core.fpu;
  check('FCW', want.fcw, fpu.control);
  check('FSW', want.fsw & fswMask, fpu.status & fswMask);
  check('FTW', want.ftw, fpu.full);
  check('MXCSR', want.mxcsr, core.mxcsr);
  want.x87.forEach((value, i) => {
    const got = core.x87(i);
    if (same(value, got) || (approximate && closeFloat80(value, got))) return;
    out.push(`R${i} of the x87 expected ${dump(value)}, got ${dump(got)}`);
  });
  want.vector.forEach((value, i) => {
    const got = core.vector(i);
    if (same(value, got) || (approximate && closeFloat32(value, got))) return;
    out.push(`YMM${i} expected ${dump(value)}, got ${dump(got)}`);
  });
  return out;
}

function expectMemory({ memory }: XvecState): void {
  for (const { address, bytes } of memory) {
    const window = WINDOWS.find((w) => address >= w.start && address + bytes.length <= w.start + w.expected.length);
    if (!window) throw new Error(`a vector names memory at ${hex(address)}, outside the format's windows`);
    window.expected.set(bytes, address - window.start);
  }
}

export class XvecRunner {
  private paging: number | undefined;
  private mode: Mode | undefined;

  constructor(
    private readonly core: Core,
    private readonly lenient = false,
    private readonly translates = false,
  ) {
    for (const mode of [32, 64] as const) buildPageTables(core, TABLES[mode], mode, MAP);
  }

  /** Runs one vector; returns what differs, empty when it passes. */
  run(vector: Xvec): string[] {
    const { core } = this;
    this.enter(vector);
    const before = overlay(DEFAULTS[vector.mode], vector.init);
    for (const window of WINDOWS) window.expected.set(window.pristine);
    expectMemory(vector.init);
    WINDOWS[0]?.expected.set(vector.code, ENTRY - CODE);
    for (const { start, expected } of WINDOWS) core.ram.set(expected, start);
    load(core, before);
    core.setState('S_CR2', 0);
    core.exports.refresh();
    const exception = this.execute(vector);
    expectMemory(vector.final);
    const fswMask = this.lenient ? vector.fswMask & ~LENIENT : vector.fswMask;
    const differences = [
      ...this.compareException(vector, exception),
      ...compareState(core, overlay(before, vector.final), vector, fswMask),
      ...this.compareMemory(vector),
    ];
    return differences;
  }

  private enter({ mode, exception, flags }: Xvec): void {
    const paged = mode === 64 || exception === PAGE_FAULT || (flags & NEEDS_PAGING) !== 0;
    const cr3 = paged ? TABLES[mode] : undefined;
    const segments = SEGMENTS[mode];
    enterProtected(this.core, { mode, cpl: 3, segments, ...(cr3 === undefined ? {} : { cr3 }) });
    this.mode = mode;
    this.paging = cr3;
  }

  /** Steps until the INT3 filling is reached or an exception comes; returns its vector, or NO_EXCEPTION. */
  private execute({ mode, code }: Xvec): number {
    const { core } = this;
    const { exports } = core;
    const base = mode === 16 ? CODE : 0;
    const translated = this.translates && core.translate();
    for (let left = STEP_LIMIT; left > 0; left--) {
      const vector = translated ? exports.stepTranslated() : exports.step();
      if (vector >= 0) return this.asSoftwareInterrupt(vector, code.length);
      const at = base + Number(core.rip);
      if (at >= CODE && at < CODE + 0x2000 && core.ram[at] === INT3) return NO_EXCEPTION;
    }
    throw new Error(`${STEP_LIMIT} steps were not enough (mode ${this.mode}, paging ${this.paging !== undefined})`);
  }

  /**
   * The interrupt table is empty: a software interrupt (INT, INTO) shows as #GP with its gate in the error code, where
   * the recorded processor delivered it as a trap behind the instruction.
   */
  private asSoftwareInterrupt(vector: number, length: number): number {
    const code = this.core.exports.faultCode();
    if (vector !== GENERAL_PROTECTION || !(code & ERROR_IDT)) return vector;
    this.core.rip += BigInt(length);
    return code >> 3;
  }

  private compareException(vector: Xvec, got: number): string[] {
    const name = (v: number): string => (v === NO_EXCEPTION ? 'none' : `#${v}`);
    if (got !== vector.exception) return [`exception expected ${name(vector.exception)}, got ${name(got)}`];
    if (got !== STACK_FAULT && got !== GENERAL_PROTECTION && got !== PAGE_FAULT) return [];
    const out: string[] = [];
    const code = this.core.exports.faultCode() & (got === PAGE_FAULT ? 7 : ~0);
    const want = got === PAGE_FAULT ? vector.errorCode & 7 : 0;
    if (code !== want) out.push(`error code expected ${hex(want)}, got ${hex(code)}`);
    const cr2 = this.core.state('S_CR2');
    if (got === PAGE_FAULT && cr2 !== vector.cr2) out.push(`CR2 expected ${hex(vector.cr2)}, got ${hex(cr2)}`);
    return out;
  }

  private compareMemory(vector: Xvec): string[] {
    const { core } = this;
    if (vector.code.at(-1) === PUSHF) this.ignoreLeftOvers(vector);
    const out: string[] = [];
    for (const { start, expected } of WINDOWS) {
      const got = core.ram.subarray(start, start + expected.length);
      if (same(expected, got)) continue;
      const at = expected.findIndex((byte, i) => byte !== got[i]);
      const [want, have] = [expected, got].map((bytes) => dump(bytes.slice(at, at + 16)));
      out.push(`memory at ${hex(start + at)} expected ${want}, got ${have}`);
    }
    return out;
  }
  /** The image that PUSHF pushed. */
  private ignoreLeftOvers({ mode, code }: Xvec): void {
    const stack = WINDOWS.find(({ start }) => start === STACK);
    const at = Number(this.core.gpr(4)) - (mode === 16 ? 0 : STACK);
    if (!stack || at < 0 || at + 4 > stack.expected.length) return;
    const size = (mode === 16) === code.includes(0x66) ? 4 : 2;
    for (let i = 0; i < size; i++) {
      const mask = (LEFT_OVER >> (8 * i)) & 0xff;
      stack.expected[at + i] = ((stack.expected[at + i] ?? 0) & ~mask) | ((this.core.ram[STACK + at + i] ?? 0) & mask);
    }
  }
}
