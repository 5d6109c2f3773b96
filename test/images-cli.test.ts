/** `domzero images` as a user types it. Nothing is built: the recipes are the project's, the cache is empty. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError, type Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { imagesCommand } from '../web/cli/images.ts';
import { progressBar } from '../web/cli/images/bar.ts';

let cache: string;
let written: string;
let complained: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'domzero-cli-'));
  vi.stubEnv('DOMZERO_CACHE', cache);
  written = complained = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((complained += String(text)), true));
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

/** Runs the command; the exit code that it asked for, 0 when it just returned. */
async function run(...args: string[]): Promise<number> {
  const command = imagesCommand();
  const all: Command[] = [command, ...command.commands];
  for (const each of all) each.exitOverride();
  try {
    await command.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

describe('domzero images', () => {
  it.each([[[]], [['list']]])('prints a table of all images (%j)', async (args) => {
    expect(await run(...args)).toBe(0);
    const lines = written.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^NAME +TITLE +STATUS +SIZE +MEMORY$/);
    expect(lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['linux', 'linux-nano', 'linux64']);
    for (const line of lines.slice(1)) expect(line).toMatch(/ (built|not built|recipe changed|in the cache) .*\d+M$/);
  });

  it('shows an image, also as JSON', async () => {
    expect(await run('show', 'linux-nano')).toBe(0);
    expect(written).toMatch(/^linux-nano: Linux nano \(i386\)\n/);
    expect(written).toMatch(/\ncommand line +console=ttyS0 /);
    expect(written).toMatch(/\nlicence +kernel: GPL-2.0-only WITH Linux-syscall-note \(package linux-source-6.1\)\n/);
    written = '';
    expect(await run('show', 'linux', '--json')).toBe(0);
    expect(JSON.parse(written)).toMatchObject({ name: 'linux', architecture: 'i386', prompt: 'linux:~# ' });
  });

  it.each([['build'], ['show']])('%s answers an unknown name with one line that names the known ones', async (verb) => {
    expect(await run(verb, 'linx')).toBe(1);
    expect(complained).toBe('domzero images: there is no image "linx"; there are: linux, linux-nano, linux64\n');
    expect(written).toBe('');
  });

  it('refuses an unknown container engine', async () => {
    expect(await run('build', 'linux', '--container', 'lxc')).toBe(1);
    expect(complained).toMatch(/argument 'lxc' is invalid. Allowed choices are docker, podman/);
  });

  it('teaches in its help', async () => {
    expect(await run('--help')).toBe(0);
    for (const word of [
      'build',
      'show',
      'images/dist/',
      'DOMZERO_CACHE',
      'domzero images build linux-nano',
      '--container',
    ]) {
      expect(written).toContain(word);
    }
  });
});

describe('the progress bar', () => {
  it('shows nothing before there is progress, and says in a log how far it is', () => {
    const bar = progressBar('linux', process.stderr);
    expect(complained).toBe('');
    bar.update({ phase: 'compile', fraction: 0.5, message: 'fs/namei.o' });
    bar.stop();
    expect(complained).toMatch(/linux \[.*\] 50% \d+s fs\/namei\.o/);
    bar.stop();
  });
});
