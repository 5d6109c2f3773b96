/**
 * The bare core for tests of single instructions: no run loop, no devices, no boot. It reads and writes the CPU's
 * state where the core says that it lies, and `refresh` makes the core derive the rest.
 */
import { readFileSync } from 'node:fs';
import { CodeLinker, type LinkableCore } from '../../machine/code-linker.ts';
import { readList } from '../../machine/core-text.ts';

const PAGE = 0x10000;
/** Guest RAM starts at 16 MiB; the core asks for as much again at least. */
const RAM_PAGE = 256;
export const CORE_URL = new URL('../../../build/core.wasm', import.meta.url);

/** What the core exports, as far as it is used here. Addresses are immutable globals. */
interface Exports {
  powerOn(ramBytes: number, virtualClock: boolean, epochSeconds: number): void;
  reset(): void;
  run(nowNs: number, budget: number): number;
  step(): number;
  /** The same by translated code, as far as there is any. */
  stepTranslated(): number;
  /** Translates one instruction; 0: refused, else there is a module to link. */
  translateStep(): number;
  setEngine(engine: number): void;
  setSwitch(index: number, value: number): number;
  faultCode(): number;
  refresh(): void;
  instructions(): number;
  eflags(): number;
  setEflags(value: number): void;
  inspect(linear: bigint): bigint;
  setOption(option: number, value: number): void;
}

/** Status of `run`. */
export const Status = { Continue: 0, Idle: 1, PoweredOff: 2, DebugExit: 3, Halted: 4, Reset: 5, Link: 6 } as const;

/** Segment registers in the order of the core's Segment structs. */
export const Segments = { ES: 0, CS: 1, SS: 2, DS: 3, FS: 4, GS: 5, LDTR: 6, TR: 7 } as const;

export interface SegmentState {
  selector: number;
  base: number | bigint;
  limit: number;
  /** Access rights as in SDM 3C 25.4.1: type 3:0, S 4, DPL 6:5, P 7, L 13, D/B 14, G 15, unusable 16. */
  access: number;
}

/** Byte offsets in the core's FpuState, which follows eight registers of 16 bytes; vector registers come after. */
const FPU_STATE = 128;
const VECTORS = 256;

function linkable(exports: WebAssembly.Exports, memory: WebAssembly.Memory): LinkableCore {
  const { MODULE, table } = exports as { MODULE?: WebAssembly.Global; table?: WebAssembly.Table };
  if (!MODULE || !table) throw new Error('build/core.wasm has no translator: build it anew (npm run build:core)');
  const functions = exports as unknown as LinkableCore['functions'];
  return { memory, table, functions, at: { MODULE: Number(MODULE.value) } };
}

/** Builds with assertions import it. */
function abort(_message: number, _file: number, line: number, column: number): never {
  throw new Error(`the core aborted at ${line}:${column}`);
}

export class Core {
  /** Whether cores that are made from now on translate all that they run. For tests. */
  static translates = false;
  readonly memory: WebAssembly.Memory;
  readonly exports: Exports;
  /** All of linear memory. INVARIANT: never grown, so the views stay attached. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Guest-physical memory. */
  readonly ram: Uint8Array;
  private readonly globals: Record<string, WebAssembly.Global | undefined>;
  private readonly linker: CodeLinker;

  /** `guardBytes` lie behind the guest's RAM and belong to nobody. */
  constructor(ramBytes: number, module = new WebAssembly.Module(readFileSync(CORE_URL)), guardBytes = 0) {
    const pages = (ramBytes + guardBytes) / PAGE;
    this.memory = new WebAssembly.Memory({ initial: RAM_PAGE + Math.max(RAM_PAGE, pages), maximum: 65536 });
    const instance = new WebAssembly.Instance(module, { env: { memory: this.memory, abort } });
    const exports = instance.exports as unknown as Exports;
    this.exports = Core.translates ? this.translating(exports) : exports;
    this.globals = instance.exports as unknown as Record<string, WebAssembly.Global | undefined>;
    this.bytes = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.linker = new CodeLinker(linkable(instance.exports, this.memory), () => 0);
    this.exports.powerOn(ramBytes, true, 0);
    if (Core.translates) this.translateAtOnce();
    this.ram = this.bytes.subarray(this.address('RAM'), this.address('RAM') + ramBytes);
  }

  /** The address that the core exports under `name`. */
  address(name: string): number {
    const global = this.globals[name];
    if (!global) throw new Error(`build/core.wasm exports no "${name}": build it anew (npm run build:core)`);
    return Number(global.value);
  }

