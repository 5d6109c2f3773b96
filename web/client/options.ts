/** Checks what callers pass to createMachine(). Each mistake is one clear line. */
import { ENGINE_DEFAULT, ENGINES } from '../machine/engines.ts';
import { parseMemory, MEMORY_DEFAULT } from '../machine/memory-size.ts';
import type { MachineConfig } from '../machine/protocol.ts';
import type { AccelerationSettings, Engine, FileSource, MachineOptions } from './api.ts';

const CLOCKS = ['host', 'instructions'] as const;
const BOOLEANS = ['worker', 'noReboot', 'debugExit', 'debugConsole', 'traceUndefined'] as const;
const KNOWN: ReadonlySet<string> = new Set([
  'kernel', 'initrd', 'commandLine', 'memory', 'engine', 'acceleration', 'clock', 'epoch', 'wasmUrl', 'workerUrl',
  'onProgress', 'signal', ...BOOLEANS,
]); // prettier-ignore

/** Everything but the files, which have to be fetched first. */
export type Settings = Omit<MachineConfig, 'kernel' | 'initrd'>;

export function checkOptions(options: MachineOptions): Settings {
  if (typeof options !== 'object' || options === null) throw new Error('createMachine: give an object of options');
  const unknown = Object.keys(options).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`createMachine: there is no option '${unknown}'`);
  checkFile(options.kernel, 'kernel');
  if (options.initrd !== undefined) checkFile(options.initrd, 'initrd');
  for (const name of BOOLEANS) check(name, options[name], 'boolean');
  check('onProgress', options.onProgress, 'function');
  return {
    commandLine: checkCommandLine(options.commandLine ?? ''),
    memory: parseMemory(checkMemory(options.memory ?? MEMORY_DEFAULT)),
    engine: checkEngine(options.engine ?? ENGINE_DEFAULT),
    acceleration: checkAcceleration(options.acceleration ?? {}),
    clock: oneOf('clock', options.clock ?? 'host', CLOCKS),
    epoch: checkEpoch(options.epoch),
    noReboot: options.noReboot ?? false,
    debugExit: options.debugExit ?? false,
    debugConsole: options.debugConsole ?? false,
    traceUndefined: options.traceUndefined ?? false,
    wasmUrl: options.wasmUrl === undefined ? undefined : absoluteUrl(options.wasmUrl, 'wasmUrl').href,
  };
}

export function checkEngine(engine: unknown): Engine {
  return oneOf('engine', engine, ENGINES);
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

function checkFile(file: FileSource, name: string): void {
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
