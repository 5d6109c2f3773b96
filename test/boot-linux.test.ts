/**
 * Linux to the shell, headless: a command typed and its output read, shutdown, reset, both ways of entering the kernel,
 * the least memory. Builds the images that are missing; needs the core.
 */
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildImage, resolveImage, type ResolvedImage } from '../web/cli/images.ts';
import { createMachine, type MachineOptions } from '../web/client/index.ts';
import { Seat } from './support/seat.ts';

const BUILD_MS = 1_800_000;
const BOOT_MS = 180_000;

const seats: Seat[] = [];
afterEach(async () => {
  await Promise.all(seats.splice(0).map((seat) => seat.machine.dispose()));
});
const images = new Map<string, ResolvedImage>();
async function seatAt(name: string, options: Partial<MachineOptions> = {}, file: 'kernel' | 'bzImage' = 'kernel') {
  const image = images.get(name) ?? (await resolveImage(name));
  const seat = new Seat(
    await createMachine({
      kernel: pathToFileURL(image[file]),
      initrd: pathToFileURL(image.initramfs),
      commandLine: image.manifest.commandLine,
      memory: image.manifest.memory,
      worker: false,
      ...options,
    }),
  );
  seats.push(seat);
  await seat.machine.start();
  await seat.expect(prompt(name));
  return seat;
}
/** The manifest's own words. */
function prompt(name: string): RegExp {
  const text = images.get(name)?.manifest.prompt ?? '';
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

describe.each(['linux-nano', 'linux'])('%s', (name) => {
  beforeAll(async () => {
    await buildImage(name);
    images.set(name, await resolveImage(name));
  }, BUILD_MS);

  test(
    'boots to a shell that computes and answers',
    async () => {
      const seat = await seatAt(name);
      expect((await seat.machine.statistics()).boot).toBe('PVH');
      await seat.type("uname -sm; awk 'BEGIN { print 6 * 7, 1 / 3 }'; echo $((1 << 20))");
      await seat.expect(/^Linux i686\n42 0\.333333\n1048576\n/m);
      await seat.type('false; echo "[$?]"; grep -c . /proc/cpuinfo | grep -q . && ls -d /proc/self');
      await seat.expect(/^\[1\]\n\/proc\/self\n/m);
    },
    BOOT_MS,
  );
  test(
    'boots by the Linux boot protocol, compressed, too',
    async () => {
      const seat = await seatAt(name, {}, 'bzImage');
      expect((await seat.machine.statistics()).boot).toMatch(/^Linux boot protocol 2\.\d\d$/);
    },
    BOOT_MS,
  );
  test(
    'boots in its least memory, and sees what it has',
    async () => {
      const memory = images.get(name)?.manifest.minimumMemory ?? '';
      const seat = await seatAt(name, { memory });
      await seat.type('grep MemTotal /proc/meminfo');
      await seat.expect(/^MemTotal: +\d+ kB/m);
    },
    BOOT_MS,
  );
  test(
    'a reset boots it again, by the guest and by the host',
    async () => {
      const seat = await seatAt(name);
      await seat.type('reboot');
      await seat.expect(prompt(name));
      await seat.machine.reset();
      await seat.expect(prompt(name));
      expect((await seat.machine.statistics()).resets).toBe(2);
    },
    BOOT_MS,
  );
  test(
    'an idle guest hardly executes anything',
    async () => {
      // By the instruction clock 60 seconds pass at once; 1 million a second is 3 % at 33 MIPS
      const seat = await seatAt(name, { clock: 'instructions' });
      const before = await seat.machine.statistics();
      await seat.type('sleep 60; echo wo""ke');
      await seat.expect(/woke/);
      const after = await seat.machine.statistics();
      const seconds = after.guestSeconds - before.guestSeconds;
      expect(seconds).toBeGreaterThan(60);
      expect((after.instructions - before.instructions) / seconds).toBeLessThan(1e6);
    },
    BOOT_MS,
  );
  test(
    'two boots by the instruction clock are the same to the byte',
    async () => {
      const results = [];
      for (let i = 0; i < 2; i++) {
        const seat = await seatAt(name, { clock: 'instructions' });
        await seat.type('date; cat /proc/interrupts; echo wo""ke');
        await seat.expect(/woke/);
        await seat.machine.pause();
        const { instructions, guestSeconds } = await seat.machine.statistics();
        const { rip, general } = await seat.machine.registers();
        results.push({ instructions, guestSeconds, rip, general, console: seat.digest.digest('hex') });
      }
      expect(results[0]).toEqual(results[1]);
    },
    2 * BOOT_MS,
  );
});

describe('shutting down', () => {
  test(
    'linux switches itself off by ACPI',
    async () => {
      const seat = await seatAt('linux');
      await seat.type('poweroff');
      expect(await seat.ended()).toEqual({ reason: 'power-off' });
    },
    BOOT_MS,
  );
  test(
    'linux-nano, without power management, halts',
    async () => {
      const seat = await seatAt('linux-nano');
      await seat.type('poweroff');
      expect(await seat.ended()).toEqual({ reason: 'halted' });
    },
    BOOT_MS,
  );
});
