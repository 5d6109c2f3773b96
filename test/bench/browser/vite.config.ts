import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The benchmark's page and its Worker as static files, at any address. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  publicDir: false,
  worker: { format: 'es' },
  build: { emptyOutDir: true, target: 'es2022', minify: false },
});
