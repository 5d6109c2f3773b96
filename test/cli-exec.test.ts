/** `domzero exec` as people run it: streams, exit codes, signals. Needs the build; builds the image that is missing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildImage } from '../web/cli/images.ts';

const MAIN = new URL('../dist/cli/main.js', import.meta.url);
const START = `const { main } = await import(${JSON.stringify(MAIN.href)}); await main(process.argv.slice(1));`;
const BUILD_MS = 1_800_000;

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}
interface Run {
  child: ChildProcess;
  result: Promise<Result>;
  /** Until standard output has it. */
  shows: (text: string) => Promise<void>;
}
function start(args: readonly string[], input?: Uint8Array | string): Run {
  const child = spawn(process.execPath, ['--input-type=module', '-e', START, '--', 'exec', ...args], { stdio: 'pipe' });
  const result: Result = { code: null, stdout: '', stderr: '' };
  child.stderr.on('data', (data: Buffer) => (result.stderr += data.toString()));
  let check = (): void => undefined;
  child.stdout.on('data', (data: Buffer) => {
    result.stdout += data.toString();
    check();
  });
  if (input !== undefined) child.stdin.end(input);
  const closed = new Promise<Result>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code }));
  });
  const shows = (text: string): Promise<void> =>
    new Promise((resolve) => {
      check = () => result.stdout.includes(text) && resolve();
      check();
    });
  return { child, result: closed, shows };
}
const exec = (args: readonly string[], input: Uint8Array | string = ''): Promise<Result> => start(args, input).result;

beforeAll(() => buildImage('linux-nano'), BUILD_MS);

describe('domzero exec', () => {
  test('passes output, errors and exit code on', async () => {
    const line = 'echo out; echo err >&2; exit 42';
    expect(await exec(['linux-nano', '--', line])).toEqual({ code: 42, stdout: 'out\n', stderr: 'err\n' });
  });
  test('takes several words as they are, with environment and folder', async () => {
    const words = ['sh', '-c', 'echo "$A $1 $PWD"', 'sh', '$HOME *'];
    const { code, stdout } = await exec(['linux-nano', '--env', 'A=b=c', '--cwd', '/tmp', '--', ...words]);
    expect([code, stdout]).toEqual([0, 'b=c $HOME * /tmp\n']);
  });
  test('passes binary input on', async () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 3);
    const { stdout } = await exec(['linux-nano', '--', 'md5sum'], bytes);
    expect(stdout).toBe(`${createHash('md5').update(bytes).digest('hex')}  -\n`);
  });
  test('ends with the command, though its own input stays open', async () => {
    const { result } = start(['linux-nano', '--', 'echo', 'done']);
    expect(await result).toEqual({ code: 0, stdout: 'done\n', stderr: '' });
  });
  test.each([
    ['SIGTERM', 'trap "echo caught; exit 5" TERM', { code: 5, stdout: 'ready\ncaught\n' }],
    ['SIGINT', 'true', { code: 130, stdout: 'ready\n' }],
  ] as const)('passes %s on', async (signal, trap, end) => {
    const { child, result, shows } = start(['linux-nano', '--', `${trap}; echo ready; while :; do sleep 0.1; done`]);
    await shows('ready');
    child.kill(signal);
    expect(await result).toMatchObject(end);
  });
  test('a time-out is 124', async () => {
    const { code, stderr } = await exec(['linux-nano', '--timeout', '1.5', '--', 'sleep 1000']);
    expect([code, stderr]).toEqual([124, 'domzero: the command was killed after 1.5 s\n']);
  });
  test('bounds output', async () => {
    const { stdout, stderr } = await exec(['linux-nano', '--limit-output', '5K', '--', 'yes']);
    expect([stdout.length, stderr]).toEqual([5120, 'domzero: the command wrote more than 5K and was ended\n']);
  });
  test('shows the console when asked to, on standard error', async () => {
    const { stdout, stderr } = await exec(['linux-nano', '--console', '--', 'sleep 1; echo x']);
    expect([stdout, stderr]).toEqual(['x\n', expect.stringContaining('Linux on DomZero') as string]);
  });
});

describe('what cannot be run is one line and code 125', () => {
  test.each<[string, string[], RegExp]>([
    ['no command', ['linux-nano'], /nothing to run; write it behind --: domzero exec linux -- uname -a/],
    ['no image', ['nano', '--', 'x'], /there is no image "nano"; there are: /],
    [
      'no folder',
      ['linux-nano', '--cwd', '/no', '--', 'pwd'],
      /exec: cwd '\/no': no such file or directory \(ENOENT\)/,
    ],
    ['a bad limit', ['linux-nano', '--limit-output', 'x', '--', 'pwd'], /--limit-output: 'x' is not a size/],
    ['no kernel', ['--kernel', '/no/kernel', '--', 'pwd'], /kernel: cannot read .*there is no such file/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await exec(args);
    expect([code, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(/^domzero: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });
  test('mistakes in the options are 2, help is none', async () => {
    expect((await exec(['linux-nano', '--env', 'A', '--', 'x'])).code).toBe(2);
    const { code, stdout } = await exec(['--help']);
    expect(code).toBe(0);
    for (const taught of [/^Examples:/m, /Exit codes: the command's/, /--limit-memory/, /docs\/sandbox\.md/])
      expect(stdout).toMatch(taught);
  });
});
