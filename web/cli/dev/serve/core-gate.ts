/** Holds requests for core.wasm until the core is built: the page is served at once, whatever is still in the making. */
import type { Plugin } from 'vite';

export function coreGate(built: Promise<void>): Plugin {
  return {
    name: 'domzero:core-gate',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!/\/core\.wasm(\?|$)/.test(request.url ?? '')) return next();
        built.then(
          () => next(),
          (error: unknown) => {
            response.statusCode = 500;
            response.end(error instanceof Error ? error.message : String(error));
          },
        );
      });
    },
  };
}
