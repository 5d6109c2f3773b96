/** A machine for one command, connected with this process's standard streams and signals. */
import { Readable } from 'node:stream';
import {
  createMachine,
  type ExecProcess,
  type ExecResult,
  type Machine,
  type MachineOptions,
  parseSize,
} from '../../client/index.ts';
import { writeTo } from '../run/terminal.ts';
import type { ExecCommandOptions } from './options.ts';

const TIMED_OUT = 124;
const SIGNALLED = 128;
const INTERRUPTED = 130;
/** Those that end a process and can be caught. */
const PASSED_ON = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;
const NUMBERS: Readonly<Record<string, number>> = process.getBuiltinModule('node:os').constants.signals;

/** Resolves to the exit code of this process. */
export async function runInGuest(
  boot: MachineOptions,
  command: readonly string[],
  options: ExecCommandOptions,
): Promise<number> {
  const budget = new OutputBudget(options.limitOutput);
  const machine = await createMachine({
    ...boot,
    engine: options.engine,
    acceleration: options.accel,
    worker: false,
  });
  if (options.console) machine.on('console', (bytes) => writeTo(process.stderr, bytes));
  try {
    await machine.start();
    // The time limit is the command's: the boot has one of its own.
    await machine.files.stat('/');
    const child = start(machine, command, options);
    const stopPassing = passSignals(child);
    try {
      const copies = [copy(child.stdout, process.stdout, budget), copy(child.stderr, process.stderr, budget)];
      const [result] = await Promise.all([child, ...copies]);
      return exitCode(result, budget, options);
    } finally {
      stopPassing();
    }
  } finally {
    await machine.dispose();
    // A pipe or terminal that nobody ends would keep this process alive.
    process.stdin.pause();
    process.stdin.unref?.();
  }
}
function start(machine: Machine, command: readonly string[], options: ExecCommandOptions): ExecProcess {
  const [line] = command;
  return machine.exec(command.length === 1 && line !== undefined ? line : command, {
    stdin: Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
    env: options.env,
    cwd: options.cwd,
    timeout: options.timeout === undefined ? undefined : options.timeout * 1000,
    memory: options.limitMemory,
    processes: options.limitProcesses,
  });
}

/** Ends the pipe when the limit is reached: the command then gets SIGPIPE. */
class OutputBudget {
  exceeded = false;
  readonly limit: number;
  private left: number;

  constructor(size: string | undefined) {
    this.left = this.limit = size === undefined ? Infinity : parseSize(size);
    if (Number.isNaN(this.left)) throw new Error(`--limit-output: '${size}' is not a size; write it like 1M`);
  }
  take(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, Math.min(bytes.length, this.left));
    this.left -= part.length;
    if (part.length < bytes.length) this.exceeded = true;
    return part;
  }
}
/** At the speed of whoever reads us; when they have gone, the command learns it from its pipe. */
async function copy(from: AsyncIterable<Uint8Array>, to: NodeJS.WritableStream, budget: OutputBudget): Promise<void> {
  let closed = false;
  to.on('error', () => (closed = true));
  for await (const bytes of from) {
    await writeTo(to, budget.take(bytes));
    if (closed || budget.exceeded) return;
  }
}
function passSignals(child: ExecProcess): () => void {
  let interrupts = 0;
  const pass = (name: NodeJS.Signals): void => {
    if (name === 'SIGINT' && ++interrupts > 1) process.exit(INTERRUPTED);
    child.kill(name as (typeof PASSED_ON)[number]);
  };
  for (const name of PASSED_ON) process.on(name, pass);
  return () => {
    for (const name of PASSED_ON) process.off(name, pass);
  };
}
function exitCode(result: ExecResult, budget: OutputBudget, options: ExecCommandOptions): number {
  const say = (text: string): void => void process.stderr.write(`domzero: ${text}\n`);
  if (budget.exceeded) say(`the command wrote more than ${options.limitOutput} and was ended`);
  if (result.ended === 'timeout') say(`the command was killed after ${options.timeout} s`);
  if (result.ended === 'memory') say('the command was killed: out of memory');
  if (result.ended === 'timeout') return TIMED_OUT;
  return result.exitCode ?? SIGNALLED + (NUMBERS[result.signal ?? ''] ?? 0);
}
