/**
 * Snapshots of freshly booted images, measured in this process (nothing else runs in it): how large, how long the guest
 * stands still, how soon it goes on. Milliseconds on the wall.
 */
import { pathToFileURL } from 'node:url';
import { createMachine, type Machine, type MachineOptions } from '../../web/client/index.ts';
import { readImage } from './boots.ts';
import type { BootFolders } from './boots.ts';
import { SNAPSHOT_IMAGES } from './rows.ts';
import type { SnapshotFigure } from './rows.ts';

/** By the name of the figure, then by image: one sample a round. */
export type SnapshotSamples = Record<string, Record<string, number[]>>;

export interface SnapshotResults {
  readonly date: string;
  readonly host: string;
  readonly node: string;
  readonly rounds: number;
  readonly samples: SnapshotSamples;
}

/** So long after its prompt a guest has come to rest. */
const REST_MS = 500;

export async function measureSnapshots(
  figures: readonly SnapshotFigure[],
  rounds: number,
  folders: BootFolders,
): Promise<SnapshotSamples> {
  const samples: SnapshotSamples = {};
  for (const image of SNAPSHOT_IMAGES) {
    const files = readImage(image, false, folders);
    if (!files)
      process.stderr.write(`snapshots of ${image}: left out, "npx domzero images build ${image}" builds it\n`);
    for (let round = 0; files && round < rounds; round++) {
      const { kernel, initrd, commandLine, memory, prompt } = files;
      const boot = { kernel, initrd, commandLine, memory, ...common(folders) };
      const measured = await measureOnce(boot, prompt, folders);
      for (const { name } of figures) ((samples[name] ??= {})[image] ??= []).push(measured[name] ?? NaN);
    }
  }
  return samples;
}

/** Without a Worker: what is measured is the work, not the messages. */
const common = ({ core }: BootFolders) => ({ worker: false, agent: true, wasmUrl: pathToFileURL(core) }) as const;

async function measureOnce(
  boot: MachineOptions,
  prompt: string,
  folders: BootFolders,
): Promise<Record<string, number>> {
  const machine = await createMachine(boot);
  const there = prints(machine, prompt);
  await machine.start();
  await there;
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const { bytes, pauseMs, totalMs } = await machine.snapshot({ text: prompt });
  const restore = await timed(async () => {
    await machine.restore(bytes);
    await machine.start();
  });
  await machine.dispose();
  const options = { ...common(folders), snapshot: bytes };
  const create = await withMachine(options, () => Promise.resolve());
  const exec = await withMachine(options, async (restored) => {
    const { stdout } = await restored.exec('wc -c', { stdin: 'to be counted' });
    if (stdout.trim() !== '13') throw new Error(`exec() gave "${stdout.trim()}" for a text of 13 bytes`);
  });
  return {
    'snapshot-size': bytes.length / 2 ** 20,
    'snapshot-pause': pauseMs,
    'snapshot-save': totalMs,
    'snapshot-restore': restore,
    'snapshot-create': create,
    'snapshot-exec': exec,
  };
}

async function withMachine(options: MachineOptions, act: (machine: Machine) => Promise<void>): Promise<number> {
  let machine: Machine | undefined;
  try {
    return await timed(async () => {
      machine = await createMachine(options);
      await machine.start();
      await act(machine);
    });
  } finally {
    await machine?.dispose();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function prints(machine: Machine, prompt: string): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  return new Promise((resolve) => {
    machine.on('console', (bytes) => {
      // Colours stand within a prompt
      text = (text + decoder.decode(bytes, { stream: true })).slice(-4096);
      if (text.replace(/\x1b\[[\d;]*m/g, '').includes(prompt)) resolve();
    });
  });
}
