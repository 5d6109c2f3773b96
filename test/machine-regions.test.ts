/** What the host reads of translated regions, with a core that only has the records. Layouts: assembly/jit/records.ts. */
import { describe, expect, test } from 'vitest';
import type { CoreFunctions } from '../web/machine/core.ts';
import { RegionReader } from '../web/machine/regions.ts';
import type { Region, TraceRecord } from '../web/machine/types.ts';
import { fakeCore } from './support/fake-core.ts';

const NONE = 0xffff_ffff;
const RECORD = { first: 64, size: 192 };

function setUp(behaviour: Partial<CoreFunctions> = {}) {
  const watches: unknown[] = [];
  let instructions = 0;
  const core = fakeCore(0x10000, {
    instructions: () => instructions,
    watchRegion: (...args) => void watches.push(args),
    ...behaviour,
  });
  const view = new DataView(core.memory.buffer);
  const put32 = (at: number, ...values: number[]): void =>
    values.forEach((v, i) => view.setUint32(at + 4 * i, v, true));
  const put64 = (at: number, ...values: bigint[]): void =>
    values.forEach((v, i) => view.setBigUint64(at + 8 * i, v, true));
  new Uint8Array(core.memory.buffer, core.at.ENDING_TEXT).set(
    new TextEncoder().encode('none stays\nindirect jumps\nreturn returns\n\0'),
  );
  /** mode: 32-bit user code, 32-bit stack, flat DS and CS */
  const record = (at: number, rip: bigint): void => {
    put64(at, rip, rip + 0x1000n, 0x7000n, 99n);
    put32(at + 32, 2 | 4 | 8 | 64 | 128, 3, 1, 12, 345, 0, 2, 1);
    new Uint8Array(core.memory.buffer, at + 64).set([0, 2, 1]);
    put64(at + 96, 0x2000n, 0x3000n);
  };
  const add = (rip: bigint): void => {
    const n = view.getUint32(core.at.RECORDS, true);
    record(core.at.RECORDS + RECORD.first + (n % 256) * RECORD.size, rip);
    put32(core.at.RECORDS, n + 1);
  };
  const reader = new RegionReader(core, core.ram);
  return { core, reader, add, record, put32, put64, watches, go: (n: number) => (instructions = n) };
}
const region = (record: TraceRecord | undefined): Region | undefined =>
  record?.kind === 'region' ? record.region : undefined;

describe('records', () => {
  test('are read once, with names and modes', () => {
    const { reader, add } = setUp();
    expect(reader.afterSlice()).toEqual([]);
    add(0x1234n);
    const records = reader.afterSlice();
    expect(records).toHaveLength(1);
    expect(region(records[0])).toEqual({
      rip: 0x1234n,
      linear: 0x2234n,
      physical: 0x7000n,
      made: 99,
      mode: { bits: 32, stackBits: 32, user: true, flat: ['cs', 'ds'] },
      blocks: 3,
      loops: 1,
      calls: 1,
      instructions: 12,
      bytes: 345,
      pages: [0x2000n, 0x3000n],
      endings: { indirect: 2, return: 1 },
    });
    expect(reader.afterSlice()).toEqual([]);
  });
  test('those before a link come too, in order; the ring forgets the oldest', () => {
    const { reader, add } = setUp();
    add(1n);
    reader.beforeLink();
    add(2n);
    expect(reader.afterSlice().map((r) => region(r)?.rip)).toEqual([1n, 2n]);
    for (let i = 0n; i < 300n; i++) add(i);
    const last = reader.afterSlice().map((r) => region(r)?.rip);
    expect([last.length, last[0], last.at(-1)]).toEqual([256, 44n, 299n]);
  });
});

describe('a watched region', () => {
  test('is asked for when its time has come', () => {
    const { reader, watches, go } = setUp();
    reader.watch(0x10n, {});
    reader.watch(0x20n, { within: true, after: 500 });
    reader.afterSlice();
    expect(watches).toEqual([[0x10n, 0]]);
    go(500);
    reader.afterSlice();
    reader.afterSlice();
    expect(watches).toEqual([
      [0x10n, 0],
      [0x20n, 1],
    ]);
  });

  const MODULE = [1, 2, 3];
  function watched(slot: number) {
    const all = setUp({
      moduleLength: () => MODULE.length,
      moduleFunctions: () => 2,
      moduleSlot: (i) => 5000 + i,
    });
    const { core, put32, put64, record } = all;
    const at = core.at.WATCHED;
    new Uint8Array(core.memory.buffer).set(MODULE, core.at.MODULE);
    put32(at, 1, 4, 1, 1, slot);
    record(at + 64, 0x1ffen);
    // One page: linear 2000h lies at physical 4000h
    put64(at + 256, 0x2000n, 0n);
    put32(at + 256 + 16, core.at.RAM + 0x4000);
    core.ram.write(0x4ffe, Uint8Array.of(0x90, 0xc3));
    const block = (i: number, rip: bigint, end: bigint, ...words: number[]): void => {
      put64(at + 1024 + i * 128, rip, end);
      put32(at + 1024 + i * 128 + 16, ...words);
    };
    // count, control, taken, next, context, order, loop, merge, ending, cases
    block(0, 0x1ffen, 0x1fffn, 1, 0, 7, 3, 0, 0, 1, 0, 0);
    block(1, 0x5000n, 0x5000n, 0, 0, NONE, NONE, 0, NONE, 0, 0, 0); // nobody leads there
    block(2, 0x6000n, 0x6000n, 0, 0, NONE, NONE, 0, NONE, 0, 0, 1);
    block(3, 0x1fffn, 0x2000n, 1, 4, 2, NONE, 9, 1, 0, 1, 2, 2, 0, 2);
    return all.reader;
  }
  test('comes with its blocks in order, their code, and the module', () => {
    const reader = watched(5001);
    reader.beforeLink();
    const [record, ...more] = reader.afterSlice();
    expect(more).toEqual([]);
    if (record?.kind !== 'watched-region') throw new Error('no region');
    expect(record.region).toMatchObject({ rip: 0x1ffen, module: Uint8Array.from(MODULE), function: 1 });
    const plain = {
      isLoop: false,
      isMerge: false,
      cases: [] as number[],
      taken: undefined,
      next: undefined,
      ending: undefined,
    };
    expect(record.region.graph).toEqual([
      { ...plain, rip: 0x1ffen, code: Uint8Array.of(0x90), instructions: 1, control: 'next', next: 1, call: 0, isLoop: true },
      { ...plain, rip: 0x1fffn, code: Uint8Array.of(0xc3), instructions: 1, control: 'return', taken: 2, cases: [0, 2], call: 1, isMerge: true, ending: 'return' },
      { ...plain, rip: 0x6000n, code: new Uint8Array(), instructions: 0, control: 'next', call: 0, ending: 'indirect' },
    ]); // prettier-ignore
    reader.beforeLink();
    expect(reader.afterSlice()).toEqual([]);
  });
  test('is none when its module has been thrown away', () => {
    const reader = watched(4999);
    reader.beforeLink();
    expect(reader.afterSlice()).toEqual([]);
  });
});
