/**
 * The file of a snapshot, as docs/snapshot-format.md describes it: sizes, flags, names. Numbers are little-endian.
 *
 *   prologue   magic u8[8]   format u16   0 u16   header bytes u32   checksum of the header u64
 *   header     JSON, UTF-8
 *   sections   id u8[8]   version u16   flags u16   length when unpacked u32   length u64   checksum u64   the bytes
 */
import type { ClockSource, MachineState } from '../types.ts';

/** Not text, and broken by whatever changes line ends or cuts at a zero. */
export const MAGIC = new Uint8Array([0x44, 0x5a, 0x53, 0x4e, 0x41, 0x50, 0x0d, 0x0a]);
/** Of what is described here. A reader refuses a newer one; new sections alone need none. */
export const FORMAT = 1;

export const PROLOGUE = 24;
export const SECTION_HEAD = 32;
/** Bytes of the head that the checksum covers, before the bytes themselves. */
export const SECTION_SUMMED = 24;
export const ID_LENGTH = 8;

export const Flag = {
  /** A reader that does not know the section cannot restore the machine. */
  Required: 1,
  /** Raw deflate. */
  Deflated: 2,
} as const;
export const KNOWN_FLAGS = Flag.Required | Flag.Deflated;

/** Bounds that make a hostile file cheap to refuse. */
export const HEADER_MAX = 64 * 1024;
export const SECTION_MAX = 16 * 1024 * 1024;
export const SECTIONS_MAX = 8192;

export const PAGE = 4096;
/** Pages in a section of RAM, at most: 1 MiB. */
export const PAGES_A_SECTION = 256;

/** Sections of the host. Those of the core have the core's names (assembly/snapshot.ts). */
export const SectionId = {
  /** Numbers and contents of pages. */
  Ram: 'ram',
  /** Numbers of pages that the parent has and that are all zeros now. */
  Zero: 'ramzero',
  /** MachineSettings, JSON. */
  Machine: 'machine',
  /** What was typed and the guest has not taken, per serial port. */
  Input1: 'input1',
  Input2: 'input2',
  /** What the terminal showed, UTF-8. */
  Text: 'text',
  /** Nothing is missing. */
  End: 'end',
} as const;

/** What a snapshot says about itself before anything else is read. */
export interface SnapshotHeader {
  /** 32 hex digits, of this snapshot alone. */
  readonly id: string;
  /** The snapshot whose pages are not stored again. */
  readonly parent?: string | undefined;
  readonly name: string;
  /** When it was taken, ISO 8601. */
  readonly date: string;
  /** Version of DomZero that wrote it. */
  readonly domzero: string;
  /** Guest RAM, bytes. */
  readonly memory: number;
  /** CPUID feature words that the guest has seen: 1.EDX 1.ECX 7.EBX 7.EDX 80000001.EDX 80000001.ECX. */
  readonly cpu: readonly number[];
  readonly clock: ClockSource;
  /** Guest instructions, and guest seconds, since power-on. */
  readonly instructions: number;
  readonly guestSeconds: number;
  readonly image: ImageIdentity;
}
/** What the machine was booted from. */
export interface ImageIdentity {
  /** How the kernel was entered (Statistics.boot). */
  readonly boot: string;
  readonly commandLine: string;
  /** XXH64 of the unpacked files, 16 hex digits. */
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  /** True: it has the agent for commands and files. */
  readonly agent?: boolean | undefined;
}
/** What the host has to know to go on. */
export interface MachineSettings {
  readonly debugExit: boolean;
  readonly debugConsole: boolean;
  /** Of a slice that was interrupted: instructions that it still has (run-loop.ts). */
  readonly rest: number;
  /** The guest's date was chosen (option epoch): it is not that of the host. */
  readonly ownDate: boolean;
}

/** States in which there is something to save. */
export const MACHINE_STATES_TO_SAVE: readonly MachineState[] = ['ready', 'running', 'paused'];

/** What is wrong with a file, in one line. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  constructor(message: string, options?: ErrorOptions) {
    super(`snapshot: ${message}`, options);
  }
}
