/** Machines saved, restored and forked through the client. The oracle is what the guest then does. */
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildImage, resolveImage } from '../web/cli/images.ts';
import { createMachine, type Engine, type Machine, type MachineOptions } from '../web/client/index.ts';
import { Flag } from '../web/machine/snapshot/format.ts';
import { bootSector } from './support/kernel-images.ts';
import { Seat } from './support/seat.ts';
import { section, tickingMachine, withHeader, withSections } from './support/snapshots.ts';
import { LOOPS } from './support/ticking-guest.ts';

const machines: Machine[] = [];
afterEach(async () => {
  await Promise.all(machines.splice(0).map((machine) => machine.dispose()));
});
function keep<M extends Machine>(machine: M): M {
  machines.push(machine);
  return machine;
}
async function restored(snapshot: Uint8Array, options: Partial<MachineOptions> = {}): Promise<Machine> {
  return keep(await createMachine({ snapshot, worker: false, ...options }));
}
async function ticking(options: Partial<MachineOptions> = {}): Promise<Machine> {
  return keep(await tickingMachine(options));
}
async function loops(machine: Machine): Promise<number> {
  const bytes = await machine.readMemory(LOOPS, 2);
  return (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
}
async function ramOf(machine: Machine): Promise<string> {
  return createHash('sha256')
    .update(await machine.readMemory(0, 4 * 2 ** 20))
    .digest('hex');
}
/** Until it has executed so many instructions. */
async function runFor(machine: Machine, instructions: number): Promise<void> {
  const goal = (await machine.statistics()).instructions + instructions;
  await machine.start();
  while ((await machine.statistics()).instructions < goal) await new Promise((resolve) => setImmediate(resolve));
  await machine.pause();
}

describe('a bare-metal guest', () => {
  test('goes on where it was saved, while the original goes on as well', async () => {
    const machine = await ticking();
    await runFor(machine, 300_000);
    const before = { ram: await ramOf(machine), registers: await machine.registers() };
    const { bytes, parent } = await machine.snapshot();
    expect(parent).toBeUndefined();
    expect(machine.state).toBe('paused');
    const copy = await restored(bytes);
    expect(copy.state).toBe('paused');
    expect({ ram: await ramOf(copy), registers: await copy.registers() }).toEqual(before);
    const count = await loops(copy);
    await runFor(copy, 200_000);
    expect(await loops(copy)).toBeGreaterThan(count);
    expect(await loops(machine)).toBe(count);
  });
  test('is saved while it runs', async () => {
    const machine = await ticking();
    await machine.start();
    const saved = await machine.snapshot();
    expect(machine.state).toBe('running');
    expect(saved.passes).toBeGreaterThan(0);
    expect(saved.pausePages).toBeLessThan(1024);
    const copy = await restored(saved.bytes);
    await runFor(copy, 100_000);
    expect(await loops(copy)).toBeGreaterThan(0);
  });
  test('children hold what has changed, and need their parents', async () => {
    const machine = await ticking();
    await runFor(machine, 400_000);
    const first = await machine.snapshot({ incremental: true });
    expect(first.parent).toBeUndefined(); // there is none yet
    await runFor(machine, 2000);
    const second = await machine.snapshot({ incremental: true });
    await runFor(machine, 200_000);
    const third = await machine.snapshot({ incremental: true });
    expect([second.parent, third.parent]).toEqual([first.id, second.id]);
    expect(second.pages).toBeLessThan(first.pages);
    const now = await ramOf(machine);
    const grandchild = await restored(third.bytes, { parent: [first.bytes, second.bytes] });
    expect(await ramOf(grandchild)).toBe(now);
    await expect(createMachine({ snapshot: third.bytes, worker: false })).rejects.toThrow(
      `snapshot: ${third.id} holds only what changed since ${second.id}: give that one too, as parent`,
    );
    await expect(createMachine({ snapshot: third.bytes, parent: first.bytes, worker: false })).rejects.toThrow(
      second.id,
    );
    // One that was restored has its file as the parent of its next snapshot
    await runFor(grandchild, 1000);
    const fourth = await grandchild.snapshot({ incremental: true });
    expect(fourth.parent).toBe(third.id);
    const all = { parent: [third.bytes, first.bytes, second.bytes] };
    expect(await ramOf(await restored(fourth.bytes, all))).toBe(await ramOf(grandchild));
  });
  test('pages that became zeros are zeros in the child', async () => {
    const fill = (value: number): number[] => [0xb8, value, value, 0xbf, 0x00, 0x40, 0xb9, 0x00, 0x08, 0xf3, 0xab];
    const print = (text: string): number[] => [0xba, 0xf8, 0x03, 0xb0, text.charCodeAt(0), 0xee];
    const waitForKey = [0xba, 0xfd, 0x03, 0xec, 0x24, 0x01, 0x74, 0xf8]; // until COM1 has a byte
    const es0 = [0x31, 0xc0, 0x8e, 0xc0];
    const code = [...es0, ...fill(0x5a), ...print('r'), ...waitForKey, ...fill(0), ...print('s'), 0xeb, 0xfe];
    const machine = keep(await createMachine({ kernel: bootSector(code), memory: '4M', worker: false }));
    const seat = new Seat(machine);
    await machine.start();
    await seat.expect(/r/);
    const first = await machine.snapshot();
    expect([...new Set(await machine.readMemory(0x4000, 4096))]).toEqual([0x5a]);
    await machine.send('k');
    await seat.expect(/s/);
    await machine.pause();
    const second = await machine.snapshot({ incremental: true });
    const copy = await restored(second.bytes, { parent: first.bytes });
    expect(await ramOf(copy)).toBe(await ramOf(machine));
    expect([...new Set(await copy.readMemory(0x4000, 4096))]).toEqual([0]);
  });
  test('becomes two by fork()', async () => {
    const machine = await ticking();
    await runFor(machine, 300_000);
    await machine.setAcceleration('region', 33);
    const fork = keep(await machine.fork());
    expect(fork.state).toBe('paused');
    expect((await fork.accelerations()).find(({ name }) => name === 'region')?.value).toBe(33);
    expect(await ramOf(fork)).toBe(await ramOf(machine));
    await runFor(fork, 100_000);
    expect(await ramOf(fork)).not.toBe(await ramOf(machine));
    // It has its kernel, so it can be booted again
    await fork.reset();
    expect(fork.state).toBe('running');
  });
  test('restore() replaces the machine, and leaves it alone when the file is no good', async () => {
    const machine = await ticking();
    await runFor(machine, 200_000);
    const { bytes } = await machine.snapshot();
    const then = await ramOf(machine);
    await machine.start();
    const broken = bytes.slice(0, -40);
    await expect(machine.restore(broken)).rejects.toThrow(/^snapshot: [^\n]+cut off$/);
    expect(machine.state).toBe('running');
    const impossible = await withSections(bytes, (all) =>
      all.map((s) => (s.id === 'pit' ? section('pit', 1, s.bytes) : s)),
    );
    await expect(machine.restore(impossible)).rejects.toThrow(/^snapshot: section pit holds a state/);
    expect(machine.state).toBe('running');
    const { instructions } = await machine.statistics();
    await machine.restore(bytes);
    expect(machine.state).toBe('paused');
    expect((await machine.statistics()).instructions).toBeLessThan(instructions);
    expect(await ramOf(machine)).toBe(then);
    await machine.powerOff();
    await machine.restore(bytes);
    expect(await ramOf(machine)).toBe(then);
  });
  test('unknown sections: optional ones are skipped, required ones refused', async () => {
    const machine = await ticking();
    const { bytes } = await machine.snapshot();
    const more = (flags: number) => withSections(bytes, (all) => [...all, section('disk9', flags, new Uint8Array(7))]);
    await restored(await more(0));
    await expect(restored(await more(Flag.Required))).rejects.toThrow(
      /^snapshot: section "disk9" is required, and this version of DomZero does not know it: use a newer one$/,
    );
  });
  test('a processor with more features is refused', async () => {
    const { bytes } = await (await ticking()).snapshot();
    const more = await withHeader(bytes, { cpu: [0xffff_ffff] });
    await expect(restored(more)).rejects.toThrow(/^snapshot: its processor has features that this one lacks/);
  });
  test('pages outside of RAM are refused', async () => {
    const { bytes } = await (await ticking()).snapshot();
    const list = new Uint8Array(8 + 4096);
    new DataView(list.buffer).setUint32(0, 1, true);
    new DataView(list.buffer).setUint32(4, 1024, true); // the first page behind 4 MiB
    const outside = await withSections(bytes, (all) => [...all, section('ram', Flag.Required, list)]);
    await expect(restored(outside)).rejects.toThrow('a page lies outside of RAM');
    const zero = await withSections(bytes, (all) => [...all, section('ramzero', Flag.Required, list.subarray(0, 8))]);
    await expect(restored(zero)).rejects.toThrow('a page lies outside of RAM');
    const long = new Uint8Array(list);
    new DataView(long.buffer).setUint32(0, 0xffff_ffff, true);
    const endless = await withSections(bytes, (all) => [...all, section('ram', Flag.Required, long)]);
    await expect(restored(endless)).rejects.toThrow('ends too early');
  });
  test('what cannot be: a machine that is off, options that contradict, a boot without kernel', async () => {
    const machine = await ticking();
    await machine.start();
    await machine.powerOff();
    await expect(machine.snapshot()).rejects.toThrow('snapshot: the machine is off; it can be saved while it runs');
    await machine.reset();
    const { bytes } = await machine.snapshot();
    await expect(restored(bytes, { memory: '8M' })).rejects.toThrow('memory: a machine from a snapshot has what');
    await expect(createMachine({ worker: false })).rejects.toThrow('kernel: give a');
    await expect(machine.snapshot({ name: 7 } as never)).rejects.toThrow('snapshot: give name as a string');
    const copy = await restored(bytes);
    await copy.start();
    await expect(copy.reset()).rejects.toThrow(/it has no kernel|without its kernel/);
    expect(copy.state).toBe('running');
    await copy.powerOff();
    await expect(copy.start()).rejects.toThrow('without its kernel');
  });
  test('what was typed and not read comes with it', async () => {
    // Echoes COM1. Of 5003 bytes the ring takes 4096, the rest waits in front of it
    const echo = [0xba, 0xfd, 0x03, 0xec, 0x24, 0x21, 0x3c, 0x21, 0x75, 0xf9, 0xba, 0xf8, 0x03, 0xec, 0xee, 0xeb, 0xef];
    const machine = keep(await createMachine({ kernel: bootSector(echo), memory: '4M', worker: false }));
    const text = 'x'.repeat(5000) + 'END';
    await machine.send(text);
    const { bytes } = await machine.snapshot();
    const copy = await restored(bytes);
    let heard = '';
    const all = new Promise<void>((resolve) =>
      copy.on('console', (chunk) => {
        heard += Buffer.from(chunk).toString('latin1');
        if (heard.length >= text.length) resolve();
      }),
    );
    await copy.start();
    await all;
    expect(heard).toBe(text);
  });
});

describe('a machine without its kernel', () => {
  /** mov al, 6; out 0xcf9 */
  const RESET = [0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee];
  const waitForKey = [0xba, 0xfd, 0x03, 0xec, 0x24, 0x01, 0x74, 0xf8];

  test('ends at a reset, and says what to do', async () => {
    const kernel = bootSector([...waitForKey, ...RESET, 0xf4]);
    const original = keep(await createMachine({ kernel, memory: '4M', worker: false }));
    const { bytes } = await original.snapshot();
    const copy = await restored(bytes);
    const seat = new Seat(copy);
    await copy.start();
    await copy.send('k');
    const { reason, message } = await seat.ended();
    expect([reason, copy.state]).toEqual(['reset', 'off']);
    expect(message).toBe(
      'the guest asked for a reset, and the machine came from a snapshot, without its kernel: restore it, or give createMachine() the kernel too, to boot it again',
    );
    await copy.restore(bytes);
    await copy.start();
    expect(copy.state).toBe('running');
    // With its kernel it is booted again
    const whole = await restored(bytes, { kernel });
    await whole.start();
    await whole.send('k');
    while (!(await whole.statistics()).resets) await new Promise((resolve) => setImmediate(resolve));
    expect(whole.state).toBe('running');
  });
  test('a reset from outside is refused, and the guest goes on', async () => {
    const { bytes } = await (await ticking()).snapshot();
    const copy = await restored(bytes);
    await copy.start();
    await expect(copy.reset()).rejects.toThrow(
      'without its kernel: restore it, or give createMachine() the kernel too',
    );
    const { instructions } = await copy.statistics();
    while ((await copy.statistics()).instructions <= instructions)
      await new Promise((resolve) => setImmediate(resolve));
    expect(copy.state).toBe('running');
  });
});

const BOOT_MS = 300_000;
describe('Linux', () => {
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
    const machine = keep(await createMachine({ ...files.get(name), memory: '64M', worker: false, ...options }));
    const seat = new Seat(machine);
    await machine.start();
    await seat.expect(/~# /);
    return seat;
  }
  async function resumed(snapshot: Uint8Array, options: Partial<MachineOptions> = {}): Promise<Seat> {
    const seat = new Seat(await restored(snapshot, options));
    await seat.machine.start();
    return seat;
  }
  const WORK = 'echo $kept; i=0; while [ $i -lt 300 ]; do i=$((i + 1)); done; echo $i | sed s/3/three/ | md5sum';
  const SUM = createHash('md5').update('three00\n').digest('hex');

  test.each(['linux-nano', 'linux'])(
    '%s at the prompt: any engine goes on in any other',
    async (name) => {
      const engines: readonly Engine[] = ['interpreter', 'jit'];
      for (const first of engines) {
        const seat = await booted(name, { engine: first });
        await seat.type('kept=$((6 * 7))');
        await seat.expect(/42|~# /);
        await seat.machine.pause();
        const { bytes } = await seat.machine.snapshot();
        expect(bytes.length).toBeLessThan(6 * 2 ** 20);
        for (const second of engines) {
          const copy = await resumed(bytes, {
            engine: second,
            acceleration: { linking: false, 'bulk-strings': false },
          });
          await copy.type(WORK);
          await copy.expect(new RegExp(`^42\n${SUM}`, 'm'));
          await copy.machine.dispose();
        }
      }
    },
    BOOT_MS,
  );
  test(
    'a restored machine runs in lockstep',
    async () => {
      const seat = await booted('linux-nano', { clock: 'instructions' });
      await seat.type('kept=yes');
      await seat.expect(/~# /);
      const { bytes } = await seat.machine.snapshot();
      const copy = await resumed(bytes, { engine: 'lockstep' });
      await copy.type(WORK);
      await copy.expect(new RegExp(`^yes\n${SUM}`, 'm'));
      await copy.machine.pause();
      expect(copy.machine.state).toBe('paused');
    },
    BOOT_MS,
  );
  test(
    'with the instruction clock the copy does exactly what the original does',
    async () => {
      const ends: unknown[] = [];
      const seat = await booted('linux-nano', { clock: 'instructions' });
      await seat.machine.pause();
      const { bytes } = await seat.machine.snapshot();
      for (const engine of ['jit', 'interpreter'] as const) {
        const copy = keep(await createMachine({ snapshot: bytes, engine, worker: false }));
        ends.push(await finish(copy));
      }
      ends.push(await finish(seat.machine));
      expect(ends[1]).toEqual(ends[0]);
      expect(ends[2]).toEqual(ends[0]);
    },
    BOOT_MS,
  );
  /** Types, lets it work and switches it off: all bytes on the console, and at which instruction it ended. */
  async function finish(machine: Machine): Promise<unknown> {
    const seat = new Seat(machine);
    await machine.send(`${WORK}; poweroff -f\r`);
    await machine.start();
    const exit = await seat.ended();
    const { instructions, guestSeconds } = await machine.statistics();
    return {
      exit,
      instructions,
      guestSeconds,
      console: seat.digest.digest('hex'),
      rip: (await machine.registers()).rip,
    };
  }
  test(
    'the clock chip has gone on, and ACPI says that this is another machine',
    async () => {
      const seat = await booted('linux');
      await seat.type('cat /sys/firmware/acpi/interrupts/gpe05');
      await seat.expect(/^ +0 +EN/m);
      const { bytes, date } = await seat.machine.snapshot();
      await seat.machine.dispose();
      const days = 86_400_000;
      const older = await withHeader(bytes, { date: new Date(Date.parse(date) - 3 * days).toISOString() });
      const identities = new Set<string>();
      for (const count of [1, 1]) {
        const copy = await resumed(older);
        await copy.type(
          'cat /sys/firmware/acpi/interrupts/gpe05; hwclock -u; cat /sys/bus/acpi/devices/QEMUVGID:00/hid',
        );
        await copy.expect(new RegExp(`^ +${count} +EN`, 'm'));
        // Today in three days; or tomorrow's, should it just be midnight
        const day = (ms: number): string => new Date(ms).toUTCString().slice(5, 7).replace(/^0/, ' ');
        const either = [3, 4].map((later) => day(Date.parse(date) + later * days)).join('|');
        await copy.expect(new RegExp(` (${either}) \\d\\d:\\d\\d:\\d\\d 20\\d\\d.*\nQEMUVGID`));
        identities.add(Buffer.from(await copy.machine.readMemory(0xe0f00, 16)).toString('hex'));
      }
      expect(identities.size).toBe(2);
    },
    BOOT_MS,
  );
});
