/** What can be booted: an image of the library, or a visitor's own files. Plain data for createMachine(). */
import type { FileSource } from '../../client/index.ts';

/** What can be written down of a guest; its files are found again by it (domains/guests.ts). */
export interface GuestAbout {
  /** Short name for bar and status line: an image's, or the kernel file's. */
  readonly name: string;
  readonly commandLine?: string | undefined;
  /** Bytes, or text like '128M'. */
  readonly memory?: number | string | undefined;
  /** It has the agent for commands and files. */
  readonly agent?: boolean | undefined;
  /** True when `name` is an image of the library. */
  readonly image: boolean;
}

export interface Guest extends GuestAbout {
  /** Absent only of a machine that came as a snapshot: it cannot be booted again. */
  readonly kernel?: FileSource | undefined;
  readonly initrd?: FileSource | undefined;
  /** Restored instead of booted. */
  readonly snapshot?: Blob | undefined;
  /** Those that it descends from. */
  readonly parent?: readonly Blob[] | undefined;
  /** URL of a snapshot of just this guest, booted: a start that nobody has to wait for. */
  readonly booted?: string | undefined;
}
