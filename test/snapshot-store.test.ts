/** The store of snapshots on a disk that the test can fill or cut off: nothing that was there is ever lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../web/app/snapshots/index.ts';
import { createMachine, type Machine } from '../web/client/index.ts';
import { FakeDisk } from './support/fake-directory.ts';
import { tickingMachine, withHeader } from './support/snapshots.ts';

let machine: Machine;
/** Parent, child, grandchild; and one that has nothing to do with them. */
let family: Uint8Array[];
let ids: string[];
let other: Uint8Array;
beforeAll(async () => {
  machine = await tickingMachine();
  const taken = [];
  for (const name of ['first', 'second', 'third'])
    taken.push(await machine.snapshot({ name, incremental: true, text: `${name} of the terminal` }));
  family = taken.map(({ bytes }) => bytes);
  ids = taken.map(({ id }) => id);
  const stranger = await tickingMachine();
  ({ bytes: other } = await stranger.snapshot({ name: 'other' }));
  await stranger.dispose();
});
afterAll(() => machine.dispose());
const [FIRST, SECOND, THIRD] = [0, 1, 2];
const file = (n: number): Uint8Array => family[n] ?? new Uint8Array();
const id = (n: number): string => ids[n] ?? '';

async function filled(
  disk = new FakeDisk(),
): Promise<{ disk: FakeDisk; store: Awaited<ReturnType<typeof openStore>> }> {
  const store = await openStore(disk.platform());
  for (const each of family) await store.save(each);
  return { disk, store };
}
async function names(disk: FakeDisk): Promise<string[]> {
  return (await (await openStore(disk.platform())).list()).map(({ name }) => name);
}

describe('a store', () => {
  test('lists, as a tree with all that people want to see', async () => {
    const { store } = await filled();
    await store.save(other);
    expect((await store.list()).map(({ name, size, text }) => [name, size, text])).toEqual([
      ['first', file(FIRST).length, 'first of the terminal'],
      ['second', file(SECOND).length, 'second of the terminal'],
      ['third', file(THIRD).length, 'third of the terminal'],
      ['other', other.length, ''],
    ]);
    const tree = await store.tree();
    expect(tree.map(({ name }) => name)).toEqual(['first', 'other']);
    expect(tree[0]?.children.map(({ name }) => name)).toEqual(['second']);
    expect(tree[0]?.children[0]?.children.map(({ name }) => name)).toEqual(['third']);
  });
  test('gives a machine its file and all that it descends from', async () => {
    const { store } = await filled();
    const restored = await createMachine({ ...(await store.open(id(THIRD))), worker: false });
    expect(await restored.registers()).toEqual(await machine.registers());
    await restored.dispose();
    const exported = await store.export(id(SECOND));
    expect(exported.map(({ name }) => name)).toEqual([
      `first ${id(FIRST).slice(0, 4)}.dzsnap`,
      `second ${id(SECOND).slice(0, 4)}.dzsnap`,
    ]);
    expect(exported.map(({ file: { size } }) => size)).toEqual([file(FIRST).length, file(SECOND).length]);
    await expect(store.open('f'.repeat(32))).rejects.toThrow(/^snapshot: f+ is not here$/);
  });
  test('takes the same file once, renames, removes', async () => {
    const { store } = await filled();
    await store.rename(id(SECOND), 'another name');
    await store.save(new Blob([new Uint8Array(file(SECOND))]));
    expect((await store.list()).map(({ name }) => name)).toEqual(['first', 'another name', 'third']);
    await expect(store.remove(id(FIRST))).rejects.toThrow('2 others hold only what changed since this one');
    expect(await store.list()).toHaveLength(3);
    await store.remove(id(SECOND), true);
    expect((await store.list()).map(({ name }) => name)).toEqual(['first']);
    await store.remove(id(SECOND)); // nothing
    await expect(store.rename(id(SECOND), 'x')).rejects.toThrow('is not here');
  });
  test('refuses what is damaged, or has no parent here', async () => {
    const disk = new FakeDisk();
    const store = await openStore(disk.platform());
    await expect(store.save(file(FIRST).slice(0, -5))).rejects.toThrow('cut off');
    await expect(store.save(file(SECOND))).rejects.toThrow(`changed since ${id(FIRST)}; import that one first`);
    await expect(store.save(new TextEncoder().encode('text'))).rejects.toThrow('this file is no snapshot');
    expect([...disk.files]).toEqual([]);
  });
  test('asks for persistence at the first save, once', async () => {
    const { disk, store } = await filled();
    await store.save(other);
    expect(disk.asked).toBe(1);
    expect(await store.quota()).toEqual({ used: disk.used(), limit: Infinity, persistent: true });
  });
  test('finds a snapshot whose entry is damaged by its own header', async () => {
    const { disk, store } = await filled();
    for (const broken of ['', '{', 'null', '{"id":"x"}', JSON.stringify({ id: id(FIRST), name: 7 })]) {
      disk.files.set(`${id(FIRST)}.json`, new TextEncoder().encode(broken));
      expect((await store.list()).map(({ name }) => name)).toEqual(['first', 'second', 'third']);
    }
  });
  test('marks what is damaged, gives out none of it, and is healed by the file', async () => {
    const { disk, store } = await filled();
    disk.files.set(`${id(SECOND)}.dzsnap`, file(SECOND).slice(0, 100));
    const strange = 'b'.repeat(32);
    for (const kind of ['json', 'dzsnap']) disk.files.set(`${strange}.${kind}`, new Uint8Array(7));
    const marked = async () => (await store.list()).filter(({ damaged }) => damaged).map((entry) => entry.id);
    expect((await marked()).sort()).toEqual([id(SECOND), strange].sort());
    expect((await store.open(id(FIRST))).snapshot.size).toBe(file(FIRST).length);
    await expect(store.open(id(THIRD))).rejects.toThrow(`${id(SECOND)} is damaged here; import its file again`);
    await store.save(file(SECOND));
    await store.remove(strange);
    expect(await marked()).toEqual([]);
    expect((await store.open(id(THIRD))).parent).toHaveLength(2);
    // As long as it was, but not what it was
    const flipped = file(THIRD).slice();
    flipped[flipped.length - 40] = (flipped[flipped.length - 40] ?? 0) ^ 1;
    disk.files.set(`${id(THIRD)}.dzsnap`, flipped);
    await store.save(file(THIRD));
    expect(disk.files.get(`${id(THIRD)}.dzsnap`)).toEqual(file(THIRD));
  });
  test('keeps whose a snapshot is, and leaves out an origin that is none', async () => {
    const { disk, store } = await filled();
    const origin = { machine: 'm', name: 'linux', image: 'linux', automatic: true };
    const { id: saved } = await store.save(other, origin);
    expect((await store.find(saved))?.origin).toEqual(origin);
    const entry = JSON.parse(new TextDecoder().decode(disk.files.get(`${saved}.json`))) as object;
    for (const bad of [7, null, {}, { machine: 1, name: 'x' }]) {
      disk.files.set(`${saved}.json`, new TextEncoder().encode(JSON.stringify({ ...entry, origin: bad })));
      expect(await store.find(saved)).toMatchObject({ name: 'other', origin: undefined });
    }
  });
  test('a circle of parents in hostile files ends', async () => {
    const { disk, store } = await filled();
    const looped = await withHeader(file(FIRST), { parent: id(SECOND) });
    disk.files.set(`${id(FIRST)}.dzsnap`, looped);
    disk.files.set(`${id(FIRST)}.json`, new Uint8Array());
    expect(await store.tree()).toHaveLength(1);
    expect((await store.open(id(SECOND))).parent).toHaveLength(1);
  });
});

