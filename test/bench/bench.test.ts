/** The benchmark's own parts; and each row's instructions, counted by hand in its source, against the core's counter. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { MachineHost } from '../../web/machine/index.ts';
import type { Registers } from '../../web/machine/index.ts';
import { readCpio, writeCpio } from './cpio.ts';
import { readElf, writeElf } from './elf.ts';
import { parseNative } from './engines/native.ts';
import { LoopImage } from './image.ts';
import type { ImageRow } from './image.ts';
import { LOOP_MEMORY } from './job.ts';
import type { EngineId, Job } from './job.ts';
import { plausible } from './loop-meter.ts';
import { chooseRows, namedEngines } from './options.ts';
import { flame } from './profile/flame.ts';
import { SamplingHost } from './profile/sampler.ts';
import { sharesOf } from './profile/shares.ts';
import { Symbols } from './profile/symbols.ts';
import { compilePrograms } from './programs.ts';
import { chart } from './report/chart.ts';
import { updateMarkdown } from './report/markdown.ts';
import { snapshotTable } from './report/snapshots.ts';
import { targets } from './report/targets.ts';
import { terminalReport } from './report/terminal.ts';
import { meanRatio, mergeResults, rowMedian, valueOf } from './results.ts';
import type { Results, RowResult } from './results.ts';
import { PROGRAMS, ROWS, select } from './rows.ts';
import { Expected, countRuns, jobTask, runTasks } from './schedule.ts';
import { geometricMean, median, spread } from './statistics.ts';

const core = 'build/core.wasm';
const hasBinutils = ['as', 'ld'].every((tool) => spawnSync(tool, ['--version']).status === 0);
/** A compiler, and a kernel that runs what it compiles. */
const runsPrograms =
  process.platform === 'linux' && process.arch === 'x64' && spawnSync('gcc', ['--version']).status === 0;
