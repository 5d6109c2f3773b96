/** A core without a processor: memory, addresses, and functions that a test fills in. */
import { type AddressName, type Core, type CoreFunctions, RunStatus } from '../../web/machine/core.ts';
import { CpuState } from '../../web/machine/cpu-state.ts';
import { GuestMemory } from '../../web/machine/guest-memory.ts';

/** Small, so that a test can have many: RAM from 1 MiB. */
const AT: Readonly<Record<AddressName, number>> = {
  REGS: 0x1000,
  STATE: 0x1100,
  SEGMENTS: 0x1400,
  FPU: 0x1800,
  RINGS: 0x10000,
  TRACE: 0x20000,
  RAM: 0x100000,
  S_RIP: 0x1100,
  S_EFLAGS: 0x1118,
  S_CPL: 0x111c,
  S_CR0: 0x1120,
  S_CR2: 0x1128,
  S_CR3: 0x1130,
  S_CR4: 0x1138,
  S_EFER: 0x1140,
  S_DR0: 0x1148,
  S_DR1: 0x1150,
  S_DR2: 0x1158,
  S_DR3: 0x1160,
  S_DR6: 0x1168,
  S_DR7: 0x1170,
  S_GDT_BASE: 0x1178,
  S_IDT_BASE: 0x1180,
  S_GDT_LIMIT: 0x1188,
  S_IDT_LIMIT: 0x118c,
  S_HALTED: 0x1194,
  S_INSTRUCTIONS: 0x1198,
  S_RAM_SIZE: 0x1200,
  SWITCHES: 0x30000,
  COUNTERS: 0x31000,
  COUNTER_VALUES: 0x32000,
  FLAVOURS: 0x33000,
  MODULE: 0x40000,
  RECORDS: 0x50000,
  ENDING_TEXT: 0x5d000,
  WATCHED: 0x60000,
  SECTION: 0x70000,
  SECTIONS: 0x78000,
  DIRTY: 0x79000,
};
/** What engine 'lockstep' asks for besides. */
export const MORE = { DEVICES: 0x4000, PIO: 0x6000, BUS: 0x8000 };
const SWITCHES = `linking 1 1 jump from region to region without the dispatcher
region 300 1000 instructions in a region at most
threshold 200 100000 executions before an entry is translated
`;
const COUNTERS = `translated instructions executed in translated code
regions regions translated
exits exits left a region for the dispatcher
`;

const FLAVOURS = `full Full virtualization: nothing is modified
`;

export interface FakeCore extends Core {
  readonly functions: CoreFunctions;
  readonly cpu: CpuState;
  readonly ram: GuestMemory;
  /** Names of the functions called, in order. */
  readonly calls: string[];
  /** Of the switches, in the order of the text. */
  readonly switches: number[];
  setCounter(index: number, value: bigint): void;
}

export function fakeCore(ramSize: number, behaviour: Partial<CoreFunctions> = {}): FakeCore {
  const pages = Math.ceil((AT.RAM + ramSize) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const view = new DataView(memory.buffer);
  const calls: string[] = [];
  const switches = [1, 300, 200];
  putText(memory, AT.SWITCHES, SWITCHES);
  putText(memory, AT.COUNTERS, COUNTERS);
  putText(memory, AT.FLAVOURS, FLAVOURS);
  const defaults: CoreFunctions = {
    powerOn: () => undefined,
    reset: () => undefined,
    run: () => RunStatus.Continue,
    nextDeadline: () => Infinity,
    time: () => 0,
    instructions: () => 0,
    refresh: () => undefined,
    eflags: () => view.getUint32(AT.S_EFLAGS, true),
    setEflags: (value) => view.setUint32(AT.S_EFLAGS, value, true),
    inspect: (linear) => linear,
    setOption: () => undefined,
    debugExitCode: () => 0,
    consoleInput: () => undefined,
    setEngine: () => undefined,
    setSwitch: (index, value) => (index < switches.length && (switches[index] = value) === value ? 1 : 0),
    getSwitch: (index) => switches[index] ?? 0,
    moduleLength: () => 0,
    moduleFunctions: () => 0,
    moduleSlot: (i) => i + 1,
    moduleLinked: () => undefined,
    helperCount: () => 0,
    helperSlot: () => 0,
    nextFreedSlot: () => 0,
    recordRegions: () => undefined,
    watchRegion: () => undefined,
    saveSection: () => 0,
    settleSaved: () => undefined,
    restoreSection: () => 1,
    resume: () => undefined,
    clearDirty: () => undefined,
    markDirty: () => undefined,
    stepClock: () => undefined,
    raiseEvent: () => undefined,
    cpuFeature: () => 0,
    ...behaviour,
  };
  const functions = new Proxy(defaults, {
    get: (target, name: keyof CoreFunctions) => {
      if (name === 'refresh' || name === 'consoleInput' || name === 'reset') calls.push(name);
      return target[name];
    },
  });
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  const core: Core = { functions, memory, at: AT, table, exports: { table, ...constants(MORE) } };
  return {
    ...core,
    calls,
    switches,
    cpu: new CpuState(core),
    ram: new GuestMemory(memory.buffer, AT.RAM, ramSize),
    setCounter: (index, value) => view.setBigUint64(AT.COUNTER_VALUES + 8 * index, value, true),
  };
}
function constants(values: Record<string, number>): Record<string, WebAssembly.Global> {
  const global = (value: number): WebAssembly.Global => new WebAssembly.Global({ value: 'i32', mutable: false }, value);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, global(value)]));
}
function putText(memory: WebAssembly.Memory, at: number, text: string): void {
  new Uint8Array(memory.buffer, at).set(new TextEncoder().encode(text + '\0'));
}
