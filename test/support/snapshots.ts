/** Snapshots for tests: made by a real machine, taken apart, and put together again with other contents. */
import { createMachine, type Machine, type MachineOptions } from '../../web/client/index.ts';
import { loadChecksum } from '../../web/machine/snapshot/checksum.ts';
import { type Container, readContainer, type Section, writeContainer } from '../../web/machine/snapshot/container.ts';
import { tickingGuest } from './ticking-guest.ts';

export async function tickingMachine(options: Partial<MachineOptions> = {}): Promise<Machine> {
  return createMachine({ kernel: tickingGuest(), memory: '4M', worker: false, clock: 'instructions', ...options });
}
export async function takeApart(file: Uint8Array): Promise<Container> {
  return readContainer(file, await loadChecksum());
}
/** Checksums are right again. */
export async function putTogether(header: object, sections: readonly Section[]): Promise<Uint8Array> {
  const parts = writeContainer(header as Container['header'], sections, await loadChecksum());
  return new Uint8Array(Buffer.concat(parts));
}
export async function withHeader(file: Uint8Array, changes: object): Promise<Uint8Array> {
  const { header, sections } = await takeApart(file);
  return putTogether({ ...header, ...changes }, sections);
}
export async function withSections(
  file: Uint8Array,
  change: (sections: readonly Section[]) => readonly Section[],
): Promise<Uint8Array> {
  const { header, sections } = await takeApart(file);
  return putTogether(header, change(sections));
}
export function section(id: string, flags: number, bytes: Uint8Array, version = 1): Section {
  return { id, version, flags, length: bytes.length, bytes };
}