describe('nothing is lost', () => {
  test('when the disk is full, at once or in the middle', async () => {
    const { disk, store } = await filled();
    const before = new Map(disk.files);
    for (const room of [0, 10, other.length - 1, other.length + 10]) {
      disk.room = room;
      // What the browser said about its quota was wrong
      const lying = await openStore({ ...disk.platform(), estimate: () => Promise.resolve({}) });
      if (room < other.length)
        await expect(lying.save(other)).rejects.toThrow('snapshot: the browser has no room for it');
      if (room < other.length)
        await expect(store.save(other)).rejects.toThrow('snapshot: the browser has no room for it');
      expect(disk.files).toEqual(before);
    }
    disk.room = Infinity;
    await store.save(other);
    expect(await names(disk)).toEqual(['first', 'second', 'third', 'other']);
  });
  test('when the page ends in the middle of saving, whenever', async () => {
    let complete = false;
    for (let steps = 0; !complete; steps++) {
      const { disk, store } = await filled();
      disk.stepsLeft = steps;
      const saving = store.save(other).then(() => (complete = true));
      await Promise.race([saving, settled()]);
      disk.stepsLeft = Infinity;
      const after = await names(disk);
      expect(after.slice(0, 3)).toEqual(['first', 'second', 'third']);
      expect(complete ? [4] : [3, 4]).toContain(after.length);
      // Opening has swept what was left
      expect(disk.files.size).toBe(2 * after.length);
      const reopened = await openStore(disk.platform());
      for (const [n, each] of family.entries()) expect((await reopened.open(id(n))).snapshot.size).toBe(each.length);
    }
  });
  test('when the page ends in the middle of removing or renaming', async () => {
    for (let steps = 0; steps < 40; steps++) {
      const { disk, store } = await filled();
      disk.stepsLeft = steps;
      await Promise.race([store.remove(id(SECOND), true), store.rename(id(FIRST), 'renamed'), settled()]);
      await settled();
      disk.stepsLeft = Infinity;
      const left = await names(disk);
      expect(['first', 'renamed']).toContain(left[0]);
      const reopened = await openStore(disk.platform());
      // Whatever is listed can be opened
      for (const entry of await reopened.list()) await reopened.open(entry.id);
      expect(disk.files.size).toBe(2 * left.length);
    }
  });
});

/** All that can happen without the disk has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}
