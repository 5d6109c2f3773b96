/** Serves the snapshots of `npm start`, as a vite plugin: beside each image, named in its manifest, and that of the gallery. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import { FOREVER } from '../serve/answer.ts';
import { manifestText } from '../serve/image-files.ts';
import type { BootedKeeper } from './keeper.ts';
import { type BootedStore, UNFINISHED } from './store.ts';

export function bootedSnapshots(store: BootedStore, keeper: BootedKeeper): Plugin {
  return {
    name: 'domzero:booted',
    // Before those that answer for all images and all of the gallery
    enforce: 'pre',
    configureServer(server) {
      server.middlewares.use('/images', (request, response, next) => {
        answer(request.url ?? '', response).then((done) => (done ? undefined : next()), next);
      });
      server.middlewares.use(`/gallery/${UNFINISHED.name}.dzsnap`, (_request, response, next) => {
        unfinished(response).catch(next);
      });
    },
  };

  async function answer(url: string, response: ServerResponse): Promise<boolean> {
    const [, name = '', file, key] =
      /^\/([a-z0-9][a-z0-9-]*)\/(manifest\.json|booted\.dzsnap)(?:\?([0-9a-f]{1,64}))?$/.exec(url) ?? [];
    if (file === 'booted.dzsnap' && key !== undefined) return send(store.path(name, key), FOREVER, response);
    const manifest = file === 'manifest.json' ? await store.manifestOf(name) : undefined;
    if (!manifest) return false;
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Cache-Control', 'no-cache');
    response.end(manifestText(manifest, keeper.keys.get(name)));
    return true;
  }

  async function unfinished(response: ServerResponse): Promise<void> {
    const key = await keeper.keyOf(UNFINISHED.name);
    if (key !== undefined && (await send(store.path(UNFINISHED.name, key), 'no-cache', response))) return;
    response.statusCode = 404;
    response.end(`there is no such snapshot: it is made when the image ${UNFINISHED.image} is built`);
  }
}

/** False when there is no such file. */
async function send(file: string, cache: string, response: ServerResponse): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return false;
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', found.size);
  response.setHeader('Cache-Control', cache);
  createReadStream(file).pipe(response);
  return true;
}
