/** Guest time against a host whose clock and speed the test makes up. Needs build/core.wasm. */
import { beforeEach, describe, expect, test } from 'vitest';
import { planBoot } from '../web/machine/boot/detect.ts';
import { compileCore, type CoreFunctions, instantiateCore } from '../web/machine/core.ts';
import { CpuState } from '../web/machine/cpu-state.ts';
import { GuestMemory } from '../web/machine/guest-memory.ts';
import { bootSector } from './support/kernel-images.ts';

const RAM = 4 * 2 ** 20;
const MS = 1e6;
const FOREVER = [0xeb, 0xfe];
/** sti; hlt with a masked interrupt controller */
const SLEEP = [0xb0, 0xff, 0xe6, 0x21, 0xe6, 0xa1, 0xfb, 0xf4, 0xeb, 0xfd];

let core: CoreFunctions;
let host: number;
async function boot(code: readonly number[], virtual = false): Promise<void> {
  const made = await instantiateCore(await compileCore(), RAM);
  const { functions, memory, at } = made;
  functions.powerOn(RAM, virtual ? 1 : 0, 0);
  const plan = planBoot({ kernel: bootSector(code), initrd: undefined, commandLine: '', ramSize: RAM });
  plan.load(new GuestMemory(memory.buffer, at.RAM, RAM), new CpuState(made));
  core = functions;
  host = 0;
}
/** One slice of `budget` instructions that takes the host `ms`. Returns how far guest time is ahead then, ms. */
function slice(budget: number, ms: number): number {
  core.run(host, budget);
  host += ms * MS;
  return (core.time() - host) / MS;
}
beforeEach(() => boot(FOREVER));

describe('guest time', () => {
  test('follows a host of steady speed', () => {
    for (let i = 0; i < 100; i++) slice(100_000, 3);
    for (let i = 0; i < 20; i++) expect(Math.abs(slice(100_000, 3))).toBeLessThan(0.1);
  });
  test('never runs backwards, whatever the host does', () => {
    let before = 0;
    for (let i = 0; i < 300; i++) {
      slice(1000 + ((i * 7919) % 200_000), (i * 31) % 17);
      expect(core.time()).toBeGreaterThanOrEqual(before);
      before = core.time();
    }
  });
  test('that got ahead, because the guest became faster, is soon with the host again', () => {
    for (let i = 0; i < 20; i++) slice(5000, 3);
    // 20 times the speed: at first the old rate counts
    expect(slice(100_000, 3)).toBeGreaterThan(20);
    for (let i = 0; i < 60; i++) slice(100_000, 3);
    for (let i = 0; i < 20; i++) expect(slice(100_000, 3)).toBeLessThan(0.5);
  });
  test('jumps when the host was away', () => {
    for (let i = 0; i < 20; i++) slice(100_000, 3);
    host += 5000 * MS;
    core.run(host, 1);
    expect((core.time() - host) / MS).toBeLessThan(1);
    expect(core.time()).toBeGreaterThanOrEqual(host);
  });
  test('a long sleep is no sign of a slow processor', async () => {
    await boot(SLEEP);
    for (let i = 0; i < 20; i++) {
      expect(core.run(host, 100_000)).toBe(1); // idle
      host += 1000 * MS;
    }
    core.run(host, 100_000);
    expect((core.time() - host) / MS).toBeLessThan(0.1);
  });
  test('by instructions does not look at the host', async () => {
    await boot(FOREVER, true);
    expect(slice(100_000, 3000)).toBe(1 - 3000); // 10 ns each
    host = 0;
    expect(slice(100_000, 0)).toBe(2);
  });
});
