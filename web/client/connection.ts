/** Reaches a machine: in a Worker over comlink, or on this thread. Both look the same from here on. */
import * as Comlink from 'comlink';
import type { MachineService } from '../machine/protocol.ts';

/** The service with every answer as a promise, whether it crosses a thread or not. */
export type RemoteService = {
  [K in keyof MachineService]: (
    ...args: Parameters<MachineService[K]>
  ) => Promise<Awaited<ReturnType<MachineService[K]>>>;
};
export interface Connection {
  readonly service: RemoteService;
  /** Rejects, and never resolves, when the Worker dies by itself. */
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

export async function connect(options: { worker: boolean; workerUrl: URL | undefined }): Promise<Connection> {
  if (!options.worker) return connectInProcess();
  return typeof Worker === 'function' ? connectBrowser(options.workerUrl) : connectNode(options.workerUrl);
}

async function connectInProcess(): Promise<Connection> {
  const { MachineHost } = await import('../machine/machine.ts');
  const machine = new MachineHost();
  const service = new Proxy(machine, {
    // An answer given at once becomes a promise, an error thrown a rejection: as over comlink.
    get(target, name: keyof MachineService) {
      const call = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => Promise.resolve().then(() => call.apply(target, args));
    },
  }) as unknown as RemoteService;
  return { service, lost: new Promise<never>(() => undefined), close: () => Promise.resolve(machine.dispose()) };
}

function connectBrowser(url: URL | undefined): Connection {
  // Bundlers look for exactly this expression.
  const worker = url
    ? new Worker(sameOrigin(url), { type: 'module', name: 'domzero' })
    : new Worker(new URL('../machine/worker.js', import.meta.url), { type: 'module', name: 'domzero' });
  const lost = new Promise<never>((_resolve, reject) => {
    worker.addEventListener('error', (event) => reject(died(event.message || 'its script could not be loaded')));
    worker.addEventListener('messageerror', () => reject(died('a message could not be read')));
  });
  return remote(Comlink.wrap<MachineService>(worker), lost, () => worker.terminate());
}

/** A page may start Workers of its own origin only: one from elsewhere is imported by a script of the page's. */
function sameOrigin(url: URL): URL | string {
  if (url.origin === location.origin || !url.protocol.startsWith('http')) return url;
  return URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' }));
}

async function connectNode(url: URL | undefined): Promise<Connection> {
  const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads');
  const { default: nodeEndpoint } = await import('comlink/dist/esm/node-adapter.mjs');
  // Not the literal form that bundlers look for: a page has no use for this Worker.
  const script = '../machine/worker.js';
  const worker = new NodeWorker(url ?? new URL(script, import.meta.url));
  const lost = new Promise<never>((_resolve, reject) => {
    worker.on('error', (error) => reject(died(error.message)));
    worker.on('exit', (code) => reject(died(`it ended with code ${code}`)));
  });
  return remote(Comlink.wrap<MachineService>(nodeEndpoint(worker)), lost, () => worker.terminate());
}

function remote(proxy: Comlink.Remote<MachineService>, lost: Promise<never>, terminate: () => unknown): Connection {
  lost.catch(() => undefined); // may come when nobody waits
  return {
    service: proxy,
    lost,
    async close() {
      proxy[Comlink.releaseProxy]();
      await terminate();
    },
  };
}
function died(reason: string): Error {
  return new Error(`the machine's Worker failed: ${reason}`);
}
