/**
 * Compiles the x87 of the core alone: assembly/fpu/host.ts, its only door to the CPU, is replaced by the flat memory of
 * assembly/fpu/standalone/host.ts while the compiler reads its input.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const ENTRY = 'assembly/fpu/standalone/index.ts';
const REAL_HOST = resolve(root, 'assembly/fpu/host.ts');
const FLAT_HOST = resolve(root, 'assembly/fpu/standalone/host.ts');

export interface FpuExports {
  memory: WebAssembly.Memory;
  fpuBase: WebAssembly.Global<'i32'>;
  memoryBase: WebAssembly.Global<'i32'>;
  escape(op: number, modrm: number): void;
  fwait(): void;
  fxsave(long64: boolean): void;
  fxrstor(long64: boolean): void;
  initialize(): void;
  reset(): void;
  clearOutputs(): void;
  setEffective(address: number, limit: number): void;
  setFlags(value: number): void;
  setMode(cr0: number, cr4: number, operand16: boolean, isProtected: boolean, is64: boolean): void;
  exceptionVector(): number;
  flagsValue(): number;
  axValue(): number;
  ferrState(): number;
}

/** Compiles and instantiates the standalone x87. */
export async function buildFpu(): Promise<FpuExports> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const messages = asc.createMemoryStream();
  const { error } = await asc.main(
    // prettier-ignore
    [ENTRY, '--outFile', 'fpu.wasm', '--runtime', 'stub', '-O1', '--noAssert', '--initialMemory', '64',
      '--memoryBase', '1048576', '--use', 'VCPU_BASE=4096'],
    {
      readFile(name, baseDirectory) {
        const path = resolve(root, baseDirectory, name);
        // The core's configuration would add the core's entry.
        if (basename(path) === 'asconfig.json') return null;
        try {
          return readFileSync(path === REAL_HOST ? FLAT_HOST : path, 'utf8');
        } catch {
          return null;
        }
      },
      writeFile(_name, contents) {
        if (typeof contents !== 'string') binary = Uint8Array.from(contents);
      },
      listFiles: () => [],
      stderr: messages,
    },
  );
  if (error || !binary) throw new Error(`the standalone x87 does not compile:\n${messages.toString()}`);
  const { instance } = await WebAssembly.instantiate(binary, {});
  return instance.exports as unknown as FpuExports;
}
