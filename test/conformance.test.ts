/**
 * The core against instructions recorded from real processors, one test a file, by the interpreter and (a sample)
 * through the translator. Failures have to be those that conformance/expected-failures.json lists, no more (a
 * regression) and no fewer (the list may only shrink).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Expected } from '../web/cli/conformance/results.ts';
import { Conformance, type ConformanceOptions, findFiles } from '../web/cli/conformance/run-directory.ts';
import { sharedData } from './support/shared.ts';

const listed = new URL('./conformance/expected-failures.json', import.meta.url);
const expected = JSON.parse(readFileSync(listed, 'utf8')) as Expected;

/** Every vector costs a module of its own, so only one in so many is translated; `domzero conformance` runs them all. */
const TRANSLATED = { engine: 'jit', every: 8 } as const;
const TRANSLATED_REAL = { engine: 'jit', every: 24 } as const;
/**
 * How much of a family has to run in translated code: all but what faults, and vectors that begin with flags that no
 * instruction leaves behind (ZF with SF, for one), which only the interpreter takes.
 */
const FLOORS: Readonly<Record<string, number>> = {
  alu: 0.55,
  bit: 0.5,
  branch: 0.5,
  mov: 0.5,
  muldiv: 0.5,
  shift: 0.55,
  stack: 0.45,
};

function suite(name: string, directory: string | undefined, options: ConformanceOptions = {}): void {
  describe.skipIf(!directory)(name, () => {
    const conformance = new Conformance(options);
    for (const file of directory ? findFiles(directory) : []) {
      it(file.name, () => {
        conformance.runFile(file);
        const { results } = conformance;
        const surprises = results.surprises(expected, [file.name]);
        const examples = results.failures.filter((failure) => failure.file === file.name).slice(0, 3);
        expect({ surprises, examples: surprises.length ? examples : [] }).toEqual({ surprises: [], examples: [] });
        const { passed = 0, failed = 0, skipped = 0 } = results.byFile.get(file.name) ?? {};
        expect(passed + failed + skipped).toBeGreaterThan(0);
        const floor = options.engine === 'jit' ? FLOORS[file.name.replace(/^m\d+-|\..*$/g, '')] : undefined;
        const share = (results.translatedIn.get(file.name) ?? 0) / (passed + failed);
        if (floor !== undefined) expect(share).toBeGreaterThan(floor);
      });
    }
  });
}

suite('user-level instructions in 16, 32 and 64 bit', sharedData('conformance/hw-vectors'));
suite('real mode', sharedData('conformance/sst-80286'));
suite('user-level instructions, translated', sharedData('conformance/hw-vectors'), TRANSLATED);
suite('real mode, translated', sharedData('conformance/sst-80286'), TRANSLATED_REAL);

describe.skipIf(!sharedData('conformance/sst-80286'))('real mode, in all', () => {
  it('runs in translated code', () => {
    const directory = sharedData('conformance/sst-80286') ?? '';
    const { total, translatedIn } = new Conformance({ engine: 'jit', every: 50, filter: /^[0-3]/ }).runDirectory(
      directory,
    );
    const translated = [...translatedIn.values()].reduce((sum, count) => sum + count, 0);
    expect(translated / (total.passed + total.failed)).toBeGreaterThan(0.5);
  });
});
