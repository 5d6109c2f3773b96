/** What can go wrong between host and agent, and the names of Linux for it. */
import type { MachineState } from '../../machine/types.ts';
import type { SignalName } from './types.ts';

/** The agent cannot be reached, or the command could not be started. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
}

/** An operation on files that the guest refused; `code` as Linux names it: 'ENOENT', 'EACCES' … */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: string;
  readonly path: string;

  constructor(what: string, path: string, errno: number) {
    const { code, text } = describeErrno(errno);
    super(`${what} ${path}: ${text} (${code})`);
    this.code = code;
    this.path = path;
  }
}

export function describeState(state: MachineState): string {
  switch (state) {
    case 'off':
      return 'is off';
    case 'halted':
      return 'has halted';
    case 'ready':
      return 'has not been started; call start()';
    default:
      return `is ${state}`;
  }
}

/** asm-generic/errno-base.h and errno.h */
const ERRORS: Readonly<Record<number, readonly [code: string, text: string]>> = {
  1: ['EPERM', 'operation not permitted'],
  2: ['ENOENT', 'no such file or directory'],
  5: ['EIO', 'input or output error'],
  6: ['ENXIO', 'no such device or address'],
  7: ['E2BIG', 'arguments and environment are too long'],
  8: ['ENOEXEC', 'not a program'],
  11: ['EAGAIN', 'no process or memory to spare for it'],
  12: ['ENOMEM', 'out of memory'],
  13: ['EACCES', 'permission denied'],
  16: ['EBUSY', 'device or resource busy'],
  17: ['EEXIST', 'it exists already'],
  18: ['EXDEV', 'source and destination are on different file systems'],
  19: ['ENODEV', 'no such device'],
  20: ['ENOTDIR', 'not a directory'],
  21: ['EISDIR', 'it is a directory'],
  22: ['EINVAL', 'invalid argument'],
  24: ['EMFILE', 'too many open files'],
  26: ['ETXTBSY', 'the program is being executed'],
  27: ['EFBIG', 'the file is too large'],
  28: ['ENOSPC', 'no space left'],
  30: ['EROFS', 'the file system is read-only'],
  31: ['EMLINK', 'too many links'],
  32: ['EPIPE', 'nobody reads the pipe'],
  36: ['ENAMETOOLONG', 'the name is too long'],
  38: ['ENOSYS', 'the kernel cannot do that'],
  39: ['ENOTEMPTY', 'the directory is not empty'],
  40: ['ELOOP', 'too many symbolic links'],
  95: ['EOPNOTSUPP', 'operation not supported'],
  122: ['EDQUOT', 'the quota is used up'],
};
export function describeErrno(errno: number): { code: string; text: string } {
  const [code, text] = ERRORS[errno] ?? [`E${errno}`, `error ${errno} of Linux`];
  return { code, text };
}

/** asm/signal.h of x86, from 1 on. */
export const SIGNALS = [
  'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1', 'SIGSEGV',
  'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN',
  'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS',
] as const; // prettier-ignore

export function signalNumber(name: SignalName): number {
  const number = SIGNALS.indexOf(name) + 1;
  if (!number) throw new Error(`kill: there is no signal '${String(name)}'; SIGTERM, SIGKILL and SIGINT are some`);
  return number;
}
/** Real-time signals have numbers only. */
export function signalName(number: number): SignalName | `SIG${number}` {
  return SIGNALS[number - 1] ?? `SIG${number}`;
}
