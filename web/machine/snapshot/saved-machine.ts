/** A machine out of its file, or files: checked, unpacked, and ready to go into a core. */
import type { Core } from '../core.ts';
import type { Checksum } from './checksum.ts';
import { loadChecksum } from './checksum.ts';
import { type Container, readContainer, type Section } from './container.ts';
import { type CoreSection, restoreCore, sectionNames } from './core-sections.ts';
import { Flag, type MachineSettings, PAGE, SectionId, SnapshotError, type SnapshotHeader } from './format.ts';
import { readNumbers, unpackPages, unpackSection } from './ram-sections.ts';

const HOST_SECTIONS: ReadonlySet<string> = new Set(Object.values(SectionId));
/** RAM is unpacked where it belongs, when there is a core. */
const IN_PIECES: ReadonlySet<string> = new Set([SectionId.Ram, SectionId.Zero]);
const WITHOUT_FLAG: ReadonlySet<string> = new Set([SectionId.Input1, SectionId.Input2, SectionId.Text]);
const HOST_VERSION = 1;
const REST_MAX = 2 ** 31;

export class SavedMachine {
  readonly header: SnapshotHeader;
  readonly settings: MachineSettings;
  /** What the guest had not read of what was typed. */
  readonly input: Readonly<Record<'com1' | 'com2', Uint8Array>>;
  /** What the terminal showed, if it was saved too. */
  readonly text: string | undefined;
  /** From the one without a parent down to this one. */
  private readonly chain: readonly Container[];
  private readonly coreSections: readonly CoreSection[];

  private constructor(
    chain: readonly Container[],
    header: SnapshotHeader,
    settings: MachineSettings,
    sections: readonly CoreSection[],
  ) {
    this.chain = chain;
    this.header = header;
    this.settings = settings;
    this.coreSections = sections;
    const input = (id: string): Uint8Array => sections.find((s) => s.id === id)?.bytes ?? new Uint8Array();
    this.input = { com1: input(SectionId.Input1), com2: input(SectionId.Input2) };
    const text = sections.find((s) => s.id === SectionId.Text);
    this.text = text && new TextDecoder().decode(text.bytes);
  }
  /** `file`, and in any order those that it descends from. Throws a SnapshotError of one line. */
  static async read(file: Uint8Array, parents: readonly Uint8Array[] = []): Promise<SavedMachine> {
    const sum = await loadChecksum();
    const chain = chainOf(file, parents, sum);
    const leaf = chain.at(-1);
    if (!leaf) throw new SnapshotError('there is none');
    checkVersions(chain);
    const others = leaf.sections.filter(
      ({ id, flags }) => !IN_PIECES.has(id) && (flags & Flag.Required || WITHOUT_FLAG.has(id)),
    );
    const unpacked = await Promise.all(
      others.map(async (s) => ({ id: s.id, version: s.version, bytes: await unpackSection(s) })),
    );
    return new SavedMachine(chain, leaf.header, settingsOf(unpacked), unpacked);
  }

  /** Into each core, which has just been switched on with as much RAM. Throws a SnapshotError. */
  async restoreInto(cores: readonly Core[]): Promise<void> {
    for (const core of cores) {
      this.check(core);
      await this.restoreRam(new Uint8Array(core.memory.buffer, core.at.RAM, this.header.memory));
      restoreCore(core, this.coreSections);
    }
  }
  private check(core: Core): void {
    const lacking = this.header.cpu.some((word, i) => (word & ~core.functions.cpuFeature(i)) !== 0);
    if (lacking)
      throw new SnapshotError('its processor has features that this one lacks: use a newer version of DomZero');
    const known = sectionNames(core);
    const leaf = this.chain.at(-1)?.sections ?? [];
    const unknown = leaf.find(({ id, flags }) => flags & Flag.Required && !known.has(id) && !HOST_SECTIONS.has(id));
    if (unknown)
      throw new SnapshotError(
        `section ${JSON.stringify(unknown.id)} is required, and this version of DomZero does not know it: use a newer one`,
      );
  }
  private async restoreRam(ram: Uint8Array): Promise<void> {
    for (const { sections } of this.chain) {
      for (const section of sections.filter(({ id }) => id === SectionId.Zero)) await clearPages(section, ram);
      await unpackPages(
        sections.filter(({ id }) => id === SectionId.Ram),
        ram,
      );
    }
  }
}

async function clearPages(section: Section, ram: Uint8Array): Promise<void> {
  for (const page of readNumbers(await unpackSection(section), ram.length / PAGE))
    ram.fill(0, page * PAGE, (page + 1) * PAGE);
}

/** The file and its ancestors, the oldest first. */
function chainOf(file: Uint8Array, parents: readonly Uint8Array[], sum: Checksum): Container[] {
  const leaf = readContainer(file, sum);
  const known = new Map(parents.map((bytes) => readContainer(bytes, sum)).map((c) => [c.header.id, c]));
  const chain = [leaf];
  for (let child = leaf; child.header.parent !== undefined;) {
    const { id, parent, memory } = child.header;
    const found = known.get(parent);
    if (!found) throw new SnapshotError(`${id} holds only what changed since ${parent}: give that one too, as parent`);
    if (chain.includes(found)) throw new SnapshotError(`${parent} descends from itself: the file is damaged`);
    if (found.header.memory !== memory) throw new SnapshotError(`${parent} has another size of memory than ${id}`);
    chain.unshift(found);
    child = found;
  }
  return chain;
}
/** Those of the core are the core's affair. */
function checkVersions(chain: readonly Container[]): void {
  const newer = chain
    .flatMap(({ sections }) => sections)
    .find((s) => HOST_SECTIONS.has(s.id) && s.version > HOST_VERSION);
  if (newer)
    throw new SnapshotError(`section ${newer.id} has version ${newer.version}: use a newer version of DomZero`);
}
function settingsOf(sections: readonly CoreSection[]): MachineSettings {
  const bytes = sections.find(({ id }) => id === SectionId.Machine)?.bytes;
  if (!bytes) throw new SnapshotError(`section ${SectionId.Machine} is missing: the file is damaged`);
  try {
    const read = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const { rest } = read;
    const valid = typeof rest === 'number' && Number.isInteger(rest) && rest >= 0 && rest < REST_MAX;
    return {
      debugExit: read['debugExit'] === true,
      debugConsole: read['debugConsole'] === true,
      rest: valid ? rest : 0,
      ownDate: read['ownDate'] === true,
    };
  } catch (cause) {
    throw new SnapshotError(`section ${SectionId.Machine} is no JSON: the file is damaged`, { cause });
  }
}
