/**
 * Idle skipping. With the instruction clock the oracle is the guest with it on: the same at every instruction. What the
 * wait costs is counted in turns of the core, never in time. Needs build/core.wasm.
 */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../web/client/index.ts';
import { RunStatus } from '../web/machine/core.ts';
import { bootSector } from './support/kernel-images.ts';
import { HandDriven, type Tier } from './support/saved-core.ts';
import { PERIODS, TICKS, tickingGuest } from './support/ticking-guest.ts';

const END = 2_000_000;
const NS = 10;
/** No interrupts from the controller: sti; hlt; again */
const SLEEP = [0xb0, 0xff, 0xe6, 0x21, 0xe6, 0xa1, 0xfb, 0xf4, 0xeb, 0xfd];

const machines: Machine[] = [];
afterEach(() => Promise.all(machines.splice(0).map((machine) => machine.dispose())));

describe('with the instruction clock', () => {
  /** All that a guest can see. */
  function look(machine: HandDriven): Record<string, unknown> {
    const { functions } = machine.core;
    const [instructions, time, registers] = [functions.instructions(), functions.time(), machine.cpu.snapshot()];
    const { sections, ram } = machine.save();
    const state = Object.fromEntries(sections.map(({ id, bytes }) => [id, Buffer.from(bytes).toString('hex')]));
    return { instructions, time, registers, ...state, ram: createHash('sha256').update(ram).digest('hex') };
  }
  async function run(tier: Tier, skipping: boolean): Promise<HandDriven> {
    const machine = await HandDriven.boot(tickingGuest(), tier);
    machine.accelerate({ 'idle-skipping': skipping });
    machine.runTo(END);
    return machine;
  }

  test.each<Tier>(['interpreter', 'translator'])('%s: the guest does the same with it on and off', async (tier) => {
    const [on, off] = [await run(tier, true), await run(tier, false)];
    expect(look(off)).toEqual(look(on));
    expect(on.counter('idle-turns')).toBe(0);
    // What is not instructions was waited for; the last turn of a wait may be cut short
    const waited = off.core.functions.time() - END * NS;
    const waits = off.u16(TICKS) + off.u16(PERIODS);
    expect(waited).toBeGreaterThan(1000 * NS);
    expect(Math.abs(off.counter('idle-turns') * NS - waited)).toBeLessThanOrEqual(NS * waits);
  });
  test('a wait can be interrupted by the host, saved and gone on with in either way', async () => {
    const expected = look(await run('interpreter', true));
    const machine = await HandDriven.boot(tickingGuest(), 'interpreter');
    machine.accelerate({ 'idle-skipping': false });
    const { functions } = machine.core;
    let waiting = 0;
    while (functions.instructions() < END - 1000 && waiting < 20)
      if (functions.run(0, 1000) === RunStatus.Waiting) waiting++;
    expect(waiting).toBe(20);
    const saved = machine.save();
    for (const skipping of [true, false]) {
      const restored = await HandDriven.restore(saved, 'interpreter');
      restored.accelerate({ 'idle-skipping': skipping });
      restored.runTo(END);
      expect(look(restored)).toEqual(expected);
    }
  });
  test('a guest that only input can wake costs nothing', async () => {
    const machine = await HandDriven.boot(bootSector(SLEEP), 'interpreter');
    machine.accelerate({ 'idle-skipping': false });
    const { functions } = machine.core;
    expect(functions.nextDeadline()).toBe(Infinity);
    expect(functions.run(0, 1000)).toBe(RunStatus.Idle);
    expect(machine.counter('idle-turns')).toBe(0);
  });
  test('engine lockstep waits on both sides', async () => {
    const acceleration = { 'idle-skipping': false };
    const machine = await make(tickingGuest(), { engine: 'lockstep', acceleration });
    await machine.start();
    await turnsBeyond(machine, 50_000);
    await machine.pause();
    expect(machine.state).toBe('paused');
  });
});

describe('with the host’s clock', () => {
  test('the core spins instead of coming back idle, and executes nothing', async () => {
    const machine = await HandDriven.boot(bootSector(SLEEP), 'interpreter', false);
    const { functions } = machine.core;
    expect(functions.run(0, 1000)).toBe(RunStatus.Idle);
    const before = functions.instructions();
    machine.accelerate({ 'idle-skipping': false });
    expect([functions.run(1e6, 1000), functions.run(2e6, 1000)]).toEqual([RunStatus.Waiting, RunStatus.Waiting]);
    expect(functions.instructions()).toBe(before);
    expect(functions.time()).toBe(2e6);
    expect(machine.counter('idle-turns')).toBeGreaterThan(0);
  });
  test('is switched while the machine runs, which still hears its commands', async () => {
    const machine = await make(bootSector(SLEEP));
    await machine.start();
    await machine.setAcceleration('idle-skipping', false);
    await turnsBeyond(machine, 0);
    await machine.pause();
    const paused = await turns(machine);
    expect(await turns(machine)).toBe(paused);
    await machine.resume();
    await turnsBeyond(machine, paused);
    await machine.reset();
    await turnsBeyond(machine, await turns(machine));
    await machine.setAcceleration('idle-skipping', true);
    const on = await turns(machine);
    await machine.send('x');
    expect(await turns(machine)).toBe(on);
    expect(machine.state).toBe('running');
  });
});

async function make(kernel: Uint8Array, options: Partial<MachineOptions> = {}): Promise<Machine> {
  const machine = await createMachine({ kernel, memory: '4M', worker: false, ...options });
  machines.push(machine);
  return machine;
}
async function turns(machine: Machine): Promise<number> {
  return (await machine.statistics()).counters['idle-turns'] ?? NaN;
}
async function turnsBeyond(machine: Machine, count: number): Promise<void> {
  while (!((await turns(machine)) > count)) await new Promise((resolve) => setImmediate(resolve));
}
