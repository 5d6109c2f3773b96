/** Runs a recipe, here or in a container: reads its progress lines, keeps its log, ends it when told to. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { ImageError } from './error.ts';
import { parseRecipeLine, type ProgressMeter } from './progress.ts';

export interface RecipeRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  readonly meter: ProgressMeter;
  readonly signal?: AbortSignal | undefined;
}

/** How a recipe ended that did not reach its end. */
export interface RecipeFailure {
  readonly code: string;
  readonly message: string;
}

const TAIL_LINES = 20;

/** Undefined when all went well. Throws the signal's reason when aborted. */
export async function runRecipe(run: RecipeRun): Promise<RecipeFailure | undefined> {
  run.signal?.throwIfAborted();
  // A process group of its own, so that ending it ends make and the compilers too.
  const child = spawn(run.command, run.args, {
    env: { ...process.env, ...run.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const abort = () => endGroup(child);
  run.signal?.addEventListener('abort', abort, { once: true });
  const release = endWithThisProcess(abort);
  try {
    return await follow(child, run);
  } finally {
    release();
    run.signal?.removeEventListener('abort', abort);
    run.signal?.throwIfAborted();
  }
}

/** The terminal's Ctrl-C, and the end of this process, do not reach another process group by themselves. */
function endWithThisProcess(end: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals) => {
    end();
    release();
    // Listening switched the default off; nobody else listens: die of it, as without us
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const release = () => {
    process.off('exit', end);
    for (const signal of signals) process.off(signal, onSignal);
  };
  process.once('exit', end);
  for (const signal of signals) process.once(signal, onSignal);
  return release;
}

async function follow(child: ChildProcess, run: RecipeRun): Promise<RecipeFailure | undefined> {
  const outside: string[] = [];
  let failure: RecipeFailure | undefined;
  const onLine = (line: string) => {
    const parsed = parseRecipeLine(line);
    if (parsed.kind === 'progress') run.meter.update(parsed.phase, parsed.fraction, parsed.message);
    else if (parsed.kind === 'error') failure ??= { code: parsed.code, message: parsed.message };
    else outside.push(parsed.text);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', onLine);
  }
  const status = await ended(child, run.command);
  if (status === 0 && !failure) return undefined;
  // A shell or a container engine that fails speaks for itself, on its last line.
  const last = outside.filter((line) => line.trim() !== '').at(-1);
  return failure ?? { code: 'build', message: last ?? `${run.command} ended with status ${status}` };
}

function ended(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new ImageError(`${command} is not installed`) : error),
    );
    // `close`, not `exit`: the last lines are then read
    child.once('close', (status, signal) => resolve(status ?? (signal ? 128 : 1)));
  });
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export async function logTail(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES);
}
