/** What executes guest code. */

/**
 * `jit`: hot code is translated to WebAssembly while it runs, the rest is interpreted.
 * `interpreter`: nothing is translated.
 * `lockstep`: two machines, one of each kind, run side by side and are compared all the time; at the first difference
 * the machine stops as `crashed`, with a report. Slow; for finding defects of the translator.
 */
export const ENGINES = ['jit', 'interpreter', 'lockstep'] as const;
/** One of ENGINES. */
export type Engine = (typeof ENGINES)[number];
/** The engines that a machine can change between while it runs. */
export type Tier = Exclude<Engine, 'lockstep'>;
/** What a machine has when nothing is said. */
export const ENGINE_DEFAULT: Tier = 'jit';
