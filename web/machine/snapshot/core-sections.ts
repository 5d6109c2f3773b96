/** The core's own sections: which there are the core says itself (assembly/snapshot.ts), with their versions. */
import type { Core } from '../core.ts';
import { readList } from '../core-text.ts';
import { Flag, SnapshotError } from './format.ts';

export interface CoreSection {
  readonly id: string;
  readonly version: number;
  readonly bytes: Uint8Array;
}
interface Known {
  readonly id: string;
  readonly version: number;
  readonly index: number;
}

function knownSections(core: Core): Known[] {
  return readList(core, core.at.SECTIONS, 2).map(([id = '', version], index) => ({
    id,
    version: Number(version),
    index,
  }));
}
/** Between two calls of `run`. Afterwards the machine goes on as one that is restored from it does. */
export function saveCore(core: Core): CoreSection[] {
  const sections = knownSections(core).map(({ id, version, index }) => {
    const length = core.functions.saveSection(index);
    return { id, version, bytes: new Uint8Array(core.memory.buffer, core.at.SECTION, length).slice() };
  });
  core.functions.settleSaved();
  return sections;
}
/**
 * Into a core that has just been switched on, RAM restored already. Throws a SnapshotError when a section is missing, of
 * a newer version, or holds what no machine has; the core is of no use then.
 */
export function restoreCore(core: Core, sections: readonly CoreSection[]): void {
  for (const { id, version, index } of knownSections(core)) {
    const section = sections.find((s) => s.id === id);
    if (!section) throw new SnapshotError(`section ${id} is missing: the file is damaged`);
    if (section.version !== version) throw otherVersion(section, version);
    // Its size is the core's: what does not fit is not a section of this version
    const room = core.at.SECTIONS - core.at.SECTION;
    if (section.bytes.length > room) throw impossible(id);
    new Uint8Array(core.memory.buffer, core.at.SECTION, room).set(section.bytes);
    if (core.functions.restoreSection(index, section.bytes.length) !== 1) throw impossible(id);
  }
  core.functions.resume();
}
/** Names of the sections that this core understands. */
export function sectionNames(core: Core): Set<string> {
  return new Set(knownSections(core).map(({ id }) => id));
}
/** Without one of them the machine is not whole. */
export const CORE_FLAGS = Flag.Required;

function otherVersion({ id, version }: CoreSection, ours: number): SnapshotError {
  const how = version > ours ? 'use a newer version of DomZero' : 'there is no way from the old one';
  return new SnapshotError(`section ${id} has version ${version}, this core has ${ours}: ${how}`);
}
function impossible(id: string): SnapshotError {
  return new SnapshotError(`section ${id} holds a state that no machine is in: the file is damaged`);
}
