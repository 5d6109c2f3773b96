/**
 * What is measured in which order: engine after engine within a row, row after row within a round, so that a
 * disturbance of the host falls on all alike.
 */
import type { EngineId, Job, Sample } from './job.ts';
import { valueOf } from './results.ts';
import type { RowResult, Value } from './results.ts';

export interface Progress {
  /** What is being measured now. */
  begin(what: string): void;
  end(): void;
}

/** A row on an engine. */
export interface Task {
  readonly row: RowResult;
  readonly engine: EngineId;
  readonly rounds: number;
  /** Measures once and adds to the value. */
  run(value: Value): Promise<void>;
}

export function countRuns(tasks: readonly Task[]): number {
  return tasks.reduce((sum, task) => sum + task.rounds, 0);
}

/** An engine that failed in a row is not asked again. */
export async function runTasks(tasks: readonly Task[], progress: Progress): Promise<void> {
  const rounds = Math.max(0, ...tasks.map((task) => task.rounds));
  for (let round = 0; round < rounds; round++) {
    for (const task of tasks.filter((each) => each.rounds > round)) {
      const value = valueOf(task.row, task.engine);
      progress.begin(`${task.row.title}: ${task.engine}`);
      if (value.error === undefined) await task.run(value).catch((error: Error) => (value.error = error.message));
      progress.end();
    }
  }
}

/** A task that is one job: a boot, a program. */
export function jobTask(
  row: RowResult,
  job: () => Job,
  engine: EngineId,
  rounds: number,
  measure: (job: Job) => Promise<Sample>,
  check: (output: string) => void = () => undefined,
): Task {
  const run = async (value: Value) => {
    const sample = await measure(job());
    if (sample.output !== undefined) check(sample.output);
    value.samples.push(sample.cpuSeconds);
    value.wallSeconds.push(sample.wallSeconds);
    value.cpuSeconds.push(sample.cpuSeconds);
    value.instructions = sample.instructions;
    value.output = sample.output;
  };
  return { row, engine, rounds, run };
}

/** What a program has to print: what the processor of this host made it print, else what the first engine did. */
export class Expected {
  constructor(
    private output?: string,
    private source = '',
  ) {}

  check(output: string, engine: string): void {
    if (!output) throw new Error(`${engine}: the program printed nothing`);
    if (this.output === undefined) [this.output, this.source] = [output, engine];
    if (output === this.output) return;
    throw new Error(`${engine}: wrong result "${output}"; on ${this.source} it is "${this.output}"`);
  }
}
