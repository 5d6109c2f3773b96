/** createMachine(): from options to a machine that is ready to start. Nothing is left behind when that fails. */
import { transfer } from 'comlink';
import type { MachineConfig } from '../machine/protocol.ts';
import type { CreateMachine, MachineOptions } from './api.ts';
import { connect } from './connection.ts';
import { fetchFile } from './fetch-file.ts';
import { MachineHandle } from './handle.ts';
import { absoluteUrl, checkOptions } from './options.ts';

/** Makes a machine that is ready to start. Rejects with an error of one line; nothing is left behind then. */
export const createMachine: CreateMachine = async (options) => {
  const settings = checkOptions(options);
  const worker = options.worker ?? true;
  const workerUrl = options.workerUrl === undefined ? undefined : absoluteUrl(options.workerUrl, 'workerUrl');
  // The Worker starts and compiles the core while the files arrive.
  const machine = new MachineHandle(await connect({ worker, workerUrl }));
  try {
    const [[kernel, initrd]] = await Promise.all([
      fetchFiles(options, settings.memory),
      machine.prepare(settings.wasmUrl),
    ]);
    await machine.load({ ...settings, kernel, initrd }, worker, worker ? handOver : (config) => config);
    options.signal?.throwIfAborted();
    return machine;
  } catch (error) {
    await machine.dispose();
    throw error;
  }
};

/** Both at once; the first failure ends the other download. */
async function fetchFiles(options: MachineOptions, limit: number): Promise<[Uint8Array, Uint8Array | undefined]> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const common = { limit, onProgress: options.onProgress, signal };
  try {
    return await Promise.all([
      fetchFile(options.kernel, { ...common, name: 'kernel' }),
      options.initrd === undefined ? undefined : fetchFile(options.initrd, { ...common, name: 'initrd' }),
    ]);
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}
/** The files move to the Worker instead of being copied. */
function handOver(config: MachineConfig): MachineConfig {
  const files = config.initrd ? [config.kernel.buffer, config.initrd.buffer] : [config.kernel.buffer];
  return transfer(config, files);
}
