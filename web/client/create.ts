/** createMachine(): from options to a machine that is ready to start. Nothing is left behind when that fails. */
import { transfer } from 'comlink';
import type { MachineConfig, SnapshotFiles } from '../machine/protocol.ts';
import type { CreateMachine, FileSource, MachineOptions } from './api.ts';
import { connect } from './connection.ts';
import { fetchFile, fetchSnapshot } from './fetch-file.ts';
import { type MakeFork, MachineHandle } from './handle.ts';
import { absoluteUrl, checkOptions } from './options.ts';

/** Makes a machine that is ready to start. Rejects with an error of one line; nothing is left behind then. */
export const createMachine: CreateMachine = async (options) => {
  const settings = checkOptions(options);
  const worker = options.worker ?? true;
  const workerUrl = options.workerUrl === undefined ? undefined : absoluteUrl(options.workerUrl, 'workerUrl');
  // The Worker starts and compiles the core while the files arrive.
  const again: MakeFork = (snapshot, now) => createMachine({ ...forkOptions(options), ...now, snapshot });
  const machine = new MachineHandle(await connect({ worker, workerUrl }), again, options.agent ?? false);
  try {
    const [files] = await Promise.all([fetchFiles(options, settings.memory), machine.prepare(settings.wasmUrl)]);
    await machine.load({ ...settings, ...files }, worker, worker ? handOver : (config) => config);
    options.signal?.throwIfAborted();
    return machine;
  } catch (error) {
    await machine.dispose();
    throw error;
  }
};

/** What a fork does not have from its snapshot. */
function forkOptions(options: MachineOptions): MachineOptions {
  const saved = { parent: undefined, memory: undefined, clock: undefined, epoch: undefined };
  const once = { debugExit: undefined, debugConsole: undefined, onProgress: undefined, signal: undefined };
  return { ...options, ...saved, ...once };
}

type Files = Pick<MachineConfig, 'kernel' | 'initrd' | 'snapshot'>;
/** All at once; the first failure ends the other downloads. */
async function fetchFiles(options: MachineOptions, limit: number): Promise<Files> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const common = { limit, onProgress: options.onProgress, signal };
  const file = async (name: 'kernel' | 'initrd', source: FileSource | undefined): Promise<Uint8Array | undefined> =>
    source === undefined ? undefined : fetchFile(source, { ...common, name });
  const { snapshot: source, parent } = options;
  try {
    const [kernel, initrd, snapshot] = await Promise.all([
      file('kernel', options.kernel),
      file('initrd', options.initrd),
      source === undefined ? undefined : fetchSnapshot(source, parent, common),
    ]);
    return { kernel, initrd, snapshot };
  } catch (error) {
    failed.abort(error);
    throw error;
  }
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
