/**
 * Turns the modules that the translator writes into functions in the core's table. The core has no way to do it by
 * itself: it leaves `run` with RunStatus.Link and goes on with the rest of its budget when the host has answered.
 *
 * What the host refuses (a module too large for it, no memory for code, no more table) is no reason to stop the machine:
 * the core hears of it and goes on interpreting.
 */
import type { Core, CoreFunctions } from './core.ts';
import { askForHints } from './engines.ts';

/** The table grows by at least so many slots at once. */
const GROWTH = 1024;
const US_PER_MS = 1000;

/** What linking needs of a core. */
export interface LinkableCore extends Pick<Core, 'memory' | 'table'> {
  readonly at: Pick<Core['at'], 'MODULE'>;
  readonly functions: Pick<
    CoreFunctions,
    'moduleLength' | 'moduleFunctions' | 'moduleSlot' | 'moduleLinked' | 'helperCount' | 'helperSlot' | 'nextFreedSlot'
  >;
}

export class CodeLinker {
  private readonly core: LinkableCore;
  /** Milliseconds. */
  private readonly now: () => number;
  private readonly imports: WebAssembly.Imports;
  private spent = 0;
  private accepted = 0;

  constructor(core: LinkableCore, now: () => number) {
    this.core = core;
    this.imports = { env: { memory: core.memory }, core: { helpers: helpersOf(core) } };
    this.now = now;
    askForHints();
  }
  /** Milliseconds spent compiling and linking so far. */
  get ms(): number {
    return this.spent;
  }

  /** The answer to RunStatus.Link. False: the host has never taken a module, this one included. */
  link(): boolean {
    // Before new functions come: a slot may have been freed and given to one of them.
    this.dropFreed();
    const start = this.now();
    const ok = this.tryToLink();
    const ms = this.now() - start;
    this.spent += ms;
    if (ok) this.accepted++;
    this.core.functions.moduleLinked(ok ? 1 : 0, ms * US_PER_MS);
    this.dropFreed();
    return this.accepted > 0;
  }
  /** Lets go of code that the core has dropped, so that the engine can collect it. */
  dropFreed(): void {
    const { functions, table } = this.core;
    for (let slot = functions.nextFreedSlot(); slot !== 0; slot = functions.nextFreedSlot())
      if (slot < table.length) table.set(slot, null); // else it was dropped before it was linked
  }

  private tryToLink(): boolean {
    try {
      const module = new WebAssembly.Module(this.bytes());
      this.place(new WebAssembly.Instance(module, this.imports).exports);
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }
  /** A view: the engine takes its own copy. */
  private bytes(): Uint8Array<ArrayBuffer> {
    const { memory, at, functions } = this.core;
    return new Uint8Array(memory.buffer, at.MODULE, functions.moduleLength());
  }
  private place(code: WebAssembly.Exports): void {
    const { functions, table } = this.core;
    const slots = Array.from({ length: functions.moduleFunctions() }, (_, i) => functions.moduleSlot(i));
    const length = Math.max(...slots) + 1;
    if (length > table.length) table.grow(Math.max(length - table.length, GROWTH));
    slots.forEach((slot, i) => table.set(slot, code[i]));
  }
}

/**
 * The functions of the core that translated code calls, in a table of their own. A module imports neither them by name nor
 * the core's table: V8 compiles a wrapper for each imported function, a millisecond a module, and copies imported tables.
 */
function helpersOf({ functions, table }: LinkableCore): WebAssembly.Table {
  const initial = functions.helperCount();
  const helpers = new WebAssembly.Table({ element: 'anyfunc', initial });
  for (let i = 0; i < initial; i++) helpers.set(i, table.get(functions.helperSlot(i)));
  return helpers;
}

/** The engine's limits, and code that it does not accept. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError || error instanceof RangeError
  );
}
