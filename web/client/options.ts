/** Checks what callers pass to createMachine(). Each mistake is one clear line. */
import { ENGINE_DEFAULT, ENGINES } from '../machine/engines.ts';
import { parseMemory, MEMORY_DEFAULT } from '../machine/memory-size.ts';
import type { MachineConfig } from '../machine/protocol.ts';
import type {
  AccelerationSettings,
  ClockSource,
  Engine,
  FileSource,
  LockstepOptions,
  MachineOptions,
  SnapshotOptions,
  WatchOptions,
} from './api.ts';

const LOCKSTEP = ['chunk', 'memory', 'from'] as const satisfies readonly (keyof LockstepOptions)[];
const CLOCKS = ['host', 'instructions'] as const;
const BOOLEANS = [
  'worker',
  'noReboot',
  'debugExit',
  'debugConsole',
  'traceUndefined',
  'traceRegions',
  'agent',
] as const;
const KNOWN: ReadonlySet<string> = new Set([
  'kernel', 'initrd', 'commandLine', 'memory', 'engine', 'acceleration', 'lockstep', 'clock', 'epoch', 'cpuShare', 'wasmUrl',
  'workerUrl', 'onProgress', 'signal', 'snapshot', 'booted', 'parent', ...BOOLEANS,
]); // prettier-ignore

/** Everything but the files, which have to be fetched first. */
export type Settings = Omit<MachineConfig, 'kernel' | 'initrd' | 'snapshot'>;

export function checkOptions(options: MachineOptions): Settings {
  if (typeof options !== 'object' || options === null) throw new Error('createMachine: give an object of options');
  const unknown = Object.keys(options).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`createMachine: there is no option '${unknown}'`);
  if (options.kernel !== undefined || options.snapshot === undefined) checkFile(options.kernel, 'kernel');
  checkSnapshot(options);
  checkBooted(options);
  if (options.initrd !== undefined) checkFile(options.initrd, 'initrd');
  for (const name of BOOLEANS) check(name, options[name], 'boolean');
  check('onProgress', options.onProgress, 'function');
  const engine = checkEngine(options.engine ?? ENGINE_DEFAULT);
  return {
    commandLine: checkCommandLine(options.commandLine ?? ''),
    memory: parseMemory(checkMemory(options.memory ?? MEMORY_DEFAULT)),
    engine,
    acceleration: checkAcceleration(options.acceleration ?? {}),
    lockstep: checkLockstep(options.lockstep, engine),
    cpuShare: checkShare(options.cpuShare ?? 1),
    clock: checkClock(options.clock, engine),
    epoch: checkEpoch(options.epoch),
    noReboot: options.noReboot ?? false,
    debugExit: options.debugExit ?? false,
    debugConsole: options.debugConsole ?? false,
    traceUndefined: options.traceUndefined ?? false,
    traceRegions: options.traceRegions ?? false,
    agent: options.agent,
    wasmUrl: options.wasmUrl === undefined ? undefined : absoluteUrl(options.wasmUrl, 'wasmUrl').href,
  };
}

/** What was saved with the machine cannot be chosen again. */
function checkSnapshot({ snapshot, parent, ...options }: MachineOptions): void {
  if (snapshot === undefined) {
    if (parent !== undefined) throw new Error('parent: it belongs to a snapshot, and there is none');
    return;
  }
  checkFiles(snapshot, parent);
  for (const name of ['memory', 'clock', 'epoch', 'debugExit', 'debugConsole'] as const)
    if (options[name] !== undefined) throw new Error(`${name}: a machine from a snapshot has what it was saved with`);
}
export function checkBooted({ booted, kernel, snapshot }: MachineOptions): void {
  if (booted === undefined) return;
  checkFile(booted, 'booted');
  if (snapshot !== undefined) throw new Error('booted: it spares a boot, and a machine from a snapshot does not boot');
  checkFile(kernel, 'kernel');
}
export function checkFiles(snapshot: FileSource, parent: MachineOptions['parent']): void {
  checkFile(snapshot, 'snapshot');
  for (const file of listOf(parent)) checkFile(file, 'parent');
}
/** None, one or several files. */
export function listOf(files: MachineOptions['parent']): readonly FileSource[] {
  if (files === undefined) return [];
  return Array.isArray(files) ? (files as readonly FileSource[]) : [files as FileSource];
}
export function checkSnapshotOptions(options: SnapshotOptions): void {
  if (typeof options !== 'object' || options === null) throw new Error('snapshot: give an object of options');
  const { name, text, incremental, compress } = options;
  for (const [key, value] of Object.entries({ name, text }))
    if (value !== undefined && typeof value !== 'string') throw new Error(`snapshot: give ${key} as a string`);
  for (const [key, value] of Object.entries({ incremental, compress })) check(`snapshot: ${key}`, value, 'boolean');
}

