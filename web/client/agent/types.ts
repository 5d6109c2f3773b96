/** The public types of commands and files in a guest: what Machine.exec() and Machine.files take and give. */
import type { SIGNALS } from './errors.ts';

/** 'SIGTERM', 'SIGKILL' … */
export type SignalName = (typeof SIGNALS)[number];

/** What a command reads, or a file gets: all at once or piece by piece. Text goes as UTF-8. */
export type InputSource =
  string | Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** Bytes as they come; to be read once, by a reader or by `for await`. */
export type ByteStream = ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>;

/** How a command runs, and what it may use. */
export interface ExecOptions {
  /** Standard input; without it the command finds the end of file at once. */
  readonly stdin?: InputSource | undefined;
  /** Added to PATH, HOME, USER, LOGNAME and SHELL, which are set; undefined takes one of these away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Working directory; /root when absent. */
  readonly cwd?: string | undefined;
  /**
   * Milliseconds, from the call on: a command that still runs then is killed, with all that it has started. Also how long
   * to wait for a guest that is still booting; 60,000 for that when absent, and no limit for the command.
   */
  readonly timeout?: number | undefined;
  /** Kills the command, with all that it has started; exec() then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of stdout and stderr together that are kept for the result (16 MiB); a command that writes more is killed. */
  readonly maxOutput?: number | undefined;
  /**
   * Memory of the command and all that it starts: bytes, or text like '32M'. By a control group; a kernel without them
   * (linux-nano) bounds the address space of each process instead.
   */
  readonly memory?: number | string | undefined;
  /** How many processes the command may be at a time. Needs a kernel with control groups (not linux-nano). */
  readonly processes?: number | undefined;
  /** What the result has stdout and stderr as: text (UTF-8, the default) or bytes. */
  readonly encoding?: 'utf-8' | 'bytes' | undefined;
}

/**
 * Why a command ended. `exit`: by itself, with `exitCode`.  `signal`: by a signal, from kill() or in the guest.
 * `timeout`, `output`, `memory`: it went over the limit of that name and was killed; `memory` also when the whole guest
 * had none left.
 */
export type ExecEnd = 'exit' | 'signal' | 'timeout' | 'output' | 'memory';

/** What came of a command. */
export interface ExecResult<T extends string | Uint8Array = string> {
  /** What the command wrote; empty when its stream was taken (ExecProcess.stdout). */
  readonly stdout: T;
  readonly stderr: T;
  /** 0 to 255; null when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, or null. */
  readonly signal: SignalName | `SIG${number}` | null;
  readonly ended: ExecEnd;
}

/**
 * A command in a guest. It is a promise of its result, whatever its exit code is; it rejects when the command could not
 * run or its end could not be learnt: no agent, no such directory, the machine ended.
 */
export interface ExecProcess<T extends string | Uint8Array = string> extends Promise<ExecResult<T>> {
  /**
   * What the command writes, from its beginning on, as it comes. Once asked for it is not in the result any more, and the
   * command waits when nobody reads; leaving a `for await` is the end of the pipe for it (SIGPIPE).
   */
  readonly stdout: ByteStream;
  readonly stderr: ByteStream;
  /** Sends a signal to the command and all that it has started; SIGTERM when absent. Nothing once it has ended. */
  kill(signal?: SignalName): void;
}

/** `exec('sort | uniq -c')` goes through the guest's /bin/sh; a list is one command and its arguments, as they are. */
export interface Exec {
  (
    command: string | readonly string[],
    options: ExecOptions & { readonly encoding: 'bytes' },
  ): ExecProcess<Uint8Array<ArrayBuffer>>;
  (
    command: string | readonly string[],
    options?: ExecOptions & { readonly encoding?: 'utf-8' | undefined },
  ): ExecProcess;
}

/** What a name in the guest stands for. */
export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character device' | 'block device';

/** What the guest says of a file. */
export interface FileInfo {
  /** Without the folder. */
  readonly name: string;
  readonly type: FileType;
  /** Bytes. */
  readonly size: number;
  /** Permissions, 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Last change of the contents. */
  readonly modified: Date;
}

/** Of every operation on the guest's files. */
export interface FileOptions {
  /** Ends the operation in the guest; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, from the call on, waiting for a guest that boots included; the call then rejects. */
  readonly timeout?: number | undefined;
}
/** How a file is written. */
export interface WriteOptions extends FileOptions {
  /** Permissions of a new file; 0o644 when absent. */
  readonly mode?: number | undefined;
  /** Behind what is there, instead of in its place. */
  readonly append?: boolean | undefined;
  /** Refuse when it exists ('EEXIST'). */
  readonly exclusive?: boolean | undefined;
}

/**
 * Files of a guest. Paths are absolute, or relative to /root. An operation that the guest refuses rejects with a
 * FileError, whose `code` is Linux's: 'ENOENT', 'EISDIR' …
 */
export interface GuestFiles {
  /** All of it; at most 256 MiB (see stream()). */
  read(path: string, options?: FileOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** As text, decoded as UTF-8. */
  readText(path: string, options?: FileOptions): Promise<string>;
  /** Piece by piece, as fast as it is read. What goes wrong comes as an error of the stream. */
  stream(path: string, options?: FileOptions): ByteStream;
  /** Makes the file or replaces its contents. */
  write(path: string, data: InputSource, options?: WriteOptions): Promise<void>;
  /** What is in a folder, sorted by name; symbolic links are not followed. */
  list(path: string, options?: FileOptions): Promise<FileInfo[]>;
  /** `follow: false` tells of a symbolic link instead of what it points to. */
  stat(path: string, options?: FileOptions & { readonly follow?: boolean | undefined }): Promise<FileInfo>;
  /** `recursive`: parents too, and no error when it is there already. */
  mkdir(
    path: string,
    options?: FileOptions & { readonly recursive?: boolean | undefined; readonly mode?: number | undefined },
  ): Promise<void>;
  /** A file or an empty folder; `recursive`: with all that is in it; `force`: no error when there is none. */
  remove(
    path: string,
    options?: FileOptions & { readonly recursive?: boolean | undefined; readonly force?: boolean | undefined },
  ): Promise<void>;
  /** Within one file system; a file that has the new name goes. */
  rename(from: string, to: string, options?: FileOptions): Promise<void>;
}
