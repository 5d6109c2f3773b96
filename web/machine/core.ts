/**
 * Loads the Wasm core: compiles it from a URL, in browsers and Node alike, and makes an instance with its own memory.
 * The memory has its final size from the start: it never grows, so views of its buffer stay valid for life.
 */

const ADDRESSES = [
  'REGS', 'STATE', 'SEGMENTS', 'FPU', 'RAM', 'RINGS', 'TRACE',
  'S_RIP', 'S_EFLAGS', 'S_CPL', 'S_CR0', 'S_CR2', 'S_CR3', 'S_CR4', 'S_EFER',
  'S_DR0', 'S_DR1', 'S_DR2', 'S_DR3', 'S_DR6', 'S_DR7',
  'S_GDT_BASE', 'S_GDT_LIMIT', 'S_IDT_BASE', 'S_IDT_LIMIT', 'S_HALTED', 'S_INSTRUCTIONS', 'S_RAM_SIZE',
  'MODULE', 'SWITCHES', 'COUNTERS', 'COUNTER_VALUES', 'FLAVOURS', 'RECORDS', 'ENDING_TEXT', 'WATCHED',
  'SECTION', 'SECTIONS', 'DIRTY',
] as const; // prettier-ignore
export type AddressName = (typeof ADDRESSES)[number];

/** What `run` reports. */
export const RunStatus = {
  Continue: 0,
  Idle: 1,
  PoweredOff: 2,
  DebugExit: 3,
  Halted: 4,
  Reset: 5,
  /** A module of translated code wants to be linked (code-linker.ts); the rest of the budget comes afterwards. */
  Link: 6,
  /** The guest waits and idle skipping is off: the rest comes afterwards, at the time that it is by then. */
  Waiting: 8,
} as const;

/** Engines of `setEngine`. */
export const CoreEngine = { interpreter: 0, jit: 1 } as const;

/** Options of `setOption`. */
export const CoreOption = { DebugExit: 0, DebugConsole: 1, TraceUndefined: 2 } as const;

/** The functions of assembly/index.ts that a machine needs. Times are nanoseconds since power-on. */
export interface CoreFunctions {
  powerOn(ramBytes: number, virtualClock: number, epochSeconds: number): void;
  reset(): void;
  run(nowNs: number, budget: number): number;
  nextDeadline(): number;
  time(): number;
  instructions(): number;
  refresh(): void;
  eflags(): number;
  setEflags(value: number): void;
  inspect(linear: bigint): bigint;
  setOption(option: number, value: number): void;
  debugExitCode(): number;
  consoleInput(port: number): void;
  /** Between two calls of `run`: a CoreEngine. */
  setEngine(engine: number): void;
  /** By index in the text at SWITCHES (switches.ts). 1: accepted. */
  setSwitch(index: number, value: number): number;
  getSwitch(index: number): number;
  /** The module that RunStatus.Link announces: its bytes lie at MODULE, its functions are "0", "1", … */
  moduleLength(): number;
  moduleFunctions(): number;
  /** Where in the table function `i` belongs. */
  moduleSlot(i: number): number;
  /** The answer to RunStatus.Link; 0: it could not be linked, and the core stops translating. */
  moduleLinked(ok: number, microseconds: number): void;
  /** What translated code calls: how many functions, and where in the core's table the i-th lies. */
  helperCount(): number;
  helperSlot(i: number): number;
  /** A table slot that is no longer used, each once; 0 when there is none. */
  nextFreedSlot(): number;
  /** Regions that are translated leave a record at RECORDS (regions.ts), or do not. */
  recordRegions(on: number): void;
  /** Keeps the next region at a linear address, at WATCHED; all translated code goes. */
  watchRegion(linear: bigint, within: number): void;
  /** Puts section n of the machine's state (by index in the text at SECTIONS) into SECTION; its bytes. */
  saveSection(index: number): number;
  /** All sections have been saved: the machine goes on as one that is restored. */
  settleSaved(): void;
  /** The bytes at SECTION are that section. 0: no machine has such a state. Only on a core that has never run. */
  restoreSection(index: number, length: number): number;
  /** After the last section, RAM being there. */
  resume(): void;
  /** Clears bits in the marks of pages at DIRTY, a byte each; what is written from now on sets them. */
  clearDirty(bits: number): void;
  /** The host has written to RAM. */
  markDirty(physical: number, length: number): void;
  /** The clock chip goes on by so many seconds. */
  stepClock(seconds: number): void;
  /** General purpose event n of ACPI. */
  raiseEvent(n: number): void;
  /** Word n of what CPUID announces. */
  cpuFeature(n: number): number;
}
const FUNCTIONS = [
  'powerOn', 'reset', 'run', 'nextDeadline', 'time', 'instructions', 'refresh', 'eflags', 'setEflags', 'inspect',
  'setOption', 'debugExitCode', 'consoleInput', 'setEngine', 'setSwitch', 'getSwitch', 'moduleLength',
  'moduleFunctions', 'moduleSlot', 'moduleLinked', 'helperCount', 'helperSlot', 'nextFreedSlot', 'recordRegions', 'watchRegion',
  'saveSection', 'settleSaved', 'restoreSection', 'resume', 'clearDirty', 'markDirty', 'stepClock', 'raiseEvent',
  'cpuFeature',
] as const satisfies readonly (keyof CoreFunctions)[]; // prettier-ignore

