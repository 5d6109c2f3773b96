/** A vite plugin: the documents of docs/ as pages beside the page, which its help links to. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Plugin } from 'vite';
import { toPage } from './markdown.ts';

export function documents(folder: string): Plugin {
  return {
    name: 'domzero:documents',
    configureServer(server) {
      server.middlewares.use('/docs', (request, response, next) => {
        const name = /^\/([\w-]+)\.html(?:[?#]|$)/.exec(request.url ?? '')?.[1];
        if (name === undefined) return next();
        readFile(join(folder, `${name}.md`), 'utf8').then((text) => {
          response.setHeader('Content-Type', 'text/html; charset=utf-8');
          response.end(toPage(text));
        }, next);
      });
    },
    async generateBundle() {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.md'));
      for (const name of names) {
        const source = toPage(await readFile(join(folder, name), 'utf8'));
        this.emitFile({ type: 'asset', fileName: `docs/${basename(name, '.md')}.html`, source });
      }
    },
  };
}
