/** The core in a state that a test wants: some code in a flat mode at a privilege level, and nothing else around. */
import { readFileSync } from 'node:fs';
import { Core, CORE_URL } from '../../web/cli/conformance/core.ts';
import { buildPageTables, enterProtected, enterReal, flat, type Mode } from '../../web/cli/conformance/setup.ts';

export { Core, type SegmentState, Segments, Status } from '../../web/cli/conformance/core.ts';
export * from '../../web/cli/conformance/setup.ts';

export const CODE = 0x10000;
export const STACK_TOP = 0x9000;
/** Page tables: in every mode out of the way of code, stack and the first MiB. */
export const TABLES = 0x200000;
export const RAM_BYTES = 0x400000;

let compiled: WebAssembly.Module | undefined;
export function coreModule(): WebAssembly.Module {
  return (compiled ??= new WebAssembly.Module(readFileSync(CORE_URL)));
}

export interface CpuOptions {
  cpl?: number;
  /** Identity-mapped user pages over all of RAM. 64-bit mode always has them. */
  paging?: boolean;
  registers?: Partial<Record<keyof typeof GPR, bigint | number>>;
  eflags?: number;
}
export const GPR = { rax: 0, rcx: 1, rdx: 2, rbx: 3, rsp: 4, rbp: 5, rsi: 6, rdi: 7 } as const;

/** A fresh machine about to execute `code` at CODE. */
export function cpu(mode: Mode, code: readonly number[], options: CpuOptions = {}): Core {
  const core = new Core(RAM_BYTES, coreModule());
  const { cpl = 0, paging = mode === 64, registers = {}, eflags = 2 } = options;
  if (paging) buildPageTables(core, TABLES, mode, [{ start: 0, end: RAM_BYTES, writable: true, user: true }]);
  enterProtected(core, { mode, cpl, segments: flat(mode, cpl), ...(paging ? { cr3: TABLES } : {}) });
  start(core, code, CODE, registers, eflags);
  return core;
}
export const cpu16 = (code: readonly number[], options?: CpuOptions): Core => cpu(16, code, options);
export const cpu32 = (code: readonly number[], options?: CpuOptions): Core => cpu(32, code, options);
export const cpu64 = (code: readonly number[], options?: CpuOptions): Core => cpu(64, code, options);

/** Real mode: CS = 1000h, the other segments at 0. */
export function cpuReal(code: readonly number[], options: Pick<CpuOptions, 'registers' | 'eflags'> = {}): Core {
  const core = new Core(RAM_BYTES, coreModule());
  enterReal(core, { CS: CODE >> 4 });
  start(core, code, 0, options.registers ?? {}, options.eflags ?? 2);
  return core;
}

function start(
  core: Core,
  code: readonly number[],
  rip: number,
  registers: CpuOptions['registers'],
  eflags: number,
): void {
  core.ram.set(code, CODE);
  const values = { rsp: STACK_TOP, ...registers };
  for (const [name, value] of Object.entries(values)) core.setGpr(GPR[name as keyof typeof GPR], BigInt(value));
  core.rip = rip;
  core.exports.setEflags(eflags);
  core.exports.refresh();
}

/** Executes `n` instructions; an exception that none expects is an error. */
export function steps(core: Core, n: number): void {
  for (let i = 0; i < n; i++) {
    const vector = core.exports.step();
    if (vector >= 0)
      throw new Error(`instruction ${i + 1} raised exception ${vector} (code ${core.exports.faultCode()})`);
  }
}
