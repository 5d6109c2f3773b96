import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The benchmark as plain JavaScript for Node: runner and measuring child. Packages stay outside. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  publicDir: false,
  build: {
    ssr: true,
    outDir: 'build/bench',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rolldownOptions: { input: ['test/bench/main.ts', 'test/bench/child.ts'] },
  },
});
