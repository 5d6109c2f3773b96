/** The file of a snapshot against docs/snapshot-format.md; and files that are none, or were changed. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectHeader, inspectSnapshot, type Machine } from '../web/client/index.ts';
import { hexOf, loadChecksum } from '../web/machine/snapshot/checksum.ts';
import { Flag } from '../web/machine/snapshot/format.ts';
import { SavedMachine } from '../web/machine/snapshot/saved-machine.ts';
import { VERSION } from '../web/machine/version.ts';
import { putTogether, section, takeApart, tickingMachine, withHeader, withSections } from './support/snapshots.ts';

let machine: Machine;
let file: Uint8Array;
beforeAll(async () => {
  machine = await tickingMachine();
  ({ bytes: file } = await machine.snapshot({ name: 'a name', text: 'what the terminal shows\n' }));
});
afterAll(() => machine.dispose());

/** One line of ours, or nothing. */
async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    const [saved] = await Promise.all([SavedMachine.read(bytes), inspectSnapshot(bytes)]);
    return saved.header.id && '';
  } catch (error) {
    expect((error as Error).name).toBe('SnapshotError');
    expect((error as Error).message).toMatch(/^snapshot: [^\n]{5,200}$/);
    return (error as Error).message;
  }
}

describe('the file', () => {
  test('begins as the document says, byte by byte', async () => {
    const view = new DataView(file.buffer, file.byteOffset);
    expect([...file.subarray(0, 8)]).toEqual([...Buffer.from('DZSNAP\r\n')]);
    expect(view.getUint16(8, true)).toBe(1);
    expect(view.getUint16(10, true)).toBe(0);
    const json = file.subarray(24, 24 + view.getUint32(12, true));
    const { of } = await loadChecksum();
    expect(view.getBigUint64(16, true)).toBe(of(json));
    const header = JSON.parse(Buffer.from(json).toString('utf8')) as Record<string, unknown>;
    expect(header).toMatchObject({ name: 'a name', memory: 4 * 2 ** 20, clock: 'instructions', domzero: VERSION });
    expect(header.id).toMatch(/^[0-9a-f]{32}$/);
    // The first section follows at once; its head has 32 bytes
    const at = 24 + json.length;
    expect(Buffer.from(file.subarray(at, at + 8)).toString('latin1')).toBe('machine\0');
    const stored = Number(view.getBigUint64(at + 16, true));
    expect(view.getBigUint64(at + 24, true)).toBe(
      of(file.subarray(at, at + 24), file.subarray(at + 32, at + 32 + stored)),
    );
  });
  test('checksums are XXH64: vectors of its specification', async () => {
    const { of } = await loadChecksum();
    const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(hexOf(of(ascii('')))).toBe('ef46db3751d8e999');
    expect(hexOf(of(ascii('a')))).toBe('d24ec4f1a98c6e5b');
    expect(hexOf(of(ascii('ab'), ascii('c')))).toBe('44bc2cf5ad770999');
  });
  test('ends with the section that says so', () => {
    expect(Buffer.from(file.subarray(-32, -24)).toString('latin1')).toBe('end\0\0\0\0\0');
  });
  test('says what it is without a machine, from its beginning or as a whole', async () => {
    const info = await inspectSnapshot(file);
    expect(info).toMatchObject({ format: 1, bytes: file.length, text: 'what the terminal shows\n' });
    expect(info.header.name).toBe('a name');
    expect(info.sections.map(({ id }) => id)).toEqual(expect.arrayContaining(['cpu', 'fpu', 'pic', 'com1', 'ram']));
    expect(await inspectHeader(file.subarray(0, 64 * 1024))).toEqual(info.header);
  });
  test('has no pages of zeros', async () => {
    const { pages } = await inspectSnapshot(file);
    // A guest that has not run: its sector, and what a PC has in its first pages
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(8);
  });
  test('the version is that of the package', () => {
    const json = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(VERSION).toBe(json.version);
  });
});

