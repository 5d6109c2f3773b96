/** What executes guest code. */

/**
 * `jit`: hot code is translated to WebAssembly while it runs, the rest is interpreted.
 * `interpreter`: nothing is translated.
 */
export const ENGINES = ['jit', 'interpreter'] as const;
export type Engine = (typeof ENGINES)[number];
export const ENGINE_DEFAULT: Engine = 'jit';
