/** What createMachine() refuses, before anything is fetched or started. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createMachine, identifyFile, parseMemory, type MachineOptions } from '../web/client/index.ts';
import { checkOptions } from '../web/client/options.ts';
import { bootSector, bzImage, elf, pvhKernel } from './support/kernel-images.ts';

const kernel = bootSector([0xf4]);

describe('options', () => {
  test('have defaults', () => {
    expect(checkOptions({ kernel })).toEqual({
      commandLine: '',
      memory: 128 * 2 ** 20,
      engine: 'auto',
      acceleration: {},
      lockstep: undefined,
      cpuShare: 1,
      clock: 'host',
      epoch: undefined,
      noReboot: false,
      debugExit: false,
      debugConsole: false,
      traceUndefined: false,
      traceRegions: false,
      wasmUrl: undefined,
    });
  });
  test.each<[Record<string, unknown>, string]>([
    [{ kernel: undefined }, 'kernel: give a Uint8Array, ArrayBuffer, Blob or URL'],
    [{ kernel: '' }, 'kernel: give a Uint8Array, ArrayBuffer, Blob or URL'],
    [{ initrd: 5 }, 'initrd: give a Uint8Array, ArrayBuffer, Blob or URL'],
    [{ memory: '3M' }, 'memory: 3 MiB is out of range; a machine can have 4M to 2G'],
    [{ memory: 2 ** 32 }, 'memory: 4 GiB is out of range; a machine can have 4M to 2G'],
    [{ memory: 'lots' }, "memory: 'lots' is not a size; write it like 128M or 1G"],
    [{ memory: {} }, "memory: give bytes, or a size like '128M'"],
    [{ memory: 2 ** 26 + 5 }, 'memory: 67108869 bytes is not a whole number of 4 KiB pages'],
    [{ engine: 'warp' }, "engine: there is no 'warp'; choose from: auto, jit, interpreter, lockstep"],
    [{ acceleration: 'linking' }, 'acceleration: give an object of names and values'],
    [{ acceleration: { linking: 'off' } }, "acceleration: linking takes true, false or a number, not 'off'"],
    [{ cpuShare: 0 }, "cpuShare: '0' is not a share of one core; give a number above 0, up to 1"],
    [{ cpuShare: 1.5 }, "cpuShare: '1.5' is not a share of one core; give a number above 0, up to 1"],
    [{ cpuShare: '50%' }, "cpuShare: '50%' is not a share of one core; give a number above 0, up to 1"],
    [{ lockstep: { chunk: 5 } }, "lockstep: these are options of engine 'lockstep'"],
    [{ engine: 'lockstep', lockstep: 5 }, 'lockstep: give an object of options'],
    [{ engine: 'lockstep', lockstep: { chunk: 0 } }, 'lockstep: chunk takes a whole number from 1 up'],
    [{ engine: 'lockstep', lockstep: { chnk: 1 } }, "lockstep: there is no 'chnk'; choose from: chunk, memory, from"],
    [
      { engine: 'lockstep', clock: 'host' },
      "clock: engine 'lockstep' has 'instructions' only: two machines see the host's clock differently",
    ],
    [{ clock: 'sun' }, "clock: there is no 'sun'; choose from: host, instructions"],
    [{ epoch: -1 }, 'epoch: give seconds since 1970, up to the year 9999'],
    [{ commandLine: 7 }, 'commandLine: give a string'],
    [{ commandLine: 'a\0b' }, 'commandLine: it may not contain a zero character'],
    [{ worker: 'yes' }, 'worker: give a boolean'],
    [{ agent: 'yes' }, 'agent: give a boolean'],
    [{ onProgress: true }, 'onProgress: give a function'],
    [{ wasmUrl: 'http://' }, "wasmUrl: 'http://' is not a URL"],
    [{ kernl: kernel }, "createMachine: there is no option 'kernl'"],
  ])('%j: %s', async (bad, message) => {
    await expect(createMachine({ kernel, ...bad })).rejects.toThrow(new Error(message));
  });
  test('lockstep brings its clock', () => {
    expect(checkOptions({ kernel, engine: 'lockstep' })).toMatchObject({ clock: 'instructions', lockstep: undefined });
    const lockstep = { chunk: 10, from: 0 };
    expect(checkOptions({ kernel, engine: 'lockstep', lockstep, clock: 'instructions' })).toMatchObject({ lockstep });
  });
  test('files that cannot be had are one line', async () => {
    const make = (options: Partial<MachineOptions>) => createMachine({ kernel, worker: false, ...options });
    await expect(make({ kernel: 'no/such/file' })).rejects.toThrow(
      /^kernel: cannot read .*no\/such\/file: there is no such file$/,
    );
    await expect(make({ initrd: '.' })).rejects.toThrow(/^initrd: cannot read .*: that is a directory$/);
    await expect(make({ kernel: 'http://127.0.0.1:9/' })).rejects.toThrow(/^kernel: cannot fetch .*does not answer$/);
    await expect(make({ kernel: new Uint8Array(0) })).rejects.toThrow('kernel: the file is empty');
    const broken = gzipSync(kernel).subarray(0, 20);
    await expect(make({ kernel: broken })).rejects.toThrow('kernel: starts like a gzip file but is damaged or cut off');
    const bomb = gzipSync(new Uint8Array(5 * 2 ** 20));
    await expect(make({ initrd: bomb, memory: '4M' })).rejects.toThrow(
      "initrd: unpacks to more than the machine's memory of 4 MiB",
    );
    await expect(make({ signal: AbortSignal.abort(new Error('changed my mind')) })).rejects.toThrow('changed my mind');
  });
});

describe('memory sizes', () => {
  test.each([
    ['128M', 2 ** 27],
    ['128', 2 ** 27],
    ['1g', 2 ** 30],
    ['0.5G', 2 ** 29],
    ['65536KiB', 2 ** 26],
    ['2G', 2 ** 31],
    [4194304, 2 ** 22],
  ])('%s', (text, bytes) => expect(parseMemory(text)).toBe(bytes));
  test.each(['', 'M', '-5M', '1T', '1e9', '12 34M', 'NaN'])("'%s' is none", (text) => {
    expect(() => parseMemory(text)).toThrow(/^memory: .* is not a size/);
  });
});

describe('identifyFile', () => {
  const cpio = new TextEncoder().encode('070701' + '0'.repeat(104));
  test.each<[string, Uint8Array, string, RegExp]>([
    ['bzImage', bzImage(), 'kernel', /bzImage/],
    [
      'gzipped bzImage',
      gzipSync(bzImage({ code: new Uint8Array(300_000) })),
      'kernel',
      /^gzip-compressed Linux kernel/,
    ],
    ['PVH kernel', pvhKernel(0x100000, 0x100000, kernel), 'kernel', /ELF32 kernel/],
    ['large PVH kernel', pvhKernel(0x100000, 0x100000, new Uint8Array(200_000)), 'kernel', /ELF32 kernel/],
    ['object without note', elf(64, 0n, [{ physical: 0, data: kernel }]), 'unknown', /without a PVH note/],
    ['initramfs', cpio, 'initrd', /cpio/],
    ['gzipped initramfs', gzipSync(cpio), 'initrd', /^gzip-compressed cpio/],
    ['boot sector', kernel, 'kernel', /boot sector/],
    ['text', new TextEncoder().encode('hello'), 'unknown', /text file/],
    ['nothing', new Uint8Array(0), 'unknown', /empty/],
  ])('%s', async (_name, bytes, role, description) => {
    for (const file of [bytes, new Blob([bytes.slice()])]) {
      const found = await identifyFile(file);
      expect(found.role).toBe(role);
      expect(found.description).toMatch(description);
    }
  });
});
