/**
 * Time in guests that were away as a snapshot. The host's calendar is moved by the test; the oracle is what `date` says in
 * the guest. Builds the images that are missing; needs the core.
 */
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildImage, resolveImage } from '../web/cli/images.ts';
import { createMachine, type Machine, type MachineOptions } from '../web/client/index.ts';
import { Seat } from './support/seat.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const BOOT_MS = 300_000;
const realNow = Date.now.bind(Date);
let offset = 0;

const machines: Machine[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  offset = 0;
  await Promise.all(machines.splice(0).map((machine) => machine.dispose()));
});
function keep(machine: Machine): Machine {
  machines.push(machine);
  return machine;
}
/** The host's calendar is `ms` later from now on; its stopwatch, performance.now(), is not. */
function away(ms: number): void {
  offset += ms;
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + offset);
}
/** The guest's clock, ms since 1970. */
async function dateOf(machine: Machine): Promise<number> {
  const { stdout } = await machine.exec('date +%s');
  return Number(stdout) * 1000;
}
/** Within a minute of what is expected: guests count seconds, and tests may take some. */
function expectTime(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThan(MINUTE);
}

const files = new Map<string, Partial<MachineOptions>>();
beforeAll(async () => {
  for (const name of ['linux-nano', 'linux']) {
    await buildImage(name);
    const { kernel, initramfs, manifest } = await resolveImage(name);
    const { commandLine } = manifest;
    files.set(name, { kernel: pathToFileURL(kernel), initrd: pathToFileURL(initramfs), commandLine });
  }
}, 1_800_000);
async function booted(name: string, options: Partial<MachineOptions> = {}): Promise<Seat> {
  const machine = keep(
    await createMachine({ ...files.get(name), memory: '64M', worker: false, agent: true, ...options }),
  );
  const seat = new Seat(machine);
  await machine.start();
  await seat.expect(/~# /);
  return seat;
}
async function resumed(snapshot: Uint8Array, options: Partial<MachineOptions> = {}): Promise<Seat> {
  const seat = new Seat(keep(await createMachine({ snapshot, worker: false, ...options })));
  await seat.machine.start();
  return seat;
}

describe.each(['linux-nano', 'linux'])('%s', (name) => {
  test(
    'restored three days later knows what day it is, and its terminal shows nothing of it',
    async () => {
      const { machine } = await booted(name);
      expectTime(await dateOf(machine), Date.now());
      const { bytes } = await machine.snapshot();
      away(3 * DAY);
      expectTime(await dateOf(machine), Date.now() - 3 * DAY);
      const copy = await resumed(bytes);
      expectTime(await dateOf(copy.machine), Date.now());
      await copy.type('date +%s; echo end');
      await copy.expect(/^end$/m);
      expect(copy.lines()).toMatch(/^date \+%s; echo end\n\d+\nend(?:\n[^\n]*~# ?)?$/);
      // The same handle, and a twin
      away(DAY);
      await machine.restore(bytes);
      await machine.start();
      expectTime(await dateOf(machine), Date.now());
      const fork = keep(await machine.fork());
      away(DAY);
      await fork.start();
      expectTime(await dateOf(fork), Date.now());
    },
    BOOT_MS,
  );
});

test(
  'that there is an agent is saved with the machine, and may be denied',
  async () => {
    const { machine } = await booted('linux-nano');
    const { bytes } = await machine.snapshot();
    const denied = await resumed(bytes, { agent: false });
    await expect(denied.machine.exec('true')).rejects.toThrow("created without 'agent: true'");
    // A snapshot of a copy says so too
    const copy = await resumed(bytes);
    const again = await resumed((await copy.machine.snapshot()).bytes);
    expect((await again.machine.exec('echo $((6 * 7))')).stdout).toBe('42\n');
    const without = await booted('linux-nano', { agent: false });
    const silent = await resumed((await without.machine.snapshot()).bytes);
    await expect(silent.machine.exec('true')).rejects.toThrow("created without 'agent: true'");
  },
  BOOT_MS,
);

describe('linux', () => {
  test(
    'a command that was running when the machine was saved goes on',
    async () => {
      const { machine } = await booted('linux');
      const running = machine.exec('cat > /tmp/got; echo over >> /tmp/got', {
        stdin: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('half ')) }),
      });
      running.catch(() => undefined);
      while ((await machine.exec('cat /tmp/got')).stdout !== 'half ');
      const { bytes } = await machine.snapshot();
      away(DAY);
      const copy = await resumed(bytes);
      // No command of ours, which would begin a session of its own: the clock is read by the terminal
      await copy.type(
        'until [ $(date +%s) -gt ' + Math.floor((Date.now() - DAY / 2) / 1000) + ' ]; do :; done; echo t$((1))',
      );
      await copy.expect(/^t1$/m);
      await copy.type('pidof cat; kill $(pidof cat); until grep over /tmp/got; do :; done; echo t$((2))');
      await copy.expect(/^half over$/m);
      await copy.expect(/^t2$/m);
    },
    BOOT_MS,
  );
  test(
    'a clock that is ahead is not set back',
    async () => {
      const { machine } = await booted('linux');
      await machine.exec(`date -s @${Math.floor((Date.now() + 30 * DAY) / 1000)}`);
      const { bytes } = await machine.snapshot();
      away(DAY);
      const copy = await resumed(bytes);
      expectTime(await dateOf(copy.machine), Date.now() + 29 * DAY);
    },
    BOOT_MS,
  );
  test(
    'a date that was chosen, and time by instructions, are the guest’s own',
    async () => {
      const then = Date.UTC(2001, 8, 9, 1, 46, 40);
      for (const options of [{ epoch: then / 1000 }, { clock: 'instructions', epoch: then / 1000 }] as const) {
        const { machine } = await booted('linux', options);
        const { bytes } = await machine.snapshot();
        away(DAY);
        const copy = await resumed(bytes);
        expectTime(await dateOf(copy.machine), then);
      }
    },
    BOOT_MS,
  );
  test(
    'its random numbers are seeded anew, as the kernel says itself',
    async () => {
      const seat = await booted('linux');
      // The kernel gathers what it needs while somebody waits for it
      await seat.type('head -c 1 /dev/random | wc -c; dmesg | grep crng');
      await seat.expect(/random: crng init done/);
      expect(seat.lines()).not.toMatch(/virtual machine fork/);
      const { bytes } = await seat.machine.snapshot();
      const numbers = new Set<string>();
      for (let i = 0; i < 2; i++) {
        const copy = await resumed(bytes);
        await copy.type('dmesg | grep crng; head -c 16 /dev/urandom | md5sum; echo end');
        await copy.expect(/random: crng reseeded due to virtual machine fork[^]*^end$/m);
        numbers.add(/^[0-9a-f]{32}/m.exec(copy.lines())?.[0] ?? '');
      }
      expect(numbers.size).toBe(2);
    },
    BOOT_MS,
  );
});
