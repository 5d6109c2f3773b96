/** Compiles the chipset alone (assembly/chipset/standalone) and wraps it: ports, time, interrupts, console rings. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const ENTRY = 'assembly/chipset/standalone/index.ts';
const PAGES = 512;
const RING = 0x4000;
/** 2026-11-22 10:26:05 UTC, a Sunday. */
export const EPOCH = Date.UTC(2026, 10, 22, 10, 26, 5) / 1000;
export const MIB = 1 << 20;

interface Exports {
  rings: WebAssembly.Global<'i32'>;
  powerOn(ramBytes: number, epochSeconds: number): void;
  reset(): void;
  advance(ns: number): void;
  stall(ns: number): void;
  time(): number;
  nextDeadline(): number;
  portRead(port: number, size: number): number;
  portWrite(port: number, size: number, value: number): void;
  memoryRead(address: number, size: number): number;
  setIrq(line: number, level: boolean): void;
  intr(): number;
  acknowledge(): number;
  a20(): number;
  outcome(): number;
  debugExitCode(): number;
  setOption(option: number, value: number): number;
  consoleInput(port: number): void;
  pressPowerButton(): void;
  plugKeyboard(): void;
  keyboardSends(byte: number): number;
  plugPci(device: number): void;
  pciInterrupt(level: boolean): void;
}

let compiled: Promise<WebAssembly.Module> | undefined;
async function compile(): Promise<WebAssembly.Module> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  let messages = '';
  const { error } = await asc.main(
    // prettier-ignore
    [ENTRY, '--outFile', 'chipset.wasm', '--baseDir', root, '--config', 'none', '--runtime', 'stub', '-O1',
      '--importMemory', '--memoryBase', '1048576', '--use', 'VCPU_BASE=4096'],
    {
      stderr: {
        write(chunk: Uint8Array | string) {
          messages += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
        },
      },
      writeFile(_name, contents) {
        if (typeof contents !== 'string') binary = Uint8Array.from(contents);
      },
    },
  );
  if (error || !binary) throw new Error(`the standalone chipset does not compile:\n${messages}`);
  return WebAssembly.compile(binary);
}

/** A powered-on machine of devices only. */
export async function createMachine(ramBytes = 64 * MIB, epoch = EPOCH): Promise<Machine> {
  compiled ??= compile();
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const abort = () => {
    throw new Error('assertion in the chipset');
  };
  const instance = await WebAssembly.instantiate(await compiled, { env: { memory, abort } });
  return new Machine(instance.exports as unknown as Exports, memory, ramBytes, epoch);
}

export class Machine {
  constructor(
    readonly core: Exports,
    readonly memory: WebAssembly.Memory,
    ramBytes: number,
    epoch: number,
  ) {
    core.powerOn(ramBytes, epoch);
  }
  in8(port: number): number {
    return this.core.portRead(port, 1) & 0xff;
  }
  in16(port: number): number {
    return this.core.portRead(port, 2) & 0xffff;
  }
  in32(port: number): number {
    return this.core.portRead(port, 4) >>> 0;
  }
  out8(port: number, ...values: number[]): void {
    for (const value of values) this.core.portWrite(port, 1, value);
  }
  out16(port: number, value: number): void {
    this.core.portWrite(port, 2, value);
  }
  out32(port: number, value: number): void {
    this.core.portWrite(port, 4, value);
  }
  /** As BIOSes and Linux do: vectors 20h and 28h, everything unmasked. */
  initializePics(masterIcw4 = 0x01): void {
    this.out8(0x20, 0x11);
    this.out8(0x21, 0x20, 0x04, masterIcw4, 0);
    this.out8(0xa0, 0x11);
    this.out8(0xa1, 0x28, 0x02, 0x01, 0);
  }
  get intr(): boolean {
    return this.core.intr() !== 0;
  }
  /** Takes the pending interrupt and ends it at both chips; its line number. */
  service(): number {
    const line = this.core.acknowledge() - 0x20;
    if (line >= 8) this.out8(0xa0, 0x20);
    this.out8(0x20, 0x20);
    return line;
  }
  private ring(n: number): DataView {
    return new DataView(this.memory.buffer, this.core.rings.value + n * RING, RING);
  }
  /** What the machine sent to the host on ring `n`. */
  output(n: number): string {
    const ring = this.ring(n);
    let text = '';
    let tail = ring.getUint32(4, true);
    for (; tail !== ring.getUint32(0, true); tail = (tail + 1) >>> 0) {
      text += String.fromCharCode(ring.getUint8(0x1000 + (tail & 0xfff)));
    }
    ring.setUint32(4, tail, true);
    return text;
  }
  /** The host types on ring `n`. */
  type(n: number, text: string): void {
    const ring = this.ring(n);
    for (const c of text) {
      const head = ring.getUint32(8, true);
      ring.setUint8(0x2000 + (head & 0xfff), c.charCodeAt(0));
      ring.setUint32(8, head + 1, true);
    }
    this.core.consoleInput(n);
  }
}
