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
  finish(
    machine: Statistics,
    counters: readonly Counter[],
    marks: readonly Mark[],
    end: { exit: string; code: number },
  ): RunStatistics {
    const { instructions, engine, boot, memory } = machine;
    const spent = this.read();
    const running = spent.cpuSeconds - this.started;
    return {
      instructions,
      ...spent,
      mips: round(running > 0 ? instructions / running / 1e6 : 0),
      engine,
      tiers: tierShares(instructions, counters),
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
/** Tiers have counters of instructions; what is left has been interpreted. */
export function tierShares(instructions: number, counters: readonly Counter[]): Record<string, number> {
  const tiers = counters.filter(({ unit }) => unit === 'instructions');
  const share = (count: number): number => (instructions > 0 ? round(count / instructions) : 0);
  const rest = instructions - tiers.reduce((sum, { value }) => sum + value, 0);
  const shares = Object.fromEntries(tiers.map(({ name, value }) => [name, share(value)]));
  return { ...shares, interpreter: share(rest) };
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
