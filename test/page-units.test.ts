/** Parts of the page that need no browser: choices, figures, the report of a crash. */
import { describe, expect, it } from 'vitest';
import * as format from '../web/app/format.ts';
import { path } from '../web/app/page/sparkline.ts';
import { shortcutOf, shortcuts } from '../web/app/page/commands.ts';
import { crashText } from '../web/app/session/crash-report.ts';
import { choose } from '../web/app/session/library.ts';
import type { LibraryImage } from '../web/app/session/library-protocol.ts';
import { missingFeature } from '../web/app/session/support.ts';

const image = (name: string, state: LibraryImage['state']): LibraryImage => ({
  name,
  title: name,
  description: '',
  state,
});

describe('which image boots', () => {
  const nano = image('linux-nano', 'ready');
  const linux = image('linux', 'ready');

  it.each([
    ['the default before others', { images: [nano, linux] }, null, null, 'linux'],
    ['the last choice before the default', { images: [nano, linux] }, null, 'linux-nano', 'linux-nano'],
    ['the server’s before the last choice', { images: [nano, linux], start: 'linux' }, null, 'linux-nano', 'linux'],
    ['the address before all', { images: [nano, linux], start: 'linux' }, 'linux-nano', null, 'linux-nano'],
    [
      'a ready one rather than a default in the making',
      { images: [nano, image('linux', 'building')] },
      null,
      'linux',
      'linux-nano',
    ],
    [
      'one asked for, though in the making',
      { images: [linux, image('linux64', 'building')], start: 'linux64' },
      null,
      null,
      'linux64',
    ],
    [
      'what is in the making, when nothing is ready',
      { images: [image('linux-nano', 'building')] },
      null,
      null,
      'linux-nano',
    ],
    ['another when the one asked for is missing', { images: [nano, image('x', 'missing')] }, 'x', null, 'linux-nano'],
    ['none of none', { images: [] }, 'x', 'y', undefined],
  ])('%s', (_rule, state, asked, last, expected) => {
    expect(choose(state, asked, last)?.name).toBe(expected);
  });
});

describe('figures', () => {
  const plain = (text: string) => text.replace('\u202f', ' ');

  it.each([
    [0, '0 B'],
    [1536, '1.5 KiB'],
    [64 << 20, '64 MiB'],
    [1_870_257, '1.8 MiB'],
    [2 ** 31, '2 GiB'],
  ])('%d bytes', (value, text) => expect(plain(format.bytes(value))).toBe(text));

  it.each([
    [0.4, '0:00'],
    [61, '1:01'],
    [3_723, '1:02:03'],
  ])('%d seconds', (value, text) => expect(format.duration(value)).toBe(text));

  it.each([
    [0, '0 %'],
    [0.006, '0.6 %'],
    [0.31, '31 %'],
    [1, '100 %'],
  ])('a share of %d', (value, text) => expect(plain(format.percent(value))).toBe(text));

  it('rates and counts', () => {
    expect([0, 0.12, 8.54, 112.4].map((value) => plain(format.mips(value)))).toEqual([
      '0 MIPS', '0.1 MIPS', '8.5 MIPS', '112 MIPS',
    ]); // prettier-ignore
    expect([999, 11_310_765, 2.5e9].map((value) => plain(format.count(value)))).toEqual([
      '999',
      '11.3 million',
      '2.50 billion',
    ]);
  });
});

describe('the sparkline', () => {
  it('draws nothing of one value, and keeps to its box', () => {
    expect(path([5])).toBe('');
    for (const [, y] of path([0, 5, 1e9, 3]).matchAll(/,([\d.-]+)/g)) {
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThanOrEqual(16);
    }
  });
});

describe('shortcuts', () => {
  const key = (code: string, held: Partial<KeyboardEvent>, graph = false) =>
    ({ code, ...held, getModifierState: () => graph }) as unknown as KeyboardEvent;

  it('are each bound once', () => {
    const bound = shortcuts.filter(({ code }) => code).map(({ code, modifier }) => `${modifier} ${code}`);
    expect(new Set(bound).size).toBe(bound.length);
  });

  it('leave the guest its own keys, and AltGr its characters', () => {
    const held = { ctrlKey: true, altKey: true };
    expect(shortcutOf(key('KeyP', held))?.command).toBe('pause');
    expect(shortcutOf(key('KeyP', held, true))).toBeUndefined();
    for (const modifiers of [{ ctrlKey: true }, { altKey: true }, {}, { ...held, shiftKey: true }]) {
      expect(shortcutOf(key('KeyP', modifiers))).toBeUndefined();
    }
  });
});

describe('the report of a crash', () => {
  it('has what can be had when the Worker died', () => {
    const trace = [{ kind: 'undefined-opcode', mode: 32, bytes: Uint8Array.of(0x0f, 0xff, 0) }] as const;
    const text = crashText({ message: 'gone', stack: 'at run', registers: undefined, trace }, undefined, 'Browser/1');
    expect(text).toMatch(/crashed: gone/);
    expect(text).toMatch(/undefined opcode, 32-bit code: 0f ff 00/);
    expect(text).toMatch(/Browser\/1/);
    expect(text).toMatch(/at run$/);
  });
});

describe('what the browser must have', () => {
  it('names the first thing that is missing', () => {
    const all = { WebAssembly, DecompressionStream, BigUint64Array, Worker: class {} };
    expect(missingFeature(all as never)).toBeUndefined();
    expect(missingFeature({ Worker: class {} } as never)).toBe('WebAssembly');
    expect(missingFeature({ WebAssembly } as never)).toBe('Web Workers');
  });
});
