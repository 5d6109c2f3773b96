/**
 * The build queue over HTTP, as a vite plugin:
 *   GET  api/images               the state (library-protocol.ts)
 *   GET  api/images/events        server-sent events: `library` with the state, `log` with a line of the build
 *   POST api/images/NAME/build    asks for a build
 * The page learns of it by a <meta>, so that the same page makes no vain request on a static host.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'vite';
import type { BuildQueue } from './library.ts';

const interval = 250;

/** For a page that such a server will serve. */
export function announceApi(): Plugin {
  return {
    name: 'domzero:announce-api',
    transformIndexHtml: () => [{ tag: 'meta', attrs: { name: 'domzero-api', content: 'api' }, injectTo: 'head' }],
  };
}

export function libraryApi(queue: BuildQueue): Plugin {
  return {
    ...announceApi(),
    name: 'domzero:library-api',
    configureServer(server) {
      server.middlewares.use('/api/images', (request, response) => answer(queue, request, response));
    },
  };
}

function answer(queue: BuildQueue, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').replace(/[?#].*$/, '');
  if (request.method === 'GET' && path === '/') return sendState(queue, response);
  if (request.method === 'GET' && path === '/events') return sendEvents(queue, response);
  const name = /^\/([^/]+)\/build$/.exec(path)?.[1];
  if (request.method === 'POST' && name) return startBuild(queue, name, request, response);
  fail(response, 404, 'there is no such address');
}

function sendState(queue: BuildQueue, response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.end(JSON.stringify(queue.state));
}

function startBuild(queue: BuildQueue, name: string, request: IncomingMessage, response: ServerResponse): void {
  // Another site's page can post here; it must not keep this computer busy
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin')
    return fail(response, 403, 'only the page itself may ask for builds');
  try {
    queue.enqueue(decodeURIComponent(name));
  } catch (error) {
    return fail(response, 404, error instanceof Error ? error.message : String(error));
  }
  response.statusCode = 202;
  response.end();
}

function sendEvents(queue: BuildQueue, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const send = (event: string, data: unknown) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  let timer: NodeJS.Timeout | undefined;
  // Progress comes many times a second; the last state of each interval is enough
  const onChange = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      send('library', queue.state);
    }, interval);
  };
  const onLog = (line: string) => send('log', line);
  for (const line of queue.recent) onLog(line);
  send('library', queue.state);
  queue.on('change', onChange).on('log', onLog);
  response.on('close', () => {
    clearTimeout(timer);
    queue.off('change', onChange).off('log', onLog);
  });
}

function fail(response: ServerResponse, status: number, message: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(message);
}
