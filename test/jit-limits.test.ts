/**
 * Guest code made to break a translator: endless, tiny, tangled, or writing itself. It has to run as in the interpreter,
 * and what the translator keeps has to stay within its bounds.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { compileCore, RunStatus } from '../web/machine/core.ts';
import { Counters } from '../web/machine/counters.ts';
import { CpuState } from '../web/machine/cpu-state.ts';
import { le } from './jit/assemble.ts';
import { setUp } from './jit/guest.ts';
import { CODE, DATA, PAGE, RAM, TABLE, TABLE_SIZE } from './jit/layout.ts';
import type { Program } from './jit/program.ts';
import { configure, makePair } from './jit/run.ts';
import { Random } from './support/random.ts';

/** Room for code above the small system. */
const AT = 0x10000;
const MOST_REGIONS = 8192;
/** Table slots of the core itself, and by how many the table grows at once. */
const MOST_SLOTS = 4096 + MOST_REGIONS + 1024;
const KIB = 1024;

let core: WebAssembly.Module;
beforeAll(async () => {
  core = await compileCore();
});

interface Case {
  code: ArrayLike<number>;
  at?: number;
  instructions?: number;
  paging?: boolean;
  registers?: Record<number, number>;
  switches?: Record<string, number>;
  /** Undefined: as at power-on. */
  threshold?: number;
}
const EMPTY: Omit<Program, 'paging' | 'threshold' | 'switches'> = {
  mode: 'protected32',
  cpl: 0,
  segmented: false,
  limitedCode: false,
  writableCode: true,
  eflags: 2,
  timer: 0,
  start: 0,
  physical: [0x20, 0x28, 0x22, 0x23],
  data: 1,
  registers: [],
  blocks: [{ label: 'b0', items: [] }],
  table: ['b0'],
  chunks: [],
  kicks: [],
};

/** Runs `code` in both engines; exceptions go back to its beginning. What the translator has counted. */
async function run({
  code,
  at = AT,
  instructions = 100_000,
  paging = false,
  ...rest
}: Case): Promise<Record<string, number>> {
  const pair = await makePair(core);
  const { threshold, switches = {}, registers = {} } = rest;
  if (threshold !== undefined) configure(pair, { threshold, switches });
  for (const one of [pair.translator, pair.interpreter]) {
    setUp(one, { ...EMPTY, paging, threshold: 0, switches: {} });
    const ram = new DataView(one.memory.buffer, one.at.RAM, RAM);
    new Uint8Array(one.memory.buffer, one.at.RAM + at, code.length).set(code);
    for (let i = 0; i < TABLE_SIZE; i++) ram.setUint32(TABLE + i * 4, at, true);
    const cpu = new CpuState(one);
    cpu.setGeneral('rax', registers[0] ?? DATA);
    cpu.setGeneral('rcx', registers[1] ?? 0);
    cpu.setGeneral('rbx', 1);
    cpu.set('rip', at);
    cpu.commit();
  }
  const status = pair.lockstep.run(0, instructions);
  pair.lockstep.check();
  expect(status).toBe(RunStatus.Continue);
  const counters = new Counters(pair.translator).values();
  expect(counters['live-regions']).toBeLessThanOrEqual(MOST_REGIONS);
  expect(pair.translator.table.length).toBeLessThanOrEqual(MOST_SLOTS);
  return counters;
}
const repeated = (bytes: readonly number[], size: number): number[] =>
  Array.from({ length: size }, (_, i) => bytes[i % bytes.length] ?? 0);
/** A jump over sixteen bytes: far enough to count as one. */
const HOP = [0xeb, 16, ...new Uint8Array(16)];
/** A jump at the end of `code`, back to its beginning. */
function closed(code: number[]): number[] {
  return [...code, 0xe9, ...le(-(code.length + 5), 4)];
}
const inBoth = it.each([0, undefined]);

