/**
 * Reads what the core tells of the regions that it translates (assembly/jit/records.ts): a ring of records, and one
 * region with all that there is of it, while its module still lies in memory.
 */
import type { Core } from './core.ts';
import { readList } from './core-text.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { CodeMode, Region, SegmentName, TraceRecord, WatchedRegion, WatchOptions } from './types.ts';
import { readGraph } from './watched-region.ts';

const FIRST = 64;
const SIZE = 192;
const CAPACITY = 256;
/** Within a record. */
const ENDINGS = 64;
const PAGES = 96;
/** Within WATCHED. */
const WATCHED_RECORD = 64;
const MODES = { 1: 16, 2: 32, 3: 64 } as const;
/** Bits of the mode word (assembly/jit/mode.ts). */
const USER = 1 << 2;
const STACK32 = 1 << 3;
const FLAT: readonly (readonly [number, SegmentName])[] = [
  [1 << 4, 'es'],
  [1 << 7, 'cs'],
  [1 << 5, 'ss'],
  [1 << 6, 'ds'],
];

export class RegionReader {
  private readonly core: Core;
  private readonly memory: GuestMemory;
  private readonly view: DataView;
  private seen = 0;
  private waiting: TraceRecord[] = [];
  private due: { address: bigint; within: boolean; after: number } | undefined;
  private names: string[] | undefined;

  constructor(core: Core, memory: GuestMemory) {
    this.core = core;
    this.memory = memory;
    this.view = new DataView(core.memory.buffer);
  }
  watch(address: bigint, { within = false, after = 0 }: WatchOptions): void {
    this.due = { address, within, after };
    this.watchIfDue();
  }
  /** A module is about to be linked: the last moment to see it, and records before the ring comes round. */
  beforeLink(): void {
    this.waiting.push(...this.fresh());
    const region = this.watched();
    if (region) this.waiting.push({ kind: 'watched-region', region });
  }
  /** What came since the last call, oldest first. */
  afterSlice(): TraceRecord[] {
    this.watchIfDue();
    const records = [...this.waiting, ...this.fresh()];
    this.waiting = [];
    return records;
  }

  private watchIfDue(): void {
    if (!this.due || this.core.functions.instructions() < this.due.after) return;
    this.core.functions.watchRegion(this.due.address, this.due.within ? 1 : 0);
    this.due = undefined;
  }
  private fresh(): TraceRecord[] {
    const { RECORDS } = this.core.at;
    const head = this.view.getUint32(RECORDS, true);
    const out: TraceRecord[] = [];
    for (let i = Math.max(this.seen, head - CAPACITY); i < head; i++)
      out.push({ kind: 'region', region: this.record(RECORDS + FIRST + (i % CAPACITY) * SIZE) });
    this.seen = head;
    return out;
  }
  private record(at: number): Region {
    const pages = this.u32(at + 56);
    return {
      rip: this.u64(at),
      linear: this.u64(at + 8),
      physical: this.u64(at + 16),
      made: Number(this.u64(at + 24)),
      mode: describeMode(this.u32(at + 32)),
      blocks: this.u32(at + 36),
      loops: this.u32(at + 40),
      calls: this.u32(at + 60),
      instructions: this.u32(at + 44),
      bytes: this.u32(at + 48),
      pages: Array.from({ length: pages }, (_, i) => this.u64(at + PAGES + 8 * i)),
      endings: this.endings(at + ENDINGS),
    };
  }
  private endings(at: number): Record<string, number> {
    const counts = this.endingNames().map((name, i) => [name, this.view.getUint8(at + i)] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
  private endingNames(): string[] {
    return (this.names ??= readList(this.core, this.core.at.ENDING_TEXT, 1).map(([name = '']) => name));
  }

  /** The region that was waited for, once. */
  private watched(): WatchedRegion | undefined {
    const { at, functions } = this.core;
    if (!this.u32(at.WATCHED)) return undefined;
    this.view.setUint32(at.WATCHED, 0, true);
    const index = this.u32(at.WATCHED + 12);
    if (index >= functions.moduleFunctions() || functions.moduleSlot(index) !== this.u32(at.WATCHED + 16)) return;
    const record = this.record(at.WATCHED + WATCHED_RECORD);
    const module = new Uint8Array(this.core.memory.buffer, at.MODULE, functions.moduleLength()).slice();
    const graph = readGraph(this.core, this.memory, record, this.endingNames());
    return { ...record, graph, module, function: index };
  }
  private u32(at: number): number {
    return this.view.getUint32(at, true);
  }
  private u64(at: number): bigint {
    return this.view.getBigUint64(at, true);
  }
}

function describeMode(word: number): CodeMode {
  const bits = MODES[(word & 3) as keyof typeof MODES] ?? 32;
  const long = bits === 64;
  return {
    bits,
    stackBits: long ? 64 : word & STACK32 ? 32 : 16,
    user: (word & USER) !== 0,
    flat: long ? ['es', 'cs', 'ss', 'ds'] : FLAT.filter(([bit]) => word & bit).map(([, name]) => name),
  };
}
