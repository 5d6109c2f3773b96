/**
 * Stands in for web/client in tests of the page's own states: a "guest" that echoes what is typed and ends in the way
 * that it is told to (`off`, `halt`, `crash`). Whether Linux boots is tested with the real machine.
 */
import { ENGINE_DEFAULT } from '../../web/machine/engines.ts';
import type {
  Acceleration,
  Counter,
  CreateMachine,
  Engine,
  Flavour,
  GeneralRegister,
  IdentifyFile,
  Machine,
  MachineEvents,
  MachineExit,
  MachineState,
  FileSource,
  ParseMemory,
  Preload,
  Registers,
  SegmentName,
  SnapshotHeader,
  SnapshotOptions,
  SnapshotResult,
  Statistics,
} from '../../web/client/api.ts';

const banner = [
  'Linux version 6.1.0 (fake) #1 PREEMPT',
  'Command line: console=ttyS0',
  'serial8250: ttyS0 at I/O 0x3f8 (irq = 4) is a 16550A',
  '',
  '  \x1b[1;36mLinux on DomZero\x1b[0m, the nano image: a serial line, a shell, nothing else.',
  '  Type "help" for help, "poweroff" to stop. Ctrl-C, Ctrl-Z and jobs work.',
  '',
  '\x1b[1;32mnano\x1b[0m:\x1b[1;34m~\x1b[0m# ls --color /',
  '\x1b[1;34mbin\x1b[0m   \x1b[1;34mdev\x1b[0m   \x1b[1;34metc\x1b[0m   \x1b[1;32minit\x1b[0m  \x1b[1;34mproc\x1b[0m  \x1b[1;34mroot\x1b[0m  \x1b[1;36msbin\x1b[0m  \x1b[1;34msys\x1b[0m   \x1b[30;42mtmp\x1b[0m   \x1b[1;34musr\x1b[0m',
].join('\r\n');
const prompt = '\r\n\x1b[1;32mnano\x1b[0m:\x1b[1;34m~\x1b[0m# ';

function zeroRegisters(): Registers {
  const names = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
  const segments = 'es cs ss ds fs gs ldtr tr'.split(' ');
  const segment = { selector: 0x10, base: 0n, limit: 0xffffffff, access: 0xc093 };
  return {
    general: Object.fromEntries(names.map((name, i) => [name, BigInt(i) * 0x1111n])) as Record<GeneralRegister, bigint>,
    segments: Object.fromEntries(segments.map((name) => [name, segment])) as Record<SegmentName, typeof segment>,
    rip: 0xc0100000n,
    eflags: 0x246,
    cpl: 0,
    cr0: 0x80050033n,
    cr2: 0n,
    cr3: 0x1000000n,
    cr4: 0x90n,
    efer: 0n,
    gdt: { base: 0n, limit: 0x7f },
    idt: { base: 0n, limit: 0x7ff },
  };
}

class FakeMachine implements Machine {
  state: MachineState = 'ready';
  savedText = '';
  private line = '';
  private base: string | undefined;
  private ticks = 0;
  private resets = 0;
  private cpuShare = 1;
  private readonly switches: { -readonly [K in keyof Acceleration]: Acceleration[K] }[] = [
    { name: 'linking', value: 1, default: 1, max: 1, description: 'a region goes straight to the next one' },
    { name: 'fusion', value: 1, default: 1, max: 1, description: 'comparison and branch are one operation' },
    { name: 'threshold', value: 600, default: 600, max: 60000, description: 'executions before code is translated' },
  ];
  private engine: Engine;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly listeners: { [E in keyof MachineEvents]: Set<MachineEvents[E]> } = {
    console: new Set(),
    state: new Set(),
    statistics: new Set(),
    exit: new Set(),
    trace: new Set(),
  };

  constructor(engine: Engine) {
    this.engine = engine;
  }

  start(): Promise<void> {
    if (this.state !== 'paused') this.print(banner + prompt);
    this.become('running');
    this.timer ??= setInterval(() => this.tick(), 500);
    return Promise.resolve();
  }

  pause(): Promise<void> {
    this.become('paused');
    return Promise.resolve();
  }

  resume(): Promise<void> {
    return this.start();
  }

  reset(): Promise<void> {
    this.resets++;
    this.state = 'off';
    return this.start();
  }

