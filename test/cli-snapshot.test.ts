/** `--snapshot-out`, `--restore` and `domzero snapshot` as people use them. Bare-metal guests; needs the build. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootSector } from './support/kernel-images.ts';

const MAIN = new URL('../dist/cli/main.js', import.meta.url);
const START = `const { main } = await import(${JSON.stringify(MAIN.href)}); await main(process.argv.slice(1));`;
let folder: string;
const path = (name: string): string => join(folder, name);

const out = (port: number, value: number): number[] => [0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];
/** Each byte of COM1 is added to BX, and the sum's low byte printed: it remembers what it has heard. */
const SUM = [
  0xba, 0xfd, 0x03, 0xec, 0x24, 0x21, 0x3c, 0x21, 0x75, 0xf9, 0xba, 0xf8, 0x03, 0xec, 0x00, 0xc3, 0x88, 0xd8, 0xee, 0xeb,
  0xeb,
]; // prettier-ignore
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domzero-snapshot-'));
  await writeFile(path('sum'), bootSector([0x31, 0xdb, ...out(0x3f8, 0x3e), ...SUM]));
  await writeFile(path('off'), bootSector([0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef]));
});
afterAll(() => rm(folder, { recursive: true }));

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}
function start(args: readonly string[]): { child: ChildProcessWithoutNullStreams; done: Promise<Result> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', START, '--', ...args], { stdio: 'pipe' });
  const result: Result = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (result.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (result.stderr += data.toString()));
  const done = new Promise<Result>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code }));
  });
  return { child, done };
}
function domzero(...args: string[]): Promise<Result> {
  const { child, done } = start(args);
  child.stdin.end();
  return done;
}
const run = (...args: string[]): Promise<Result> =>
  domzero('run', '--kernel', path('sum'), '--memory', '4M', '--timeout', '60', ...args);

describe('domzero run', () => {
  test('saves when the script is through, and goes on there', async () => {
    const file = path('first.dzsnap');
    // '!' is 33, "'" 39: their sum is 'H'
    const saved = await run('--expect', '>', '--send', "!'", '--expect', 'H', '--snapshot-out', file);
    expect(saved).toMatchObject({ code: 0, stdout: '>!H' });
    expect(saved.stderr).toMatch(/^\[domzero\] saved in .*first\.dzsnap: [\d.]+ KiB\n$/);
    expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([]);
    for (const engine of ['interpreter', 'jit']) {
      const steps = ['--send', '\\x01', '--expect', 'I', '--timeout', '60', '--engine', engine];
      expect(await domzero('run', '--restore', file, ...steps)).toEqual({ code: 0, stdout: 'I', stderr: '' });
    }
    // With a kernel it can be booted again
    const { code, stderr } = await run('--restore', file);
    expect(code).toBe(2);
    expect(stderr).toContain('--memory: a saved machine has the memory that it was saved with');
    const kernel = ['--kernel', path('sum'), '--restore', file];
    expect(await domzero('run', ...kernel, '--send', '\\x02', '--expect', 'J', '--timeout', '60')).toMatchObject({
      code: 0,
      stdout: 'J',
    });
  });
  test('saves at a timeout, and at a signal', async () => {
    const late = path('late.dzsnap');
    const timedOut = await run('--expect', 'never', '--timeout', '1', '--snapshot-out', late);
    expect(timedOut.code).toBe(1);
    expect(timedOut.stderr).toContain('timeout after 1 s waiting for /never/');
    expect(await domzero('snapshot', 'info', late)).toMatchObject({ code: 0 });
    const killed = path('killed.dzsnap');
    const { child, done } = start(['run', '--kernel', path('sum'), '--snapshot-out', killed]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    expect((await done).code).toBe(143);
    expect(await domzero('snapshot', 'info', killed)).toMatchObject({ code: 0 });
  });
  test('what cannot be saved or written is said, and leaves what was there', async () => {
    const { code, stderr } = await domzero('run', '--kernel', path('off'), '--snapshot-out', path('none.dzsnap'));
    expect([code, stderr]).toEqual([1, 'domzero: --snapshot-out: the machine is off, there is nothing to save\n']);
    const nowhere = await run('--expect', '>', '--snapshot-out', path('no/such/folder'));
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toMatch(/^domzero: cannot write .*ENOENT[^\n]*\n$/);
    expect(await readdir(folder)).not.toContain('none.dzsnap');
  });
  test('a file that cannot be used is one line, and 2', async () => {
    await writeFile(path('broken.dzsnap'), (await readFile(path('first.dzsnap'))).subarray(0, -100));
    expect(await domzero('run', '--restore', path('broken.dzsnap'))).toEqual({
      code: 2,
      stdout: '',
      stderr: 'domzero: snapshot: the file ends too early: it was cut off\n',
    });
    expect(await domzero('run', '--restore', path('sum'))).toMatchObject({
      code: 2,
      stderr: 'domzero: snapshot: this file is no snapshot of DomZero\n',
    });
  });
});

describe('domzero snapshot', () => {
  test('info tells what is in it', async () => {
    const { code, stdout, stderr } = await domzero('snapshot', 'info', path('first.dzsnap'));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^name +first$/m);
    expect(stdout).toMatch(/^memory +4 MiB, \d pages of 4 KiB stored$/m);
    expect(stdout).toMatch(/^booted +boot sector, kernel [0-9a-f]{16}$/m);
    expect(stdout).toMatch(/^parent +\(none: it is whole\)$/m);
    expect(stdout).toContain('  | >!H');
    const json = JSON.parse((await domzero('snapshot', 'info', path('first.dzsnap'), '--json')).stdout) as object;
    expect(json).toMatchObject({ format: 1, header: { name: 'first', memory: 4 * 2 ** 20, clock: 'host' } });
  });
  test('what is wrong with a file is one line', async () => {
    expect(await domzero('snapshot', 'info', path('sum'))).toEqual({
      code: 2,
      stdout: '',
      stderr: 'domzero: snapshot: this file is no snapshot of DomZero\n',
    });
    const missing = await domzero('snapshot', 'info', path('missing'));
    expect(missing.stderr).toBe(`domzero: cannot read ${path('missing')}: there is no such file\n`);
  });
  test('help teaches', async () => {
    const help = (await domzero('snapshot', '--help')).stdout;
    for (const word of ['--snapshot-out', '--restore', 'docs/snapshot-format.md', 'info']) expect(help).toContain(word);
    expect((await domzero('snapshot', 'info', '--help')).stdout).toContain('checksum');
  });
});
