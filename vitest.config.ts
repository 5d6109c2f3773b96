import { defineConfig } from 'vitest/config';

/** Separate from vite.config.ts: the tests need neither the page's root nor its plugins. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/ci-reporter.ts'],
  },
});
