/** Commands in a guest: checks what is asked for, and makes a result of how the child ended. */
import { parseSize } from '../../machine/memory-size.ts';
import { type Agent, Child, type Outcome } from './child.ts';
import { AgentError, describeErrno, signalName, signalNumber } from './errors.ts';
import { checkText, type Request, RequestKind } from './request.ts';
import type { ChildFailure } from './stream.ts';
import type { ByteStream, ExecOptions, ExecProcess, ExecResult, SignalName } from './types.ts';

const OUTPUT_DEFAULT = 16 * 2 ** 20;
/** As a login would set them. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/sh',
};
/** setTimeout takes no more. */
const LONGEST = 2 ** 31 - 1;
const KNOWN: ReadonlySet<string> = new Set<keyof ExecOptions>([
  'stdin', 'env', 'cwd', 'timeout', 'signal', 'maxOutput', 'memory', 'processes', 'encoding',
]); // prettier-ignore

type Bytes = Uint8Array<ArrayBuffer>;

/** A mistake in the options rejects, like everything else that keeps the command from running. */
export class GuestCommand<T extends string | Bytes> implements ExecProcess<T> {
  readonly [Symbol.toStringTag] = 'ExecProcess';
  private readonly child: Child | undefined;
  private readonly result: Promise<ExecResult<T>>;

  constructor(agent: Agent, command: string | readonly string[], options: ExecOptions = {}) {
    try {
      this.child = new Child(agent, {
        what: 'exec',
        request: requestOf(command, options),
        input: options.stdin,
        timeout: checkTimeout('exec', options.timeout),
        signal: checkSignal('exec', options.signal),
        maxOutput: checkCount('maxOutput', options.maxOutput, 0) ?? OUTPUT_DEFAULT,
        verdict: ({ end, failure }) => (end ? undefined : describeFailure(failure, options)),
      });
      this.result = this.child.outcome.then((outcome) => resultOf<T>(outcome, this.child!, options));
    } catch (error) {
      this.result = Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  get stdout(): ByteStream {
    return this.stream('stdout');
  }
  get stderr(): ByteStream {
    return this.stream('stderr');
  }
  kill(signal: SignalName = 'SIGTERM'): void {
    this.child?.signal(signalNumber(signal));
  }
  then<A = ExecResult<T>, B = never>(
    onfulfilled?: ((value: ExecResult<T>) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result.then(onfulfilled, onrejected);
  }
  catch<B = never>(onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<ExecResult<T> | B> {
    return this.result.catch(onrejected);
  }
  finally(onfinally?: (() => void) | null): Promise<ExecResult<T>> {
    return this.result.finally(onfinally);
  }

  /** Whoever reads the stream learns there what went wrong; the promise need not be looked at. */
  private stream(name: 'stdout' | 'stderr'): ByteStream {
    this.result.catch(() => undefined);
    return this.child?.[name].stream ?? failing(this.result);
  }
}

function failing(result: Promise<unknown>): ByteStream {
  const stream = new ReadableStream<Uint8Array>({ start: (controller) => result.then(() => controller.close()) });
  return stream as ByteStream;
}

function requestOf(command: string | readonly string[], options: ExecOptions): Request {
  if (typeof options !== 'object' || options === null) throw new Error('exec: give an object of options');
  const unknown = Object.keys(options).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`exec: there is no option '${unknown}'`);
  const { encoding = 'utf-8', cwd, env = {}, memory, processes } = options;
  if (encoding !== 'utf-8' && encoding !== 'bytes')
    throw new Error(`exec: there is no encoding '${String(encoding)}'; choose from: utf-8, bytes`);
  return {
    kind: RequestKind.Run,
    directory: cwd === undefined ? '' : checkText('exec: cwd', cwd),
    arguments: argumentsOf(command),
    environment: environmentOf(env),
    memory: memory === undefined ? 0 : checkMemory(memory),
    value: checkCount('processes', processes, 1) ?? 0,
  };
}
/** A list goes through the shell too, which finds the command in PATH, or within BusyBox, without looking at the words. */
function argumentsOf(command: string | readonly string[]): string[] {
  if (!Array.isArray(command)) return ['/bin/sh', '-c', checkText('exec: command', command)];
  const words = command.map((word) => checkText('exec: command', word));
  if (!words[0]) throw new Error('exec: command: the list is empty; its first word is the program');
  return ['/bin/sh', '-c', 'exec "$@"', 'sh', ...words];
}
function environmentOf(env: Readonly<Record<string, string | undefined>>): string[] {
  if (typeof env !== 'object' || env === null) throw new Error('exec: env: give an object of names and values');
  return Object.entries({ ...ENVIRONMENT, ...env })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => {
      if (!name || name.includes('=')) throw new Error(`exec: env: '${name}' is not a name`);
      return `${checkText('exec: env', name)}=${checkText(`exec: env: ${name}`, value)}`;
    });
}
/** KiB */
function checkMemory(memory: number | string): number {
  const bytes = typeof memory === 'string' ? parseSize(memory) : memory;
  if (typeof bytes !== 'number' || !(bytes >= 2 ** 20 && bytes < 2 ** 42))
    throw new Error(`exec: memory: '${String(memory)}' is no size from 1 MiB up; write it like 32M`);
  return Math.floor(bytes / 1024);
}
function checkCount(name: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value < 2 ** 32) return value;
  throw new Error(`exec: ${name} takes a whole number from ${least} up, not '${String(value)}'`);
}
export function checkTimeout(what: string, timeout: number | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  if (typeof timeout === 'number' && timeout > 0 && timeout <= LONGEST) return timeout;
  throw new Error(`${what}: timeout takes milliseconds, more than 0, not '${String(timeout)}'`);
}
export function checkSignal(what: string, signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new Error(`${what}: signal: give an AbortSignal`);
}

function resultOf<T extends string | Bytes>(outcome: Outcome, child: Child, options: ExecOptions): ExecResult<T> {
  const { end, stopped } = outcome;
  if (!end) throw new AgentError('exec: the agent did not say how the command ended');
  const read = (bytes: Bytes): T => (options.encoding === 'bytes' ? bytes : new TextDecoder().decode(bytes)) as T;
  return {
    stdout: read(child.stdout.bytes()),
    stderr: read(child.stderr.bytes()),
    exitCode: end.signal ? null : end.code,
    signal: end.signal ? signalName(end.signal) : null,
    // It may have ended by itself just before the signal came.
    ended:
      (stopped === 'timeout' && !end.signal ? undefined : stopped) ??
      (end.outOfMemory ? 'memory' : end.signal ? 'signal' : 'exit'),
  };
}
/** The stages of stream.h: start, directory, exec, limits. */
function describeFailure(failure: ChildFailure | undefined, { cwd, memory, processes }: ExecOptions): AgentError {
  const { code, text } = describeErrno(failure?.errno ?? 0);
  const why = `${text} (${code})`;
  switch (failure?.stage) {
    case 1:
      return new AgentError(`exec: cwd '${cwd ?? '/root'}': ${why}`);
    case 2:
      return new AgentError(`exec: /bin/sh: ${why}`);
    case 3:
      return new AgentError(
        code === 'ENOSYS'
          ? "exec: processes: the guest's kernel has no control groups, which this limit needs"
          : `exec: memory ${memory ?? 'unlimited'}, processes ${processes ?? 'unlimited'}: ${why}`,
      );
    default:
      return new AgentError(`exec: the command could not be started: ${why}`);
  }
}
