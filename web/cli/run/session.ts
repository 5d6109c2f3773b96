/**
 * One run from the command line: boots the machine, connects it with the terminal or the script, and says how it ended.
 *
 * Exit codes: 0 the script is through, the guest switched itself off or stopped, or the user left; 1 timeout, or an end
 * in the middle of the script; 2 something was wrong with the input; 3 the core crashed; debug-exit brings its own.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import {
  type Counter,
  type CpuTraceRecord,
  type CrashReport,
  type CreateMachine,
  describeLockstep,
  describeRegion,
  formatSize,
  type LockstepOptions,
  type Machine,
  type MachineExit,
} from '../../client/index.ts';
import { ConsoleText } from './console-text.ts';
import { Keyboard, KEY_HELP } from './keyboard.ts';
import type { BootFiles, RunOptions } from './options.ts';
import { Script } from './script.ts';
import { writeSnapshot } from './snapshot.ts';
import { type Mark, type RunStatistics, Stopwatch, tierShares } from './statistics.ts';
import { onFirstSignal, openKeyboard, writeTo } from './terminal.ts';

export interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
  readonly error: NodeJS.WritableStream;
}
export interface Outcome {
  /** As in RunStatistics. */
  readonly exit: string;
  readonly code: number;
  /** For standard error. */
  readonly messages: readonly string[];
}
const LAST_LINES = 20;
/** Of the console, in a snapshot. */
const TEXT_LINES = 24;
const NO_KERNEL =
  'the guest asked for a reset, and the saved machine came without its kernel: name its image too (domzero run IMAGE --restore F)';
const NOT_SAVED = '--snapshot-out: the machine is off, there is nothing to save';
export interface Result {
  readonly outcome: Outcome;
  readonly statistics: RunStatistics;
  readonly counters: readonly Counter[];
}

export class Session {
  private readonly streams: Streams;
  private readonly options: RunOptions;
  private readonly console = new ConsoleText();
  private readonly script: Script;
  private readonly watch = new Stopwatch();
  private readonly marks: Promise<Mark>[] = [];
  private finish: (outcome: Outcome) => void = () => undefined;
  private machine!: Machine;
  private crash: Outcome | undefined;

  constructor(options: RunOptions, streams: Streams) {
    this.options = options;
    this.streams = streams;
    this.script = new Script(options.steps);
  }

  /** Rejects when the machine cannot be made; everything later is an outcome. */
  async run(create: CreateMachine, files: BootFiles): Promise<Result> {
    this.machine = await create({
      ...files,
      parent: files.snapshot && files.parent,
      engine: this.options.engine,
      acceleration: this.options.accel,
      lockstep: lockstepOptions(this.options),
      clock: files.snapshot ? undefined : this.options.clock,
      debugExit: files.snapshot ? undefined : this.options.debugExit,
      debugConsole: files.snapshot ? undefined : this.options.debugConsole,
      traceUndefined: this.options.traceUndefined,
      traceRegions: this.options.trace !== undefined,
      noReboot: !this.options.reboot,
      worker: false,
    });
    const ended = new Promise<Outcome>((resolve) => (this.finish = resolve));
    const closing = [this.listen(), this.openTrace(), this.openKeyboard(), this.startTimer(), this.openSignals()];
    let outcome: Outcome;
    try {
      this.watch.begin();
      await this.machine.start();
      this.advance(); // it may begin with --send
      outcome = await ended;
    } finally {
      for (const close of closing) close();
    }
    await this.machine.pause();
    // The last comparison of a lockstep may find something yet
    outcome = this.crash ?? outcome;
    outcome = await this.save(outcome);
    const marks = await Promise.all(this.marks);
    const counters = await this.machine.counters();
    const statistics = this.watch.finish(await this.machine.statistics(), marks, outcome);
    await this.machine.dispose();
    return { outcome, statistics, counters };
  }