describe('code that is', () => {
  inBoth('zeros (threshold %s)', async (threshold) => {
    await run({ code: [...new Uint8Array(64 * KIB), 0xe9, ...le(-64 * KIB - 5, 4)], threshold });
  });
  inBoth('one straight line (threshold %s)', async (threshold) => {
    const inc = repeated([0x40], 32 * KIB);
    const stores = repeated([0xc7, 0x05, ...le(DATA, 4), 1, 2, 3, 4], 20 * KIB);
    await run({ code: closed([...inc, ...stores]), threshold });
  });
  inBoth('thousands of tiny blocks (threshold %s)', async (threshold) => {
    await run({ code: closed(repeated(HOP, 16 * KIB)), threshold });
  });
  inBoth('the same branch again and again (threshold %s)', async (threshold) => {
    const { 'translated-executed': executed } = await run({ code: closed(repeated([0x74, 0], 64 * KIB)), threshold });
    if (threshold === 0) expect(executed).toBeGreaterThan(0);
  });
  inBoth('branches far ahead (threshold %s)', async (threshold) => {
    // jnc, with carry clear, over a thousand others; then jc, which falls through
    const code = repeated([0x0f, 0x83, ...le(6000, 4)], 48 * KIB);
    await run({ code: closed([...code, ...repeated([0x0f, 0x82, ...le(-3000, 4)], 12 * KIB)]), threshold });
  });
  inBoth('calls within calls (threshold %s)', async (threshold) => {
    // call the next function; ret. A thousand deep
    const code = Array.from({ length: 1000 }, () => [0xe8, ...le(1, 4), 0xc3]).flat();
    await run({ code: [...code, 0xc3], threshold, instructions: 50_000 });
  });
  inBoth('a function that calls itself (threshold %s)', async (threshold) => {
    // dec cl; jz out; call self; out: ret; the first return goes into STACK's random blocks, and starts again
    await run({ code: [0xfe, 0xc9, 0x74, 5, 0xe8, ...le(-9, 4), 0xc3], registers: { 1: 200 }, threshold });
  });
  inBoth('a maze of 2,000 blocks (threshold %s)', async (threshold) => {
    const random = new Random(0x6d617a65);
    const size = 20;
    // rol eax, 1; add eax, imm; test al, imm; jz somewhere; jmp somewhere
    const target = (from: number): number[] => le(random.below(2000) * size - from, 4);
    const blocks = Array.from({ length: 2000 }, (_, i) => {
      const at = i * size;
      return [
        0x05,
        ...le(random.u32(), 4),
        0xa8,
        1 << random.below(8),
        0x0f,
        0x84,
        ...target(at + 13),
        0xe9,
        ...target(at + 18),
        0x90,
        0x90,
      ];
    });
    const counters = await run({ code: blocks.flat(), threshold, instructions: 60_000 });
    if (threshold === 0) expect(counters['translated-regions']).toBeGreaterThan(100);
  });
  inBoth('a loop that writes itself (threshold %s)', async (threshold) => {
    // next: inc byte [imm]; add eax, imm8; dec ecx; jnz next; jmp next
    const code = [0xfe, 0x05, ...le(AT + 8, 4), 0x83, 0xc0, 0, 0x49, 0x75, 0xf4, 0xeb, 0xf2];
    const { 'translated-regions': regions } = await run({ code, threshold, instructions: 8000 });
    // It is not made anew each time
    expect(regions).toBeLessThan(8000);
  });
  inBoth('a loop that writes its neighbour (threshold %s)', async (threshold) => {
    // inc byte [data in the same page]; dec ecx; jmp
    const code = [0xfe, 0x05, ...le(AT + 0x800, 4), 0x49, 0xeb, 0xf7];
    const counters = await run({ code, threshold });
    expect(counters['invalidations']).toBe(0);
    if (threshold === 0) expect(counters['translated-executed']).toBeGreaterThan(90_000);
  });
  inBoth('at the end of memory (threshold %s)', async (threshold) => {
    await run({ code: repeated([0x40], 0x100), at: RAM - 0x100, threshold, instructions: 20_000 });
  });
  inBoth('before a page that is absent (threshold %s)', async (threshold) => {
    // Linear 6F00h to 7000h, in the last code page; the next page is not there
    const pages = { paging: true, at: CODE + 3 * PAGE + 0xf00, threshold, instructions: 20_000 };
    await run({ ...pages, code: [0xe9, ...le(0xf0, 4)] });
    await run({ ...pages, at: CODE, code: [0xe9, ...le(3 * PAGE + 0xff0, 4)] });
  });
});

