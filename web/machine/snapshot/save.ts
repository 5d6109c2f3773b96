/** Saves a machine while it runs: RAM in passes, then a short stop for what is left and all else, then the file. */
import type { Core } from '../core.ts';
import { VERSION } from '../version.ts';
import { loadChecksum } from './checksum.ts';
import { type Section, writeContainer } from './container.ts';
import { CORE_FLAGS, type CoreSection, saveCore } from './core-sections.ts';
import { Flag, type ImageIdentity, type MachineSettings, SectionId, type SnapshotHeader } from './format.ts';
import { RamCopy, Since } from './ram-copy.ts';
import { type Pack, packNumbers, packPages, packSection, storeSection } from './ram-sections.ts';

/** With fewer pages left the guest may be stopped for them: about a millisecond. */
const FEW = 512;
/** A guest that writes faster than it is copied is stopped after so many passes anyway. */
const PASSES = 5;
const CPU_WORDS = 6;

/** A machine as it can be saved. */
export interface Savable {
  readonly cores: readonly [Core, ...Core[]];
  readonly memory: number;
  readonly image: () => Promise<ImageIdentity>;
  readonly clock: SnapshotHeader['clock'];
  settings(): MachineSettings;
  input(port: 'com1' | 'com2'): Uint8Array;
  /** Milliseconds. */
  now(): number;
  /** Lets the guest run. Rejects when there is no machine any more. */
  pause(): Promise<void>;
}
export interface SaveOptions {
  readonly name: string;
  /** The snapshot that the core's marks (Since.Snapshot) count from: only what changed since goes into the file. */
  readonly parent: string | undefined;
  /** Kept with it, for people. */
  readonly text: string | undefined;
  readonly compress: boolean;
}
export interface Saved {
  readonly header: SnapshotHeader;
  readonly bytes: Uint8Array;
  /** How long the guest stood still; how many pages were copied then. */
  readonly pauseMs: number;
  readonly pausePages: number;
  readonly passes: number;
  readonly pages: number;
}

export async function saveMachine(machine: Savable, options: SaveOptions): Promise<Saved> {
  const sum = await loadChecksum();
  const image = await machine.image();
  const ram = new RamCopy(machine.cores, machine.memory);
  const passes = await copyWhileRunning(ram, machine, options.parent !== undefined);
  // From here to the end of `stopped` no guest instruction runs
  const start = machine.now();
  const rest = ram.list(Since.Pass);
  ram.copy(rest);
  const state = stopped(machine);
  ram.clear(Since.Pass | Since.Snapshot);
  const pauseMs = machine.now() - start;
  const header = headerOf(machine, image, options);
  const pages = ram.copied;
  const pack = options.compress ? packSection : storeSection;
  const sections = [...(await packState(state, pack)), ...(await packPages(pages, (page) => ram.page(page), pack))];
  if (options.parent !== undefined) sections.push(await packNumbers(SectionId.Zero, ram.zero, pack));
  if (options.text !== undefined)
    sections.push(await pack(SectionId.Text, 1, 0, new TextEncoder().encode(options.text)));
  const bytes = concatenate(writeContainer(header, sections, sum));
  return { header, bytes, pauseMs, pausePages: rest.length, passes, pages: pages.length };
}
/** The number of passes. */
async function copyWhileRunning(ram: RamCopy, machine: Savable, changedOnly: boolean): Promise<number> {
  let pages = ram.list(changedOnly ? Since.Snapshot : undefined);
  for (let pass = 1; ; pass++) {
    ram.clear(Since.Pass);
    await ram.copyInSteps(pages, () => machine.pause());
    pages = ram.list(Since.Pass);
    if (pages.length <= FEW || pass === PASSES) return pass;
  }
}

function stopped(machine: Savable): CoreSection[] {
  const [core, ...others] = machine.cores;
  const sections = saveCore(core);
  for (const other of others) other.functions.settleSaved();
  const json = new TextEncoder().encode(JSON.stringify(machine.settings()));
  const host = [{ id: SectionId.Machine, version: 1, bytes: json }];
  const input = [
    { id: SectionId.Input1, version: 1, bytes: machine.input('com1') },
    { id: SectionId.Input2, version: 1, bytes: machine.input('com2') },
  ];
  return [...host, ...sections, ...input.filter(({ bytes }) => bytes.length > 0)];
}
function packState(sections: readonly CoreSection[], pack: Pack): Promise<Section[]> {
  return Promise.all(
    sections.map(({ id, version, bytes }) => {
      const typed = id === SectionId.Input1 || id === SectionId.Input2;
      return pack(id, version, typed ? 0 : Flag.Required | CORE_FLAGS, bytes);
    }),
  );
}
function headerOf(machine: Savable, image: ImageIdentity, { name, parent }: SaveOptions): SnapshotHeader {
  const [{ functions }] = machine.cores;
  return {
    id: newId(),
    parent,
    name,
    date: new Date().toISOString(),
    domzero: VERSION,
    memory: machine.memory,
    cpu: Array.from({ length: CPU_WORDS }, (_, i) => functions.cpuFeature(i) >>> 0),
    clock: machine.clock,
    instructions: functions.instructions(),
    guestSeconds: functions.time() / 1e9,
    image,
  };
}
/** 128 random bits: also what a machine is told that it now is (identity.ts). */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
