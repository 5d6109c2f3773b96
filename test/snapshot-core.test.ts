/**
 * State in and out of the core. The oracle is the machine that was never saved: with the instruction clock one that was
 * saved at N and restored has to be the same at every later instruction.
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CoreSection } from '../web/machine/snapshot/core-sections.ts';
import { restoreCore } from '../web/machine/snapshot/core-sections.ts';
import { HandDriven, type Tier } from './support/saved-core.ts';
import { LOOPS, PERIODS, TICKS, tickingGuest } from './support/ticking-guest.ts';

const END = 3_000_000;
/** Early, in the middle of a handler or a repeated instruction as it comes, and late. */
const SAVED_AT = [1, 57, 40_000, 123_457, 777_777, 1_500_001];
const TIERS: readonly Tier[] = ['interpreter', 'translator'];

/** All that a guest can see, and all that a snapshot would hold. */
function look(machine: HandDriven): Record<string, unknown> {
  const { functions } = machine.core;
  const instructions = functions.instructions();
  const time = functions.time();
  const registers = machine.cpu.snapshot();
  const { sections, ram } = machine.save();
  // Output that the host has not taken is compared with the rest of the serial port
  const state = Object.fromEntries(sections.map(({ id, bytes }) => [id, Buffer.from(bytes).toString('hex')]));
  return { instructions, time, registers, ...state, ram: digest(ram) };
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a run that was saved and restored', () => {
  test('the guest of these tests does what it is for', async () => {
    const machine = await HandDriven.boot(tickingGuest(), 'interpreter');
    machine.runTo(END);
    // 10 ns an instruction; sleeps take no instructions, so there is more time than that
    const ms = machine.core.functions.time() / 1e6;
    expect(ms).toBeGreaterThan(END / 1e5);
    expect(machine.u16(TICKS)).toBe(Math.floor((ms * 1000) / (1193 / 1.193182)));
    expect(machine.u16(PERIODS)).toBeGreaterThan(20);
    expect(machine.u16(LOOPS)).toBeGreaterThan(1000);
  });
  for (const first of TIERS) {
    for (const second of TIERS) {
      test(`${first}, then ${second}: exactly as the one that was not`, async () => {
        const uninterrupted = await HandDriven.boot(tickingGuest(), 'interpreter');
        uninterrupted.runTo(END);
        const expected = look(uninterrupted);
        const original = await HandDriven.boot(tickingGuest(), first);
        for (const at of SAVED_AT) {
          original.runTo(at);
          const saved = original.save();
          const restored = await HandDriven.restore(saved, second);
          expect(restored.core.functions.instructions()).toBe(original.core.functions.instructions());
          restored.runTo(END);
          if (second === 'translator') expect(restored.translated).toBeGreaterThan(0);
          expect(look(restored)).toEqual(expected);
        }
        // To be saved changes nothing
        original.runTo(END);
        expect(look(original)).toEqual(expected);
      });
    }
  }
  test('what is restored is saved again as the same bytes', async () => {
    const machine = await HandDriven.boot(tickingGuest(), 'interpreter');
    machine.runTo(654_321);
    const saved = machine.save();
    const restored = await HandDriven.restore(saved, 'interpreter');
    const again = restored.save();
    expect(again.sections).toEqual(saved.sections);
    expect(digest(again.ram)).toBe(digest(saved.ram));
  });
});

describe('marks of changed pages', () => {
  const SINCE_PASS = 1;
  const changed = (machine: HandDriven): Set<number> => {
    const { memory, at } = machine.core;
    const marks = new Uint8Array(memory.buffer, at.DIRTY, machine.ram.size / 4096);
    return new Set([...marks.keys()].filter((page) => ((marks[page] ?? 0) & SINCE_PASS) !== 0));
  };
  for (const tier of TIERS) {
    test(`${tier}: every page that differs is marked, and few that do not`, async () => {
      const machine = await HandDriven.boot(tickingGuest(), tier);
      expect(changed(machine).size).toBe(machine.ram.size / 4096);
      for (const steps of [1000, 40, 300_000, 5000, 1, 7, 200_000]) {
        const before = machine.ram.bytes.slice();
        machine.core.functions.clearDirty(SINCE_PASS);
        expect(changed(machine).size).toBe(0);
        machine.runTo(machine.core.functions.instructions() + steps);
        const marked = changed(machine);
        for (let page = 0; page < before.length / 4096; page++) {
          const [from, to] = [page * 4096, (page + 1) * 4096];
          const same = Buffer.compare(before.subarray(from, to), machine.ram.bytes.subarray(from, to)) === 0;
          if (!same) expect(marked, `page ${page}`).toContain(page);
        }
        // It writes to its variables, its stack and eight pages of 32 KiB
        expect(marked.size).toBeLessThanOrEqual(12);
      }
    });
  }
});

