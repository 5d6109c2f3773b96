/**
 * The translator against the interpreter: random programs in random states, run in both; registers, flags, memory, RIP
 * and the number of instructions have to agree, also where an access faults in the middle of a block.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { jitModule } from './jit/build.ts';
import { Encoder } from './jit/encoder.ts';
import { type Form, INTERPRETED, STRAIGHT, TRANSFERS } from './jit/forms.ts';
import { CODE } from './jit/layout.ts';
import { type Block, Lockstep, Refusal, type Situation } from './jit/lockstep.ts';
import type { Mode } from './support/core.ts';
import { randomCode } from './support/fuzz.ts';
import { Random } from './support/random.ts';

const PAGE = 0x1000;
const MODES: readonly Mode[] = [32, 16, 64];
const PROGRAMS = { 16: 600, 32: 1500, 64: 600 };
const STATES = 4;
const PROGRAMS_A_SITUATION = 20;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await jitModule();
}, 300_000);

interface Program {
  forms: readonly Form[];
  code: Uint8Array;
  at: number;
}
function situation(random: Random, mode: Mode): Situation {
  const paging = mode === 64 || !random.chance(4);
  return {
    cpl: random.chance(3) ? 0 : 3,
    paging,
    segmented: mode !== 64 && random.chance(4),
    limitedCode: random.chance(4),
    aligned: random.chance(10),
  };
}
const inMode = (forms: readonly Form[], mode: Mode): Form[] =>
  forms.filter(({ modes }) => !modes || modes.includes(mode));

/** Some instructions and a transfer; one in eight lies at the end of its page. */
function program(random: Random, mode: Mode): Program {
  const encoder = new Encoder(random, mode);
  const straight = inMode(STRAIGHT, mode);
  const forms = Array.from({ length: random.below(12) }, () => random.pick(straight));
  forms.push(random.pick(random.chance(8) ? INTERPRETED : TRANSFERS));
  const code = Uint8Array.from(forms.flatMap((form) => encoder.encode(form)));
  const room = PAGE - code.length;
  return { forms, code, at: CODE + (random.chance(8) ? room + 4 - random.below(16) : random.below(room)) };
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Translates what lies at `at` and compares runs from several states; `seen` is told of each. */
function check(
  lockstep: Lockstep,
  random: Random,
  at: number,
  where: string,
  seen: (count: number, left: boolean, block: Block) => void,
): void {
  lockstep.randomize(random, at);
  if (random.chance(2)) lockstep.refresh();
  const block = lockstep.translate();
  if (typeof block === 'number') {
    expect([Refusal.Nothing, Refusal.Fetch], where).toContain(block);
    seen(0, false, { instructions: 0, bytes: new Uint8Array(), run: () => ({ count: 0, left: false }) });
    return;
  }
  if (!WebAssembly.validate(block.bytes)) new WebAssembly.Module(block.bytes); // says why
  for (let state = 0; state < STATES; state++) {
    const { count, left, difference } = lockstep.compare(block);
    expect(difference, `${where}, state ${state}, ${count} instructions`).toBeUndefined();
    seen(count, left, block);
    lockstep.randomize(random, at);
  }
}

describe.each(MODES)('translated %i-bit code', (mode) => {
  it('does what the interpreter does', () => {
    const random = new Random(0x4a495400 + mode);
    const lockstep = new Lockstep(module, mode);
    const executed = new Map<string, number>();
    const faults = new Map<number, number>();
    let now = situation(random, mode);
    let compared = 0;
    let refused = 0;
    for (let n = 0; n < PROGRAMS[mode]; n++) {
      if (n % PROGRAMS_A_SITUATION === 0) {
        now = situation(random, mode);
        lockstep.enter(now, random);
        lockstep.refresh();
      }
      const { forms, code, at } = program(random, mode);
      lockstep.setCode(code, at);
      const where = `program ${n} ${JSON.stringify(now)}: ${forms.map((f) => f.name).join('; ')} = ${hex(code)}`;
      check(lockstep, random, at, where, (count, left, block) => {
        compared++;
        if (!block.instructions) refused++;
        for (const { name } of forms.slice(0, count)) executed.set(name, (executed.get(name) ?? 0) + 1);
        // A block is left before its end only where the interpreter has something to say
        if (!left) expect(count, where).toBe(block.instructions);
        const { vector, difference } = left ? lockstep.step() : { vector: -1 };
        expect(difference, `${where}, instruction ${count} interpreted`).toBeUndefined();
        if (left && vector >= 0) faults.set(vector, (faults.get(vector) ?? 0) + 1);
        if (left && count < block.instructions && now.paging && !now.segmented)
          expect(vector, where).toBeGreaterThanOrEqual(0);
      });
    }
    const names = new Set(inMode([...STRAIGHT, ...TRANSFERS], mode).map(({ name }) => name));
    expect(names.size).toBeGreaterThan(70);
    expect([...names].filter((name) => !executed.has(name))).toEqual([]);
    expect(INTERPRETED.filter(({ name }) => executed.has(name))).toEqual([]);
    expect(refused / compared).toBeLessThan(0.1);
    expect([...faults.keys()]).toEqual(expect.arrayContaining([14]));
    if (process.env.JIT_TEST_VERBOSE) console.log(mode, { compared, refused, faults, executed });
  });

  it('survives random bytes', () => {
    const random = new Random(0x4a495f00 + mode);
    const lockstep = new Lockstep(module, mode);
    const code = new Uint8Array(64);
    for (let n = 0; n < 300; n++) {
      if (n % PROGRAMS_A_SITUATION === 0) {
        lockstep.enter(situation(random, mode), random);
        lockstep.refresh();
      }
      randomCode(random, code);
      const at = CODE + random.below(PAGE - code.length);
      lockstep.setCode(code, at);
      check(lockstep, random, at, `bytes ${n}: ${hex(code)}`, () => undefined);
    }
  });
});
