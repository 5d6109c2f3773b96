/** Files of a guest. Each operation is a child of the agent: contents and answers are its standard input and output. */
import { type Agent, Child, type ChildOptions } from './child.ts';
import { AgentError, describeErrno, FileError } from './errors.ts';
import { checkSignal, checkTimeout } from './exec.ts';
import { readRecords } from './file-records.ts';
import { checkText, type Request, RequestFlag, RequestKind } from './request.ts';
import type { ByteStream, FileInfo, FileOptions, GuestFiles, InputSource, WriteOptions } from './types.ts';

/** Of what is answered at once. */
const READ_LIMIT = 256 * 2 ** 20;
/** The stages of stream.h at which a failure is the file's. */
const AT_FILE = 4;

type Bytes = Uint8Array<ArrayBuffer>;
type What = Pick<ChildOptions, 'what' | 'request' | 'input'> & { readonly path: string };

export class Files implements GuestFiles {
  private readonly agent: Agent;

  constructor(agent: Agent) {
    this.agent = agent;
  }

  read(path: string, options?: FileOptions): Promise<Bytes> {
    return this.operate(what('read', path, { kind: RequestKind.Read }), options);
  }
  async readText(path: string, options?: FileOptions): Promise<string> {
    return new TextDecoder().decode(await this.read(path, options));
  }
  stream(path: string, options?: FileOptions): ByteStream {
    const { child, done } = this.begin(what('stream', path, { kind: RequestKind.Read }), options, true);
    done.catch(() => undefined); // the stream says it
    return child.stdout.stream;
  }
  async write(path: string, data: InputSource, options: WriteOptions = {}): Promise<void> {
    const { append, exclusive, mode } = options;
    const flags = (append ? RequestFlag.Append : 0) | (exclusive ? RequestFlag.Exclusive : 0);
    const request = { kind: RequestKind.Write, flags, value: checkMode('write', mode) ?? 0o644 };
    if (data === undefined) throw new Error('files.write: give the contents');
    await this.operate(what('write', path, request, data), options);
  }
  async list(path: string, options?: FileOptions): Promise<FileInfo[]> {
    const records = readRecords(await this.operate(what('list', path, { kind: RequestKind.List }), options));
    return records.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  async stat(path: string, options: FileOptions & { readonly follow?: boolean | undefined } = {}): Promise<FileInfo> {
    const flags = options.follow === false ? RequestFlag.NoFollow : 0;
    const [info] = readRecords(await this.operate(what('stat', path, { kind: RequestKind.Stat, flags }), options));
    if (!info) throw new AgentError(`files.stat: the agent's answer for ${path} is empty`);
    return { ...info, name: path.replace(/\/+$/, '').split('/').pop() || '/' };
  }
  async mkdir(
    path: string,
    options: FileOptions & { readonly recursive?: boolean | undefined; readonly mode?: number | undefined } = {},
  ): Promise<void> {
    const flags = options.recursive ? RequestFlag.Recursive : 0;
    const request = { kind: RequestKind.MakeDirectory, flags, value: checkMode('mkdir', options.mode) ?? 0o777 };
    await this.operate(what('mkdir', path, request), options);
  }
  async remove(
    path: string,
    options: FileOptions & { readonly recursive?: boolean | undefined; readonly force?: boolean | undefined } = {},
  ): Promise<void> {
    const flags = (options.recursive ? RequestFlag.Recursive : 0) | (options.force ? RequestFlag.Force : 0);
    await this.operate(what('remove', path, { kind: RequestKind.Remove, flags }), options);
  }
  async rename(from: string, to: string, options?: FileOptions): Promise<void> {
    const request = { kind: RequestKind.Rename };
    await this.operate(what('rename', from, request, undefined, checkPath('rename', to)), options);
  }

  private operate(operation: What, options?: FileOptions): Promise<Bytes> {
    return this.begin(operation, options, false).done;
  }
  private begin(
    { path, ...operation }: What,
    options: FileOptions = {},
    streamed: boolean,
  ): { child: Child; done: Promise<Bytes> } {
    const name = operation.what;
    const child = new Child(this.agent, {
      ...operation,
      timeout: checkTimeout(name, options.timeout),
      signal: checkSignal(name, options.signal),
      maxOutput: READ_LIMIT,
      verdict: ({ end, failure, stopped }) => {
        if (failure?.stage === AT_FILE) return new FileError(name.replace('files.', ''), path, failure.errno);
        if (failure) return new AgentError(`${name}: it could not be started: ${describeErrno(failure.errno).text}`);
        if (stopped === 'timeout') return new AgentError(`${name}: ${path}: not done within ${options.timeout} ms`);
        if (stopped) return new AgentError(`${name}: ${path}: more than 256 MiB; read it piece by piece, by stream()`);
        if (end?.signal || end?.code) return new AgentError(`${name}: ${path}: its process was killed in the guest`);
        return undefined;
      },
    });
    if (streamed) void child.stdout.stream;
    return { child, done: child.outcome.then(() => child.stdout.bytes()) };
  }
}

function what(name: string, path: string, request: Omit<Request, 'arguments'>, input?: InputSource, to?: string): What {
  checkPath(name, path);
  return { what: `files.${name}`, path, request: { ...request, arguments: to ? [path, to] : [path] }, input };
}
function checkPath(name: string, path: unknown): string {
  if (path === '') throw new Error(`files.${name}: the path is empty`);
  return checkText(`files.${name}: path`, path);
}
function checkMode(name: string, mode: number | undefined): number | undefined {
  if (mode === undefined) return undefined;
  if (typeof mode === 'number' && Number.isInteger(mode) && mode >= 0 && mode <= 0o7777) return mode;
  throw new Error(`files.${name}: mode takes permissions, 0 to 0o7777, not '${String(mode)}'`);
}
