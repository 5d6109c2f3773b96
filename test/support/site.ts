/** The built site in a folder of its own, with or without images, on a host that sends no special headers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { bootedImage, store } from './booted.ts';
import { copyImages } from '../../web/cli/dev/serve/image-files.ts';
import { buildImage } from '../../web/cli/images.ts';
import { root, serveFolder } from './browser.ts';
import type { Served } from './browser.ts';

export interface SiteOptions {
  /** Names of images to have; built when they are not. */
  readonly images?: readonly string[];
  /** Snapshots of them, booted, lie beside them. */
  readonly booted?: boolean;
  /** The path below which the site lies. */
  readonly prefix?: string;
}

export interface ServedSite extends Served {
  readonly folder: string;
}

export async function serveSite({ images = [], booted = false, prefix = '/' }: SiteOptions): Promise<ServedSite> {
  const folder = await mkdtemp(join(tmpdir(), 'domzero-site-'));
  // Not build/site: two test files must not build there at once
  await build({ configFile: `${root}vite.config.ts`, logLevel: 'error', build: { outDir: folder } });
  await rm(join(folder, 'images'), { recursive: true, force: true });
  for (const name of images) await buildImage(name, { root });
  if (booted) for (const name of images) await bootedImage(name);
  if (images.length > 0) await copyImages(`${root}images/dist`, folder, booted ? store : undefined);
  const served = await serveFolder(folder, prefix);
  return {
    url: served.url,
    folder,
    close: async () => {
      await served.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
