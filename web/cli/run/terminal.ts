/**
 * The streams of the session. A terminal on standard input becomes raw, so that each key reaches the guest, and is put
 * back however the process ends.
 */
import type { ReadStream } from 'node:tty';

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** Calls back once, with the exit code that the first signal stands for; the next one ends the process. */
export function onFirstSignal(ended: (code: number) => void): () => void {
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  const off = (): void => names.forEach((name) => process.off(name, onSignal));
  function onSignal(name: keyof typeof SIGNALS): void {
    off();
    ended(128 + SIGNALS[name]);
  }
  for (const name of names) process.on(name, onSignal);
  return off;
}

/**
 * Calls back with what is typed or piped; the result ends that and restores the terminal. Signals end the process, unless
 * somebody else `hears` them.
 */
export function openKeyboard(
  input: ReadStream | NodeJS.ReadStream,
  typed: (bytes: Uint8Array) => void,
  hears: boolean,
): () => void {
  const raw = input.isTTY && typeof input.setRawMode === 'function';
  const restore = (): void => {
    if (raw) input.setRawMode(false);
  };
  const onSignal = (signal: keyof typeof SIGNALS): void => {
    restore();
    if (!hears) process.exit(128 + SIGNALS[signal]);
  };
  const onData = (data: Buffer): void => typed(data);
  if (raw) input.setRawMode(true);
  process.on('exit', restore);
  for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) process.on(signal, onSignal);
  input.on('data', onData);
  return () => {
    input.off('data', onData);
    input.pause();
    // A pipe that nobody ends would keep the process alive.
    input.unref?.();
    process.off('exit', restore);
    for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) process.off(signal, onSignal);
    restore();
  };
}

/** Writes, and says when the reader is behind: the promise settles once it has caught up. */
export function writeTo(output: NodeJS.WritableStream, bytes: Uint8Array): void | Promise<void> {
  if (!output.write(bytes)) return new Promise((resolve) => output.once('drain', resolve));
}
