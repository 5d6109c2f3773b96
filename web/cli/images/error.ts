/** What can go wrong with an image, as one line that says what to do; the log's tail comes apart. */
export class ImageError extends Error {
  override name = 'ImageError';
  /** The last lines of the build's log, when a build failed. */
  readonly logTail: readonly string[];
  /** Where the whole log is. */
  readonly logFile: string | undefined;

  constructor(message: string, log?: { tail: readonly string[]; file: string }) {
    super(message);
    this.logTail = log?.tail ?? [];
    this.logFile = log?.file;
  }
}

/** True for "no such file or directory", the one failure of the file system that is an answer. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
