/**
 * The core against instructions recorded from real processors, one test a file. Failures have to be those that
 * conformance/expected-failures.json lists, no more (a regression) and no fewer (the list may only shrink).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Expected } from '../web/cli/conformance/results.ts';
import { Conformance, findFiles } from '../web/cli/conformance/run-directory.ts';
import { sharedData } from './support/shared.ts';

const listed = new URL('./conformance/expected-failures.json', import.meta.url);
const expected = JSON.parse(readFileSync(listed, 'utf8')) as Expected;

function suite(name: string, directory: string | undefined): void {
  describe.skipIf(!directory)(name, () => {
    const conformance = new Conformance();
    for (const file of directory ? findFiles(directory) : []) {
      it(file.name, () => {
        conformance.runFile(file);
        const { results } = conformance;
        const surprises = results.surprises(expected, [file.name]);
        const examples = results.failures.filter((failure) => failure.file === file.name).slice(0, 3);
        expect({ surprises, examples: surprises.length ? examples : [] }).toEqual({ surprises: [], examples: [] });
        const { passed = 0, failed = 0, skipped = 0 } = results.byFile.get(file.name) ?? {};
        expect(passed + failed + skipped).toBeGreaterThan(0);
      });
    }
  });
}

suite('user-level instructions in 16, 32 and 64 bit', sharedData('conformance/hw-vectors'));
suite('real mode', sharedData('conformance/sst-80286'));
