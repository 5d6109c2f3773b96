/**
 * Files of old formats go on being restored: test/golden holds one of each, and what comes of it has to be what comes of
 * a machine that was never saved. A new format, or a new version of a section, gets a new file beside the old ones:
 *
 *   DOMZERO_GOLDEN=1 npm test -- snapshot-golden
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SavedMachine } from '../web/machine/snapshot/saved-machine.ts';
import { saveMachine } from '../web/machine/snapshot/save.ts';
import { HandDriven, RAM_BYTES } from './support/saved-core.ts';
import { TICKS, tickingGuest } from './support/ticking-guest.ts';

const SAVED_AT = 20_000;
const END = 400_000;
const FORMATS = [1];
const fileOf = (format: number): URL => new URL(`golden/ticking-format-${format}.dzsnap`, import.meta.url);

/** How the newest of them was made. */
async function make(): Promise<Uint8Array> {
  const machine = await HandDriven.boot(tickingGuest(), 'interpreter');
  machine.runTo(SAVED_AT);
  const { bytes } = await saveMachine(
    {
      cores: [machine.core],
      memory: RAM_BYTES,
      image: () => Promise.resolve({ boot: 'boot sector', commandLine: '' }),
      clock: 'instructions',
      settings: () => ({ debugExit: false, debugConsole: false, rest: 0, ownDate: false }),
      input: () => new Uint8Array(),
      now: () => 0,
      pause: () => Promise.resolve(),
    },
    { name: 'golden', parent: undefined, text: 'a ticking guest', compress: true },
  );
  return bytes;
}
function end(machine: HandDriven): unknown {
  const { functions } = machine.core;
  const ram = createHash('sha256').update(machine.ram.bytes).digest('hex');
  const counts = { instructions: functions.instructions(), time: functions.time(), ticks: machine.u16(TICKS) };
  return { ...counts, ram, registers: machine.cpu.snapshot() };
}

test.each(FORMATS)('format %i', async (format) => {
  const url = fileOf(format);
  if (process.env.DOMZERO_GOLDEN && !existsSync(url)) {
    mkdirSync(new URL('golden/', import.meta.url), { recursive: true });
    writeFileSync(url, await make());
  }
  expect(statSync(url).size).toBeLessThan(20 * 1024);
  const saved = await SavedMachine.read(new Uint8Array(readFileSync(url)));
  expect(saved.header).toMatchObject({ name: 'golden', memory: RAM_BYTES, instructions: SAVED_AT });
  const restored = await HandDriven.switchedOn('interpreter');
  await saved.restoreInto([restored.core]);
  restored.runTo(END);
  const uninterrupted = await HandDriven.boot(tickingGuest(), 'interpreter');
  uninterrupted.runTo(END);
  expect(end(restored)).toEqual(end(uninterrupted));
});
