/** The Worker's script, for browsers and Node: one machine, spoken to over comlink. */
import { expose, transfer } from 'comlink';
import { MachineHost } from './machine.ts';
import type { EventSink, MachineConfig, MachineEvent } from './protocol.ts';

/** Console bytes are handed over instead of copied. */
class WorkerMachine extends MachineHost {
  override load(config: MachineConfig, sink: EventSink): ReturnType<MachineHost['load']> {
    return super.load(config, (event) => sink(handOver(event)));
  }
  override readMemory(...args: Parameters<MachineHost['readMemory']>): Uint8Array {
    const bytes = super.readMemory(...args);
    return transfer(bytes, [bytes.buffer]);
  }
  override async snapshot(...args: Parameters<MachineHost['snapshot']>): ReturnType<MachineHost['snapshot']> {
    const result = await super.snapshot(...args);
    return transfer(result, [result.bytes.buffer]);
  }
}
function handOver(event: MachineEvent): MachineEvent {
  return event.type === 'console' ? transfer(event, [event.bytes.buffer]) : event;
}

/** Not awaited: what a bundler makes of this may be no module. Messages wait until the endpoint listens. */
async function exposeInNode(): Promise<void> {
  const { default: nodeEndpoint } = await import('comlink/dist/esm/node-adapter.mjs');
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  if (!parentPort) throw new Error('this script runs in a Worker only');
  expose(new WorkerMachine(), nodeEndpoint(parentPort));
}

if (typeof process === 'object' && typeof process.getBuiltinModule === 'function') void exposeInNode();
else expose(new WorkerMachine());
