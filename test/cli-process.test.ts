/** `domzero` as people run it: exit codes, streams, statistics. Bare-metal guests; needs the build. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootSector } from './support/kernel-images.ts';

/** The compiled command itself: bin.js before it would look whether the build is up to date, each time. */
const MAIN = new URL('../dist/cli/main.js', import.meta.url);
const START = `const { main } = await import(${JSON.stringify(MAIN.href)}); await main(process.argv.slice(1));`;
let folder: string;
const path = (name: string): string => join(folder, name);

const out = (port: number, value: number): number[] => [0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];
const print = (text: string): number[] => [...text].flatMap((c) => out(0x3f8, c.charCodeAt(0)));
/** Echoes COM1 (client-machine.test.ts has it in letters). */
const ECHO = [
  0xba, 0xfd, 0x03, 0xec, 0x24, 0x21, 0x3c, 0x21, 0x75, 0xf9, 0xba, 0xf8, 0x03, 0xec, 0xfe, 0xc0, 0xee, 0xeb, 0xed,
]; // prettier-ignore
const POWER_OFF = [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domzero-cli-'));
  await writeFile(path('off'), bootSector([...print('bye\r\n'), ...POWER_OFF]));
  await writeFile(path('halt'), bootSector([0xfa, 0xf4]));
  await writeFile(path('echo'), bootSector([...print('> '), ...ECHO]));
  await writeFile(path('echo.gz'), gzipSync(bootSector([...print('> '), ...ECHO])));
  await writeFile(path('exit'), bootSector([...out(0xf4, 20), 0xfa, 0xf4]));
  await writeFile(path('reset'), bootSector([...print('x'), ...out(0xcf9, 2), ...out(0xcf9, 6), 0xeb, 0xfe]));
  await writeFile(path('noise'), new Uint8Array(600).fill(0xee));
  await writeFile(path('empty'), '');
});
afterAll(() => rm(folder, { recursive: true }));

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}
function domzero(args: readonly string[], input = ''): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', START, '--', ...args], { stdio: 'pipe' });
    const result: Result = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (result.stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (result.stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code }));
    child.stdin.end(input);
  });
}
const run = (kernel: string, ...args: string[]): Promise<Result> =>
  domzero(['run', '--kernel', path(kernel), '--memory', '4M', ...args]);

describe('domzero run', () => {
  test('power-off ends it with 0', async () => {
    expect(await run('off')).toEqual({ code: 0, stdout: 'bye\r\n', stderr: '' });
  });
  test('a guest that halts has ended too', async () => {
    const { code, stderr } = await run('halt');
    expect([code, stderr]).toEqual([0, 'domzero: the guest has stopped for good (HLT with interrupts off)\n']);
  });
  test('expect and send in turn, then 0', async () => {
    const steps = ['--expect', '> $', '--send', 'HAL', '--expect', 'IBM$', '--send', '\\x40', '--expect', 'A'];
    expect(await run('echo.gz', ...steps, '--timeout', '30')).toEqual({ code: 0, stdout: '> IBMA', stderr: '' });
  });
  test('a script may begin with send', async () => {
    const { code, stdout } = await run('echo', '--send', 'a', '--expect', 'b', '--timeout', '30');
    expect([code, stdout]).toEqual([0, '> b']);
  });
  test('a timeout is 1, with what was waited for and the last lines', async () => {
    const { code, stderr } = await run('echo', '--expect', 'never', '--timeout', '0.5');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'domzero: timeout after 0.5 s waiting for /never/\ndomzero: the last lines were:\ndomzero:   | >\n',
    );
  });
  test('an end before the script is through is 1', async () => {
    const { code, stderr } = await run('off', '--expect', 'more', '--timeout', '30');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^domzero: the machine ended \(power-off\) before \/more\/ came\n/);
  });
  test('debug-exit chooses the code', async () => {
    expect((await run('exit', '--debug-exit')).code).toBe(41);
  });
  test('--no-reboot ends at a reset, otherwise the guest boots again', async () => {
    expect(await run('reset', '--no-reboot')).toEqual({ code: 0, stdout: 'x', stderr: '' });
    const { code, stdout } = await run('reset', '--expect', 'xxx', '--timeout', '30');
    expect([code, stdout.slice(0, 3)]).toEqual([0, 'xxx']);
  });
  test('piped input goes to the guest', async () => {
    const args = ['run', '--kernel', path('echo'), '--memory', '4M', '--timeout', '3'];
    expect((await domzero(args, 'HAL')).stdout).toBe('> IBM');
  });
  test('statistics: fields, marks, and the console out of the way', async () => {
    const { code, stdout, stderr } = await run(
      'echo',
      '--expect',
      '> ',
      '--send',
      'a',
      '--expect',
      'b',
      '--stats',
      '-',
    );
    expect([code, stderr]).toEqual([0, '> b']);
    const statistics = JSON.parse(stdout) as Record<string, unknown>;
    expect(statistics).toMatchObject({
      engine: 'jit',
      exit: 'script',
      exitCode: 0,
      boot: 'boot sector',
      memory: 2 ** 22,
      marks: [{ name: '> ' }, { name: 'b' }],
    });
    const marks = statistics['marks'] as Record<string, number>[];
    for (const field of ['instructions', 'seconds', 'cpuSeconds']) {
      const values = [0, ...marks.map((mark) => mark[field]), statistics[field]] as number[];
      expect(values.every((v, i) => typeof v === 'number' && v >= (values[i - 1] ?? 0))).toBe(true);
    }
    expect(statistics['mips']).toBeGreaterThan(0);
    await run('off', '--stats', path('stats.json'));
    expect(JSON.parse(await readFile(path('stats.json'), 'utf8'))).toMatchObject({ exit: 'power-off' });
  });
});

