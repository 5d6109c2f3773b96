/**
 * Random guests in every mode: no Wasm trap, no hang, nothing outside the guest's memory changes. Seeds are fixed;
 * DOMZERO_FUZZ multiplies the number of rounds, DOMZERO_SEED starts elsewhere.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { FUZZ_MODES, Fuzzer } from './support/fuzz.ts';
import { Random } from './support/random.ts';
import { Watchdog } from './support/watchdog.ts';

const ROUNDS = 400 * Number(process.env['DOMZERO_FUZZ'] ?? 1);
const FIRST_SEED = Number(process.env['DOMZERO_SEED'] ?? 1);
const BUDGET = 2000;

describe('random guests', () => {
  const watchdog = new Watchdog();
  afterAll(() => watchdog.stop());

  it.each(FUZZ_MODES)('%s', (mode) => {
    const fuzzer = new Fuzzer();
    let retired = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
      const label = `mode ${mode}, seed ${seed}`;
      watchdog.alive(label);
      try {
        const count = fuzzer.round(mode, new Random(seed), BUDGET);
        expect(count, label).toBeLessThanOrEqual(BUDGET);
        retired += count;
      } catch (error) {
        throw new Error(`${label}: ${String(error)}`, { cause: error });
      }
      expect(fuzzer.escape(), label).toBeUndefined();
    }
    // Guests that die at once would prove nothing
    expect(retired).toBeGreaterThan(ROUNDS * 50);
  });
});
