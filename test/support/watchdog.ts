/**
 * Ends the process when a synchronous stretch of a test does not come back: neither vitest nor the test itself can
 * interrupt Wasm. A thread watches a counter that the test raises, and names what ran when it stood still.
 */
import { Worker } from 'node:worker_threads';

const WATCHER = `
const { workerData } = require('node:worker_threads');
const fs = require('node:fs');
const { shared, seconds } = workerData;
const counter = new Int32Array(shared, 0, 1);
const label = new Uint8Array(shared, 4);
let seen = -1;
setInterval(() => {
  const now = Atomics.load(counter, 0);
  if (now === seen) {
    fs.writeSync(2, 'HANG: ' + Buffer.from(label).toString().replace(/\\0+$/, '') + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  seen = now;
}, seconds * 1000);
`;
const LABEL_BYTES = 252;

export class Watchdog {
  private readonly shared = new SharedArrayBuffer(4 + LABEL_BYTES);
  private readonly worker: Worker;
  constructor(seconds = 30) {
    this.worker = new Worker(WATCHER, { eval: true, workerData: { shared: this.shared, seconds } });
    this.worker.unref();
  }
  /** The test lives and goes on with `label`. */
  alive(label: string): void {
    const text = new Uint8Array(this.shared, 4);
    text.fill(0);
    text.set(new TextEncoder().encode(label).subarray(0, LABEL_BYTES));
    Atomics.add(new Int32Array(this.shared, 0, 1), 0, 1);
  }
  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
