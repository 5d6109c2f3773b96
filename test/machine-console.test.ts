/** Console rings: order, wrap-around, back-pressure in both directions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConsolePump, type ConsoleReader } from '../web/machine/console-pump.ts';
import { TraceReader } from '../web/machine/trace-reader.ts';
import { fakeCore } from './support/fake-core.ts';

const core = fakeCore(0);
const CAPACITY = 4096;

/** The guest's side of ring 0. */
class GuestEnd {
  readonly core = fakeCore(0);
  private readonly view = new DataView(this.core.memory.buffer);
  private readonly ring = core.at.RINGS;
  private counter(offset: number): number {
    return this.view.getUint32(this.ring + offset, true);
  }
  /** False when the ring is full. */
  put(byte: number): boolean {
    const head = this.counter(0);
    if ((head - this.counter(4)) >>> 0 >= CAPACITY) return false;
    this.view.setUint8(this.ring + 0x1000 + (head % CAPACITY), byte);
    this.view.setUint32(this.ring, head + 1, true);
    return true;
  }
  take(): number | undefined {
    const tail = this.counter(12);
    if (tail === this.counter(8)) return undefined;
    this.view.setUint32(this.ring + 12, tail + 1, true);
    return this.view.getUint8(this.ring + 0x2000 + (tail % CAPACITY));
  }
  /** Counters run free: let them be near their end. */
  startAt(count: number): void {
    for (const offset of [0, 4, 8, 12]) this.view.setUint32(this.ring + offset, count, true);
  }
}
function setUp(reader: ConsoleReader = () => undefined) {
  const guest = new GuestEnd();
  let wakes = 0;
  const pump = new ConsolePump(guest.core, reader, () => void wakes++);
  return { guest, pump, wakes: () => wakes };
}

describe('console pump', () => {
  test('bytes come out as they went in, whatever the batches', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(CAPACITY), { maxLength: 20 }), fc.nat(2 ** 32 - 1), (batches, start) => {
        const out: number[] = [];
        const { guest, pump } = setUp((bytes) => void out.push(...bytes));
        guest.startAt(start);
        let next = 0;
        for (const count of batches) {
          for (let i = 0; i < count; i++) expect(guest.put(next++ & 0xff)).toBe(true);
          pump.pump();
        }
        expect(out).toEqual(Array.from({ length: next }, (_, i) => i & 0xff));
      }),
      { numRuns: 50 },
    );
  });
  test('what is sent arrives in order, however slowly the guest reads', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 }),
        fc.nat(2 ** 32 - 1),
        (chunks, start) => {
          const { guest, pump } = setUp();
          guest.startAt(start);
          for (const chunk of chunks) pump.send(chunk, 'com1');
          const read: number[] = [];
          for (let idle = 0; idle < 2;) {
            const byte = guest.take();
            if (byte !== undefined) read.push(byte);
            else idle++;
            if (byte === undefined || read.length % 1000 === 0) pump.pump();
          }
          expect(read).toEqual(chunks.flatMap((chunk) => [...chunk]));
        },
      ),
      { numRuns: 50 },
    );
  });
  test('the guest is told of input', () => {
    const { guest, pump } = setUp();
    pump.send(new Uint8Array([65]), 'com1');
    expect(guest.core.calls).toEqual(['consoleInput']);
    pump.send(new Uint8Array(0), 'com1');
    expect(guest.core.calls.length).toBe(1);
  });
  test('more than 1 MiB of unread input is refused, and nothing of it taken', () => {
    const { guest, pump } = setUp();
    pump.send(new Uint8Array(2 ** 20), 'com1');
    expect(() => pump.send(new Uint8Array(2 ** 20), 'com1')).toThrow(/guest is not reading/);
    for (let i = 0; i < CAPACITY; i++) expect(guest.take()).toBe(0);
    expect(guest.take()).toBe(undefined);
  });
  test('a reader that is behind lets the ring fill, and wakes the guest when it has caught up', async () => {
    const settle: (() => void)[] = [];
    const { guest, pump, wakes } = setUp(() => new Promise((resolve) => settle.push(resolve)));
    let accepted = 0;
    for (let i = 0; i < 100 * CAPACITY; i++) {
      if (guest.put(0)) accepted++;
      else pump.pump();
    }
    // 64 KiB in the reader's hands, one ring full
    expect(accepted).toBe(65536 + CAPACITY);
    settle.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(wakes()).toBe(1);
    pump.pump();
    expect(guest.put(0)).toBe(true);
  });
  test('a reader that fails does not stop the machine', async () => {
    const { guest, pump } = setUp(() => Promise.reject(new Error('gone')));
    for (let i = 0; i < 40; i++) {
      for (let n = 0; n < CAPACITY; n++) expect(guest.put(1)).toBe(true);
      pump.pump();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe('trace reader', () => {
  test('gives each record once, and the last ones again for a report', () => {
    const traced = fakeCore(0);
    const { memory, at } = traced;
    const view = new DataView(memory.buffer);
    const write = (i: number, kind: number, a: number, b: bigint): void => {
      const record = at.TRACE + 16 + (i % 1023) * 16;
      view.setUint32(record, kind, true);
      view.setUint32(record + 4, a, true);
      view.setBigUint64(record + 8, b, true);
      view.setUint32(at.TRACE, i + 1, true);
    };
    const reader = new TraceReader(traced);
    write(0, 1, 2, 0x0807_0605_0403_020fn);
    write(1, 2, 13, 0xffff_8000_0000_1000n);
    expect(reader.fresh()).toEqual([
      { kind: 'undefined-opcode', mode: 32, bytes: new Uint8Array([0x0f, 2, 3, 4, 5, 6, 7, 8]) },
      { kind: 'triple-fault', vector: 13, rip: 0xffff_8000_0000_1000n },
    ]);
    expect(reader.fresh()).toEqual([]);
    for (let i = 2; i < 3000; i++) write(i, 9, i, 0n);
    const fresh = reader.fresh();
    expect(fresh.length).toBe(1023); // the ring's capacity
    expect(fresh.at(-1)).toEqual({ kind: 'other', code: 9, a: 2999, b: 0n });
    expect(reader.last(2).map((r) => (r.kind === 'other' ? r.a : -1))).toEqual([2998, 2999]);
  });
});
