/** Makes a failing program smaller: leaves out blocks, items, calls of `run` and features while it still fails. */
import type { Program } from './program.ts';

type Fails = (program: Program) => Promise<boolean>;

/** Rounds over everything; a smaller program may allow what a larger one did not. */
const ROUNDS = 4;

export async function shrink(
  program: Program,
  fails: Fails,
  note: (text: string) => void = () => {},
): Promise<Program> {
  let best = program;
  for (let round = 0; round < ROUNDS; round++) {
    const before = size(best);
    for (const step of [dropBlocks, dropItems, simplify, shortenChunks]) {
      best = await step(best, fails);
      note(`${step.name}: ${describeSize(best)}`);
    }
    if (size(best) === before) break;
  }
  return best;
}
function size(program: Program): number {
  return JSON.stringify(program).length;
}
export function describeSize({ blocks, chunks }: Program): string {
  const items = blocks.reduce((sum, block) => sum + block.items.length, 0);
  return `${blocks.length} blocks, ${items} items, ${chunks.length} chunks`;
}

/** Leaves out runs of list elements, half of them at once at first. */
async function dropRuns<T>(list: readonly T[], keep: (rest: T[]) => Promise<boolean>): Promise<T[]> {
  let best = [...list];
  for (let length = Math.ceil(best.length / 2); length > 0; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let at = best.length - length; at > -length; at -= length) {
      const from = Math.max(at, 0);
      const rest = [...best.slice(0, from), ...best.slice(at + length)];
      if (rest.length < best.length && (await keep(rest))) best = rest;
    }
  }
  return best;
}
async function dropBlocks(program: Program, fails: Fails): Promise<Program> {
  const blocks = await dropRuns(
    program.blocks,
    async (rest) => rest.length > 0 && (await fails({ ...program, blocks: rest })),
  );
  return { ...program, blocks };
}
async function dropItems(program: Program, fails: Fails): Promise<Program> {
  let best = program;
  for (const { label } of program.blocks) {
    const withItems = (items: Program['blocks'][number]['items']): Program => ({
      ...best,
      blocks: best.blocks.map((block) => (block.label === label ? { ...block, items } : block)),
    });
    const block = best.blocks.find((b) => b.label === label);
    if (block) best = withItems(await dropRuns(block.items, (rest) => fails(withItems(rest))));
  }
  return best;
}
async function shortenChunks(program: Program, fails: Fails): Promise<Program> {
  let best = program;
  const whole = program.chunks.map((budget, i) => ({ budget, kick: program.kicks[i] ?? -1 }));
  const withCalls = (calls: typeof whole): Program => ({
    ...best,
    chunks: calls.map(({ budget }) => budget),
    kicks: calls.map(({ kick }) => kick),
  });
  best = withCalls(await dropRuns(whole, (rest) => fails(withCalls(rest))));
  for (let i = 0; i < best.chunks.length; i++) {
    for (let step = best.chunks[i] ?? 0; step >= 1; step = Math.floor(step / 2)) {
      const shorter = best.chunks.map((budget, k) => (k === i ? budget - step : budget));
      if ((shorter[i] ?? 0) > 0 && (await fails({ ...best, chunks: shorter }))) best = { ...best, chunks: shorter };
    }
  }
  return best;
}
async function simplify(program: Program, fails: Fails): Promise<Program> {
  let best = program;
  const attempts: Partial<Program>[] = [
    { timer: 0 },
    { segmented: false },
    { limitedCode: false },
    { paging: false },
    { writableCode: true },
    { cpl: 0 },
    { eflags: 2 },
    { start: 0 },
    { threshold: 0 },
    { registers: program.registers.map(() => '0') },
    { table: program.table.map(() => program.blocks[0]?.label ?? '') },
    { kicks: program.kicks.map(() => -1) },
    { physical: [0x20, 0x21, 0x22, 0x23] },
    { blocks: program.blocks.map(({ label, items }) => ({ label, items })) },
    ...program.registers.map((_, i) => ({ registers: program.registers.map((v, r) => (r === i ? '0' : v)) })),
  ];
  for (const attempt of attempts) {
    const simpler = { ...best, ...attempt };
    if (size(simpler) !== size(best) && (await fails(simpler))) best = simpler;
  }
  return best;
}
