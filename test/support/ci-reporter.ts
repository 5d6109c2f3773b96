/** Ends a test run with the plain line "N passed, N failed", after vitest's own summary. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export default class CiReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, errors: ReadonlyArray<unknown>): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    // A file that throws while it is collected has no failed test, and an unhandled error belongs to none
    let broken = errors.length;
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      broken += module.errors().length;
    }
    const failed = count.failed + count.pending + broken;
    const summary = process.env['DOMZERO_TEST_SUMMARY'];
    if (summary) writeFileSync(summary, JSON.stringify({ passed: count.passed, failed, skipped: count.skipped }));
    process.on('exit', () => {
      if (count.skipped) console.log(`${count.skipped} skipped`);
      console.log(`${count.passed} passed, ${failed} failed`);
    });
  }
}
