/** The readers of recorded vectors, on files made here byte by byte after the formats' descriptions. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { encodingName, neededFeature, parseEncoding } from '../web/cli/conformance/encoding.ts';
import { readMoo } from '../web/cli/conformance/moo.ts';
import { Results } from '../web/cli/conformance/results.ts';
import { findFiles } from '../web/cli/conformance/run-directory.ts';
import { closeFloat32, closeFloat80 } from '../web/cli/conformance/tolerance.ts';
import { readXvec } from '../web/cli/conformance/xvec.ts';

const u16 = (v: number): number[] => [v & 255, (v >> 8) & 255];
const u32 = (v: number): number[] => [...u16(v), ...u16(v >>> 16)];
const text = (s: string): number[] => [...Buffer.from(s, 'latin1')];
const gzip = (bytes: number[]): Buffer => gzipSync(Uint8Array.from(bytes));

function xvecFile(record: number[]): Buffer {
  return gzip([...text('XVEC0001'), ...u32(1), ...u16(record.length), ...record]);
}
// 32-bit `add eax, ebx` with EAX, memory and a changed RIP; no exception
const plain = [32, 2, 0x01, 0xd8, 0xff, 4, ...u32(0x8d5), ...u16(0x4700)];
const init = [0x00, ...u32(7), 0x50, ...u32(0x200010), 2, 0xaa, 0xbb, 0xff];
const final = [0x00, ...u32(8), 0x10, ...u32(0x110802), 0x11, ...u32(0x246), 0x13, ...u16(0x3800), 0xff];

describe('XVEC', () => {
  it('reads a record', () => {
    const [vector] = [...readXvec(xvecFile([...plain, ...init, ...final]))];
    expect(vector).toMatchObject({ mode: 32, exception: 0xff, flags: 4, eflagsMask: 0x8d5, fswMask: 0x4700 });
    expect([...(vector?.code ?? [])]).toEqual([0x01, 0xd8]);
    expect(vector?.init.gpr.get(0)).toBe(7n);
    expect(vector?.init.memory).toEqual([{ address: 0x200010, bytes: Buffer.from([0xaa, 0xbb]) }]);
    expect(vector?.final).toMatchObject({ rip: 0x110802n, eflags: 0x246, fsw: 0x3800 });
  });

  it('reads error code and CR2 of an exception', () => {
    const fault = [64, 1, 0x90, 14, 0, ...u32(0), ...u16(0), ...u32(7), ...u32(0x202000), ...u32(1), 0xff, 0xff];
    expect([...readXvec(xvecFile(fault))][0]).toMatchObject({ exception: 14, errorCode: 7, cr2: 0x100202000n });
  });

  it('refuses what is none', () => {
    expect(() => [...readXvec(gzip(text('XVEC0002....')))]).toThrow('not an XVEC0001 file');
    expect(() => [...readXvec(xvecFile([48, 0, 0xff, 0, ...u32(0), ...u16(0), 0xff, 0xff]))]).toThrow('mode 48');
    expect(() => [...readXvec(xvecFile([...plain, 0x60, 0xff, 0xff]))]).toThrow('tag 0x60');
    expect(() => [...readXvec(xvecFile([...plain, 0xff, 0xff, 0]))]).toThrow('record');
    expect(() => [...readXvec(gzip([...text('XVEC0001'), ...u32(3)]))]).toThrow();
  });
});

describe('MOO', () => {
  const chunk = (tag: string, body: number[]): number[] => [...text(tag), ...u32(body.length), ...body];
  const registers = [...u16(0x1001), ...u16(0x1234), ...u16(0x8000)];
  const test = [
    ...u32(9),
    ...chunk('NAME', [...u32(3), ...text('nop')]),
    ...chunk('BYTS', [...u32(2), 0x90, 0xf4]),
    ...chunk('INIT', [...chunk('REGS', registers), ...chunk('RAM ', [...u32(1), ...u32(0x12345), 0x90])]),
    ...chunk('FINA', chunk('REGS', [...u16(0x1000), ...u16(0x8002)])),
    ...chunk('EXCP', [13, ...u32(0x500)]),
    ...chunk('HASH', [0xab, 0xcd]),
  ];

  it('reads a test', () => {
    const file = gzip([...chunk('MOO ', u32(1)), ...chunk('META', [1]), ...chunk('TEST', test)]);
    expect([...readMoo(file)]).toMatchObject([
      {
        index: 9,
        name: 'nop',
        init: { registers: { AX: 0x1234, IP: 0x8000 }, memory: [[0x12345, 0x90]] },
        final: { registers: { IP: 0x8002 }, memory: [] },
        exception: { vector: 13, flagsAt: 0x500 },
        hash: 'abcd',
      },
    ]);
  });

  it('refuses what is none', () => {
    expect(() => [...readMoo(gzip(text('COW ....')))]).toThrow('not a MOO file');
  });
});

describe('findFiles', () => {
  const directory = mkdtempSync(join(tmpdir(), 'domzero-conformance-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('knows files by content, and says what it wants when there are none', () => {
    expect(() => findFiles(join(directory, 'absent'))).toThrow('is not a directory');
    expect(() => findFiles(directory)).toThrow('holds no XVEC (.xvec.gz) or MOO (.MOO.gz) file');
    writeFileSync(join(directory, 'notes.xvec.gz'), 'not even compressed');
    writeFileSync(join(directory, 'vectors'), xvecFile([...plain, ...init, ...final]));
    expect(findFiles(directory)).toEqual([{ name: 'vectors', path: join(directory, 'vectors'), format: 'XVEC' }]);
    expect(() => findFiles(directory, /other/)).toThrow('matches other');
  });
});

describe('encodings', () => {
  const name = (mode: 16 | 32 | 64, ...code: number[]): string =>
    encodingName(parseEncoding(Uint8Array.from(code), mode));
  it('are named by what selects the instruction', () => {
    expect(name(32, 0x66, 0xf7, 0xf1)).toBe('F7 /6');
    expect(name(64, 0x48, 0x0f, 0xaf, 0xc1)).toBe('0F AF');
    expect(name(32, 0xf3, 0x0f, 0xb8, 0xc1)).toBe('F3 0F B8');
    expect(name(32, 0x66, 0x0f, 0x38, 0x00, 0xc1)).toBe('66 0F38 00');
    expect(name(32, 0xd9, 0xfa)).toBe('D9 FA');
    expect(name(32, 0xdc, 0xc9)).toBe('DC C8+i');
    expect(name(16, 0xdf, 0x2e, 0, 0)).toBe('DF m/5');
    expect(name(64, 0xc4, 0xe2, 0x79, 0xf7, 0xc0)).toBe('VEX.2 F7');
    // In 32-bit code C5 with a memory operand is LDS
    expect(name(32, 0xc5, 0x05, 0, 0, 0, 0)).toBe('C5');
  });
  it('tell the feature that they need', () => {
    const needs = (group: string, ...code: number[]): string | undefined =>
      neededFeature(parseEncoding(Uint8Array.from(code), 32), group);
    expect(needs('bit', 0xf3, 0x0f, 0xbd, 0xc1)).toBe('LZCNT');
    expect(needs('bit', 0x0f, 0xbd, 0xc1)).toBeUndefined();
    expect(needs('sse-fp', 0x0f, 0x58, 0xc1)).toBe('SSE2');
    expect(needs('mov', 0x0f, 0x38, 0xf0, 0x00)).toBe('MOVBE');
  });
});

describe('tolerances', () => {
  const float32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
  const float80 = (exponent: number, significand: bigint): Uint8Array => {
    const bytes = new Uint8Array(10);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, significand, true);
    view.setUint16(8, exponent, true);
    return bytes;
  };
  it('accept 1.5 * 2^-12 for single precision', () => {
    expect(closeFloat32(float32(1, 2), float32(1 + 2 ** -12, 2))).toBe(true);
    expect(closeFloat32(float32(1), float32(1 + 2 ** -11))).toBe(false);
    expect(closeFloat32(float32(NaN), float32(1))).toBe(false);
  });
  it('accept 2^-48 for extended precision, across a power of two', () => {
    const one = float80(0x3fff, 1n << 63n);
    expect(closeFloat80(one, float80(0x3fff, (1n << 63n) + (1n << 15n)))).toBe(true);
    expect(closeFloat80(one, float80(0x3fff, (1n << 63n) + (1n << 16n)))).toBe(false);
    expect(closeFloat80(one, float80(0x3ffe, (1n << 64n) - 1n))).toBe(true);
    expect(closeFloat80(one, float80(0xbfff, 1n << 63n))).toBe(false);
  });
});

describe('expected failures', () => {
  const failing = (times: number): Results => {
    const results = new Results();
    results.pass('f', '01');
    for (let n = 0; n < times; n++) results.fail('00', { file: 'f', index: n, what: '', differences: ['x'] });
    return results;
  };
  it('may neither grow nor stay too long', () => {
    const expected = { f: { '00': { count: 2, reason: 'why' } } };
    expect(failing(2).surprises(expected)).toEqual([]);
    expect(failing(3).surprises(expected)).toEqual(['f: 00: 3 failed, 2 expected']);
    expect(failing(1).surprises(expected)[0]).toContain('shrink');
    expect(failing(1).surprises({})).toEqual(['f: 00: 1 failed, 0 expected']);
  });
});