describe('sections that no machine has written', () => {
  async function savedSections(): Promise<{ sections: readonly CoreSection[]; ram: Uint8Array }> {
    const machine = await HandDriven.boot(tickingGuest(), 'interpreter');
    machine.runTo(500_000);
    return machine.save();
  }
  const with_ = (sections: readonly CoreSection[], id: string, change: (s: CoreSection) => CoreSection) =>
    sections.map((section) => (section.id === id ? change(section) : section));

  test('of a newer version are refused, and so are missing ones', async () => {
    const { sections, ram } = await savedSections();
    const newer = with_(sections, 'pit', (s) => ({ ...s, version: s.version + 1 }));
    await expect(HandDriven.restore({ sections: newer, ram }, 'interpreter')).rejects.toThrow(
      /section pit has version/,
    );
    const fewer = sections.filter(({ id }) => id !== 'rtc');
    await expect(HandDriven.restore({ sections: fewer, ram }, 'interpreter')).rejects.toThrow(/section rtc is missing/);
  });
  test('too short or too long are refused, each of them', async () => {
    const { sections, ram } = await savedSections();
    for (const { id } of sections) {
      const shorter = with_(sections, id, (s) => ({ ...s, bytes: s.bytes.subarray(0, -1) }));
      await expect(HandDriven.restore({ sections: shorter, ram }, 'interpreter')).rejects.toThrow(
        `section ${id} holds`,
      );
      const longer = with_(sections, id, (s) => ({ ...s, bytes: new Uint8Array([...s.bytes, 0]) }));
      await expect(HandDriven.restore({ sections: longer, ram }, 'interpreter')).rejects.toThrow(`section ${id} holds`);
    }
  });
  test('random bytes anywhere: refused, or a machine that stays in its memory', async () => {
    const { sections, ram } = await savedSections();
    let refused = 0;
    let ran = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = generator(seed);
      const { id } = sections[random(sections.length)] ?? { id: '' };
      const hostile = with_(sections, id, (s) => ({ ...s, bytes: scramble(s.bytes, random, seed) }));
      const machine = await HandDriven.boot(tickingGuest(), 'interpreter');
      machine.ram.write(0, ram);
      try {
        restoreCore(machine.core, hostile);
      } catch (error) {
        expect((error as Error).message).toMatch(/^snapshot: section \w+ holds a state that no machine is in/);
        refused++;
        continue;
      }
      const guard = guardOf(machine);
      for (let slice = 0; slice < 20; slice++) machine.core.functions.run(0, 2000);
      expect(guard()).toBe(true);
      ran++;
    }
    expect(refused).toBeGreaterThan(20);
    expect(ran).toBeGreaterThan(100);
  }, 240_000);
});

/** The compiler's static data, what lies between the core's tables and RAM, and the host's page behind RAM stay. */
function guardOf({ core, ram }: HandDriven): () => boolean {
  const parts = [
    new Uint8Array(core.memory.buffer, 0x100000, 0x80000),
    new Uint8Array(core.memory.buffer, core.at.RAM + ram.size),
    new Uint8Array(core.memory.buffer, 0, 0x1000),
  ];
  const before = parts.map((part) => part.slice());
  return () => parts.every((part, i) => Buffer.compare(part, before[i] ?? part) === 0);
}
function generator(seed: number): (limit: number) => number {
  let state = seed * 2654435761;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % limit;
  };
}
/** A few bytes, or a run of them: of all ones, zeros, or anything. */
function scramble(bytes: Uint8Array, random: (limit: number) => number, seed: number): Uint8Array {
  const out = bytes.slice();
  for (let n = 1 + random(4); n > 0; n--) {
    const at = random(Math.min(out.length, 512));
    const length = seed % 3 ? 1 : 4 << random(3);
    const value = [0xff, 0x00, 0x80, random(256)][random(4)] ?? 0;
    out.fill(value, at, Math.min(at + length, out.length));
  }
  return out;
}
