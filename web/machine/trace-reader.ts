/** Reads the core's trace ring (assembly/layout.ts, TRACE): u32 count, then 16-byte records from byte 16. */
import type { Core } from './core.ts';
import type { CpuTraceRecord } from './types.ts';

const TRACE_SIZE = 0x4000;
const RECORD = 16;
const CAPACITY = (TRACE_SIZE - RECORD) / RECORD;
const UNDEFINED_OPCODE = 1;
const TRIPLE_FAULT = 2;
/** Code modes of assembly/cpu/state.ts. */
const MODES = { 1: 16, 2: 32, 3: 64 } as const;

export class TraceReader {
  private readonly view: DataView;
  private readonly at: number;
  private seen = 0;

  constructor(core: Core) {
    this.view = new DataView(core.memory.buffer);
    this.at = core.at.TRACE;
  }
  /** What came since the last call, oldest first; the ring forgets the oldest. */
  fresh(): CpuTraceRecord[] {
    const head = this.view.getUint32(this.at, true);
    const from = Math.max(this.seen, head - CAPACITY);
    this.seen = head;
    return this.records(from, head);
  }
  /** The last `count`, read or not. */
  last(count: number): CpuTraceRecord[] {
    const head = this.view.getUint32(this.at, true);
    return this.records(Math.max(0, head - Math.min(count, CAPACITY)), head);
  }

  private records(from: number, to: number): CpuTraceRecord[] {
    const out: CpuTraceRecord[] = [];
    for (let i = from; i < to; i++) out.push(this.record(this.at + RECORD + (i % CAPACITY) * RECORD));
    return out;
  }
  private record(at: number): CpuTraceRecord {
    const code = this.view.getUint32(at, true);
    const a = this.view.getUint32(at + 4, true);
    const b = this.view.getBigUint64(at + 8, true);
    if (code === UNDEFINED_OPCODE && (a === 1 || a === 2 || a === 3)) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, b, true);
      return { kind: 'undefined-opcode', mode: MODES[a], bytes };
    }
    if (code === TRIPLE_FAULT) return { kind: 'triple-fault', vector: a, rip: b };
    return { kind: 'other', code, a, b };
  }
}
