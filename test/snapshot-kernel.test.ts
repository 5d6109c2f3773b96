/** A machine from a snapshot and its kernel, which is fetched no sooner than it has to boot; and snapshots that spare a boot. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../web/client/index.ts';
import { bootSector } from './support/kernel-images.ts';
import { Seat } from './support/seat.ts';

// Says "b" when it boots; echoes COM1; after an "r" the keyboard controller pulls the reset line
const guest = bootSector([
  ...[0xba, 0xf8, 0x03, 0xb0, 0x62, 0xee],
  ...[0xba, 0xfd, 0x03, 0xec, 0x24, 0x01, 0x74, 0xf8, 0xba, 0xf8, 0x03, 0xec, 0xee, 0x3c, 0x72, 0x75, 0xef],
  ...[0xb0, 0xfe, 0xe6, 0x64, 0xeb, 0xfe],
]);
const hardware = { memory: '8M', commandLine: '', worker: false } as const;

const machines: Machine[] = [];
let folder: string;
let kernel: URL;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domzero-kernel-'));
  kernel = pathToFileURL(join(folder, 'kernel'));
  warnings = [];
  vi.spyOn(console, 'warn').mockImplementation((text: string) => void warnings.push(text));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(machines.splice(0).map((machine) => machine.dispose()));
  await rm(folder, { recursive: true, force: true });
});

async function make(options: MachineOptions): Promise<Seat> {
  const machine = await createMachine(options);
  machines.push(machine);
  return new Seat(machine);
}
/** The guest's snapshot, after it has booted. */
async function saved(options: Partial<MachineOptions> = {}): Promise<Uint8Array> {
  const seat = await make({ ...hardware, kernel: guest, ...options });
  await seat.machine.start();
  await seat.expect(/b/);
  const { bytes } = await seat.machine.snapshot({ text: 'b' });
  await seat.machine.dispose();
  return bytes;
}
const provideKernel = () => writeFile(kernel, guest);

describe('a machine from a snapshot', () => {
  test('goes on without its kernel, and says at a reset that it cannot be had', async () => {
    const { machine, expect: shows } = await seatOf({ snapshot: await saved(), kernel, worker: false });
    expect(machine.savedText).toBe('b');
    await machine.start();
    await machine.send('x');
    await shows(/x/);
    await expect(machine.reset()).rejects.toThrow(/^kernel: cannot read .*kernel: there is no such file$/);
    expect(machine.state).toBe('running');
    await provideKernel();
    await machine.reset();
    await shows(/b/);
    expect(await machine.statistics()).toMatchObject({ memory: 8 << 20, resets: 1, boot: 'boot sector' });
  });
  test('boots again when its guest resets itself', async () => {
    await provideKernel();
    const { machine, expect: shows } = await seatOf({ snapshot: await saved(), kernel, worker: false });
    await machine.start();
    for (const resets of [1, 2]) {
      await machine.send('r');
      await shows(/rb/);
      expect(await machine.statistics()).toMatchObject({ state: 'running', resets });
    }
  });
  test('ends then, when there is no kernel to be had; and boots as soon as there is', async () => {
    const seat = await make({ snapshot: await saved(), kernel, worker: false });
    await seat.machine.start();
    await seat.machine.send('r');
    expect(await seat.ended()).toEqual({ reason: 'reset' });
    expect(seat.machine.state).toBe('off');
    expect(warnings).toEqual([expect.stringMatching(/^domzero: the machine cannot boot again: kernel: cannot read/)]);
    await provideKernel();
    const again = new Seat(seat.machine);
    await seat.machine.start();
    await again.expect(/b/);
  });
  test('and its fork boot each from the same kernel', async () => {
    await provideKernel();
    const seat = await make({ snapshot: await saved(), kernel, worker: false });
    const fork = await seat.machine.fork();
    machines.push(fork);
    for (const each of [new Seat(fork), seat]) {
      await each.machine.reset();
      await each.expect(/b/);
    }
  });
  test('refuses at a reset what is no kernel', async () => {
    await writeFile(kernel, 'no kernel at all');
    const { machine } = await make({ snapshot: await saved(), kernel, worker: false });
    await expect(machine.reset()).rejects.toThrow(/^[^\n]+$/);
    expect(machine.state).toBe('paused');
  });

  /** `expect` without its seat. */
  async function seatOf(options: MachineOptions): Promise<{ machine: Machine; expect: Seat['expect'] }> {
    const seat = await make(options);
    return { machine: seat.machine, expect: (pattern) => seat.expect(pattern) };
  }
});

describe('a snapshot of the booted machine', () => {
  test('spares the boot, and the kernel', async () => {
    const seat = await make({ ...hardware, kernel, booted: await saved() });
    expect(seat.machine.state).toBe('paused');
    expect(seat.machine.savedText).toBe('b');
    await seat.machine.start();
    await seat.machine.send('x');
    // Not "b": it has not booted
    await seat.expect(/^x/);
    expect(warnings).toEqual([]);
  });
  test.each<[string, Partial<MachineOptions>, Partial<MachineOptions>, string]>([
    ['more memory', { memory: '16M' }, {}, 'it has another size of memory'],
    ['another clock', { clock: 'instructions' }, {}, 'it has another clock'],
    ['a time of its own', { epoch: 0 }, {}, 'it has another clock'],
    ['another command line', { commandLine: 'quiet' }, {}, 'it has another command line'],
    ['a debug port', { debugExit: true }, {}, 'it has no debug devices'],
    ['less than was saved', {}, { memory: '16M' }, 'it has another size of memory'],
  ])('does not stand in for a machine with %s', async (_what, wanted, had, reason) => {
    await provideKernel();
    const seat = await make({ ...hardware, kernel, booted: await saved(had), ...wanted });
    expect(seat.machine.state).toBe('ready');
    expect(warnings).toEqual([`domzero: booting, since the snapshot of the booted machine cannot be used: ${reason}`]);
    await seat.machine.start();
    await seat.expect(/b/);
  });
  test('that is damaged, cut off or not there is not missed', async () => {
    await provideKernel();
    const good = await saved();
    const damaged = good.map((byte, i) => (i === good.length - 100 ? byte ^ 1 : byte));
    const files = [damaged, good.slice(0, 1000), new Uint8Array(3), pathToFileURL(join(folder, 'none'))];
    for (const booted of files) {
      const seat = await make({ ...hardware, kernel, booted });
      expect(seat.machine.state).toBe('ready');
    }
    expect(warnings).toHaveLength(files.length);
  });
  test('mistakes in other options are said all the same, and it needs a kernel', async () => {
    const booted = await saved();
    await expect(make({ ...hardware, kernel, booted, engine: 'steam' as never })).rejects.toThrow(
      'engine: there is no',
    );
    await expect(make({ ...hardware, booted })).rejects.toThrow('kernel: give a');
    await expect(make({ snapshot: booted, booted, kernel, worker: false })).rejects.toThrow('booted: it spares a boot');
    // The kernel boots, and there is none
    await expect(make({ ...hardware, kernel, booted: new Uint8Array(3) })).rejects.toThrow('kernel: cannot read');
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(make({ ...hardware, kernel, booted, signal: aborted })).rejects.toThrow('enough');
  });
});