export function checkEngine(engine: unknown): Engine {
  return oneOf('engine', engine, ENGINES);
}
export function checkShare(share: unknown): number {
  if (typeof share === 'number' && share > 0 && share <= 1) return share;
  throw new Error(`cpuShare: '${String(share)}' is not a share of one core; give a number above 0, up to 1`);
}
/** Two machines that follow the host's clock would not do the same. */
function checkClock(clock: unknown, engine: Engine): ClockSource {
  const source = oneOf('clock', clock ?? (engine === 'lockstep' ? 'instructions' : 'host'), CLOCKS);
  if (engine === 'lockstep' && source === 'host')
    throw new Error("clock: engine 'lockstep' has 'instructions' only: two machines see the host's clock differently");
  return source;
}
function checkLockstep(options: unknown, engine: Engine): LockstepOptions | undefined {
  if (options === undefined) return undefined;
  if (engine !== 'lockstep') throw new Error("lockstep: these are options of engine 'lockstep'");
  if (typeof options !== 'object' || options === null) throw new Error('lockstep: give an object of options');
  for (const [name, value] of Object.entries(options)) checkCount(name, value);
  return { ...options };
}
function checkCount(name: string, value: unknown): void {
  oneOf('lockstep', name, LOCKSTEP);
  const least = name === 'from' ? 0 : 1;
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= least)) return;
  throw new Error(`lockstep: ${name} takes a whole number from ${least} up`);
}
/** Which names there are, the core knows: the machine says it when it is loaded. */
function checkAcceleration(settings: unknown): AccelerationSettings {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw new Error('acceleration: give an object of names and values');
  for (const [name, value] of Object.entries(settings)) checkSwitch(name, value);
  return { ...(settings as AccelerationSettings) };
}
export function checkSwitch(name: unknown, value: unknown): void {
  if (typeof name !== 'string') throw new Error('acceleration: give the name of a switch');
  if (typeof value !== 'boolean' && typeof value !== 'number')
    throw new Error(`acceleration: ${name} takes true, false or a number, not '${String(value)}'`);
}

export function checkWatch(address: unknown, { within, after }: WatchOptions): void {
  if (!(typeof address === 'bigint' || Number.isSafeInteger(address)) || (address as number | bigint) < 0)
    throw new Error(`watchRegion: '${String(address)}' is not an address`);
  check('within', within, 'boolean');
  if (after !== undefined && !(Number.isSafeInteger(after) && after >= 0))
    throw new Error(`watchRegion: after takes a number of instructions, not '${String(after)}'`);
}

/** Relative to the page; in Node, where paths are URLs of a kind too, to the working directory. */
export function absoluteUrl(url: URL | string, name: string): URL {
  try {
    return new URL(url, baseUrl());
  } catch {
    throw new Error(`${name}: '${String(url)}' is not a URL`);
  }
}
function baseUrl(): string {
  if (typeof document === 'object') return document.baseURI;
  if (typeof location === 'object') return location.href;
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  return pathToFileURL(process.cwd() + '/').href;
}

function checkFile(file: FileSource | undefined, name: string): void {
  const known =
    file instanceof Uint8Array ||
    file instanceof ArrayBuffer ||
    file instanceof Blob ||
    file instanceof URL ||
    (typeof file === 'string' && file !== '');
  if (!known) throw new Error(`${name}: give a Uint8Array, ArrayBuffer, Blob or URL`);
}
function checkCommandLine(text: unknown): string {
  if (typeof text !== 'string') throw new Error('commandLine: give a string');
  if (text.includes('\0')) throw new Error('commandLine: it may not contain a zero character');
  return text;
}
function checkMemory(memory: unknown): number | string {
  if (typeof memory === 'number' || typeof memory === 'string') return memory;
  throw new Error("memory: give bytes, or a size like '128M'");
}
function checkEpoch(epoch: unknown): number | undefined {
  if (epoch === undefined) return undefined;
  // The clock chip counts years with four digits.
  if (typeof epoch === 'number' && epoch >= 0 && epoch < 253_402_300_800) return Math.floor(epoch);
  throw new Error('epoch: give seconds since 1970, up to the year 9999');
}
function check(name: string, value: unknown, type: 'boolean' | 'function'): void {
  if (value !== undefined && typeof value !== type) throw new Error(`${name}: give a ${type}`);
}
function oneOf<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((k) => k === value);
  if (found === undefined) throw new Error(`${name}: there is no '${String(value)}'; choose from: ${known.join(', ')}`);
  return found;
}
