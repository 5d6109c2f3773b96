/**
 * Linux in both engines: in lockstep to the prompt and through a busy script; and a session of real work, which has to
 * give the same bytes on the console, at the same instructions, whoever executes it.
 */
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { buildImage, resolveImage } from '../web/cli/images.ts';
import { createMachine, type MachineOptions } from '../web/client/index.ts';
import { Seat } from './support/seat.ts';

const LIMIT_MS = 1_800_000;

const seats: Seat[] = [];
afterEach(async () => {
  await Promise.all(seats.splice(0).map((seat) => seat.machine.dispose()));
});
async function seatAt(name: string, options: Partial<MachineOptions>): Promise<Seat> {
  await buildImage(name);
  const image = await resolveImage(name);
  const machine = await createMachine({
    kernel: pathToFileURL(image.kernel),
    initrd: pathToFileURL(image.initramfs),
    commandLine: image.manifest.commandLine,
    memory: image.manifest.memory,
    worker: false,
    clock: 'instructions',
    ...options,
  });
  const seat = new Seat(machine);
  seats.push(seat);
  await machine.start();
  await seat.expect(new RegExp(image.manifest.prompt.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return seat;
}

/** Loops, forks, pipes, strings, arithmetic. */
const BUSY = [
  'i=0; while [ $i -lt 400 ]; do i=$((i + 1)); x="$x$((i * i % 10))"; done; echo ${#x}',
  'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $i | sed s/1/one/ | cat; done',
  'awk \'BEGIN { for (i = 1; i < 3000; i++) s += i * i / 7; printf "%.6f\\n", s }\'',
];
/** What the session computes first, and its sum, by Node. */
const LINES = Array.from({ length: 1500 }, (_, i) => `${((i + 1) * 7919) % 10007} line ${i + 1}\n`);
const SUM = createHash('md5').update(LINES.join('')).digest('hex');
/** Sums of what is computed, so that every byte counts and few are printed. */
const WORK = [
  'cd /tmp; seq 1 1500 > n; awk \'{ print $1 * 7919 % 10007, "line", $1 }\' n > a; md5sum a',
  'sort -n a | sha256sum; sort -k 3 -r a | md5sum; sort -u a | wc -l',
  "sed 's/line/zeile/; s/1/one/g' a | sha256sum; grep -c 7 a; tr 0-9 a-j < a | md5sum",
  'mkdir d; for i in 1 2 3 4 5 6; do cp a d/f$i; done; tar cf t.tar d; gzip -c t.tar > t.gz; ls -l t.tar | wc -l',
  'mkdir e; gzip -dc t.gz | tar xf - -C e; cmp a e/d/f6 && md5sum t.gz e/d/f1',
  'i=0; while [ $i -lt 60 ]; do /bin/echo $i; i=$((i + 1)); done | sort -r | md5sum',
];
/** What the guest has to print of itself. */
const KNOWN: Readonly<Record<number, string>> = { 0: `${SUM}  a`, 1: '1500', 4: `${SUM}  e/d/f1` };

async function type(
  seat: Seat,
  script: readonly string[],
  expected: Readonly<Record<number, string>> = {},
): Promise<void> {
  for (const [i, line] of script.entries()) {
    await seat.type(`${line}; echo do""ne-${i}`);
    const known = expected[i];
    if (known !== undefined) await seat.expect(new RegExp(`^${known}$`, 'm'));
    await seat.expect(new RegExp(`done-${i}`));
  }
}

describe('linux-nano in lockstep', () => {
  test(
    'boots and runs a busy script without a difference',
    async () => {
      const seat = await seatAt('linux-nano', { engine: 'lockstep' });
      await type(seat, BUSY);
      const { counters, instructions } = await seat.machine.statistics();
      expect((counters['translated-executed'] ?? 0) / instructions).toBeGreaterThan(0.3);
    },
    LIMIT_MS,
  );
});

describe('a session of work in linux', () => {
  test(
    'gives the same console, count and registers in both engines',
    async () => {
      const results = [];
      for (const engine of ['interpreter', 'jit'] as const) {
        // Early, so that most of what runs is translated
        const seat = await seatAt('linux', { engine, acceleration: { threshold: 300 } });
        await type(seat, WORK, KNOWN);
        await seat.machine.pause();
        const { instructions, guestSeconds, counters } = await seat.machine.statistics();
        const { rip, general } = await seat.machine.registers();
        const translated = (counters['translated-executed'] ?? 0) > instructions / 2;
        expect(translated).toBe(engine === 'jit');
        results.push({ instructions, guestSeconds, rip, general, console: seat.digest.digest('hex') });
      }
      expect(results[1]).toEqual(results[0]);
    },
    LIMIT_MS,
  );
});
