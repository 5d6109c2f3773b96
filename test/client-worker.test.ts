/** A machine in a Node worker thread: the client from the sources, the Worker from the build. */
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../web/client/index.ts';
import { bootSector } from './support/kernel-images.ts';

const workerUrl = new URL('../dist/machine/worker.js', import.meta.url);
const machines: Machine[] = [];
afterEach(async () => {
  await Promise.all(machines.splice(0).map((machine) => machine.dispose()));
});
async function make(code: readonly number[], options: Partial<MachineOptions> = {}): Promise<Machine> {
  const machine = await createMachine({ kernel: bootSector(code), memory: '4M', workerUrl, ...options });
  machines.push(machine);
  return machine;
}
const ECHO = [
  0xba, 0xfd, 0x03, 0xec, 0x24, 0x21, 0x3c, 0x21, 0x75, 0xf9, 0xba, 0xf8, 0x03, 0xec, 0xfe, 0xc0, 0xee, 0xeb, 0xed,
]; // prettier-ignore

test('the build has the Worker', () => expect(existsSync(workerUrl)).toBe(true));

describe('in a Worker', () => {
  test('boots, echoes, pauses, answers', async () => {
    const machine = await make(ECHO);
    const states: string[] = [];
    machine.on('state', (state) => states.push(state));
    let text = '';
    const answer = new Promise<void>((resolve) => {
      machine.on('console', (bytes) => {
        text += new TextDecoder().decode(bytes);
        if (text.length === 3) resolve();
      });
    });
    await machine.start();
    expect(machine.state).toBe('running');
    await machine.send('HAL');
    await answer;
    expect(text).toBe('IBM');
    await machine.pause();
    const { instructions, state } = await machine.statistics();
    expect([state, instructions > 0]).toEqual(['paused', true]);
    expect((await machine.registers()).segments.cs.selector).toBe(0);
    expect((await machine.readMemory(0x7c00, 3)).join()).toBe(ECHO.slice(0, 3).join());
    await machine.powerOff();
    expect(states).toEqual(['running', 'paused', 'off']);
  });
  test('statistics come by themselves', async () => {
    const machine = await make([0xeb, 0xfe]);
    const seen = new Promise<number>((resolve) => {
      machine.on('statistics', (s) => s.mips > 0 && resolve(s.mips));
    });
    await machine.start();
    expect(await seen).toBeGreaterThan(0);
  });
  test('is saved, restored and forked across threads', async () => {
    const machine = await make(ECHO);
    await machine.start();
    const { bytes } = await machine.snapshot({ name: 'in a Worker' });
    const copy = await createMachine({ snapshot: bytes, workerUrl });
    machines.push(copy);
    expect(bytes.length).toBeGreaterThan(0); // still the caller's
    const fork = await machine.fork();
    machines.push(fork);
    for (const each of [machine, copy, fork]) {
      const heard = new Promise<string>((resolve) =>
        each.on('console', (chunk) => resolve(Buffer.from(chunk).toString('latin1'))),
      );
      await each.start();
      await each.send('A');
      expect(await heard).toBe('B');
    }
    await machine.restore(bytes);
    expect(machine.state).toBe('paused');
  });
  test('the caller keeps its own bytes', async () => {
    const kernel = bootSector([0xeb, 0xfe]);
    await make([], { kernel });
    expect(kernel.length).toBe(512);
  });
  test('a bad kernel rejects with one line', async () => {
    await expect(make([], { kernel: new Uint8Array(600) })).rejects.toThrow(/^kernel: expected an ELF kernel[^\n]*$/);
  });
  test('a Worker that cannot start is an error, not a wait', async () => {
    await expect(make([], { kernel: bootSector([]), workerUrl: 'file:///nowhere.js' })).rejects.toThrow(
      /^the machine's Worker failed: /,
    );
  });
  test('dispose in the middle of things', async () => {
    const machine = await make([0xeb, 0xfe]);
    await machine.start();
    const pending = machine.statistics().catch((error: unknown) => (error as Error).message);
    await machine.dispose();
    expect(machine.state).toBe('disposed');
    await expect(machine.start()).rejects.toThrow('the machine is disposed');
    await Promise.race([pending, new Promise((resolve) => setImmediate(resolve))]);
  });
});
