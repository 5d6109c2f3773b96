/** The bundle that `npm start` serves (build.js, part `page`): the page of the site, without what the server has itself. */
import { constants, setPriority } from 'node:os';
import { defineConfig } from 'vite';
import site from '../../../../vite.config.ts';
import { announceApi } from '../serve/library-api.ts';
import { pageChunk } from '../serve/page-chunk.ts';
import { coreBeside } from './core-beside.ts';

// Whoever waits for the core, or for the page from its sources, goes first
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

export default defineConfig({
  ...site,
  plugins: [announceApi(), coreBeside(), pageChunk()],
  worker: { ...site.worker, plugins: () => [coreBeside()] },
  build: { ...site.build, sourcemap: false },
});
