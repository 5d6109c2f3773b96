/**
 * The page in one piece: from its sources it is some 180 files, one after the other. It is bundled while the sources are
 * served; from then on a vite plugin answers with it. It stays as it is until the next start.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'vite';
import { answer, FOREVER, typeOf } from '../serve/answer.ts';

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

export class PageBundle {
  /** By address; none until all are there. In memory: another start may bundle the page anew. */
  files: ReadonlyMap<string, PageFile> = new Map();
  private readonly ending = new AbortController();
  private readonly work: Promise<void>;

  /** `build` fills `folder`. */
  constructor(
    private readonly folder: string,
    build: (signal: AbortSignal) => Promise<void>,
  ) {
    this.work = this.make(build);
  }

  /** Resolves when nothing half done is left. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.work;
  }

  private async make(build: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await build(this.ending.signal);
      this.files = filesIn(this.folder);
    } catch (error) {
      if (this.ending.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      console.warn(
        `the page goes on coming from its sources, which takes it longer: ${reason} (see npm run build:page)`,
      );
    }
  }
}

/** At once, so that a bundle that is up to date is there before the server is. */
function filesIn(folder: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const type = typeOf(entry.name);
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(`/${relative(folder, path).replaceAll(sep, '/')}`, { type, body: readFileSync(path) });
  }
  return files;
}

export function bundledPage(bundle: PageBundle, root: string): Plugin {
  const core = pathToFileURL(join(root, 'build/core.wasm')).pathname;
  return {
    name: 'domzero:bundled-page',
    config({ server }) {
      // Nobody will ask for the sources
      if (bundle.files.size > 0) delete server?.warmup;
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '').replace(/[?#].*$/, '');
        // The one of now, as vite serves files
        if (path === '/core.wasm') request.url = `/@fs${core}`;
        const file = bundle.files.get(path === '/' ? '/index.html' : path);
        if (!file) return next();
        response.setHeader('Cache-Control', path.startsWith('/assets/') ? FOREVER : 'no-cache');
        answer(server, response, file.type, file.body);
      });
    },
  };
}
