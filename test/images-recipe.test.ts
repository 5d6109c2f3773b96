/**
 * The shell library of the recipes: the initramfs it writes, the options it insists on, how it counts.
 * Oracle for the archive: the "newc" format of cpio(5), read here independently, and cpio itself where it is installed.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locate } from '../web/cli/images/catalogue.ts';

const { images } = locate();
let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'domzero-recipe-'));
});

afterEach(() => rm(base, { recursive: true, force: true }));

/** Runs `script` after sourcing a part of the library; stdout as bytes. */
async function shell(part: string, script: string, env: Record<string, string> = {}): Promise<Buffer> {
  const text = `set -eu; work=${base}; root=${base}/root; progress() { :; }; fail() { echo "$2"; exit 9; }
. ${images}/common/${part}.sh
${script}`;
  const options = { encoding: 'buffer' as const, maxBuffer: 1 << 24, env: { ...process.env, LC_ALL: 'C', ...env } };
  return (await promisify(execFile)('sh', ['-c', text], options)).stdout;
}

interface Entry {
  name: string;
  mode: number;
  inode: number;
  mtime: number;
  device: number[];
  data: string;
}

/** cpio(5), "New ASCII Format": magic, thirteen fields of eight hexadecimal digits, name and data padded to four. */
function readNewc(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let offset = 0; ;) {
    expect(archive.toString('latin1', offset, offset + 6)).toBe('070701');
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', offset + 6 + index * 8, offset + 14 + index * 8), 16);
    const nameSize = field(11);
    const name = archive.toString('utf8', offset + 110, offset + 110 + nameSize - 1);
    expect(archive[offset + 110 + nameSize - 1]).toBe(0);
    const start = (offset + 110 + nameSize + 3) & ~3;
    const size = field(6);
    if (name === 'TRAILER!!!') return entries;
    const data = archive.toString('utf8', start, start + size);
    entries.push({ name, mode: field(1), inode: field(0), mtime: field(5), device: [field(9), field(10)], data });
    offset = (start + size + 3) & ~3;
  }
}

describe('the initramfs archive', () => {
  async function fill(): Promise<void> {
    const root = join(base, 'root');
    await mkdir(join(root, 'dev'), { recursive: true });
    await mkdir(join(root, 'etc'));
    // Sizes and name lengths of every remainder modulo four
    for (let length = 0; length < 9; length++)
      await writeFile(join(root, 'etc', 'f'.repeat(length + 1)), 'x'.repeat(length));
    await writeFile(join(root, 'run'), '#!/bin/sh\n');
    await chmod(join(root, 'run'), 0o755);
    await symlink('bin/busybox', join(root, 'init'));
  }

  it('holds files, folders, links and the console in the format of cpio(5)', async () => {
    await fill();
    const entries = readNewc(await shell('initramfs', 'write_archive'));
    const byName = new Map(entries.map((entry) => [entry.name, entry]));
    expect(byName.get('etc')?.mode).toBe(0o40755);
    expect(byName.get('run')).toMatchObject({ mode: 0o100755, data: '#!/bin/sh\n' });
    expect(byName.get('init')).toMatchObject({ mode: 0o120777, data: 'bin/busybox' });
    expect(byName.get('dev/console')).toMatchObject({ mode: 0o20600, device: [5, 1] });
    for (let length = 0; length < 9; length++) {
      expect(byName.get(`etc/${'f'.repeat(length + 1)}`)).toMatchObject({ mode: 0o100644, data: 'x'.repeat(length) });
    }
    expect(new Set(entries.map((entry) => entry.inode)).size).toBe(entries.length);
    // A folder stands before what is in it: the kernel does not make parents
    expect(entries.findIndex((entry) => entry.name === 'etc')).toBeLessThan(
      entries.findIndex((entry) => entry.name === 'etc/f'),
    );
  });

  it('does not depend on times', async () => {
    await fill();
    const before = await shell('initramfs', 'write_archive');
    await utimes(join(base, 'root', 'run'), 1e9, 1e9);
    expect((await shell('initramfs', 'write_archive')).equals(before)).toBe(true);
    expect(readNewc(before).every((entry) => entry.mtime === 0)).toBe(true);
  });

  it.skipIf(spawnSync('cpio', ['--version']).error !== undefined)('is read by cpio', async () => {
    await fill();
    const archive = await shell('initramfs', 'write_archive');
    const list = execFileSync('cpio', ['-it', '--quiet'], { input: archive, encoding: 'utf8' }).trim().split('\n');
    expect(list).toEqual(readNewc(archive).map((entry) => entry.name));
  });
});

describe('the kernel step', () => {
  it('refuses options that kconfig dropped without a word', async () => {
    await mkdir(join(base, 'objects'));
    await writeFile(
      join(base, 'kernel.config'),
      'CONFIG_NET=y\n# CONFIG_PCI is not set\nCONFIG_GONE=y\nCONFIG_TEXT="a"\n',
    );
    await writeFile(join(base, 'objects', '.config'), 'CONFIG_NET=y\nCONFIG_TEXT="b"\n');
    const run = shell('kernel', 'check_config', { here: base });
    await expect(run).rejects.toMatchObject({
      code: 9,
      stdout: expect.objectContaining({ length: expect.any(Number) as number }) as Buffer,
    });
    const output = await run.catch((error: { stdout: Buffer }) => error.stdout.toString());
    expect(output).toBe('kernel.config asks for options that this kernel does not accept: CONFIG_GONE=y\n');
  });

  it('counts compiled objects, one line a per cent, never 100', async () => {
    const lines = [
      '  CC      fs/namei.o',
      '  HOSTCC  scripts/x',
      "make: Entering directory 'x'",
      '  AS      a.o',
      '  AR      lib.a',
    ];
    await writeFile(join(base, 'make.log'), `${lines.join('\n')}\n${'  CC      b.o\n'.repeat(3)}`);
    await shell('kernel', 'count_objects 4 <"$work/make.log" 3>"$work/progress" >"$work/log"');
    expect(await readFile(join(base, 'progress'), 'utf8')).toBe(
      '@progress compile 0.25 fs/namei.o\n@progress compile 0.50 a.o\n@progress compile 0.75 lib.a\n',
    );
    expect(await readFile(join(base, 'log'), 'utf8')).toBe(await readFile(join(base, 'make.log'), 'utf8'));
  });
});