  /** Translates whatever runs, at once. */
  private translating(exports: Exports): Exports {
    const run = (now: number, budget: number): number => {
      const goal = exports.instructions() + budget;
      let status = exports.run(now, budget);
      while (status === Status.Link) {
        this.link();
        const left = goal - exports.instructions();
        status = left > 0 ? exports.run(now, left) : Status.Continue;
      }
      return status;
    };
    const step = (): number => {
      this.translate();
      return exports.stepTranslated();
    };
    return { ...exports, run, step };
  }
  private translateAtOnce(): void {
    this.exports.setEngine(1);
    this.setSwitch('threshold', 0);
  }
  /** A switch of the translator (assembly/jit/switches.ts). */
  setSwitch(name: string, value: number): void {
    const names = readList({ memory: this.memory }, this.address('SWITCHES'), 1).map(([known]) => known);
    this.exports.setSwitch(names.indexOf(name), value);
  }
  /** Links the module that waits. */
  link(): void {
    this.linker.link();
  }
  /** Translates the instruction at RIP, for `stepTranslated`; false when the translator does not take it. */
  translate(): boolean {
    if (!this.exports.translateStep()) return false;
    this.link();
    return true;
  }
  /** Instructions that translated code has executed. */
  get translated(): number {
    return this.counter('translated-executed');
  }
  /** A counter of the translator (assembly/counters.ts). */
  counter(name: string): number {
    const list = readList({ memory: this.memory }, this.address('COUNTERS'), 2);
    const index = list.findIndex(([counter]) => counter === name);
    return Number(this.view.getBigUint64(this.address('COUNTER_VALUES') + 8 * index, true));
  }

  gpr(register: number): bigint {
    return this.view.getBigUint64(this.address('REGS') + register * 8, true);
  }
  setGpr(register: number, value: bigint): void {
    this.view.setBigUint64(this.address('REGS') + register * 8, value, true);
  }
  /** A 64-bit field of CpuState by its exported name, for instance S_CR2. */
  state(name: string): bigint {
    return this.view.getBigUint64(this.address(name), true);
  }
  setState(name: string, value: bigint | number): void {
    this.view.setBigUint64(this.address(name), BigInt(value), true);
  }
  state32(name: string): number {
    return this.view.getUint32(this.address(name), true);
  }
  setState32(name: string, value: number): void {
    this.view.setUint32(this.address(name), value, true);
  }
  get rip(): bigint {
    return this.state('S_RIP');
  }
  set rip(value: bigint | number) {
    this.setState('S_RIP', value);
  }

  segment(index: number): SegmentState {
    const at = this.address('SEGMENTS') + index * 32;
    return {
      base: this.view.getBigUint64(at, true),
      limit: this.view.getUint32(at + 16, true),
      access: this.view.getUint32(at + 20, true),
      selector: this.view.getUint32(at + 24, true),
    };
  }
  setSegment(index: number, { selector, base, limit, access }: SegmentState): void {
    const at = this.address('SEGMENTS') + index * 32;
    this.view.setBigUint64(at, BigInt(base), true);
    this.view.setUint32(at + 16, limit, true);
    this.view.setUint32(at + 20, access, true);
    this.view.setUint32(at + 24, selector, true);
  }

  /** Control, status, abridged tag word. */
  get fpu(): { control: number; status: number; full: number } {
    const at = this.address('FPU') + FPU_STATE;
    const word = (n: number): number => this.view.getUint32(at + n * 4, true);
    return { control: word(0), status: word(1), full: word(2) };
  }
  setFpu(control: number, status: number, full: number): void {
    const at = this.address('FPU') + FPU_STATE;
    [control, status, full].forEach((value, n) => this.view.setUint32(at + n * 4, value, true));
  }
  get mxcsr(): number {
    return this.view.getUint32(this.address('FPU') + FPU_STATE + 40, true);
  }
  set mxcsr(value: number) {
    this.view.setUint32(this.address('FPU') + FPU_STATE + 40, value, true);
  }
  /** Takes all devices off the I/O ports: reads give all ones, writes vanish. */
  detachPorts(): void {
    const map = this.address('PIO');
    this.bytes.fill(0, map, map + 0x10000);
  }
  /** The ten bytes of physical x87 register `n`. */
  x87(n: number): Uint8Array {
    const at = this.address('FPU') + n * 16;
    return this.bytes.subarray(at, at + 10);
  }
  /** The 32 bytes of vector register `n`. */
  vector(n: number): Uint8Array {
    const at = this.address('FPU') + VECTORS + n * 32;
    return this.bytes.subarray(at, at + 32);
  }
}