describe('files that cannot be used', () => {
  test('are no snapshots', async () => {
    expect(await refusal(new Uint8Array())).toContain('this file is no snapshot');
    expect(await refusal(new TextEncoder().encode('DZSNAP\n\n' + 'x'.repeat(100)))).toContain(
      'this file is no snapshot',
    );
  });
  test('have a newer format', async () => {
    const newer = file.slice();
    newer[8] = 2;
    expect(await refusal(newer)).toMatch(
      /format 2, this version of DomZero reads formats up to 1: use a newer version/,
    );
  });
  test('were cut off, wherever', async () => {
    for (let length = 0; length < file.length; length += length < 1500 ? 1 : 13)
      expect(await refusal(file.slice(0, length)), `${length} bytes`).not.toBe('');
    expect(await refusal(file.slice(0, -1))).toContain('ends too early');
  });
  test('have a changed bit, wherever', async () => {
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      // The two bytes that are 0 are not looked at
      if (at !== 10 && at !== 11) expect(await refusal(changed), `byte ${at}`).not.toBe('');
    }
  });
  test('have more behind their end', async () => {
    expect(await refusal(new Uint8Array([...file, 0]))).toContain('something follows its end');
  });
  test.each([
    ['id', 'x'],
    ['parent', 7],
    ['name', undefined],
    ['date', 'yesterday'],
    ['date', '2026-99-99T99:99:99Z'],
    ['domzero', '\n'],
    ['memory', 4097],
    ['memory', -4096],
    ['memory', 2 ** 40],
    ['memory', null],
    ['cpu', [1, 'x']],
    ['cpu', {}],
    ['clock', 'sundial'],
    ['instructions', -1],
    ['guestSeconds', 'long'],
    ['image', 'linux'],
    ['image', { boot: 'PVH', commandLine: '', kernel: '../../etc' }],
  ])('have no valid %s', async (name, value) => {
    const message = await refusal(await withHeader(file, { [name]: value }));
    expect(message).toContain(
      `the header has no valid '${name === 'image' && typeof value === 'object' ? 'kernel' : name}'`,
    );
  });
  test('lack the settings of the machine, or have them in a newer version', async () => {
    const without = await withSections(file, (all) => all.filter(({ id }) => id !== 'machine'));
    expect(await refusal(without)).toContain('section machine is missing');
    const newer = await withSections(file, (all) => all.map((s) => (s.id === 'ram' ? { ...s, version: 2 } : s)));
    expect(await refusal(newer)).toContain('section ram has version 2');
    const unknownFlag = await withSections(file, (all) => [...all, section('more', 4, new Uint8Array())]);
    expect(await refusal(unknownFlag)).toContain('flags that this version does not know');
  });
  test('unpack to more than they say, or to less, or not at all', async () => {
    const { header, sections } = await takeApart(file);
    const packed = sections.find(({ flags }) => flags === (Flag.Required | Flag.Deflated));
    if (!packed) throw new Error('nothing is packed');
    const others = sections.filter((s) => s !== packed);
    const read = async (changes: object): Promise<string> =>
      await refusal(await putTogether(header, [...others, { ...packed, ...changes }]));
    // Those of RAM are unpacked into a core only
    expect(packed.id).not.toBe('ram');
    expect(await read({ length: packed.length - 1 })).toContain('longer than it says');
    expect(await read({ length: packed.length + 1 })).toContain('shorter than it says');
    expect(await read({ bytes: new Uint8Array(20).fill(0xff) })).toContain('cannot be unpacked');
  });
});

describe('fuzzed', () => {
  test('anything at all is read or refused in one line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await refusal(bytes)).not.toBe('');
        const magic = new Uint8Array([...file.subarray(0, 12), ...bytes]);
        expect(await refusal(magic)).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
  test('any JSON as the header', async () => {
    const { sections } = await takeApart(file);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (json) => {
        expect(await refusal(await putTogether(json as object, sections))).not.toBe('');
      }),
      { numRuns: 200 },
    );
  });
  test('any field of the header', async () => {
    const { header } = await takeApart(file);
    const names = fc.constantFrom(...Object.keys(header));
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
        await refusal(await withHeader(file, { [name]: value })); // checks the message, if there is one
      }),
      { numRuns: 300 },
    );
  });
  test('any section', async () => {
    const ids = fc.oneof(
      fc.constantFrom('ram', 'ramzero', 'machine', 'cpu', 'text', 'input1', 'end'),
      fc.string({ maxLength: 8 }),
    );
    const sections = fc.array(fc.tuple(ids, fc.nat(8), fc.uint8Array({ maxLength: 64 }), fc.nat(2 ** 32 - 1)), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(sections, fc.boolean(), async (made, honest) => {
        const { header, sections: real } = await takeApart(file);
        const extra = made.map(([id, flags, bytes, length]) => ({
          ...section(id, flags, bytes),
          ...(honest ? {} : { length }),
        }));
        await refusal(await putTogether(header, [...extra, ...real]));
      }),
      { numRuns: 300 },
    );
  });
});
