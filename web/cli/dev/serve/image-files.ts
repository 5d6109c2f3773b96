/**
 * The built images as the page sees them: `images/index.json` and the files that it names. In development a vite
 * plugin serves them out of images/dist; a build of the site copies what is there.
 */
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import type { LibraryImage, LibraryState } from '../../../app/session/library-protocol.ts';
import type { ImageManifest, RecipeManifest } from '../../images/manifest.ts';
import { booted, type BootedStore } from '../booted/store.ts';

const served = ['kernel', 'initramfs'] as const;

/** An image that is to be built. */
export function describeRecipe(recipe: RecipeManifest, state: 'building' | 'missing'): LibraryImage {
  const { name, title, description, memory, commandLine, agent } = recipe;
  return { name, title, description, memory, commandLine, agent, state };
}

/** Its snapshot, relative to the manifest; a cache keeps each version apart. */
const bootedFile = (key: string): string => `booted.dzsnap?${key}`;
/** The same, relative to the page. */
export const bootedUrl = (name: string, key: string): string => `images/${name}/${bootedFile(key)}`;

/** A built image; its URLs are relative to the page. `key`: of the snapshot of it booted, when there is one. */
export function describeImage(manifest: ImageManifest, key?: string): LibraryImage {
  const { name, title, description, memory, commandLine, agent } = manifest;
  const files = served.map((role) => manifest.files.find((file) => file.role === role));
  const [kernel, initrd] = files.map((file) => file && `images/${name}/${file.path}`);
  const size = files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  const snapshot = key === undefined ? {} : { booted: bootedUrl(name, key) };
  return { name, title, description, size, memory, commandLine, agent, state: 'ready', kernel, initrd, ...snapshot };
}

/** A manifest as pages get it: it names the snapshot, too. */
export function manifestText(manifest: ImageManifest, key: string | undefined): string {
  const served = key === undefined ? manifest : { ...manifest, booted: bootedFile(key) };
  return `${JSON.stringify(served, undefined, 2)}\n`;
}

/** The manifests in a folder of built images; what is not one is left out. */
export async function builtImages(dist: string): Promise<ImageManifest[]> {
  const names = await readdir(dist).catch(() => []);
  const manifests = await Promise.all(names.sort().map((name) => readManifest(join(dist, name))));
  return manifests.filter((manifest) => manifest !== undefined);
}

export async function readManifest(folder: string): Promise<ImageManifest | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ImageManifest;
  } catch {
    return undefined;
  }
}

async function indexOf(dist: string): Promise<string> {
  return indexText((await builtImages(dist)).map((manifest) => describeImage(manifest)));
}
function indexText(images: readonly LibraryImage[]): string {
  const state: LibraryState = { images };
  return JSON.stringify(state, undefined, 1);
}

/** Copies index, manifests and files to `site`/images, and from `store` the snapshots that are up to date. */
export async function copyImages(dist: string, site: string, store?: BootedStore): Promise<void> {
  const images: LibraryImage[] = [];
  for (const manifest of await builtImages(dist)) {
    const { name, files } = manifest;
    const folder = join(site, 'images', name);
    await mkdir(folder, { recursive: true });
    for (const { role, path } of files)
      if (role !== 'bzImage') await copyFile(join(dist, name, path), join(folder, path));
    const key = await store?.find(booted(name));
    if (store && key !== undefined) await copyFile(store.path(name, key), join(folder, 'booted.dzsnap'));
    await writeFile(join(folder, 'manifest.json'), manifestText(manifest, key));
    images.push(describeImage(manifest, key));
  }
  await mkdir(join(site, 'images'), { recursive: true });
  await writeFile(join(site, 'images', 'index.json'), indexText(images));
}

/** Answers for a path below images/; false when there is no such file. */
async function serve(dist: string, path: string, response: ServerResponse): Promise<boolean> {
  // Every request: what is built while the page is open counts at once
  response.setHeader('Cache-Control', 'no-cache');
  if (path === '/index.json') {
    response.setHeader('Content-Type', 'application/json');
    response.end(await indexOf(dist));
    return true;
  }
  // Two plain names: nothing outside of the folder can be meant
  const match = /^\/([a-z0-9][a-z0-9-]*)\/([A-Za-z0-9][A-Za-z0-9._-]*)$/.exec(path);
  if (!match?.[1] || !match[2]) return false;
  const file = join(dist, match[1], match[2]);
  const size = await stat(file)
    .then((found) => (found.isFile() ? found.size : undefined))
    .catch(() => undefined);
  if (size === undefined) return false;
  // No Content-Encoding: the page unpacks, and knows the size of what it downloads
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', size);
  createReadStream(file).pipe(response);
  return true;
}

/** The plugin; `dist` is images/dist. A built site has the snapshots of `store` too; in development `npm start` serves them. */
export function guestImages(dist: string, store: BootedStore): Plugin {
  return {
    name: 'domzero:images',
    configureServer(server) {
      server.middlewares.use('/images', (request, response, next) => {
        const path = (request.url ?? '').replace(/[?#].*$/, '');
        serve(dist, path, response).then((done) => {
          if (done) return;
          response.statusCode = 404;
          response.end('there is no such image file');
        }, next);
      });
    },
    async writeBundle(output) {
      if (output.dir) await copyImages(dist, output.dir, store);
    },
  };
}