describe('engines', () => {
  test.each(['jit', 'interpreter', 'lockstep'])('%s', async (engine) => {
    const { code, stdout } = await run('off', '--engine', engine, '--stats', path(`${engine}.json`));
    expect([code, stdout]).toEqual([0, 'bye\r\n']);
    const statistics = JSON.parse(await readFile(path(`${engine}.json`), 'utf8')) as Record<string, unknown>;
    expect(statistics).toMatchObject({ engine, tiers: { jit: expect.any(Number) as number }, compileMs: 0 });
    expect(Object.keys(statistics['counters'] as object)).toContain('translated-executed');
  });
  test('accelerations reach the core', async () => {
    expect(await run('off', '--accel', 'linking=off,region=50')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('mistakes are one line and code 2', () => {
  test.each<[string, () => Promise<Result>, RegExp]>([
    ['nothing to boot', () => domzero(['run']), /nothing to boot: name an image/],
    ['no such file', () => run('missing'), /kernel: cannot read .*missing: there is no such file/],
    ['not a kernel', () => run('noise'), /kernel: expected an ELF kernel .*found: file of unknown kind \(600 bytes/],
    ['an empty file', () => run('empty'), /kernel: the file is empty/],
    ['an unknown option', () => run('off', '--turbo'), /unknown option '--turbo'/],
    ['an option without value', () => run('off', '--append'), /argument missing/],
    ['a bad size', () => run('off', '--memory', '1T'), /'1T' is not a size; write it like 128M or 1G/],
    ['a bad pattern', () => run('off', '--expect', '('), /not a regular expression/],
    ['a bad engine', () => run('off', '--engine', 'warp'), /Allowed choices are auto, jit, interpreter, lockstep/],
    [
      'a bad switch',
      () => run('off', '--accel', 'warp=on'),
      /acceleration: there is no 'warp'; choose from: linking, /,
    ],
    ['a bad value', () => run('off', '--accel', 'linking=7'), /acceleration: linking takes on or off, not 7/],
    [
      'no switch',
      () => run('off', '--accel', 'linking'),
      /'linking' is no switch; write name=on, name=off or name=number/,
    ],
    [
      'lockstep by the clock',
      () => run('off', '--engine', 'lockstep', '--clock', 'host'),
      /clock: engine 'lockstep' has/,
    ],
    ['lockstep alone', () => run('off', '--lockstep-chunk', '1'), /lockstep: these are options of engine 'lockstep'/],
    ['too many arguments', () => domzero(['run', 'a', 'b']), /too many arguments/],
    ['a path for an image', () => domzero(['run', './x']), /boot a file with --kernel \.\/x/],
    ['an unknown command', () => domzero(['fly']), /unknown command 'fly'/],
    ['an initrd for a boot sector', () => run('off', '--initrd', path('noise')), /takes no initrd/],
  ])('%s', async (_name, start, message) => {
    const { code, stdout, stderr } = await start();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^domzero: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
  test('help and version are no mistakes', async () => {
    const help = await domzero(['run', '--help']);
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/--expect <regex>/);
    expect(help.stdout).toMatch(/--accel <name=value,...>/);
    expect(help.stdout).toMatch(/--engine lockstep/);
    expect((await domzero(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
