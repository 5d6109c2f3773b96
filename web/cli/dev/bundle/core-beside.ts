/** A vite plugin for the bundle: the core is no part of it, it lies beside the page, where the server has the one of now. */
import type { Plugin } from 'vite';

/** In web/machine/core.ts. */
const BUILT = `new URL('../../build/core.wasm', import.meta.url)`;
/** Scripts lie in a folder of their own. */
const BESIDE = `new URL(/* @vite-ignore */ '../core.wasm', import.meta.url)`;

export function coreBeside(): Plugin {
  return {
    name: 'domzero:core-beside',
    // Before vite takes the address for a file to copy
    enforce: 'pre',
    transform: {
      filter: { id: /\/web\/machine\/core\.ts$/ },
      handler(code) {
        if (!code.includes(BUILT))
          throw new Error(`coreUrl() is not ${BUILT} any more: the bundle would copy the core`);
        return { code: code.replace(BUILT, BESIDE), map: null };
      },
    },
  };
}
