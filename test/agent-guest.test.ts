/**
 * Commands and files in real guests. Oracles: what a shell and Linux do, sums made by the guest's own tools and by Node.
 * Builds the images that are missing; needs the core.
 */
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImage, resolveImage } from '../web/cli/images.ts';
import { createMachine, type FileError, type Machine, type MachineOptions } from '../web/client/index.ts';
import { Random } from './support/random.ts';

const BUILD_MS = 1_800_000;
const machines: Machine[] = [];
async function boot(name: string, options: Partial<MachineOptions> = {}): Promise<Machine> {
  await buildImage(name);
  const { kernel, initramfs, manifest } = await resolveImage(name);
  const machine = await createMachine({
    kernel: pathToFileURL(kernel),
    initrd: pathToFileURL(initramfs),
    commandLine: manifest.commandLine,
    memory: '64M',
    agent: manifest.agent,
    worker: false,
    ...options,
  });
  machines.push(machine);
  await machine.start();
  return machine;
}
afterAll(() => Promise.all(machines.map((machine) => machine.dispose())));

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
function noise(size: number): Uint8Array {
  const random = new Random(7);
  return new Uint8Array(size).map(() => random.below(256));
}

describe.each(['linux-nano', 'linux'])('%s', (name) => {
  let vm: Machine;
  let screen = '';
  beforeAll(async () => {
    vm = await boot(name);
    vm.on('console', (bytes) => void (screen += new TextDecoder().decode(bytes)));
  }, BUILD_MS);

  describe('a command', () => {
    test('waits for the boot; output, errors and exit code come back', async () => {
      expect(await vm.exec('echo out; echo err >&2; exit 3')).toEqual({
        stdout: 'out\n',
        stderr: 'err\n',
        exitCode: 3,
        signal: null,
        ended: 'exit',
      });
    });
    test('reads its input to the end', async () => {
      const { stdout } = await vm.exec('sort | uniq -c', { stdin: 'b\na\nb\n' });
      expect(stdout).toBe('      1 a\n      2 b\n');
      expect((await vm.exec('cat; echo end')).stdout).toBe('end\n');
    });
    test('given as a list is not looked at by a shell', async () => {
      expect((await vm.exec(['echo', '$HOME  *', 'a"b'])).stdout).toBe('$HOME  * a"b\n');
      expect(await vm.exec(['no-such-command'])).toMatchObject({ exitCode: 127 });
    });
    test('has the environment and the folder that it was given', async () => {
      const { stdout } = await vm.exec('echo "$A|$HOME|${USER-none}|$PWD"', {
        env: { A: 'x y', USER: undefined },
        cwd: '/tmp',
      });
      expect(stdout).toBe('x y|/root|none|/tmp\n');
      const message = "exec: cwd '/no/such': no such file or directory (ENOENT)";
      await expect(vm.exec('true', { cwd: '/no/such' })).rejects.toThrow(message);
    });
    test('can be many at once', async () => {
      const numbers = Array.from({ length: 40 }, (_, i) => i);
      const all = await Promise.all(numbers.map((i) => vm.exec(`cat; echo ${i} >&2; exit ${i}`, { stdin: `in ${i}` })));
      expect(all.map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode])).toEqual(
        numbers.map((i) => [`in ${i}`, `${i}\n`, i]),
      );
    });
    test('gets and gives half a megabyte, byte by byte the same', async () => {
      const bytes = noise(1 << 19);
      const { stdout } = await vm.exec('tee /tmp/copy', { stdin: new Blob([bytes as BlobPart]), encoding: 'bytes' });
      expect(md5(stdout)).toBe(md5(bytes));
      expect((await vm.exec('md5sum < /tmp/copy')).stdout).toBe(`${md5(bytes)}  -\n`);
    });
    test('does not hold others up while nobody reads it', async () => {
      const flood = vm.exec('yes');
      const reader = flood.stdout.getReader();
      expect((await vm.exec('echo through')).stdout).toBe('through\n');
      expect((await reader.read()).value?.[0]).toBe(0x79);
      await reader.cancel();
      expect(await flood).toMatchObject({ signal: 'SIGPIPE', ended: 'signal' });
    });
    test('streams while it runs', async () => {
      const input = new TransformStream<string, string>();
      const writer = input.writable.getWriter();
      const process = vm.exec('while read line; do echo "<$line>"; done', { stdin: input.readable });
      const reader = process.stdout.getReader();
      for (const word of ['one', 'two']) {
        await writer.write(`${word}\n`);
        expect(new TextDecoder().decode((await reader.read()).value)).toBe(`<${word}>\n`);
      }
      await writer.close();
      expect((await process).exitCode).toBe(0);
    });
    test('that ends may leave others behind without being waited for', async () => {
      const { stdout, ended } = await vm.exec('sleep 1000 & echo $!');
      expect(ended).toBe('exit');
      expect((await vm.exec(`kill ${stdout}`)).exitCode).toBe(0);
    });
  });

  describe('a command is ended', () => {
    const sleepers = async (): Promise<string> => (await vm.exec('ps | grep "[s]leep 98765"')).stdout;
    test('by its time-out, with all that it started', async () => {
      const result = await vm.exec('sleep 98765 & sleep 98765 | cat', { timeout: 3000 });
      expect(result).toMatchObject({ ended: 'timeout', signal: 'SIGKILL', exitCode: null });
      expect(await sleepers()).toBe('');
    });
    test('by a signal, of its own or from outside', async () => {
      expect(await vm.exec('kill -USR1 $$')).toMatchObject({ signal: 'SIGUSR1', exitCode: null, ended: 'signal' });
      const process = vm.exec('trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.1; done');
      const reader = process.stdout.getReader();
      expect(new TextDecoder().decode((await reader.read()).value)).toBe('ready\n');
      process.kill('SIGINT');
      expect(new TextDecoder().decode((await reader.read()).value)).toBe('caught\n');
      expect(await process).toMatchObject({ exitCode: 9, signal: null });
    });
    test('by an AbortSignal', async () => {
      const controller = new AbortController();
      const process = vm.exec('echo $$; exec sleep 98765', { signal: controller.signal });
      const reader = process.stdout.getReader();
      await reader.read();
      controller.abort(new Error('changed my mind'));
      await expect(process).rejects.toThrow('changed my mind');
      expect(await sleepers()).toBe('');
    });
    test('when it writes more than may be kept', async () => {
      const { stdout, ended } = await vm.exec('yes', { maxOutput: 100_000 });
      expect([stdout.length, ended]).toEqual([100_000, 'output']);
    });
  });

  describe('files', () => {
    test('go there and back as they are', async () => {
      const bytes = noise(300_000);
      await vm.files.write('/tmp/a "b" $c', bytes, { mode: 0o600 });
      expect(md5(await vm.files.read('/tmp/a "b" $c'))).toBe(md5(bytes));
      expect(await vm.files.stat('/tmp/a "b" $c')).toMatchObject({
        name: 'a "b" $c',
        type: 'file',
        size: 300_000,
        mode: 0o600,
        uid: 0,
      });
      await vm.files.write('/tmp/t', 'grüß');
      await vm.files.write('/tmp/t', ' dich', { append: true });
      expect(await vm.files.readText('/tmp/t')).toBe('grüß dich');
      await vm.files.write('/tmp/t', 'short');
      expect((await vm.exec('cat /tmp/t')).stdout).toBe('short');
      expect(await vm.files.read('/proc/self/comm')).toEqual(new Uint8Array(Buffer.from('domzero-agent\n')));
    });
    test('come piece by piece', async () => {
      await vm.exec('seq 1 20000 > /tmp/seq');
      let text = '';
      for await (const bytes of vm.files.stream('/tmp/seq')) text += new TextDecoder().decode(bytes);
      expect(text).toBe(Array.from({ length: 20_000 }, (_, i) => `${i + 1}\n`).join(''));
    });
    test('folders are made, listed, renamed and removed', async () => {
      await vm.files.mkdir('/tmp/d/e/f', { recursive: true });
      await vm.files.mkdir('/tmp/d/e/f', { recursive: true });
      await vm.files.write('/tmp/d/z', 'zz');
      await vm.exec('ln -s z /tmp/d/link; mkfifo /tmp/d/fifo');
      const list = async (path: string) => (await vm.files.list(path)).map(({ name, type }) => `${name}: ${type}`);
      expect(await list('/tmp/d')).toEqual(['e: directory', 'fifo: fifo', 'link: symlink', 'z: file']);
      expect((await vm.files.stat('/tmp/d/link')).type).toBe('file');
      expect((await vm.files.stat('/tmp/d/link', { follow: false })).type).toBe('symlink');
      await vm.files.rename('/tmp/d/z', '/tmp/d/y');
      expect(await list('/tmp/d/')).toContain('y: file');
      await vm.files.remove('/tmp/d/y');
      await vm.files.mkdir('/tmp/d/many');
      await vm.exec('for i in $(seq 300); do : > /tmp/d/many/some-longer-name-$i; done');
      expect((await vm.files.list('/tmp/d/many')).length).toBe(300);
      await vm.files.remove('/tmp/d', { recursive: true });
      expect((await vm.exec('ls -d /tmp/d')).exitCode).toBe(1);
    });
    test.each<[string, () => Promise<unknown>, string, string]>([
      ['read', () => vm.files.read('/no/file'), 'ENOENT', 'read /no/file: no such file or directory (ENOENT)'],
      ['read a folder', () => vm.files.read('/tmp'), 'EISDIR', 'read /tmp: it is a directory (EISDIR)'],
      ['list a file', () => vm.files.list('/etc/passwd'), 'ENOTDIR', 'list /etc/passwd: not a directory (ENOTDIR)'],
      ['make twice', () => vm.files.mkdir('/tmp'), 'EEXIST', 'mkdir /tmp: it exists already (EEXIST)'],
      ['remove a full folder', () => vm.files.remove('/etc'), 'ENOTEMPTY', 'remove /etc: the directory is not empty (ENOTEMPTY)'],
      ['remove nothing', () => vm.files.remove('/nothing'), 'ENOENT', 'remove /nothing: no such file or directory (ENOENT)'],
      ['write into a folder', () => vm.files.write('/tmp', 'x'), 'EISDIR', 'write /tmp: it is a directory (EISDIR)'],
      ['write anew', () => vm.files.write('/etc/passwd', 'x', { exclusive: true }), 'EEXIST', 'write /etc/passwd: it exists already (EEXIST)'],
      ['write a full device', () => vm.files.write('/dev/full', 'x'), 'ENOSPC', 'write /dev/full: no space left (ENOSPC)'],
    ])('%s: refused with the name of Linux', async (_, call, code, message) => {
      const error = (await call().catch((reason: unknown) => reason)) as FileError;
      expect([error.name, error.code, error.message]).toEqual(['FileError', code, message]);
    }); // prettier-ignore
    test('that are not there may be removed by force; one that never answers can be given up', async () => {
      await vm.files.remove('/nothing', { force: true });
      await vm.exec('mkfifo /tmp/fifo');
      await expect(vm.files.read('/tmp/fifo', { timeout: 500 })).rejects.toThrow(
        /^files.read: (\/tmp\/fifo: not done|the guest's agent did not answer) within 500 ms/,
      );
    });
  });

  describe('the terminal', () => {
    test('shows nothing of all this', () => {
      // The kernel may report what it has killed
      const lines = screen.split(/\r?\n/).filter((line) => !/^\[ *\d+\.\d+\]/.test(line));
      expect(lines.at(-1)).toMatch(/:~# /);
      expect(screen).not.toMatch(/through|caught|domzero-agent|\xd1|\xd0/);
    });
    test('has the second port no more', async () => {
      await expect(vm.send('x', 'com2')).rejects.toThrow(/^send: com2 belongs to the guest's agent/);
    });
  });

  describe('what restarts', () => {
    test('an agent that is killed: calls fail, init starts it again, the next call works', async () => {
      const running = vm.exec('sleep 98765').catch((error: unknown) => String(error));
      await vm.exec('kill -9 $(pidof domzero-agent)', { timeout: 60_000 }).catch(() => undefined);
      expect(await running).toMatch(/exec: the guest's agent (was restarted|has not answered)/);
      expect((await vm.exec('echo back')).stdout).toBe('back\n');
    }, 90_000);
    test('a guest that boots again', async () => {
      const running = vm.exec('sleep 98765').catch((error: unknown) => String(error));
      await vm.exec('true');
      await vm.reset();
      expect(await running).toMatch(/exec: the (machine was reset|guest's agent was restarted)/);
      expect((await vm.exec('echo again')).stdout).toBe('again\n');
    }, 90_000);
  });
});

describe('limits', () => {
  let vm: Machine;
  beforeAll(async () => void (vm = await boot('linux')), BUILD_MS);
  test('of memory, for the command and all that it starts', async () => {
    expect(await vm.exec('tail /dev/zero', { memory: '8M' })).toMatchObject({ ended: 'memory', signal: 'SIGKILL' });
    expect(await vm.exec('echo fits', { memory: '8M' })).toMatchObject({ ended: 'exit', stdout: 'fits\n' });
    // No group is left behind
    expect((await vm.exec('ls -d /sys/fs/cgroup/domzero-*')).exitCode).toBe(1);
  });
  test('of the guest itself: the command goes, the agent stays, and it is said', async () => {
    expect(await vm.exec('tail /dev/zero')).toMatchObject({ ended: 'memory' });
    expect((await vm.exec('echo alive')).stdout).toBe('alive\n');
  });
  test('of processes', async () => {
    const { stderr } = await vm.exec('sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait', { processes: 3 });
    expect(stderr).toMatch(/can't fork/);
  });
});

describe('a machine', () => {
  test('in a Worker', async () => {
    const workerUrl = new URL('../dist/machine/worker.js', import.meta.url);
    const vm = await boot('linux-nano', { worker: true, workerUrl });
    const { stdout } = await vm.exec('md5sum', { stdin: noise(100_000) });
    expect(stdout).toBe(`${md5(noise(100_000))}  -\n`);
  });
  test('by the instruction clock', async () => {
    const vm = await boot('linux-nano', { clock: 'instructions' });
    expect((await vm.exec('echo tick')).stdout).toBe('tick\n');
    await vm.pause(); // its idle guest keeps the host busy
  });
  test('without an agent says so', async () => {
    const vm = await boot('linux-nano', { agent: false });
    const message = "the machine was created without 'agent: true', for an image that has one (docs/sandbox.md)";
    await expect(vm.exec('true')).rejects.toThrow(`exec: ${message}`);
    await expect(vm.files.read('/x')).rejects.toThrow(message);
    await vm.send('x', 'com2');
    await vm.powerOff();
  });
});