  /** `--snapshot-out`, if the machine has not ended by itself. What cannot be written is an error, whatever came before. */
  private async save(outcome: Outcome): Promise<Outcome> {
    const { snapshotOut } = this.options;
    if (snapshotOut === undefined) return outcome;
    try {
      const text = this.console.lastLines(TEXT_LINES).join('\n');
      const saved = await writeSnapshot(this.machine, snapshotOut, text);
      if (saved) this.say(`saved in ${snapshotOut}: ${formatSize(saved.bytes.length)}`);
      else return { ...outcome, code: outcome.code || 1, messages: [...outcome.messages, NOT_SAVED] };
      return outcome;
    } catch (error) {
      return { ...outcome, code: outcome.code || 2, messages: [...outcome.messages, (error as Error).message] };
    }
  }
  private get scripted(): boolean {
    return this.options.steps.length > 0;
  }
  private listen(): () => void {
    const off = [
      this.machine.on('console', (bytes) => this.receive(bytes)),
      this.machine.on('exit', (exit) => this.ended(exit)),
      this.machine.on('trace', (record) => {
        if (record.kind !== 'region' && record.kind !== 'watched-region') this.say(describeTrace(record));
      }),
    ];
    return () => off.forEach((unsubscribe) => unsubscribe());
  }
  /** `--trace jit`: a line for each region, to a file or to standard error. */
  private openTrace(): () => void {
    const { trace } = this.options;
    if (!trace) return () => undefined;
    const file = trace.file === undefined ? undefined : openSync(trace.file, 'w');
    const off = this.machine.on('trace', (record) => {
      if (record.kind !== 'region') return;
      if (file === undefined) this.say(describeRegion(record.region));
      else writeSync(file, describeRegion(record.region) + '\n');
    });
    return () => {
      off();
      if (file !== undefined) closeSync(file);
    };
  }
  private receive(bytes: Uint8Array): void | Promise<void> {
    this.console.add(bytes);
    this.advance();
    return writeTo(this.streams.output, bytes);
  }
  private advance(): void {
    if (!this.scripted || this.script.done) return;
    this.script.advance(
      this.console,
      (pattern) => this.mark(pattern),
      (text) => this.send(text),
    );
    if (this.script.done) this.finish({ exit: 'script', code: 0, messages: [] });
  }
  /** The machine shares our thread: it answers before it runs on, so the count is that of the match. */
  private mark(pattern: RegExp): void {
    const instructions = this.machine.statistics().then((s) => s.instructions);
    this.marks.push(this.watch.mark(pattern.source, instructions));
  }
  private send(data: string | Uint8Array): void {
    this.machine.send(data).catch((error: unknown) => this.say((error as Error).message));
  }

  /** With a script nobody types. */
  private openKeyboard(): () => void {
    if (this.scripted) return () => undefined;
    const keyboard = new Keyboard({
      send: (bytes) => this.send(bytes),
      quit: () => this.finish({ exit: 'user', code: 0, messages: [] }),
      help: () => this.say(...KEY_HELP),
      statistics: () => void this.showStatistics(),
      reset: () => void this.machine.reset(),
    });
    // Piped input has no keys to command with.
    const typed = this.streams.input.isTTY ? (b: Uint8Array) => keyboard.type(b) : (b: Uint8Array) => this.send(b);
    if (this.streams.input.isTTY) this.say('Ctrl-A X leaves, Ctrl-A H helps');
    return openKeyboard(this.streams.input, typed, this.options.snapshotOut !== undefined);
  }
  private async showStatistics(): Promise<void> {
    const s = await this.machine.statistics();
    const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
    const speed = `${s.mips.toFixed(1)} MIPS, ${percent(s.hostShare)} of a core`;
    const engine = `${s.engine}: ${percent(tierShares(s).jit)} translated`;
    this.say(`${s.state}, ${speed}, ${engine}, up ${s.uptime.toFixed(0)} s, ${s.boot}`);
  }
  /** With something to save, the first signal only ends the run. */
  private openSignals(): () => void {
    if (this.options.snapshotOut === undefined) return () => undefined;
    return onFirstSignal((code) => this.finish({ exit: 'signal', code, messages: [] }));
  }
  private startTimer(): () => void {
    const { timeout } = this.options;
    if (timeout === undefined) return () => undefined;
    const timer = setTimeout(() => this.finish(this.timedOut(timeout)), timeout * 1000);
    return () => clearTimeout(timer);
  }
  private timedOut(seconds: number): Outcome {
    const { waitingFor } = this.script;
    const what = waitingFor ? ` waiting for ${waitingFor}` : '';
    return { exit: 'timeout', code: 1, messages: [`timeout after ${seconds} s${what}`, ...this.lastLines()] };
  }
  private lastLines(): string[] {
    return ['the last lines were:', ...this.console.lastLines(LAST_LINES).map((line) => `  | ${line}`)];
  }