  powerOff(): Promise<void> {
    this.end({ reason: 'power-off' }, 'off');
    return Promise.resolve();
  }

  send(data: string | Uint8Array): Promise<void> {
    for (const key of typeof data === 'string' ? data : new TextDecoder().decode(data)) {
      if (key === '\r') this.execute();
      else {
        this.line += key;
        this.print(key);
      }
    }
    return Promise.resolve();
  }

  on<E extends keyof MachineEvents>(event: E, listener: MachineEvents[E]): () => void {
    this.listeners[event].add(listener);
    return () => this.listeners[event].delete(listener);
  }

  setEngine(engine: Engine): Promise<void> {
    this.engine = engine;
    this.tell();
    return Promise.resolve();
  }

  flavours(): Promise<Flavour[]> {
    return Promise.resolve([{ name: 'full', title: 'Full virtualization', description: 'nothing is modified' }]);
  }
  accelerations(): Promise<Acceleration[]> {
    return Promise.resolve(this.switches.map((one) => ({ ...one })));
  }

  setAcceleration(name: string, value: boolean | number): Promise<void> {
    const found = this.switches.find((one) => one.name === name);
    if (!found) return Promise.reject(new Error(`the fake machine has no '${name}'`));
    if (Number(value) > found.max) return Promise.reject(new Error(`acceleration: ${name} takes 0 to ${found.max}`));
    found.value = Number(value);
    return Promise.resolve();
  }

  /** What was typed is what it remembers. */
  snapshot({ name = '', text = '', incremental }: SnapshotOptions = {}): Promise<SnapshotResult> {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
    const parent = incremental ? this.base : undefined;
    const date = new Date().toISOString();
    const header = { id, parent, name, date, memory: 64 << 20, image: { boot: 'PVH', commandLine: '' } };
    const file: FakeSnapshot = { header, text, line: this.line };
    this.base = id;
    const bytes = new TextEncoder().encode(`${FAKE_MAGIC}${JSON.stringify(file)}`);
    return Promise.resolve({ bytes, id, parent, date } as unknown as SnapshotResult);
  }
  async restore(snapshot: FileSource): Promise<void> {
    const { header, text, line } = readFake(new Uint8Array(await (snapshot as Blob).arrayBuffer()));
    this.line = line;
    this.base = header.id;
    this.savedText = text;
    this.become('paused');
  }
  fork(): Promise<Machine> {
    const twin = new FakeMachine(this.engine);
    twin.line = this.line;
    twin.state = 'paused';
    return Promise.resolve(twin);
  }

  counters(): Promise<Counter[]> {
    return Promise.resolve(this.counted());
  }

  private counted(): Counter[] {
    const { ticks } = this;
    const executed = Math.round(ticks * 57_123_456 * 0.9);
    return [
      { name: 'translated-executed', value: executed, unit: 'instructions', description: 'by translated code' },
      { name: 'translated-bytes', value: 4096 * ticks, unit: 'bytes', description: 'Wasm code made' },
      { name: 'exits-target', value: 900 * ticks, unit: 'times', description: 'left for code that is not translated' },
      { name: 'exits-side', value: 90 * ticks, unit: 'times', description: 'left in the middle' },
      { name: 'tlb-read-misses', value: 70 * ticks, unit: 'times', description: 'a read looked up the page tables' },
      { name: 'tlb-write-misses', value: 30 * ticks, unit: 'times', description: 'a write did' },
      { name: 'tlb-fetch-misses', value: 10 * ticks, unit: 'times', description: 'a fetch did' },
      { name: 'helped', value: 9 * ticks, unit: 'times', description: 'interpreted from within a region' },
    ];
  }

  statistics(): Promise<Statistics> {
    const running = this.state === 'running';
    return Promise.resolve({
      state: this.state,
      engine: this.engine === 'auto' ? 'jit' : this.engine,
      boot: 'PVH',
      memory: 64 << 20,
      instructions: this.ticks * 57_123_456,
      uptime: this.ticks / 2,
      busySeconds: this.ticks * 0.11,
      guestSeconds: this.ticks / 2,
      mips: running ? 110 + 40 * Math.sin(this.ticks / 3) + 12 * Math.sin(this.ticks * 1.7) : 0,
      hostShare: running ? Math.min(this.cpuShare, 0.021 + 0.2 * Math.abs(Math.sin(this.ticks / 5))) : 0,
      resets: this.resets,
      compileMs: this.ticks * 3,
      counters: Object.fromEntries(this.counted().map(({ name, value }) => [name, value])),
    });
  }

