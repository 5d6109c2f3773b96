/** What `--stats` writes. */
import { writeFileSync } from 'node:fs';
import type { Statistics } from '../../client/index.ts';

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
  finish(machine: Statistics, marks: readonly Mark[], end: { exit: string; code: number }): RunStatistics {
    const { instructions, engine, boot, memory } = machine;
    const spent = this.read();
    const running = spent.cpuSeconds - this.started;
    const mips = round(running > 0 ? instructions / running / 1e6 : 0);
    return { instructions, ...spent, mips, engine, boot, memory, exit: end.exit, exitCode: end.code, marks };
  }
}
/** '-' is standard output. */
export function writeStatistics(file: string, statistics: RunStatistics): void {
  const json = JSON.stringify(statistics, null, 2) + '\n';
  if (file === '-') process.stdout.write(json);
  else writeFileSync(file, json);
}
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
