/** The benchmark's own parts; and each row's instructions, counted by hand in its source, against the core's counter. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { MachineHost } from '../../web/machine/index.ts';
import { readElf, writeElf } from './elf.ts';
import { LoopImage } from './image.ts';
import { LOOP_MEMORY } from './job.ts';
import { chart } from './report/chart.ts';
import { updateMarkdown } from './report/markdown.ts';
import { terminalReport } from './report/terminal.ts';
import { meanRatio } from './results.ts';
import type { Results } from './results.ts';
import { ROWS, select } from './rows.ts';
import { geometricMean, median, spread } from './statistics.ts';

const core = 'build/core.wasm';
const hasBinutils = ['as', 'ld'].every((tool) => spawnSync(tool, ['--version']).status === 0);
const scratch = mkdtempSync(join(tmpdir(), 'domzero-bench-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function results(ours: number): Results {
  return {
    date: '2026-01-02T00:00:00.000Z',
    host: 'a host, 2 cores',
    node: '20.0.0',
    rounds: 1,
    engines: [
      { id: 'domzero', title: 'DomZero', version: '1' },
      { id: 'v86-interpreter', title: 'v86', version: '2' },
    ],
    loops: [
      {
        name: 'alu',
        title: 'register <ALU>',
        unit: 'MIPS',
        values: {
          domzero: { samples: [ours, ours * 3, ours * 2], wallSeconds: [], cpuSeconds: [] },
          'v86-interpreter': { samples: [50], wallSeconds: [], cpuSeconds: [] },
        },
      },
    ],
    boots: [
      {
        name: 'nano',
        title: 'nano, packed',
        values: {
          domzero: { cpuSeconds: [2], wallSeconds: [2], processSeconds: [2], instructions: 3e8 },
          'v86-interpreter': { cpuSeconds: [6], wallSeconds: [7], processSeconds: [6] },
        },
      },
    ],
  };
}

test('statistics', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(geometricMean([1, 4, 16])).toBeCloseTo(4);
  expect(spread([1, 2, 5])).toBe(1.5);
});

test('rows are chosen by name, beginning and group', () => {
  expect(select(ROWS, ['alu', 'int']).map(({ name }) => name)).toEqual(['alu', 'interrupt']);
  expect(select(ROWS, ['calls']).map(({ name }) => name)).toEqual(['call1', 'call2', 'call8', 'icall8']);
  expect(select(ROWS, ['nothing'])).toEqual([]);
});

test('an ELF file comes back as it was written', () => {
  const segments = [
    { address: 0x90000, data: Uint8Array.of(1, 2, 3), memorySize: 3 },
    { address: 0x100000, data: Uint8Array.of(4), memorySize: 0x2000 },
  ];
  const elf = readElf(writeElf({ entry: 0x90001, segments }));
  expect(elf).toEqual({ entry: 0x90001, segments });
  expect(() => readElf(Uint8Array.from({ length: 64 }))).toThrow('not a 32-bit ELF');
});

describe('reports', () => {
  test('take the median and mark what is slower', () => {
    expect(meanRatio(results(50), 'domzero', 'v86-interpreter')).toBeCloseTo(2);
    expect(terminalReport(results(50))).not.toContain('slower');
    expect(terminalReport(results(20))).toContain('slower');
  });
  test('replace the sections of the page and nothing else', () => {
    const page = readFileSync('docs/benchmarks.md', 'utf8');
    const updated = updateMarkdown(page, results(50));
    expect(updated).toContain('| register <ALU> | 100 | 50.0 | 2.00× | – |');
    expect(updated).toContain('| nano, packed | 2.00 | 6.00 | 3.00× | – |');
    const prose = (text: string) => text.replace(/(<!-- begin: \w+ -->)[^]*?(<!-- end)/g, '$1$2');
    expect(prose(updated)).toBe(prose(page));
    expect(() => updateMarkdown('no sections', results(50))).toThrow('has no section');
  });
  test('draw a chart whose text is escaped', () => {
    const svg = chart(results(50));
    expect(svg).toContain('register &lt;ALU>');
    expect(svg).toContain('2.00×');
    expect(svg).not.toContain('NaN');
  });
});

/** Instructions that the core retires until the guest halts. */
async function retired(image: string): Promise<number> {
  const machine = new MachineHost();
  const kernel = new Uint8Array(readFileSync(image));
  let output = '';
  const reason = await new Promise<string>((resolve, reject) => {
    const config = {
      initrd: undefined,
      commandLine: '',
      memory: LOOP_MEMORY,
      epoch: 0,
      wasmUrl: pathToFileURL(core).href,
    };
    const switches = { noReboot: true, debugExit: false, debugConsole: false, traceUndefined: false };
    machine
      .load({ kernel, engine: 'interpreter', clock: 'instructions', ...config, ...switches }, (event) => {
        if (event.type === 'console') output += String.fromCharCode(...event.bytes);
        if (event.type === 'state' && event.change.exit) resolve(event.change.exit.reason);
      })
      .then(() => machine.start(), reject);
  });
  expect([output, reason]).toEqual(['RSE', 'halted']);
  const { instructions } = machine.statistics();
  machine.dispose();
  return instructions;
}

describe.runIf(hasBinutils && existsSync(core))('each row retires the instructions that its source says', () => {
  const image = hasBinutils ? new LoopImage('test/bench/loops', scratch) : undefined;
  test('the image has the rows of the report', () => {
    expect(image?.rows.map(({ name }) => name).sort()).toEqual(ROWS.map(({ name }) => name).sort());
  });
  // A repeated string instruction is one by hand; how often it counts is the engine's own affair
  test.each(image?.rows.filter(({ bytes }) => !bytes) ?? [])('$name', async (row) => {
    if (!image) return;
    const [few, many] = [
      await retired(image.write(row, 1, 10, 'few')),
      await retired(image.write(row, 1, 1010, 'many')),
    ];
    expect(many - few).toBe(1000 * row.instructions);
  });
});