const scratch = mkdtempSync(join(tmpdir(), 'domzero-bench-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const noTimes = { wallSeconds: [], cpuSeconds: [] };

function results(ours: number): Results {
  return {
    date: '2026-01-02T00:00:00.000Z',
    host: 'a host, 2 cores',
    node: '20.0.0',
    rounds: 1,
    engines: [
      { id: 'domzero', title: 'DomZero', version: '1' },
      { id: 'v86-jit', title: 'v86', version: '2' },
      { id: 'qemu', title: 'QEMU', version: '3' },
      { id: 'native', title: 'this host', version: '4' },
    ],
    loops: [
      {
        name: 'alu',
        title: 'register <ALU>',
        unit: 'MIPS',
        values: {
          domzero: { samples: [ours, ours * 3, ours * 2], ...noTimes },
          'v86-jit': { samples: [50], ...noTimes },
        },
      },
    ],
    browser: [],
    boots: [
      {
        name: 'nano-bzimage',
        title: 'nano, packed',
        unit: 's',
        values: {
          domzero: { samples: [2], wallSeconds: [2], cpuSeconds: [2], instructions: 3e8 },
          'v86-jit': { samples: [6], wallSeconds: [7], cpuSeconds: [6] },
        },
      },
    ],
    programs: [
      {
        name: 'fib',
        title: 'fib',
        unit: 's',
        values: {
          domzero: { samples: [0.8], ...noTimes },
          'v86-jit': { samples: [1.6], ...noTimes },
          qemu: { samples: [0.4], ...noTimes },
          native: { samples: [0.1], ...noTimes },
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

test('counts of instructions may be off by two slices, not by more', () => {
  expect(plausible(54e6, 60e6, 0.016)).toBe(true);
  expect(plausible(97e6, 100e6, 0.6)).toBe(true);
  expect(plausible(95e6, 100e6, 0.6)).toBe(false);
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
    const { loops, programs } = results(50);
    expect(meanRatio(loops, 'domzero', 'v86-jit')).toBeCloseTo(2);
    expect(meanRatio(programs, 'domzero', 'qemu')).toBeCloseTo(0.5);
    const slower = (from: Results) => terminalReport({ ...from, programs: [] }).includes('slower');
    expect([slower(results(50)), slower(results(20))]).toEqual([false, true]);
  });
  test('replace the sections of the page and nothing else', () => {
    const page = readFileSync('docs/performance.md', 'utf8');
    const updated = updateMarkdown(page, results(50));
    expect(updated).toContain('| register <ALU> | 100 | 50.0 | 2.00× |');
    expect(updated).toContain('| nano, packed | 2.00 | 6.00 | 3.00× |');
    expect(updated).toContain(
      '| **fib** | **0.80** | **1.60** | **0.40** | **0.10** | **2.00×** | **0.50×** | **8.00×** |',
    );
    expect(updated).toContain('- fib: 0.50× of QEMU TCG');
    const prose = (text: string) => text.replace(/(<!-- begin: \w+ -->)[^]*?(<!-- end)/g, '$1$2');
    expect(prose(updated)).toBe(prose(page));
    expect(() => updateMarkdown('no sections', results(50))).toThrow('has no section');
  });
  test('have a table of snapshots, with what is asked of them', () => {
    const samples = {
      'snapshot-size': { 'linux-nano': [3, 1, 2], linux: [7] },
      'snapshot-exec': { linux: [12.34] },
      'snapshot-gone': { linux: [1] },
    };
    const { heads, lines } = snapshotTable({ date: '', host: '', node: '', rounds: 3, samples });
    expect(heads).toEqual(['linux-nano', 'linux', 'wanted']);
    expect(lines).toEqual([
      { cells: ['the file, MiB', '2.00', '7.00', '≤ 6'], loses: true },
      { cells: [expect.stringMatching(/exec\(\), ms$/), '–', '12.3', '≤ 500'], loses: false },
    ]);
  });
  test('compare with the targets', () => {
    const reached = (from: Results) => targets(from).map((target) => [target.title, target.reached]);
    expect(reached(results(50))).toEqual([
      ['loops, geometric mean, v86 JIT', true],
      ['loops, slowest row, v86 JIT', true],
      ['linux-nano, bzImage, to the prompt, v86 JIT', true],
      ['programs, geometric mean, this host’s own time', true],
    ]);
    expect(reached(results(40)).filter(([, yes]) => !yes)).toEqual([['loops, geometric mean, v86 JIT', false]]);
    const failed = results(50);
    failed.loops.push({
      ...(failed.loops[0] as RowResult),
      values: { domzero: { samples: [], ...noTimes, error: 'no' } },
    });
    expect(targets(failed)[0]).toMatchObject({ measured: '2.00×, 1 failed', reached: false });
  });
  test('say what failed', () => {
    const failed = results(50);
    valueOf(failed.loops[0] as RowResult, 'qemu').error = 'qemu: out of memory';
    expect(terminalReport(failed)).toContain('register <ALU>: qemu: out of memory');
    expect(updateMarkdown(readFileSync('docs/performance.md', 'utf8'), failed)).toContain('failed');
  });
  test('keep the rows that were not measured', () => {
    const earlier = results(50);
    earlier.loops.push({ ...(earlier.loops[0] as RowResult), name: 'flags' });
    const later: Results = { ...results(10), boots: [], engines: [{ id: 'domzero', title: 'DomZero', version: '9' }] };
    const order = { engines: ['native', 'domzero'], rows: ['flags', 'alu', 'nano-bzimage'] } as const;
    const merged = mergeResults(earlier, later, order);
    expect(merged.boots).toEqual(earlier.boots);
    expect(merged.loops).toEqual([earlier.loops[1], later.loops[0]]);
    expect(merged.engines.map(({ id, version }) => id + version)).toEqual(['native4', 'domzero9']);
  });
  test('draw a chart whose text is escaped', () => {
    const svg = chart({ ...results(50), browser: results(50).loops });
    expect(svg).toContain('register &lt;ALU>');
    expect(svg).toContain('2.00×');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('schedule', () => {
  const row = (): RowResult => ({ name: 'a', title: 'a', unit: 's', values: {} });
  const silent = { begin: () => undefined, end: () => undefined };
  const sample = { wallSeconds: 2, cpuSeconds: 1, processSeconds: 3 };
  const job: Job = { kind: 'native', engine: 'native', command: [], folder: '' };

  test('engines take turns within a round, and one that failed is not asked again', async () => {
    const result = row();
    const asked: string[] = [];
    const task = (engine: EngineId, rounds: number, works: boolean) =>
      jobTask(
        result,
        () => job,
        engine,
        rounds,
        () => {
          asked.push(engine);
          return works ? Promise.resolve(sample) : Promise.reject(new Error('no'));
        },
      );
    const tasks = [task('domzero', 2, true), task('qemu', 2, false), task('native', 1, true)];
    expect(countRuns(tasks)).toBe(5);
    await runTasks(tasks, silent);
    expect(asked).toEqual(['domzero', 'qemu', 'native', 'domzero']);
    expect(result.values.domzero?.samples).toEqual([1, 1]);
    expect(result.values.qemu?.error).toBe('no');
  });
  test('a program that prints something else than the processor has failed', async () => {
    const result = row();
    const expected = new Expected('fib 1', 'this host');
    const task = (engine: EngineId, output: string) => {
      const measure = () => Promise.resolve({ ...sample, output });
      return jobTask(
        result,
        () => job,
        engine,
        1,
        measure,
        (printed) => expected.check(printed, engine),
      );
    };
    await runTasks([task('domzero', 'fib 1'), task('qemu', 'fib 2'), task('v86-jit', '')], silent);
    expect(result.values.domzero?.samples).toEqual([1]);
    expect(result.values.qemu?.error).toBe('qemu: wrong result "fib 2"; on this host it is "fib 1"');
    expect(result.values['v86-jit']?.error).toBe('v86-jit: the program printed nothing');
    expect(rowMedian(result, 'qemu')).toBeUndefined();
  });
  test('engines are named exactly or by their beginning, rows by section too', () => {
    expect(namedEngines('v86,domzero')).toEqual(['domzero', 'v86-jit', 'v86-interpreter']);
    expect(() => namedEngines('bochs')).toThrow('"bochs" is none of');
    expect(chooseRows('shell').programs.map(({ name }) => name)).toContain('awk');
    expect(chooseRows('programs').rows).toEqual([]);
    const { snapshots, ...others } = chooseRows('snapshots');
    expect(snapshots.length).toBeGreaterThan(3);
    expect(Object.values(others).flat()).toEqual([]);
    expect(chooseRows('snapshot-exec').snapshots.map(({ name }) => name)).toEqual(['snapshot-exec']);
    expect(() => chooseRows('nothing')).toThrow('nothing is called');
  });
});

test('cpio archives come back as they were written, and may follow one another', () => {
  const entries = ['bench', 'bench/a', 'bench/long-name'].map((name, at) => ({
    name,
    mode: at ? 0o100755 : 0o040755,
    data: new Uint8Array(at * 5).fill(at),
  }));
  const bytes = writeCpio(entries);
  expect(bytes.length % 4).toBe(0);
  expect(readCpio(bytes).map((entry) => ({ ...entry, data: Uint8Array.from(entry.data) }))).toEqual(entries);
  expect(readCpio(Buffer.concat([bytes, writeCpio([])]))).toHaveLength(3);
  expect(() => readCpio(new Uint8Array(200))).toThrow('newc');
});

test('what a native program printed is told from its CPU time', () => {
  const printed = 'fib 00001a6d\ncputime 000f4240\n';
  expect(parseNative(printed)).toEqual({ cpuSeconds: 1, output: 'fib 00001a6d' });
  expect(() => parseNative('fib 00001a6d\n')).toThrow('no CPU time');
});

describe.runIf(runsPrograms)('programs', () => {
  const folder = join(scratch, 'programs');
  test('compile, and print one result on this processor', () => {
    compilePrograms('test/bench/programs', folder);
    for (const { name } of PROGRAMS.filter((program) => existsSync(join(folder, program.name)))) {
      const { stdout } = spawnSync(join(folder, name), ['2'], { cwd: scratch, encoding: 'utf8' });
      expect(stdout).toMatch(new RegExp(`^(${name}[a-z ]* [0-9a-f]{8}\n)+$`));
    }
  });
  test('each row has a program or a script', () => {
    const missing = PROGRAMS.filter(({ name }) => ![name, `${name}.sh`].some((file) => existsSync(join(folder, file))));
    expect(missing).toEqual([]);
  });
  test('sums are the known ones', () => {
    const run = (name: string, size: string) => spawnSync(join(folder, name), [size], { encoding: 'utf8' }).stdout;
    expect(run('fib', '20')).toBe(`fib ${(6765).toString(16).padStart(8, '0')}\n`);
    // The primes below 1,200 add up to 106,733
    expect(run('bytecode', '1')).toBe(`bytecode ${(106_733).toString(16).padStart(8, '0')}\n`);
    expect(run('getppid', '1000')).toBe(`getppid ${(1000).toString(16).padStart(8, '0')}\n`);
  });
});

describe('profile', () => {
  const map = 'c1000000 T _stext\nc1000040 t do_page_fault\nc1000010 D data\nc1000100 W memcpy\n';
  test('names the symbol at or before an address, else the region', () => {
    const symbols = new Symbols().add(Buffer.from(map));
    expect([0xc1000000, 0xc1000041, 0xc1000fff].map((at) => symbols.name(at))).toEqual([
      '_stext',
      'do_page_fault',
      'memcpy',
    ]);
    expect([0xc1009123, 0x8048010].map((at) => symbols.name(at))).toEqual(['0xc1008000', '0x8048000']);
  });
  test('adds samples up by ring and function, and puts small ones together', () => {
    const spot = (address: number, user: boolean, milliseconds: number) => ({ address, user, milliseconds });
    const spots = [spot(1, true, 700), spot(2, true, 1), spot(3, true, 2), spot(1, false, 200), spot(1, true, 97)];
    const name = ({ address }: { address: number }) => `f${address}`;
    const root = sharesOf('row', spots, name, ({ user }) => (user ? 'user' : 'kernel'));
    expect(root.milliseconds).toBe(1000);
    expect(root.parts.map((part) => [part.name, part.milliseconds])).toEqual([
      ['user', 800],
      ['kernel', 200],
    ]);
    expect(root.parts[0]?.parts.map((part) => [part.name, part.milliseconds])).toEqual([
      ['f1', 797],
      ['2 smaller', 3],
    ]);
    const tiers = [
      { name: 'translated', instructions: 9e8 },
      { name: 'interpreted', instructions: 1e8 },
    ];
    const counters = [{ name: 'links', value: 12345, unit: 'times' }];
    const svg = flame({ root, samples: 5, instructions: 1e9, tiers, counters });
    expect(svg).toContain('user  80.0 %');
    expect(svg).toContain('translated  90.0 %');
    expect(svg).toContain('12,345');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
  test('samples after each slice, between begin and end', async () => {
    const host = new SamplingHost();
    const segments = { cs: { base: 0x1000n } };
    const registers = () => ({ rip: 0xfffff010n, cpl: 3, segments }) as unknown as Registers;
    const slice = () => new Promise<void>((resolve) => host.soon(resolve));
    await slice();
    host.begin(registers);
    await slice();
    host.end();
    await slice();
    expect(host.spots.map(({ address, user }) => [address, user])).toEqual([[0x10, true]]);
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
  test('the image has symbols', () => {
    if (!image) return;
    const [row] = image.rows;
    const file = readFileSync(image.write(row as ImageRow, 1, 1, 'symbols'));
    const at = file.readUInt32LE(file.indexOf('alu\0') + 16);
    expect(new Symbols().add(file).name(at + 2)).toBe('row_alu');
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
