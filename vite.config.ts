import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { BootedStore } from './web/cli/dev/booted/store.ts';
import { documents } from './web/cli/dev/serve/documents.ts';
import { gallery } from './web/cli/dev/serve/gallery.ts';
import { guestImages } from './web/cli/dev/serve/image-files.ts';
import { pageChunk } from './web/cli/dev/serve/page-chunk.ts';

/** Cross-origin isolation gives the page SharedArrayBuffer and fine timers; it does without where a host sends none. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const store = new BootedStore(fileURLToPath(new URL('.', import.meta.url)));

export default defineConfig({
  root: 'web/app',
  base: './',
  publicDir: false,
  plugins: [
    guestImages(fileURLToPath(new URL('images/dist', import.meta.url)), store),
    documents(fileURLToPath(new URL('docs', import.meta.url))),
    gallery(store),
    pageChunk(),
  ],
  // Compiled before anybody asks
  server: { headers: isolation, fs: { allow: ['../..'] }, warmup: { clientFiles: ['main.ts', 'page/page.ts'] } },
  preview: { headers: isolation },
  worker: { format: 'es' },
  // Known from the start: found one by one they would reload the page in the middle of its first boot
  optimizeDeps: {
    include: [
      '@xterm/xterm',
      '@xterm/addon-clipboard',
      '@xterm/addon-fit',
      '@xterm/addon-search',
      '@xterm/addon-webgl',
      'comlink',
      'hash-wasm',
      'idb-keyval',
      'uplot',
    ],
  },
  build: {
    outDir: '../../build/site',
    emptyOutDir: true,
    target: 'es2022',
    // INVARIANT: core.wasm stays a file, so that it compiles while it streams
    assetsInlineLimit: 0,
    // xterm.js with its WebGL renderer: all of it is needed before the first line
    chunkSizeWarningLimit: 700,
    sourcemap: true,
  },
});
