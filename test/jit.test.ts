/**
 * The translator against the interpreter: the same random programs in two cores, compared after each call of `run` in all
 * that a guest can see, instruction counts and devices included. What failed once is kept in jit/kept and runs first.
 *
 * JIT_SEEDS=n runs n programs instead of the usual ones, from DOMZERO_SEED on. A failure prints its seed and the smallest
 * program that still fails, which also lies in test/artifacts/.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileCore, CoreEngine } from '../web/machine/core.ts';
import { Switches } from '../web/machine/switches.ts';
import { disassembly } from './jit/describe.ts';
import { generate } from './jit/generate.ts';
import type { Program } from './jit/program.ts';
import { type Hooks, type Outcome, makePair, runProgram } from './jit/run.ts';
import { describeSize, shrink } from './jit/shrink.ts';

const KEPT = new URL('./jit/kept/', import.meta.url);
const ARTIFACTS = new URL('./artifacts/', import.meta.url);
const FIRST_SEED = Number(process.env['DOMZERO_SEED'] ?? 1);
const SEEDS = Number(process.env['JIT_SEEDS'] ?? 240);
const SEEDS_A_SWITCH = 12;
/** Programs in one test: a timeout then says where. */
const BATCH = 40;

let core: WebAssembly.Module;
beforeAll(async () => {
  core = await compileCore();
});

/** Runs a program; one that fails is made smaller and reported. */
async function check(name: string, program: Program, hooks: Hooks = {}): Promise<Outcome> {
  const outcome = await runProgram(core, program, hooks);
  if (outcome.difference === undefined) return outcome;
  const fails = async (smaller: Program): Promise<boolean> =>
    (await runProgram(core, smaller, hooks)).difference !== undefined;
  const small = await shrink(program, fails);
  mkdirSync(ARTIFACTS, { recursive: true });
  writeFileSync(new URL(`jit-${name.replace(/\W+/g, '-')}.json`, ARTIFACTS), `${JSON.stringify(small)}\n`);
  const { difference } = await runProgram(core, small, hooks);
  const report = [`${name}: ${difference ?? 'it does not fail again'}`, describeSize(small), ...disassembly(small)];
  throw new Error(report.join('\n'));
}
/** Small regions that become large ones, at once or after a while, and large ones only. */
const TIERS: readonly Record<string, number>[] = [{ promote: 0 }, { 'first-region': 0 }, { promote: 1 }];
const inTiers = (seed: number): Program => ({ ...generate(seed), switches: TIERS[seed % TIERS.length] ?? {} });
const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

describe('programs that once failed', () => {
  for (const file of readdirSync(KEPT).filter((name) => name.endsWith('.json'))) {
    it(file, async () => {
      await check(file, JSON.parse(readFileSync(new URL(file, KEPT), 'utf8')) as Program);
    });
  }
});

describe('random programs', () => {
  const sums = { instructions: 0, translated: 0, invalidations: 0, side: 0, helped: 0, links: 0 };
  for (let first = FIRST_SEED; first < FIRST_SEED + SEEDS; first += BATCH) {
    it(`seeds from ${first}`, { timeout: 300_000 }, async () => {
      for (const seed of range(first, Math.min(BATCH, FIRST_SEED + SEEDS - first))) {
        const { instructions, translated, counters } = await check(`seed ${seed}`, inTiers(seed));
        sums.instructions += instructions;
        sums.translated += translated;
        sums.invalidations += counters['invalidations'] ?? 0;
        sums.side += counters['exits-side'] ?? 0;
        sums.helped += counters['helped'] ?? 0;
        sums.links += counters['links'] ?? 0;
      }
    });
  }
  it('did run translated code, left it, changed it', () => {
    expect(sums.translated / sums.instructions).toBeGreaterThan(0.3);
    expect(sums.instructions).toBeGreaterThan(SEEDS * 2000);
    for (const count of Object.values(sums)) expect(count).toBeGreaterThan(SEEDS);
  });
});

describe('with other switches', () => {
  const names = async (): Promise<{ name: string; max: number }[]> =>
    new Switches((await makePair(core)).translator).list();
  const values = async (choose: (max: number) => number): Promise<Record<string, number>> =>
    Object.fromEntries((await names()).filter(({ max }) => max === 1).map(({ name, max }) => [name, choose(max)]));

  it('each is off once, and programs run as before', { timeout: 300_000 }, async () => {
    const off = Object.keys(await values(() => 0));
    expect(off.length).toBeGreaterThan(5);
    for (const [i, name] of off.entries()) {
      for (const seed of range(1_000_000 + i * SEEDS_A_SWITCH, SEEDS_A_SWITCH))
        await check(`${name} off, seed ${seed}`, { ...generate(seed), switches: { ...TIERS[seed % 2], [name]: 0 } });
    }
  });
  it('all are off', { timeout: 300_000 }, async () => {
    const switches = await values(() => 0);
    for (const seed of range(1_100_000, 2 * SEEDS_A_SWITCH))
      await check(`all off, seed ${seed}`, { ...generate(seed), switches });
  });
  it.each([1, 2, 13, 400])('regions of %i instructions', { timeout: 300_000 }, async (region) => {
    for (const seed of range(1_200_000, SEEDS_A_SWITCH))
      await check(`region ${region}, seed ${seed}`, { ...generate(seed), switches: { ...TIERS[seed % 2], region } });
  });
  it('a threshold that nothing reaches leaves all to the interpreter', async () => {
    const { counters } = await check('threshold', { ...generate(1), threshold: 60_000 });
    expect(counters['translated-executed']).toBe(0);
  });
  it('they, and the engine, change while a program runs', { timeout: 300_000 }, async () => {
    const definitions = await names();
    for (const seed of range(1_300_000, 2 * SEEDS_A_SWITCH)) {
      const beforeChunk: Hooks['beforeChunk'] = ({ translator }, i) => {
        const { name, max } = definitions[(seed + i) % definitions.length] ?? { name: 'region', max: 1 };
        if (i % 3 === 2) translator.functions.setEngine(i % 2 ? CoreEngine.interpreter : CoreEngine.jit);
        else if (max === 1) new Switches(translator).apply({ [name]: i % 2 });
      };
      await check(`changing, seed ${seed}`, inTiers(seed), { beforeChunk });
    }
  });
});
