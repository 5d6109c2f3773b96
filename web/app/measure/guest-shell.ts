/**
 * A shell on a machine's serial line, worked by the page: commands are typed, and what they cost is read from the
 * machine's own statistics before and after. Nothing else runs in the guest meanwhile.
 *
 * Marks are typed with quotes inside and printed without, so that the echo of a command is not taken for its end.
 */
import type { Machine } from '../../client/index.ts';
import type { Cost } from './outcome.ts';

/** Tries to be heard before giving up; a guest that boots does not listen yet. */
const CALLS = 60;
const CALL_MS = 2000;
/** Of output that is kept to look for marks. */
const KEPT = 4096;

export class GuestShell {
  private text = '';
  private commands = 0;
  private heard: () => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;
  private ended: Error | undefined;
  private readonly decoder = new TextDecoder();

  constructor(
    private readonly machine: Machine,
    private readonly signal: AbortSignal,
  ) {
    machine.on('console', (bytes, port) => {
      if (port !== 'com1') return;
      this.text = (this.text + this.decoder.decode(bytes, { stream: true })).slice(-KEPT);
      this.heard();
    });
    machine.on('exit', ({ reason }) => this.end(new Error(`the guest ended (${reason})`)));
    signal.addEventListener('abort', () => this.end(signal.reason as Error), { once: true });
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.fail(error);
  }

  /** Waits for the shell of a guest that boots. */
  async ready(): Promise<void> {
    for (let i = 0; i < CALLS; i++) {
      await this.machine.send('\recho DZ_"READY"\r');
      if (await this.wait(/DZ_READY/, CALL_MS)) return this.settle();
    }
    throw new Error('the guest has not answered with a shell; does its image have one on the serial line?');
  }

  /** What a command costs. An error when it fails. */
  async run(command: string): Promise<Cost> {
    const before = await this.machine.statistics();
    const status = await this.execute(command);
    const after = await this.machine.statistics();
    if (status !== 0) throw new Error(`the command ended with status ${status} in the guest`);
    return {
      busySeconds: after.busySeconds - before.busySeconds,
      instructions: after.instructions - before.instructions,
      compileMs: after.compileMs - before.compileMs,
    };
  }

  /** Answers to calls that came late are behind us with the answer to this one. */
  private async settle(): Promise<void> {
    await this.execute('true');
  }

  private async execute(command: string): Promise<number> {
    const mark = ++this.commands;
    await this.machine.send(`( ${command} ) > /dev/null; echo DZ_"END"${mark}=$?.\r`);
    const found = await this.wait(new RegExp(`DZ_END${mark}=(\\d+)\\.`));
    return Number(found?.[1]);
  }

  /** Undefined after `ms`; without, it waits until the signal ends it. */
  private wait(pattern: RegExp, ms?: number): Promise<RegExpExecArray | undefined> {
    this.signal.throwIfAborted();
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      const timer = ms === undefined ? undefined : setTimeout(() => resolve(undefined), ms);
      this.fail = reject;
      this.heard = () => {
        const found = pattern.exec(this.text);
        if (!found) return;
        clearTimeout(timer);
        resolve(found);
      };
      this.heard();
    });
  }
}
