/** `domzero jit`: its parts with regions made by hand, and a real one from end to end. Needs build/core.wasm. */
import { describe, expect, test } from 'vitest';
import { edgesOf, graphDot, graphText } from '../web/cli/jit/graph.ts';
import { findRegion } from '../web/cli/jit/search.ts';
import { type Disassemble, loadDisassembler, loadWasmText } from '../web/cli/jit/tools.ts';
import { localNames, oneFunction } from '../web/cli/jit/wasm-module.ts';
import { createMachine, describeRegion, type RegionBlock, type WatchedRegion } from '../web/client/index.ts';
import { compileCore, instantiateCore } from '../web/machine/core.ts';
import { bootSector } from './support/kernel-images.ts';
import { BR_IF, branchHints, IF } from './support/wasm-sections.ts';

const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
const section = (id: number, ...body: number[]): number[] => [id, body.length, ...body];
/** Imports env.memory and core.answer; "0" is answer(), "1" is answer() + 1 with a local of its own. */
const MODULE = Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  ...section(1, 2, 0x60, 0, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f), // () => i32, (i32) => i32
  ...section(2, 2, ...name('env'), ...name('memory'), 2, 0, 1, ...name('core'), ...name('answer'), 0, 0),
  ...section(3, 2, 0, 1),
  ...section(7, 2, ...name('0'), 0, 1, ...name('1'), 0, 2),
  ...section(10, 2, 4, 0, 0x10, 0, 0x0b, 9, 1, 13, 0x7f, 0x10, 0, 0x20, 0, 0x6a, 0x0b),
]); // prettier-ignore

const block = (rip: number, block: Partial<RegionBlock> = {}): RegionBlock => ({
  rip: BigInt(rip),
  code: new Uint8Array(block.instructions ?? 0).fill(0x90),
  instructions: 0,
  control: 'next',
  cases: [],
  isLoop: false,
  isMerge: false,
  call: 0,
  ...block,
});
/** A loop over a block that calls, and three ways out. */
const REGION: WatchedRegion = {
  rip: 0x100n,
  linear: 0xc0000100n,
  physical: 0x100n,
  mode: { bits: 32, stackBits: 32, user: false, flat: ['es', 'cs', 'ss', 'ds'] },
  blocks: 3,
  loops: 1,
  calls: 1,
  instructions: 6,
  bytes: 500,
  pages: [0xc0000000n, 0xc0001000n],
  endings: { interpreter: 1, limit: 1, return: 1 },
  made: 12345,
  graph: [
    block(0x100, { instructions: 2, control: 'jump', taken: 1, isLoop: true }),
    block(0x800, { instructions: 3, control: 'return', taken: 2, call: 1, ending: 'return' }),
    block(0x102, { instructions: 1, control: 'branch', taken: 0, next: 3 }),
    block(0x103, { ending: 'limit' }),
  ],
  module: MODULE,
  function: 1,
};
/** As if each byte were an instruction. */
const bytewise: Disassemble = (code, address) =>
  Array.from(code, (_, i) => ({ address: address + BigInt(i), bytes: code.subarray(i, i + 1), text: `op "${i}"` }));

describe('a region in one line', () => {
  test('has everything', () => {
    expect(describeRegion(REGION)).toBe(
      'region 0xc0000100, physical 0x100, 32-bit supervisor flat, 3 blocks, 6 instructions, 1 loop, 1 call within, ' +
        '500 bytes of Wasm, pages 0xc0000000 0xc0001000, ends: interpreter 1, limit 1, return 1',
    );
  });
  test('says so when it was refused, has segments, or never ends', () => {
    const mode = { bits: 16, stackBits: 32, user: true, flat: ['ss'] } as const;
    const text = describeRegion({ ...REGION, bytes: 0, loops: 0, calls: 0, blocks: 1, mode, endings: {} });
    expect(text).toContain('16-bit user flat ss 32-bit stack, 1 block, 6 instructions, refused');
    expect(text).toMatch(/ends: never$/);
  });
});

describe('flow graph', () => {
  test('only an edge to a loop from within goes back', () => {
    expect(edgesOf(REGION.graph, 2)).toEqual([
      { to: 0, how: 'taken', back: true },
      { to: 3, how: 'next', back: false },
    ]);
    expect(edgesOf(REGION.graph, 0)).toEqual([{ to: 1, how: 'taken', back: false }]);
  });
  test('as text', () => {
    const lines = graphText(REGION, bytewise).split('\n');
    expect(lines.slice(2)).toEqual([
      'block 0: entry, loop head, from 2',
      '  00000100  90                       op "0"',
      '  00000101  90                       op "1"',
      '    -> block 1 taken',
      '',
      'block 1: in call 1, from 0',
      ...[0, 1, 2].map((i) => `  0000080${i}  90                       op "${i}"`),
      '    -> block 2 predicted',
      '    -> out: return',
      '',
      'block 2: from 1',
      '  00000102  90                       op "0"',
      '    -> block 0 taken, back',
      '    -> out to 0x103 next: limit',
      '',
    ]);
  });
  test('for Graphviz, with quotes escaped', () => {
    const dot = graphDot(REGION, bytewise);
    expect(dot).toContain('digraph region {');
    expect(dot).toContain('b2 [label="block 2: from 1\\l102  op \\"0\\"\\l"];');
    expect(dot).toContain('b2 -> b0 [label="taken", style=bold];');
    expect(dot).toContain('b3 [label="0x103\\llimit\\l", style=dashed];');
    expect(dot).toContain('b1 -> out1;');
    expect(dot.match(/peripheries=2/g)).toHaveLength(1);
  });
});

