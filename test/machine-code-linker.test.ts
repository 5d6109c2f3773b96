/** Linking of translated code, with small modules made by hand and a core that only says what it wants. */
import { describe, expect, test } from 'vitest';
import { CodeLinker } from '../web/machine/code-linker.ts';
import type { CoreFunctions } from '../web/machine/core.ts';
import { fakeCore } from './support/fake-core.ts';

const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
const section = (id: number, ...body: number[]): number[] => [id, body.length, ...body];
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...section(1, 1, 0x60, 0, 1, 0x7f)]; // () => i32
/** Imports env.memory and core.helpers; "0" calls the second one of them, "1" loads the word at address 8. */
const MODULE = [
  ...HEADER,
  ...section(2, 2, ...name('env'), ...name('memory'), 2, 0, 1, ...name('core'), ...name('helpers'), 1, 0x70, 0, 2),
  ...section(3, 2, 0, 0),
  ...section(7, 2, ...name('0'), 0, 0, ...name('1'), 0, 1),
  ...section(10, 2, 7, 0, 0x41, 1, 0x11, 0, 0, 0x0b, 7, 0, 0x41, 8, 0x28, 2, 0, 0x0b),
]; // prettier-ignore
/** "answer" is 42. */
const HELPER = [
  ...HEADER,
  ...section(3, 1, 0),
  ...section(7, 1, ...name('answer'), 0, 0),
  ...section(10, 1, 4, 0, 0x41, 42, 0x0b),
]; // prettier-ignore

interface Answer {
  ok: number;
  microseconds: number;
}
function setUp(module: readonly number[], slots: readonly number[], behaviour: Partial<CoreFunctions> = {}) {
  const answers: Answer[] = [];
  const freed: number[] = [];
  const fake = fakeCore(0, {
    moduleLength: () => module.length,
    moduleFunctions: () => slots.length,
    moduleSlot: (i) => slots[i] ?? NaN,
    moduleLinked: (ok, microseconds) => void answers.push({ ok, microseconds }),
    helperCount: () => 2,
    helperSlot: () => 0,
    nextFreedSlot: () => freed.shift() ?? 0,
    ...behaviour,
  });
  fake.table.set(0, new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(HELPER))).exports.answer);
  new Uint8Array(fake.memory.buffer).set(module, fake.at.MODULE);
  new DataView(fake.memory.buffer).setUint32(8, 1234, true);
  let time = 0;
  const core = fake;
  const linker = new CodeLinker(core, () => (time += 2));
  const call = (slot: number): unknown => (fake.table.get(slot) as () => unknown)();
  return { core, linker, answers, freed, call };
}

describe('code linker', () => {
  test('puts the functions where the core wants them, with its memory and its helpers', () => {
    const { core, linker, answers, call } = setUp(MODULE, [5, 3]);
    linker.link();
    expect([call(5), call(3)]).toEqual([42, 1234]);
    expect(core.table.get(4)).toBe(null);
    expect(answers).toEqual([{ ok: 1, microseconds: 2000 }]);
  });
  test('grows the table as far as needed, and in large steps', () => {
    const { core, linker, call } = setUp(MODULE, [70_000, 70_001]);
    linker.link();
    expect(call(70_001)).toBe(1234);
    const { length } = core.table;
    expect(length).toBeGreaterThan(70_001);
    linker.link();
    expect(core.table.length).toBe(length);
  });
  test('adds up the time', () => {
    const { linker } = setUp(MODULE, [1, 2]);
    expect(linker.ms).toBe(0);
    linker.link();
    linker.link();
    expect(linker.ms).toBe(4);
  });
  test('lets go of what the core has dropped, but not of a slot that is in use again', () => {
    const { core, linker, freed, call } = setUp(MODULE, [5, 3]);
    linker.link();
    core.table.grow(10);
    core.table.set(7, core.table.get(5));
    freed.push(7, 5);
    linker.link();
    expect([core.table.get(7), call(5)]).toEqual([null, 42]);
    freed.push(3);
    linker.dropFreed();
    expect(core.table.get(3)).toBe(null);
  });
  test.each<[string, readonly number[], Partial<CoreFunctions>]>([
    ['bytes that are no module', [1, 2, 3], {}],
    ['an import that the core does not have', MODULE.map((b) => (b === 'p'.charCodeAt(0) ? 120 : b)), {}],
    ['a slot beyond what a table can hold', MODULE, { moduleSlot: () => 0xf000_0000 }],
  ])('%s: the core is told, and nothing thrown', (_name, module, behaviour) => {
    const { core, linker, answers } = setUp(module, [5, 3], behaviour);
    linker.link();
    expect(answers).toEqual([{ ok: 0, microseconds: 2000 }]);
    expect(core.table.length).toBe(1);
  });
  test('a function that the module does not have is a defect, not a refusal', () => {
    const { linker, answers } = setUp(MODULE, [5, 3, 4]);
    expect(() => linker.link()).toThrow(TypeError);
    expect(answers).toEqual([]);
  });
});
