/** A Worker that is ready before anybody asks for a machine: it has started and compiles the core. */
import type { Preload, PreloadOptions } from './api.ts';
import { connect, type Connection } from './connection.ts';
import { absoluteUrl } from './options.ts';

const spares = new Map<string, Promise<Connection>>();

const keyOf = (wasmUrl: string | undefined, workerUrl: URL | undefined): string =>
  JSON.stringify([wasmUrl, workerUrl?.href]);

/** Node has nothing to gain: a Worker there would only keep the process from ending. */
const hasWorkers = (): boolean => typeof Worker === 'function';

/** Has the next createMachine() find a Worker that has started. What fails is told there. */
export const preload: Preload = async ({ wasmUrl, workerUrl }: PreloadOptions = {}) => {
  const wasm = wasmUrl === undefined ? undefined : absoluteUrl(wasmUrl, 'wasmUrl').href;
  const script = workerUrl === undefined ? undefined : absoluteUrl(workerUrl, 'workerUrl');
  const key = keyOf(wasm, script);
  if (!hasWorkers() || spares.has(key)) return;
  const spare = connect({ worker: true, workerUrl: script });
  spares.set(key, spare);
  const ready = spare.then(({ service, lost }) => Promise.race([service.prepare(wasm), lost]));
  await ready.catch(() => undefined);
};

/** The Worker that was preloaded with the same files, or a new one. */
export function takeWorker(wasmUrl: string | undefined, workerUrl: URL | undefined): Promise<Connection> {
  const key = keyOf(wasmUrl, workerUrl);
  const spare = spares.get(key) ?? connect({ worker: true, workerUrl });
  spares.delete(key);
  return spare;
}
