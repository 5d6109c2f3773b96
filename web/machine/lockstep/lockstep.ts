/**
 * Engine 'lockstep': the guest runs on two cores, one translating and one interpreting, a chunk of instructions at a time.
 * After each chunk both have to agree on everything that a guest can see. The first difference is thrown, and the machine
 * crashes with a report.
 *
 * Both have the instruction clock, so each is a function of its inputs, and both get the same input at the same
 * instruction: the translating core is connected with the world, the other gets copies of its console rings.
 */
import type { ConsoleReader } from '../console-pump.ts';
import { type Core, RunStatus } from '../core.ts';
import type { RunnableCore } from '../run-loop.ts';
import type { LockstepDifference, LockstepOptions, LockstepReport } from '../types.ts';
import { type Area, consoleArea, cpuAreas, deviceAreas, partsInUse, portArea, ramArea } from './areas.ts';
import { Comparison } from './compare.ts';
import { ConsoleTail } from './console-tail.ts';
import { Mismatch } from './mismatch.ts';
import { codeAround, Path, type Place, placeOf } from './path.ts';

const CHUNK = 1000;
const MEMORY_EVERY = 50_000_000;
/** Nothing has happened after which all should be compared. */
const GOES_ON: ReadonlySet<number> = new Set([RunStatus.Continue, RunStatus.Idle, RunStatus.Waiting]);

export interface LockstepCores {
  readonly translator: Core;
  readonly interpreter: Core;
  /** Links what the translator has made. */
  link(): void;
}

export class Lockstep implements RunnableCore {
  private readonly console = new ConsoleTail();
  private readonly cores: LockstepCores;
  private readonly options: LockstepReport['options'];
  private readonly comparison: Comparison;
  private readonly path: Path;
  /** Everything, and what is compared after each chunk. */
  private readonly all: readonly Area[];
  private often: readonly Area[] = [];
  /** Instruction count at the last comparison of everything. */
  private agreedInAll = 0;

  constructor(cores: LockstepCores, ramBytes: number, options: LockstepOptions) {
    const { translator, interpreter } = cores;
    this.cores = cores;
    this.options = { chunk: options.chunk ?? CHUNK, memory: options.memory ?? MEMORY_EVERY, from: options.from ?? 0 };
    this.comparison = new Comparison(interpreter, translator);
    this.path = new Path(interpreter);
    const devices = deviceAreas(translator);
    this.all = [...cpuAreas(translator), ...devices, portArea(translator), ramArea(translator, ramBytes)];
    this.chooseOften();
  }

  instructions(): number {
    return this.cores.translator.functions.instructions();
  }
  nextDeadline(): number {
    return this.cores.translator.functions.nextDeadline();
  }
  run(now: number, budget: number): number {
    const start = this.instructions();
    const goal = start + budget;
    this.copyConsoles();
    let status: number = RunStatus.Continue;
    for (let at = start; at < goal && status === RunStatus.Continue;) {
      const count = Math.min(goal - at, this.chunkAt(at));
      status = this.runChunk(now, at, count);
      const after = this.instructions();
      if (after - this.agreedInAll >= this.options.memory) this.check();
      // It came back early, so that the host can empty a console.
      if (after - at < count) break;
      at = after;
    }
    this.compare([consoleArea(this.cores.translator)], start, placeOf(this.cores.interpreter));
    if (!GOES_ON.has(status)) this.check();
    return status;
  }
  /** Hears what the console's reader gets. */
  listenTo(reader: ConsoleReader): ConsoleReader {
    return (bytes, port) => {
      this.console.hear(bytes, port);
      return reader(bytes, port);
    };
  }
  /** Input, or room in a console's ring: for both at the same instruction. */
  consoleInput(port: number): void {
    this.copyConsoles();
    this.cores.translator.functions.consoleInput(port);
    this.cores.interpreter.functions.consoleInput(port);
  }
  /** Compares everything but the consoles, which are compared before the host gets at them. */
  check(): void {
    if (this.instructions() < this.options.from) return;
    this.compare(this.all, this.agreedInAll, placeOf(this.cores.interpreter));
    this.agreedInAll = this.instructions();
    this.chooseOften();
  }

  /** Devices have large blocks that are mostly empty: which parts are not changes rarely. */
  private chooseOften(): void {
    const { translator } = this.cores;
    const devices = deviceAreas(translator).flatMap((area) => partsInUse(translator, area));
    this.often = [...cpuAreas(translator), ...devices];
  }
  private copyConsoles(): void {
    const { translator, interpreter } = this.cores;
    const { from, to } = consoleArea(translator);
    new Uint8Array(interpreter.memory.buffer, from).set(new Uint8Array(translator.memory.buffer, from, to - from));
  }
  /** Before `from` as long as in a run without it, so that the translator meets the same chunks. */
  private chunkAt(at: number): number {
    const { from, chunk } = this.options;
    return at < from ? Math.min(CHUNK, from - at) : chunk;
  }

  private runChunk(now: number, at: number, count: number): number {
    const place = placeOf(this.cores.interpreter);
    const translated = this.translate(now, at + count);
    const interpreted = this.interpret(now, at, count);
    if (translated !== interpreted) this.fail([statusDifference(interpreted, translated)], at, place);
    this.compare(this.often, at, place);
    return translated;
  }
  private translate(now: number, goal: number): number {
    const { translator } = this.cores;
    let status = translator.functions.run(now, goal - this.instructions());
    while (status === RunStatus.Link) {
      this.cores.link();
      const left = goal - this.instructions();
      status = left > 0 ? translator.functions.run(now, left) : RunStatus.Continue;
    }
    return status;
  }
  private interpret(now: number, at: number, count: number): number {
    const { from } = this.options;
    return from > 0 && at >= from ? this.path.run(now, count) : this.cores.interpreter.functions.run(now, count);
  }
  private compare(areas: readonly Area[], since: number, place: Place): void {
    const { translator, interpreter } = this.cores;
    if (this.instructions() < this.options.from) return;
    if (this.comparison.equal(areas) && translator.functions.eflags() === interpreter.functions.eflags()) return;
    this.fail([], since, place);
  }
  /** `since`: they agreed then. `place`: where the interpreter was before the last chunk. */
  private fail(first: readonly LockstepDifference[], since: number, place: Place): never {
    const { translator, interpreter } = this.cores;
    const { differences, more } = this.comparison.find([...this.all, consoleArea(translator)]);
    const flags = flagsDifference(interpreter, translator);
    throw new Mismatch({
      from: Math.max(since, this.options.from),
      to: this.instructions(),
      differences: [...first, ...flags, ...differences],
      more,
      chunkFrom: place.instructions,
      rip: place.rip,
      linear: place.base + place.rip,
      ...codeAround(interpreter, place),
      path: this.path.steps(),
      console: this.console.lastLine(),
      options: this.options,
    });
  }
}

function statusDifference(interpreter: number, translator: number): LockstepDifference {
  return { what: 'status of run', interpreter: BigInt(interpreter), translator: BigInt(translator) };
}
function flagsDifference(interpreter: Core, translator: Core): LockstepDifference[] {
  const [i, t] = [interpreter.functions.eflags() >>> 0, translator.functions.eflags() >>> 0];
  return i === t ? [] : [{ what: 'eflags', interpreter: BigInt(i), translator: BigInt(t) }];
}
