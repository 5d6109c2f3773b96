/** The x87 against instructions recorded on a processor, without a CPU around it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFpu } from './fpu/build.ts';
import { FpuMachine } from './fpu/machine.ts';
import { readVectors } from './fpu/vectors.ts';
import { check } from './fpu/check.ts';

const shared = process.env.DOMZERO_SHARED ?? resolve(import.meta.dirname, '../../shared');
const directory = resolve(shared, 'conformance/hw-vectors');
const files = ['arith', 'cmp', 'mov', 'trans']
  .flatMap((group) => ['m16', 'm32', 'm64'].map((mode) => `${mode}-x87-${group}`))
  // Transcendental functions were not recorded in 16-bit code.
  .filter((name) => name !== 'm16-x87-trans')
  .map((name) => resolve(directory, `${name}.xvec.gz`));
/** #SS in 16-bit code comes from segment limits, which are the CPU's. */
const SS = 12;

describe('x87 as recorded', () => {
  let machine: FpuMachine;
  beforeAll(async () => {
    machine = new FpuMachine(await buildFpu());
  });

  for (const file of files) {
    it.skipIf(!existsSync(file))(`${file.replace(/.*\//, '')} passes strictly`, () => {
      const vectors = readVectors(file).filter((vector) => vector.exception !== SS);
      const failures = vectors.map((vector) => check(machine, vector)).filter((failure) => failure !== undefined);
      expect(vectors.length).toBeGreaterThan(1000);
      expect(failures.slice(0, 10)).toEqual([]);
    });
  }
});
