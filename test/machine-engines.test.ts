/** Engine 'auto' on hosts that compile modules while they run, and on hosts that do not. Needs build/core.wasm. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../web/client/index.ts';
import { engineAtWork } from '../web/machine/engines.ts';
import { bootSector } from './support/kernel-images.ts';

/** mov cx, 2000; inc ax; add bx, ax; loop; and all again */
const BUSY = [0xb9, 0xd0, 0x07, 0x40, 0x01, 0xc3, 0xe2, 0xfb, 0xeb, 0xf6];
const REFUSAL = 'Wasm code generation disallowed by embedder';

const machines: Machine[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(machines.splice(0).map((machine) => machine.dispose()));
});
async function make(options: Partial<MachineOptions> = {}): Promise<Machine> {
  const machine = await createMachine({ kernel: bootSector(BUSY), memory: '4M', worker: false, ...options });
  machines.push(machine);
  return machine;
}
/** As hosts do that compile a program's modules ahead and none later; `from`: bytes of the smallest that is refused. */
function refuseModules(from = 0): void {
  class Module extends WebAssembly.Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      if (bytes.length >= from) throw new WebAssembly.CompileError(REFUSAL);
      super(bytes);
    }
  }
  vi.stubGlobal(
    'WebAssembly',
    new Proxy(WebAssembly, { get: (all, name) => (name === 'Module' ? Module : Reflect.get(all, name)) as unknown }),
  );
}
async function engineOf(machine: Machine): Promise<string> {
  return (await machine.statistics()).engine;
}
async function translated(machine: Machine): Promise<number> {
  return (await machine.statistics()).counters['translated-executed'] ?? NaN;
}

describe('where the host compiles modules', () => {
  test('automatic is the translator', async () => {
    const machine = await make();
    expect(await engineOf(machine)).toBe('jit');
    await machine.start();
    while (!((await translated(machine)) > 0)) await new Promise((resolve) => setImmediate(resolve));
    await machine.setEngine('interpreter');
    expect(await engineOf(machine)).toBe('interpreter');
    await machine.setEngine('auto');
    expect(await engineOf(machine)).toBe('jit');
  });
  test('a fork has the engine that was chosen', async () => {
    const machine = await make();
    await machine.setEngine('interpreter');
    const fork = await machine.fork();
    machines.push(fork);
    expect(await engineOf(fork)).toBe('interpreter');
  });
});

describe('where the host refuses modules', () => {
  test('automatic is the interpreter, which runs the guest', async () => {
    refuseModules();
    const machine = await make();
    expect(await engineOf(machine)).toBe('interpreter');
    await machine.start();
    while ((await machine.statistics()).instructions < 1_000_000) await new Promise((resolve) => setImmediate(resolve));
    expect(await translated(machine)).toBe(0);
  });
  test.each(['jit', 'lockstep'] as const)('%s is an error of one line that says why and what else', async (engine) => {
    refuseModules();
    const message = `engine: '${engine}' compiles modules while it runs, which this host refuses (${REFUSAL}): take 'auto'`;
    await expect(make({ engine })).rejects.toThrow(new Error(message));
  });
  test('choosing the translator later leaves the machine as it is', async () => {
    refuseModules();
    const machine = await make();
    await machine.start();
    await expect(machine.setEngine('jit')).rejects.toThrow("engine: 'jit' compiles modules");
    expect([machine.state, await engineOf(machine)]).toEqual(['running', 'interpreter']);
  });
  test('which shows only when there is code to compile: automatic becomes the interpreter', async () => {
    refuseModules(9);
    const machine = await make();
    expect(await engineOf(machine)).toBe('jit');
    await machine.start();
    while ((await engineOf(machine)) === 'jit') await new Promise((resolve) => setImmediate(resolve));
    const { instructions } = await machine.statistics();
    while ((await machine.statistics()).instructions <= instructions)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await translated(machine)).toBe(0);
  });
});

test('what is at work follows from the choice and the host', () => {
  const [can, cannot] = [() => undefined, () => 'no'];
  expect((['auto', 'jit', 'interpreter', 'lockstep'] as const).map((engine) => engineAtWork(engine, can))).toEqual([
    'jit',
    'jit',
    'interpreter',
    'lockstep',
  ]);
  expect((['auto', 'interpreter'] as const).map((engine) => engineAtWork(engine, cannot))).toEqual([
    'interpreter',
    'interpreter',
  ]);
});
