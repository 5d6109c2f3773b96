/** What the core's CPUID announces: vectors of other instructions are left out, not failed. */
import type { Core } from './core.ts';
import { enterProtected, flat } from './setup.ts';

const EAX = 0;
const ECX = 1;
const EDX = 2;
const EBX = 3;
/** Leaf, subleaf, register, bit (SDM 2A, CPUID). */
const BITS: Record<string, [leaf: number, subleaf: number, register: number, bit: number]> = {
  FPU: [1, 0, EDX, 0],
  MMX: [1, 0, EDX, 23],
  SSE: [1, 0, EDX, 25],
  SSE2: [1, 0, EDX, 26],
  'SSE4.2': [1, 0, ECX, 20],
  MOVBE: [1, 0, ECX, 22],
  POPCNT: [1, 0, ECX, 23],
  RDRAND: [1, 0, ECX, 30],
  AVX: [1, 0, ECX, 28],
  BMI1: [7, 0, EBX, 3],
  ADX: [7, 0, EBX, 19],
  LZCNT: [0x80000001, 0, ECX, 5],
};
const CODE_AT = 0x1000;

function cpuid(core: Core, leaf: number, subleaf: number): void {
  enterProtected(core, { mode: 32, cpl: 0, segments: flat(32, 0) });
  core.ram.set([0x0f, 0xa2], CODE_AT);
  core.setGpr(EAX, BigInt(leaf));
  core.setGpr(ECX, BigInt(subleaf));
  core.rip = CODE_AT;
  core.exports.setEflags(2);
  core.exports.refresh();
  const vector = core.exports.step();
  if (vector >= 0) throw new Error(`CPUID raised exception ${vector}`);
  core.ram.fill(0, CODE_AT, CODE_AT + 2);
}

/** Names of the announced features, out of those that vectors ask for. */
export function announcedFeatures(core: Core): Set<string> {
  const found = new Set<string>();
  for (const [name, [leaf, subleaf, register, bit]] of Object.entries(BITS)) {
    cpuid(core, (leaf & 0x80000000) >>> 0, 0);
    if (Number(core.gpr(EAX)) < leaf) continue;
    cpuid(core, leaf, subleaf);
    if ((core.gpr(register) >> BigInt(bit)) & 1n) found.add(name);
  }
  return found;
}
