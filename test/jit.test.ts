/**
 * The translator against the interpreter: random programs in random states, run in both; registers, flags, memory, RIP
 * and the number of instructions have to agree, also where an access faults in the middle of a block.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { jitModule } from './jit/build.ts';
import { Encoder } from './jit/encoder.ts';
import {
  COMPARISONS,
  CONDITIONAL,
  DIVIDENDS,
  DIVISIONS,
  type Form,
  INTERPRETED,
  STRAIGHT,
  TRANSFERS,
} from './jit/forms.ts';
import { CODE } from './jit/layout.ts';
import { type Block, Lockstep, Refusal, type Situation } from './jit/lockstep.ts';
import type { Mode } from './support/core.ts';
import { randomCode } from './support/fuzz.ts';
import { Random } from './support/random.ts';

const PAGE = 0x1000;
const MODES: readonly Mode[] = [32, 16, 64];
const PROGRAMS = { 16: 1500, 32: 4000, 64: 1500 };
const STATES = 4;
const CS_OVERRIDE = 0x2e;
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
    segmented: mode !== 64 && paging && random.chance(3),
    limitedCode: random.chance(4),
    aligned: random.chance(10),
  };
}
/** Does translated code make all accesses itself that do not fault? */
function vouched({ paging, segmented, aligned }: Situation, mode: Mode): boolean {
  return paging && !segmented && !aligned && mode !== 64;
}
/** Is a fault the only reason to leave before `form`? */
function mustFault(form: Form | undefined, code: Uint8Array): boolean {
  return !form?.leaves && !code.includes(CS_OVERRIDE);
}
const inMode = (forms: readonly Form[], mode: Mode): Form[] =>
  forms.filter(({ modes }) => !modes || modes.includes(mode));

/** Some instructions, more comparisons and divisions than by chance, and a transfer; one in eight lies at the end of its page. */
function program(random: Random, mode: Mode): Program {
  const encoder = new Encoder(random, mode);
  const straight = inMode(STRAIGHT, mode);
  const forms = Array.from({ length: random.below(10) }, () => {
    const form = random.pick(straight);
    if (random.chance(16)) return [random.pick(inMode(DIVIDENDS, mode)), random.pick(DIVISIONS)];
    return random.chance(3) ? [random.pick(COMPARISONS), random.pick(CONDITIONAL)] : [form];
  }).flat();
  if (random.chance(2)) forms.push(random.pick(COMPARISONS));
  forms.push(random.pick(random.chance(8) ? inMode(INTERPRETED, mode) : TRANSFERS));
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
        const { vector, difference } = left ? lockstep.step() : { vector: -1, ...lockstep.difference(true) };
        expect(difference, `${where}, instruction ${count} interpreted`).toBeUndefined();
        if (left && vector >= 0) faults.set(vector, (faults.get(vector) ?? 0) + 1);
        if (left && count < block.instructions && vouched(now, mode) && mustFault(forms[count], code))
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
    for (let n = 0; n < 1000; n++) {
      if (n % PROGRAMS_A_SITUATION === 0) {
        lockstep.enter(situation(random, mode), random);
      }
      randomCode(random, code);
      const at = CODE + random.below(PAGE - code.length);
      lockstep.setCode(code, at);
      check(lockstep, random, at, `bytes ${n}: ${hex(code)}`, () => undefined);
    }
  });
});

describe('a translated block', () => {
  const flat: Situation = { cpl: 3, paging: true, segmented: false, limitedCode: false, aligned: false };
  /** Both cores at `code`, which is translated. */
  function translated(code: readonly number[], at = CODE): { lockstep: Lockstep; block: Block | number } {
    const lockstep = new Lockstep(module, 32);
    const random = new Random(1);
    lockstep.enter(flat, random);
    lockstep.setCode(Uint8Array.from(code), at);
    lockstep.randomize(random, at);
    return { lockstep, block: lockstep.translate() };
  }
  function blockOf(result: { block: Block | number }): Block {
    if (typeof result.block === 'number') throw new Error(`refused: ${result.block}`);
    return result.block;
  }

  it('computes', () => {
    // mov eax, 40; mov ecx, 3; sub eax, ecx; add eax, 5; jmp +0x10
    const made = translated([0xb8, 40, 0, 0, 0, 0xb9, 3, 0, 0, 0, 0x29, 0xc8, 0x83, 0xc0, 5, 0xeb, 0x10]);
    expect(blockOf(made).run()).toEqual({ count: 5, left: false });
    expect(made.lockstep.jit.gpr(0)).toBe(42n);
    expect(made.lockstep.jit.rip).toBe(BigInt(CODE + 17 + 0x10));
  });
  it('is left with the state before an instruction that faults', () => {
    // mov eax, 1; push 2; mov [0], eax
    const { lockstep, block } = translated([0xb8, 1, 0, 0, 0, 0x6a, 2, 0xa3, 0, 0, 0, 0, 0xc3]);
    const sp = lockstep.jit.gpr(4) & 0xffffffffn;
    expect(blockOf({ block }).run()).toEqual({ count: 2, left: true });
    expect([lockstep.jit.gpr(0), lockstep.jit.gpr(4), lockstep.jit.rip]).toEqual([1n, sp - 4n, BigInt(CODE + 7)]);
    expect(lockstep.jit.exports.step()).toBe(14);
    expect(lockstep.jit.state('S_CR2')).toBe(0n);
  });
  it('has at most 64 instructions', () => {
    // add [esi], eax: an access and flags each
    const made = translated(Array.from({ length: 100 }, () => [0x01, 0x06]).flat());
    expect(blockOf(made).instructions).toBe(64);
    expect(blockOf(made).bytes.length).toBeLessThan(0x8000);
    expect(made.lockstep.compare(blockOf(made))).toEqual({ count: 64, left: false });
  });
  it('ends with its page', () => {
    const at = CODE + PAGE - 3;
    const made = translated([0x90, 0x90, 0x90, 0x90], at);
    expect(blockOf(made).run()).toEqual({ count: 3, left: false });
    expect(made.lockstep.jit.rip).toBe(BigInt(CODE + PAGE));
  });
  it('is refused where there is nothing to translate', () => {
    expect(translated([0x0f, 0xa2]).block).toBe(Refusal.Nothing);
    expect(translated([], CODE + PAGE).block).toBe(Refusal.Fetch);
    // Reaches into a page that is absent
    expect(translated([0xb8, 1, 2, 3, 4], CODE + PAGE - 3).block).toBe(Refusal.Fetch);
  });
});
