/** What `--stats` writes. */
import { writeFileSync } from 'node:fs';
import type { Counter, Statistics } from '../../client/index.ts';
import { table } from './table.ts';

/** Since the command began to load the kernel; the CPU time is that of the whole process. */
export interface Spent {
  readonly instructions: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}
export interface Mark extends Spent {
  /** The pattern of an `--expect`. */
  readonly name: string;
}
export interface RunStatistics extends Spent {
  /** Million instructions a CPU second, counted from the machine's start. */
  readonly mips: number;
  readonly engine: string;
  /** Share of the instructions that each tier has executed, 0 to 1. */
  readonly tiers: Readonly<Record<string, number>>;
  /** Milliseconds spent compiling and linking translated code. */
  readonly compileMs: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly boot: string;
  readonly memory: number;
  /** 'script', 'timeout', 'user', or the reason why the machine ended. */
  readonly exit: string;
  readonly exitCode: number;
  readonly marks: readonly Mark[];
}

/** The core's name for the instructions that translated code has executed. */
const TRANSLATED = 'translated-executed';

export class Stopwatch {
  private readonly start = performance.now();
  private readonly cpu = process.cpuUsage();
  private started = 0;

  read(): Omit<Spent, 'instructions'> {
    const { user, system } = process.cpuUsage(this.cpu);
    return { seconds: round((performance.now() - this.start) / 1000), cpuSeconds: round((user + system) / 1e6) };
  }
  /** The machine starts: loading is over. */
  begin(): void {
    this.started = this.read().cpuSeconds;
  }
  /** The time is taken at once, whenever the count arrives. */
  async mark(name: string, instructions: Promise<number>): Promise<Mark> {
    const now = this.read();
    return { name, instructions: await instructions, ...now };
  }
  finish(machine: Statistics, marks: readonly Mark[], end: { exit: string; code: number }): RunStatistics {
    const { instructions, engine, boot, memory } = machine;
    const spent = this.read();
    const running = spent.cpuSeconds - this.started;
    return {
      instructions,
      ...spent,
      mips: round(running > 0 ? instructions / running / 1e6 : 0),
      engine,
      tiers: tierShares(machine),
      boot,
      memory,
      exit: end.exit,
      exitCode: end.code,
      marks,
      compileMs: round(machine.compileMs),
      counters: machine.counters,
    };
  }
}
/** The core counts what translated code has executed; the rest has been interpreted. */
export function tierShares({ instructions, counters }: Pick<Statistics, 'instructions' | 'counters'>): {
  jit: number;
  interpreter: number;
} {
  const jit = instructions > 0 ? (counters[TRANSLATED] ?? 0) / instructions : 0;
  return { jit: round(jit), interpreter: round(1 - jit) };
}
/** '-' is standard output: a table where a person reads it, else JSON. */
export function writeStatistics(file: string, statistics: RunStatistics, counters: readonly Counter[]): void {
  const json = JSON.stringify(statistics, null, 2) + '\n';
  if (file !== '-') writeFileSync(file, json);
  else process.stdout.write(process.stdout.isTTY ? table(statistics, counters) : json);
}
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
