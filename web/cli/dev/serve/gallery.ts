/**
 * The gallery (web/gallery/: pages that one can copy, so they are served as they stand) and the element that they use.
 * In development `domzero-element.js` stands for its sources; a build of the site has the built files beside index.html,
 * for other pages to use, too.
 */
import { copyFile, cp, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import { type BootedStore, UNFINISHED } from '../booted/store.ts';
import { answer, typeOf } from './answer.ts';

const file = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** The file of a request below gallery/, or undefined. */
async function pageOf(path: string): Promise<{ type: string; text: string } | undefined> {
  const name = path === '/' ? 'index.html' : path.slice(1);
  const type = typeOf(name);
  // One plain name: nothing outside of the folder can be meant
  if (!type || !/^[a-z][a-z-]*\.[a-z]+$/.test(name)) return undefined;
  const text = await readFile(join(file('gallery'), name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : { type, text };
}

/** The snapshot that one of the pages starts from is in a built site, if `store` has it. */
export function gallery(store: BootedStore): Plugin {
  return {
    name: 'domzero:gallery',
    configureServer(server) {
      server.middlewares.use('/domzero-element.js', (_request, response) => {
        response.setHeader('Content-Type', 'text/javascript');
        response.end(`export * from ${JSON.stringify(`/@fs${file('element/index.ts')}`)};`);
      });
      server.middlewares.use('/gallery', (request, response, next) => {
        const path = (request.url ?? '/').replace(/[?#].*$/, '');
        pageOf(path).then((page) => {
          if (!page) return next();
          answer(server, response, page.type, page.text);
        }, next);
      });
    },
    async writeBundle({ dir }) {
      if (!dir) return;
      await cp(file('gallery'), join(dir, 'gallery'), { recursive: true });
      const key = await store.find(UNFINISHED);
      const { name } = UNFINISHED;
      if (key !== undefined) await copyFile(store.path(name, key), join(dir, `gallery/${name}.dzsnap`));
      // As it stands, under a name that stays: a service worker is known by its address
      await cp(file('app/isolation-worker.js'), join(dir, 'isolation-worker.js'));
      await build({ configFile: file('element/vite.config.ts'), logLevel: 'warn', build: { outDir: dir } });
    },
  };
}