describe('a region that is to be replaced by a larger one', () => {
  /** Loops one after another, each of which has run for long when it writes into itself. */
  const loops = (count: number): number[] =>
    Array.from({ length: count }, (_, i) => {
      // mov ecx, 200; next: add eax, imm8; ror eax, 3; dec ecx; jmp +16; ..; jnz next; inc byte [imm8]; jmp over the next
      const length = 49;
      const at = AT + i * length;
      const hop = [0xeb, 16, ...new Uint8Array(16)];
      const body = [0x83, 0xc0, i, 0xc1, 0xc8, 3, 0x49, ...hop, 0x75, -27 & 0xff];
      return [0xb9, ...le(200, 4), ...body, 0xfe, 0x05, ...le(at + 7, 4), 0xeb, 9, ...new Uint8Array(9)].slice(
        0,
        length,
      );
    }).flat();

  it.each([0, 1, 60])('and whose code is written while that waits (first regions of %i)', async (first) => {
    const switches = { promote: 0, 'first-region': first };
    const { invalidations } = await run({ code: closed(loops(20)), threshold: 1, switches, instructions: 400_000 });
    expect(invalidations).toBeGreaterThan(20);
  });
  it('runs until then, and no longer', async () => {
    const switches = { promote: 1, 'first-region': 2 };
    const code = closed([0x40, 0x41, ...HOP, 0x43, ...HOP]);
    const small = await run({
      code,
      threshold: 1,
      switches: { ...switches, promote: 60_000 },
      instructions: 1_000_000,
    });
    const both = await run({ code, threshold: 1, switches, instructions: 1_000_000 });
    expect(both['links']).toBeLessThan(small['links'] ?? 0);
    expect(both['translated-regions']).toBeGreaterThan(small['translated-regions'] ?? 0);
  });
});

describe('a host that compiles no module', () => {
  it('gets the interpreter, and is asked once for each place', async () => {
    const module = vi.spyOn(WebAssembly, 'Module').mockImplementation(function () {
      throw new WebAssembly.CompileError('not here');
    });
    try {
      const counters = await run({ code: closed([0x40, ...HOP, 0x41, ...HOP]), threshold: 1, instructions: 1_000_000 });
      expect(module).toHaveBeenCalled();
      expect(counters['translated-regions']).toBeLessThan(10);
      expect(counters['refused']).toBe(counters['translated-regions']);
      expect(counters['translated-executed']).toBe(0);
    } finally {
      module.mockRestore();
    }
  });
});

describe('the cache of regions', () => {
  it('gives up what is cold when it is full', async () => {
    // Regions of one jump each, more of them than there are places
    const code = closed(repeated(HOP, 10_000 * HOP.length));
    const counters = await run({ code, threshold: 1, switches: { region: 1 }, instructions: 200_000 });
    expect(counters['translated-regions']).toBeGreaterThan(MOST_REGIONS);
    expect(counters['evictions']).toBeGreaterThan(0);
    expect(counters['translated-executed']).toBeGreaterThan(10_000);
  });
  it('is emptied by a reset', async () => {
    const pair = await makePair(core);
    configure(pair, { threshold: 0, switches: {} });
    for (const one of [pair.translator, pair.interpreter])
      setUp(one, { ...EMPTY, paging: false, threshold: 0, switches: {} });
    pair.lockstep.run(0, 5000);
    for (const { functions } of [pair.translator, pair.interpreter]) functions.reset();
    expect(new Counters(pair.translator).values()['live-regions']).toBe(0);
    pair.lockstep.run(0, 5000);
    pair.lockstep.check();
  });
});
