/** Runs a program in two cores, one translating and one interpreting, and reports the first difference. */
import { CodeLinker } from '../../web/machine/code-linker.ts';
import { type Core, CoreEngine, instantiateCore, RunStatus } from '../../web/machine/core.ts';
import { Counters } from '../../web/machine/counters.ts';
import { CpuState } from '../../web/machine/cpu-state.ts';
import { describeLockstep } from '../../web/machine/lockstep/describe.ts';
import { Lockstep } from '../../web/machine/lockstep/lockstep.ts';
import { Mismatch } from '../../web/machine/lockstep/mismatch.ts';
import { Switches } from '../../web/machine/switches.ts';
import { setUp } from './guest.ts';
import { Sel } from './handlers.ts';
import { RAM, TABLE } from './layout.ts';
import type { Program } from './program.ts';

/** Chunks as `run` is called; everything is compared after each. */
const WHOLE = { chunk: 1 << 30, memory: 0 };

export interface Pair {
  translator: Core;
  interpreter: Core;
  lockstep: Lockstep;
}
export interface Outcome {
  instructions: number;
  /** Of these, in translated code. */
  translated: number;
  counters: Record<string, number>;
  difference?: string;
}

/** What a test does besides. */
export interface Hooks {
  beforeChunk?: (pair: Pair, index: number) => void;
}

export async function makePair(module: WebAssembly.Module, ramBytes = RAM): Promise<Pair> {
  const [translator, interpreter] = await Promise.all([
    instantiateCore(module, ramBytes),
    instantiateCore(module, ramBytes),
  ]);
  for (const { functions } of [translator, interpreter]) functions.powerOn(ramBytes, 1, 0);
  translator.functions.setEngine(CoreEngine.jit);
  const linker = new CodeLinker(translator, () => 0);
  const lockstep = new Lockstep({ translator, interpreter, link: () => linker.link() }, ramBytes, WHOLE);
  return { translator, interpreter, lockstep };
}
export function configure(
  { translator }: Pair,
  { threshold, switches }: Pick<Program, 'threshold' | 'switches'>,
): void {
  new Switches(translator).apply({ threshold, ...switches });
}

/** Runs `program` from its beginning in fresh cores. */
export async function runProgram(module: WebAssembly.Module, program: Program, hooks: Hooks = {}): Promise<Outcome> {
  const pair = await makePair(module);
  const { translator, interpreter } = pair;
  configure(pair, program);
  for (const core of [translator, interpreter]) setUp(core, program);
  const difference = compareRuns(pair, program, hooks);
  const counters = new Counters(translator).values();
  return {
    instructions: translator.functions.instructions(),
    translated: counters['translated-executed'] ?? 0,
    counters,
    ...(difference === undefined ? {} : { difference }),
  };
}
/** Undefined: they agree. */
function compareRuns(pair: Pair, program: Program, hooks: Hooks): string | undefined {
  try {
    for (const [i, budget] of program.chunks.entries()) {
      hooks.beforeChunk?.(pair, i);
      kick(pair, program, program.kicks[i] ?? -1);
      const status = pair.lockstep.run(0, budget);
      pair.lockstep.check();
      if (status !== RunStatus.Continue) return undefined;
    }
    return undefined;
  } catch (error) {
    if (error instanceof Mismatch) return `${error.message}\n${describeLockstep(error.report).join('\n')}`;
    // A trap of the core, or a module that is not valid
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
/** Goes on at another block, in the program's own code segment. */
function kick({ translator, interpreter }: Pair, { mode, cpl, table }: Program, index: number): void {
  if (index < 0 || index >= table.length) return;
  const cpu = new CpuState(translator);
  if (mode !== 'real' && cpu.segment('cs').selector !== (Sel.code | cpl)) return;
  const { buffer } = translator.memory;
  const at = translator.at.RAM + TABLE + index * (mode === 'long' ? 8 : 4);
  const rip = new DataView(buffer).getUint32(at, true);
  for (const core of [translator, interpreter]) new CpuState(core).set('rip', rip);
}