describe('one function of a module', () => {
  test.each([
    [0, [], 42],
    [1, [7], 49],
  ])('function %i does what it did', (index, args, result) => {
    const module = new WebAssembly.Module(oneFunction({ ...REGION, function: index }));
    const env = { memory: new WebAssembly.Memory({ initial: 1 }) };
    const { exports } = new WebAssembly.Instance(module, { env, core: { answer: () => 42 } });
    expect(Object.keys(exports)).toEqual(['region']);
    expect((exports.region as (...args: number[]) => number)(...args)).toBe(result);
  });
  test('its text has names', async () => {
    const text = (await loadWasmText())(oneFunction(REGION));
    expect(text).toContain('(func $region (export "region")');
    expect(text).toContain('(import "core" "answer" (func $answer');
    expect(text).toContain('call $answer');
    expect(text).toContain('local.get $left');
  });
  test('64-bit code has more registers', () => {
    expect(localNames(REGION)).toHaveLength(14);
    expect(localNames({ ...REGION, mode: { ...REGION.mode, bits: 64 } }).slice(12)).toEqual(
      'flag_r next r8 r9 r10 r11 r12 r13 r14 r15'.split(' '),
    );
  });
  test('a function that is none, and a module cut short', () => {
    expect(() => oneFunction({ ...REGION, function: 2 })).toThrow('the module has no function 2');
    expect(() => oneFunction({ ...REGION, module: MODULE.slice(0, -3) })).toThrow();
  });
});

test.each([
  [16, [0x8b, 0x46, 0x08], 'mov ax, [bp+8]'],
  [32, [0x8b, 0x45, 0x08], 'mov eax, [ebp+8]'],
  [64, [0x48, 0x8b, 0x45, 0x08], 'mov rax, [rbp+8]'],
] as const)('the disassembler knows %i-bit code', async (bits, code, text) => {
  const instructions = (await loadDisassembler())(Uint8Array.from([...code, 0x90]), 0x10n, bits);
  expect(instructions.map((i) => [i.address, i.text])).toEqual([
    [0x10n, text],
    [0x10n + BigInt(code.length), 'nop'],
  ]);
});

describe('a real region', () => {
  // prettier-ignore
  const kernel = bootSector([
    0xb9, 0, 0,       // 7c00 mov cx, 0: 65,536 times, long enough for a module to be linked
    0x40,             // 7c03 inc ax
    0xe8, 5, 0,       // 7c04 call 7c0c
    0xe2, 0xfa,       // 7c07 loop 7c03
    0xfa, 0xf4, 0x90, // 7c09 cli; hlt; nop
    0x01, 0xc3, 0xc3, // 7c0c add bx, ax; ret
  ]);
  const search = (
    at: bigint,
    more: { within?: boolean; after?: number } = {},
    acceleration: Readonly<Record<string, boolean>> = {},
  ): Promise<WatchedRegion> => {
    const files = { kernel, initrd: undefined, commandLine: '', memory: '4M' };
    const create: typeof createMachine = (options) => createMachine({ ...options, kernel, acceleration });
    return findRegion(create, files as never, { at, steps: [], ...more });
  };

  test('a loop with a call is one region', async () => {
    const region = await search(0x7c03n);
    expect(region).toMatchObject({
      rip: 0x7c03n,
      physical: 0x7c03n,
      blocks: 4,
      loops: 1,
      calls: 1,
      instructions: 7,
      pages: [0x7000n],
    });
    expect(region.mode).toMatchObject({ bits: 16, user: false });
    const lines = graphText(region, await loadDisassembler()).split('\n');
    const code = lines.filter((line) => /^ {2}0/.test(line)).map((line) => line.trim().split(/ {2,}/));
    expect(new Set(code.map(([address, bytes]) => `${address} ${bytes}`))).toEqual(
      new Set(
        ['7c03 40', '7c04 e8 05 00', '7c0c 01 c3', '7c0e c3', '7c07 e2 fa', '7c09 fa', '7c0a f4'].map(
          (l) => `0000${l}`,
        ),
      ),
    );
    const text = (await loadWasmText())(oneFunction(region));
    expect(WebAssembly.validate(oneFunction(region))).toBe(true);
    // CX is register 1; SI is not used
    const { REGS } = (await instantiateCore(await compileCore(), 4 << 20)).at;
    expect(text).toMatch(new RegExp(`i32\\.load offset=${REGS + 8} .*\\n\\s*local\\.set \\$ecx`));
    expect(text).not.toContain('local.set $esi');
  });
  test('says which branches are hardly ever taken, unless that is switched off', async () => {
    const hints = branchHints((await search(0x7c03n)).module);
    // The look-ups of PUSH and of RET, the loop's budget, the way back that is another one
    expect(hints.filter(({ opcode }) => opcode === BR_IF).length).toBeGreaterThan(1);
    expect(hints.filter(({ opcode }) => opcode === IF).length).toBeGreaterThan(1);
    expect(hints.filter(({ opcode, likely }) => likely || (opcode !== BR_IF && opcode !== IF))).toEqual([]);
    expect(branchHints((await search(0x7c03n, {}, { hints: false })).module)).toEqual([]);
  });
  test('by an address within it', async () => {
    const region = await search(0x7c0dn, { within: true });
    const holds = region.graph.some(({ rip, code }) => rip <= 0x7c0dn && 0x7c0dn < rip + BigInt(code.length));
    expect(holds).toBe(true);
    expect(region.rip).not.toBe(0x7c0dn);
  });
  test('later on', async () => {
    const { made } = await search(0x7c03n, { after: 50_000 });
    expect(made).toBeGreaterThan(50_000);
  });
  test('says what there is when there is none', async () => {
    await expect(search(0x7c0bn)).rejects.toThrow(
      /ended \(halted\): of \d regions .* none begins at 0x7c0b; .*0x7c07 0x7c03/,
    );
  });
});
