/** What executes guest code. */

/**
 * `auto`: `jit` where the host compiles modules at run time, else `interpreter`; statistics().engine says which.
 * `jit`: hot code is translated to WebAssembly while it runs, the rest is interpreted.
 * `interpreter`: nothing is translated.
 * `lockstep`: two machines, one of each kind, run side by side and are compared all the time; at the first difference
 * the machine stops as `crashed`, with a report. Slow; for finding defects of the translator.
 */
export const ENGINES = ['auto', 'jit', 'interpreter', 'lockstep'] as const;
/** One of ENGINES. */
export type Engine = (typeof ENGINES)[number];
/** Those that a machine can change between while it runs. */
export type EngineChoice = Exclude<Engine, 'lockstep'>;
/** What is at work, whoever chose it. */
export type EngineAtWork = Exclude<Engine, 'auto'>;
/** What executes on one core. */
export type Tier = EngineChoice & EngineAtWork;
/** What a machine has when nothing is said. */
export const ENGINE_DEFAULT: EngineChoice = 'auto';

/** As short as a module can be. */
const MODULE = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/**
 * Why this host compiles no modules while it runs; undefined: it does. A Content-Security-Policy without
 * 'wasm-unsafe-eval' forbids it, and so may a browser's settings or the host's own rules.
 */
export function whyNotTranslate(): string | undefined {
  try {
    new WebAssembly.Instance(new WebAssembly.Module(MODULE));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
/** From this version on V8 reads branch hints without being asked. */
const HINTS_SINCE = 13.6;
/**
 * Has V8 read the branch hints of translated code where it does so only on demand, which is in Node 23 and before. They are
 * part of WebAssembly 3.0; other engines read them, or skip the section.
 */
export function askForHints(): void {
  const version = globalThis.process?.versions?.v8;
  if (version === undefined || Number.parseFloat(version) >= HINTS_SINCE) return;
  process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-branch-hinting');
}
/** What is at work when `engine` is chosen; an error of one line when the host has not what it needs. */
export function engineAtWork(engine: Engine, whyNot = whyNotTranslate): EngineAtWork {
  if (engine === 'interpreter') return engine;
  const reason = whyNot();
  if (reason === undefined) return engine === 'auto' ? 'jit' : engine;
  if (engine === 'auto') return 'interpreter';
  throw new Error(
    `engine: '${engine}' compiles modules while it runs, which this host refuses (${reason}): take 'auto'`,
  );
}