describe('the agent', () => {
  // ELF header, System V ABI: class in byte 4, type at 16, machine at 18; program headers of type 3 name an interpreter
  it.skipIf(spawnSync('cc', ['--version']).error !== undefined).each([
    ['i386', 1, 3, 28, 42, 32],
    ['amd64', 2, 62, 32, 54, 56],
  ])('is one small static program for %s, the same each time', async (architecture, bits, machine, at, size, step) => {
    const file = join(base, 'agent');
    const compile = () => shell('agent', `images=${images}; compile_agent ${architecture} ${file}`);
    await compile();
    const program = await readFile(file);
    expect(program.toString('latin1', 0, 4)).toBe('\x7fELF');
    expect([program[4], program.readUInt16LE(16), program.readUInt16LE(18)]).toEqual([bits, 2, machine]);
    const headers = Array.from({ length: program.readUInt16LE(size + 2) }, (_, i) =>
      program.readUInt32LE(program.readUInt32LE(at) + i * step),
    );
    expect(headers).toContain(1);
    expect(headers).not.toContain(3);
    expect(program.length).toBeLessThan(16_384);
    await compile();
    expect((await readFile(file)).equals(program)).toBe(true);
  });
});

describe('a recipe', () => {
  it('that finds no apt-get says so, and leaves nothing in its result folder but the log', async () => {
    // Just enough commands to come to the question; apt-get is not among them
    const bin = join(base, 'bin');
    await mkdir(bin);
    for (const name of ['dirname', 'basename', 'mkdir', 'mktemp', 'rm', 'sed', 'head', 'uname', 'id']) {
      await symlink(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    const out = join(base, 'out');
    const run = spawnSync('/bin/sh', [join(images, 'linux-nano', 'recipe.sh'), out], {
      env: { PATH: bin, DOMZERO_CACHE: join(base, 'cache'), TMPDIR: base },
      encoding: 'utf8',
    });
    expect(run.stdout).toBe('@error system this system has no apt-get, and the recipe works from Debian packages\n');
    expect(run.status).toBe(1);
    expect(execFileSync('ls', [out], { encoding: 'utf8' })).toBe('build.log\n');
  });

  it.each(['linux', 'linux-nano', 'linux64'])('%s is a valid shell script, as are its parts', (name) => {
    const scripts = [
      `${name}/recipe.sh`,
      ...['lib', 'packages', 'kernel', 'initramfs', 'finish'].map((part) => `common/${part}.sh`),
    ];
    for (const script of scripts) {
      expect(spawnSync('sh', ['-n', join(images, script)], { encoding: 'utf8' }).stderr).toBe('');
    }
  });
});

describe('inside the guest', () => {
  const overlay = join(images, 'common', 'rootfs');

  it.each([
    'rootfs/usr/bin/help',
    'rootfs/usr/bin/resize',
    'rootfs/etc/profile',
    'rootfs/etc/shrc',
    'rootfs-whole/etc/init.d/rcS',
    'rootfs-whole/etc/udhcpc/default.script',
  ])('%s is a valid shell script', (path) => {
    expect(spawnSync('sh', ['-n', join(images, 'common', path)], { encoding: 'utf8' }).stderr).toBe('');
  });

  it('every help page begins with its name and what it is about, and fits 80 columns of ASCII', async () => {
    for (const folder of [overlay, join(images, 'common', 'rootfs-whole')]) {
      const pages = execFileSync('ls', [join(folder, 'usr/share/help')], { encoding: 'utf8' })
        .trim()
        .split('\n');
      for (const page of pages) {
        const text = await readFile(join(folder, 'usr/share/help', page), 'utf8');
        if (page !== 'index') expect(text.split('\n')[0]).toMatch(new RegExp(`^${page} - \\S`));
        expect(text).toMatch(/^[\n -~]*$/);
        expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(80);
      }
    }
  });

  it('help shows the overview with its topics, a page, and refuses what it does not know', async () => {
    const script = (await readFile(join(overlay, 'usr/bin/help'), 'utf8')).replace('pages=/', `pages=${overlay}/`);
    const help = (...args: string[]) => spawnSync('sh', ['-s', '--', ...args], { input: script, encoding: 'utf8' });
    expect(help().stdout).toMatch(/\n {2}keys +editing, history and job control at the prompt\n/);
    expect(help('keys').stdout).toBe(await readFile(join(overlay, 'usr/share/help/keys'), 'utf8'));
    for (const word of ['../../etc/passwd', '--nothing', 'nosuchtopic']) {
      const answer = help(word);
      expect(answer.status).toBe(1);
      expect(answer.stderr).toContain(word);
    }
  });
});
