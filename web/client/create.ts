/** createMachine(): from options to a machine that is ready to start. Nothing is left behind when that fails. */
import { transfer } from 'comlink';
import { MEMORY_MAX } from '../machine/memory-size.ts';
import type { KernelFiles, MachineConfig, SnapshotFiles } from '../machine/protocol.ts';
import type { SnapshotHeader } from '../machine/snapshot/format.ts';
import { inspectHeader } from '../machine/snapshot/inspect.ts';
import type { CreateMachine, FileSource, Machine, MachineOptions } from './api.ts';
import { connect } from './connection.ts';
import { fetchFile, type FetchOptions, fetchSnapshot } from './fetch-file.ts';
import { type MakeFork, MachineHandle } from './handle.ts';
import { absoluteUrl, checkOptions, type Settings } from './options.ts';
import { takeWorker } from './preload.ts';

/** Makes a machine that is ready to start. Rejects with an error of one line; nothing is left behind then. */
export const createMachine: CreateMachine = async (options) => {
  const settings = checkOptions(options);
  const { booted, ...others } = options;
  if (booted === undefined) return make(others, settings);
  try {
    const saved = { ...others, ...SAVED_WITH_IT, snapshot: booted };
    return await make(saved, checkOptions(saved), (header) => checkSame(header, settings));
  } catch (error) {
    options.signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(`domzero: booting, since the snapshot of the booted machine cannot be used: ${reason}`);
    return make(others, settings);
  }
};

async function make(
  options: MachineOptions,
  settings: Settings,
  check?: (header: SnapshotHeader) => void,
): Promise<Machine> {
  const worker = options.worker ?? true;
  const workerUrl = options.workerUrl === undefined ? undefined : absoluteUrl(options.workerUrl, 'workerUrl');
  // The Worker starts and compiles the core while the files arrive.
  const again: MakeFork = (snapshot, now) => createMachine({ ...forkOptions(options), ...now, snapshot });
  const connection = worker ? takeWorker(settings.wasmUrl, workerUrl) : connect({ worker, workerUrl });
  const machine = new MachineHandle(await connection, again, options.agent ?? false);
  try {
    const preparing = machine.prepare(settings.wasmUrl);
    const [files] = await Promise.all([fetchFiles(options, settings.memory, check), preparing]);
    const later = options.snapshot !== undefined && options.kernel !== undefined;
    const kernel = () => fetchKernel(options, { limit: MEMORY_MAX, onProgress: undefined, signal: undefined });
    const config = { ...settings, ...files, kernelLater: later };
    await machine.load(config, worker, worker ? handOver : (config) => config, later ? kernel : undefined);
    options.signal?.throwIfAborted();
    return machine;
  } catch (error) {
    await machine.dispose();
    throw error;
  }
}

/** What a snapshot brings with it. */
const SAVED_WITH_IT = {
  memory: undefined,
  clock: undefined,
  epoch: undefined,
  debugExit: undefined,
  debugConsole: undefined,
} satisfies Partial<MachineOptions>;

/** What a fork does not have from its snapshot. */
function forkOptions(options: MachineOptions): MachineOptions {
  return { ...options, ...SAVED_WITH_IT, parent: undefined, onProgress: undefined, signal: undefined };
}

/** A booted machine stands in for this one only if nobody could tell the difference. */
function checkSame({ memory, clock, image }: SnapshotHeader, settings: Settings): void {
  const { debugExit, debugConsole, epoch } = settings;
  const differs = (name: string): Error => new Error(`it has another ${name}`);
  if (memory !== settings.memory) throw differs('size of memory');
  if (clock !== settings.clock || epoch !== undefined) throw differs('clock');
  if (image.commandLine !== settings.commandLine) throw differs('command line');
  if (debugExit || debugConsole) throw new Error('it has no debug devices');
}

type Files = Pick<MachineConfig, 'kernel' | 'initrd' | 'snapshot'>;
/** All at once; the first failure ends the other downloads. Of a machine from a snapshot the kernel is left for later. */
async function fetchFiles(
  options: MachineOptions,
  limit: number,
  check?: (header: SnapshotHeader) => void,
): Promise<Files> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const common = { limit, onProgress: options.onProgress, signal };
  const { snapshot: source, parent } = options;
  try {
    if (source === undefined) return { ...(await fetchKernel(options, common)), snapshot: undefined };
    const snapshot = await fetchSnapshot(source, parent, common);
    check?.(await inspectHeader(snapshot.file));
    return { kernel: undefined, initrd: undefined, snapshot };
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}
async function fetchKernel(options: MachineOptions, common: Omit<FetchOptions, 'name'>): Promise<KernelFiles> {
  const file = async (name: 'kernel' | 'initrd', source: FileSource | undefined): Promise<Uint8Array | undefined> =>
    source === undefined ? undefined : fetchFile(source, { ...common, name });
  const [kernel, initrd] = await Promise.all([file('kernel', options.kernel), file('initrd', options.initrd)]);
  return { kernel, initrd };
}
/** The files move to the Worker instead of being copied. */
function handOver(config: MachineConfig): MachineConfig {
  const files = [config.kernel, config.initrd, ...filesOf(config.snapshot)];
  return transfer(
    config,
    files.flatMap((file) => (file ? [file.buffer] : [])),
  );
}
function filesOf(snapshot: SnapshotFiles | undefined): readonly Uint8Array[] {
  return snapshot ? [snapshot.file, ...snapshot.parents] : [];
}
