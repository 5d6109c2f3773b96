import { defineConfig } from 'vitest/config';

/** Separate from vite.config.ts: the tests need neither the page's root nor its plugins. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // A page may be slow to show what it will show; vitest's own second is a bet on the machine
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', './test/support/ci-reporter.ts'],
  },
});