  exec(): never {
    throw new Error('the fake machine runs no commands');
  }

  get files(): never {
    throw new Error('the fake machine has no files');
  }

  setCpuShare(share: number): Promise<void> {
    this.cpuShare = share;
    return Promise.resolve();
  }
  watchRegion(): Promise<void> {
    return Promise.resolve();
  }
  registers(): Promise<Registers> {
    return Promise.resolve(zeroRegisters());
  }

  readMemory(): Promise<Uint8Array> {
    return Promise.reject(new Error('the fake machine has no memory'));
  }

  dispose(): Promise<void> {
    clearInterval(this.timer);
    this.state = 'disposed';
    return Promise.resolve();
  }

  private execute(): void {
    const command = this.line;
    this.line = '';
    const crash = { message: 'RuntimeError: unreachable', registers: zeroRegisters(), trace: [] };
    if (command === 'off') this.end({ reason: 'power-off' }, 'off');
    else if (command === 'reset') this.end({ reason: 'reset', message: 'without its kernel' }, 'off');
    else if (command === 'halt') this.end({ reason: 'halted' }, 'halted');
    else if (command === 'crash') this.end({ reason: 'crashed', crash }, 'crashed');
    else this.print(`\r\nyou typed: ${command}${prompt}`);
  }

  private end(exit: MachineExit, state: MachineState): void {
    this.become(state);
    for (const listener of this.listeners.exit) listener(exit);
  }

  private become(state: MachineState): void {
    const before = this.state;
    this.state = state;
    for (const listener of this.listeners.state) listener(state, before);
    this.tell();
  }

  private tick(): void {
    if (this.state !== 'running') return;
    this.ticks++;
    this.tell();
  }

  private tell(): void {
    void this.statistics().then((now) => this.listeners.statistics.forEach((listener) => listener(now)));
  }

  private print(text: string): void {
    for (const listener of this.listeners.console) void listener(new TextEncoder().encode(text), 'com1');
  }
}

export const createMachine: CreateMachine = async ({ kernel, engine, snapshot, booted }) => {
  if (kernel instanceof Blob && kernel.size < 16) throw new Error('the kernel is too short');
  const machine = new FakeMachine(engine ?? ENGINE_DEFAULT);
  if (snapshot) await machine.restore(snapshot);
  if (booted !== undefined) [machine.state, machine.savedText] = ['paused', 'resumed# '];
  return machine;
};

export const preload: Preload = () => Promise.resolve();
export const identifyFile: IdentifyFile = (file) => {
  const name = file instanceof File ? file.name : '';
  if (name.includes('vmlinux')) return Promise.resolve({ role: 'kernel', description: 'ELF kernel' });
  if (name.includes('cpio')) return Promise.resolve({ role: 'initrd', description: 'cpio archive' });
  return Promise.resolve({ role: 'unknown', description: 'plain text' });
};

export { ENGINE_DEFAULT, ENGINES } from '../../web/machine/engines.ts';
export { describeLockstep } from '../../web/machine/lockstep/describe.ts';

export const parseMemory: ParseMemory = (memory) => {
  const match = /^(\d+)M$/.exec(String(memory));
  if (!match) throw new Error(`memory "${memory}" is not a size: say 128M or 1G`);
  return Number(match[1]) << 20;
};

interface FakeSnapshot {
  readonly header: Pick<SnapshotHeader, 'id' | 'parent' | 'name' | 'date' | 'memory' | 'image'>;
  readonly text: string;
  readonly line: string;
}
const FAKE_MAGIC = 'DZSNAP fake ';
function readFake(file: Uint8Array): FakeSnapshot {
  const text = new TextDecoder().decode(file);
  if (!text.startsWith(FAKE_MAGIC)) throw new Error('this file is no snapshot');
  return JSON.parse(text.slice(FAKE_MAGIC.length)) as FakeSnapshot;
}
export const inspectHeader = (start: Uint8Array) => Promise.resolve().then(() => readFake(start).header);
export const inspectSnapshot = (file: Uint8Array) => Promise.resolve().then(() => readFake(file));
export { MEMORY_DEFAULT } from '../../web/machine/memory-size.ts';