export interface Core {
  readonly functions: CoreFunctions;
  readonly memory: WebAssembly.Memory;
  /** Where things lie in linear memory. */
  readonly at: Readonly<Record<AddressName, number>>;
  /** Everything that the instance exports. */
  readonly exports: WebAssembly.Exports;
  /** Where the core calls functions from, translated ones too. It is the core's alone: no module imports it. */
  readonly table: WebAssembly.Table;
}

const WASM_PAGE = 65536;
/** initialMemory in asconfig.json: the core accepts no less. */
const PAGES_MIN = 512;
/** RAM in assembly/layout.ts: needed before there is an instance to ask, and checked when there is. */
const RAM_BASE = 0x1000000;

/** Vite, tsc and browsers all understand this literal form; the package ships build/core.wasm at the same distance. */
export function coreUrl(): URL {
  return new URL('../../build/core.wasm', import.meta.url);
}

export async function compileCore(url: URL = coreUrl()): Promise<WebAssembly.Module> {
  try {
    if (url.protocol === 'file:') {
      // No import of node:fs, so that bundlers have nothing to make external.
      const fs = process.getBuiltinModule('node:fs/promises');
      return await WebAssembly.compile(await fs.readFile(url));
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.headers.get('content-type')?.startsWith('application/wasm')
      ? await WebAssembly.compileStreaming(response)
      : await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot load the core from ${url.href}: ${reason}; ${adviceOn(reason)}`, { cause });
  }
}

/** Browsers name the directive, in words of their own. */
function adviceOn(reason: string): string {
  return /content.security.policy|unsafe-eval/i.test(reason)
    ? "the page's Content-Security-Policy has to allow 'wasm-unsafe-eval'"
    : "'npm run build' makes it";
}

/** A new core with `ramBytes` of guest RAM, not powered on yet. */
export async function instantiateCore(module: WebAssembly.Module, ramBytes: number): Promise<Core> {
  // One page to spare: fetches read ahead of RAM's end
  const pages = Math.max(Math.ceil((RAM_BASE + ramBytes) / WASM_PAGE) + 1, PAGES_MIN);
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new Error(`memory: the host cannot give ${ramBytes / 2 ** 20} MiB to a machine; try less`, { cause });
  }
  const instance = await WebAssembly.instantiate(module, { env: { memory, abort: onAbort } });
  return describe(instance.exports, memory);
}
function onAbort(_message: number, _file: number, line: number, column: number): never {
  throw new Error(`the core aborted at ${line}:${column}`);
}
function describe(exports: WebAssembly.Exports, memory: WebAssembly.Memory): Core {
  for (const name of FUNCTIONS)
    if (typeof exports[name] !== 'function') throw new Error(`the core does not export ${name}(): rebuild it`);
  const at = {} as Record<AddressName, number>;
  for (const name of ADDRESSES) {
    const value: unknown = (exports[name] as WebAssembly.Global | undefined)?.value;
    if (typeof value !== 'number') throw new Error(`the core does not export ${name}: rebuild it`);
    at[name] = value;
  }
  if (at.RAM !== RAM_BASE) throw new Error('the core has another memory layout than this host side: rebuild both');
  const { table } = exports;
  if (!(table instanceof WebAssembly.Table)) throw new Error('the core does not export table: rebuild it');
  return { functions: exports as unknown as CoreFunctions, memory, at, exports, table };
}
