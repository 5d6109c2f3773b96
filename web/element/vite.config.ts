/**
 * domzero-element.js for pages without a bundler, with domzero-worker.js and core.wasm beside it: three files that find
 * one another, on any host. `--outDir` says where.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const names = { entryFileNames: 'domzero-[name].js', assetFileNames: '[name][extname]', codeSplitting: false };
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: file('.'),
  base: './',
  publicDir: false,
  worker: { format: 'es', rolldownOptions: { output: names } },
  build: {
    outDir: file('../../build/element'),
    emptyOutDir: false,
    target: 'es2022',
    // The first with light-dark(): a substitute would want a color-scheme that a page may not have
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // INVARIANT: core.wasm stays a file, so that it compiles while it streams
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      input: { element: file('standalone.ts') },
      preserveEntrySignatures: 'strict',
      output: names,
    },
  },
});
