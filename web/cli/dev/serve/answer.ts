/** How the server answers with files of its pages: their types, their headers, how long a browser may keep them. */
import type { ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { ViteDevServer } from 'vite';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Undefined: no page has such a file. */
export function typeOf(name: string): string | undefined {
  return TYPES[extname(name)];
}

/** For what has its version in its address: it never changes. */
export const FOREVER = 'public, max-age=31536000, immutable';

/** With the headers that vite gives to files of its own: without them a page is not isolated, nor may load a Worker. */
export function answer(server: ViteDevServer, response: ServerResponse, type: string, body: string | Buffer): void {
  response.setHeader('Content-Type', type);
  for (const [name, value] of Object.entries(server.config.server.headers ?? {}))
    if (value !== undefined) response.setHeader(name, value);
  response.end(body);
}
