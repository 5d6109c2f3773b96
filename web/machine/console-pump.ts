/**
 * Moves bytes between the core's console rings and the outside (assembly/layout.ts, RINGS). Output waits in the ring,
 * and so in the guest's serial port, while the reader is behind; input waits in a queue while the guest is.
 */
import type { Core, CoreFunctions } from './core.ts';
import type { ConsolePort } from './types.ts';

const RING_SIZE = 0x4000;
const TX_HEAD = 0;
const TX_TAIL = 4;
const RX_HEAD = 8;
const RX_TAIL = 12;
const TX = 0x1000;
const RX = 0x2000;
const CAPACITY = 0x1000;
const RING_OF: Readonly<Record<ConsolePort, number>> = { com1: 0, com2: 1, debug: 3 };
const PORTS = Object.keys(RING_OF) as ConsolePort[];
/** Bytes that the reader may have on its hands before the ring is left to fill. */
const UNREAD_LIMIT = 64 * 1024;
export const INPUT_LIMIT = 1024 * 1024;

/** May return a promise that settles when the bytes have been dealt with. */
export type ConsoleReader = (bytes: Uint8Array, port: ConsolePort) => void | Promise<void>;

/** Of a core, what the pump needs. */
export interface PumpedCore extends Pick<Core, 'memory' | 'at'> {
  readonly functions: Pick<CoreFunctions, 'consoleInput'>;
}

export class ConsolePump {
  private readonly core: PumpedCore;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly reader: ConsoleReader;
  /** Called when the reader has caught up and the guest can go on writing. */
  private readonly wake: () => void;
  private readonly unread: Record<ConsolePort, number> = { com1: 0, com2: 0, debug: 0 };
  private readonly input: Record<ConsolePort, Uint8Array[]> = { com1: [], com2: [], debug: [] };

  constructor(core: PumpedCore, reader: ConsoleReader, wake: () => void) {
    this.core = core;
    this.view = new DataView(core.memory.buffer);
    this.bytes = new Uint8Array(core.memory.buffer);
    this.reader = reader;
    this.wake = wake;
  }

  /** Both directions, all ports; after each slice. */
  pump(): void {
    for (const port of PORTS) {
      this.drain(port);
      if (this.input[port].length) this.feed(port);
    }
  }
  /** Queues bytes for the guest. */
  send(bytes: Uint8Array, port: 'com1' | 'com2'): void {
    const queued = this.input[port].reduce((sum, chunk) => sum + chunk.length, 0);
    if (queued + bytes.length > INPUT_LIMIT)
      throw new Error(`send: the guest is not reading; ${queued} bytes wait already, and 1 MiB is the limit`);
    if (!bytes.length) return;
    this.input[port].push(bytes);
    this.feed(port);
  }

  /** What the guest has not taken yet and does not lie in the ring. */
  waiting(port: 'com1' | 'com2'): Uint8Array {
    return Uint8Array.from(this.input[port].flatMap((chunk) => [...chunk]));
  }

  private drain(port: ConsolePort): void {
    const ring = this.ringAt(port);
    const head = this.view.getUint32(ring + TX_HEAD, true);
    const tail = this.view.getUint32(ring + TX_TAIL, true);
    const count = (head - tail) >>> 0;
    if (count === 0 || this.unread[port] >= UNREAD_LIMIT) return;
    if (count > CAPACITY) throw new Error(`console ring ${port} holds ${count} bytes of ${CAPACITY}`);
    const out = copyOut(this.bytes, ring + TX, tail % CAPACITY, count);
    this.view.setUint32(ring + TX_TAIL, head, true);
    // The serial port learns here that there is room again.
    if (count === CAPACITY && port !== 'debug') this.core.functions.consoleInput(RING_OF[port]);
    this.deliver(out, port);
  }
  private deliver(out: Uint8Array, port: ConsolePort): void {
    const { length } = out;
    const read = this.reader(out, port);
    if (!read) return;
    this.unread[port] += length;
    const done = (): void => {
      const full = this.unread[port] >= UNREAD_LIMIT;
      this.unread[port] -= length;
      if (full && this.unread[port] < UNREAD_LIMIT) this.wake();
    };
    read.then(done, done);
  }
  private feed(port: ConsolePort): void {
    const ring = this.ringAt(port);
    let head = this.view.getUint32(ring + RX_HEAD, true);
    const room = CAPACITY - ((head - this.view.getUint32(ring + RX_TAIL, true)) >>> 0);
    let left = room;
    const queue = this.input[port];
    for (let chunk = queue[0]; chunk && left > 0; chunk = queue[0]) {
      const part = chunk.subarray(0, left);
      for (const byte of part) this.bytes[ring + RX + (head++ % CAPACITY)] = byte;
      left -= part.length;
      if (part.length === chunk.length) queue.shift();
      else queue[0] = chunk.subarray(part.length);
    }
    if (left === room) return;
    this.view.setUint32(ring + RX_HEAD, head >>> 0, true);
    this.core.functions.consoleInput(RING_OF[port]);
  }
  private ringAt(port: ConsolePort): number {
    return this.core.at.RINGS + RING_OF[port] * RING_SIZE;
  }
}

function copyOut(bytes: Uint8Array, ring: number, from: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  const first = Math.min(count, CAPACITY - from);
  out.set(bytes.subarray(ring + from, ring + from + first));
  out.set(bytes.subarray(ring, ring + count - first), first);
  return out;
}
