import { defineConfig } from 'vite';

/** Cross-origin isolation gives the page SharedArrayBuffer and fine timers. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  root: 'web/app',
  base: './',
  publicDir: false,
  server: { headers: isolation, fs: { allow: ['../..'] } },
  preview: { headers: isolation },
  worker: { format: 'es' },
  build: {
    outDir: '../../build/site',
    emptyOutDir: true,
    target: 'es2022',
    // INVARIANT: core.wasm stays a file, so that it compiles while it streams
    assetsInlineLimit: 0,
    sourcemap: true,
  },
});