  private ended(exit: MachineExit): void {
    const outcome = this.outcomeOf(exit);
    if (exit.reason === 'crashed') this.crash = outcome;
    this.finish(outcome);
  }
  private outcomeOf(exit: MachineExit): Outcome {
    const { reason } = exit;
    if (reason === 'debug-exit') return { exit: reason, code: (exit.code ?? 0) & 0xff, messages: [] };
    if (reason === 'crashed') return { exit: reason, code: 3, messages: describeCrash(exit.crash) };
    if (this.scripted && !this.script.done) {
      const message = `the machine ended (${reason}) before ${this.waiting()}`;
      return { exit: reason, code: 1, messages: [message, ...this.lastLines()] };
    }
    const messages = exit.message === undefined ? [] : [NO_KERNEL];
    if (reason === 'halted') messages.push('the guest has stopped for good (HLT with interrupts off)');
    return { exit: reason, code: 0, messages };
  }
  private waiting(): string {
    return this.script.waitingFor ? `${this.script.waitingFor} came` : 'the script did';
  }
  /** Lines of our own. In a raw terminal the cursor is where the guest left it. */
  private say(...lines: string[]): void {
    const typed = !this.scripted && this.streams.input.isTTY;
    const text = lines.map((line) => `[domzero] ${line}${typed ? '\r\n' : '\n'}`).join('');
    this.streams.error.write(typed ? `\r\n${text}` : text);
  }
}

function lockstepOptions(options: RunOptions): LockstepOptions | undefined {
  const { lockstepChunk: chunk, lockstepMemory: memory, lockstepFrom: from } = options;
  return chunk === undefined && memory === undefined && from === undefined ? undefined : { chunk, memory, from };
}

function describeTrace(record: CpuTraceRecord): string {
  switch (record.kind) {
    case 'undefined-opcode': {
      const bytes = [...record.bytes].map((b) => b.toString(16).padStart(2, '0')).join(' ');
      return `not implemented, ${record.mode}-bit code: ${bytes}`;
    }
    case 'triple-fault':
      return `triple fault: vector ${record.vector} at 0x${record.rip.toString(16)}`;
    case 'other':
      return `trace ${record.code}: ${record.a}, 0x${record.b.toString(16)}`;
  }
}
function describeCrash(crash: CrashReport | undefined): string[] {
  if (!crash) return ['the core crashed: a defect of DomZero, please report it'];
  const lines = [`the core crashed: ${crash.message}; a defect of DomZero, please report it with these lines`];
  if (crash.lockstep) lines.push(...describeLockstep(crash.lockstep));
  if (crash.registers) {
    const { rip, cr0, cr3, general, segments } = crash.registers;
    const all = { rip, cs: segments.cs.selector, cr0, cr3, ...general };
    lines.push(
      Object.entries(all)
        .map(([name, value]) => `${name}=${value.toString(16)}`)
        .join(' '),
    );
  }
  if (crash.stack && !crash.lockstep) lines.push(...crash.stack.split('\n').slice(1, 12));
  return [...lines, ...crash.trace.map(describeTrace)];
}
