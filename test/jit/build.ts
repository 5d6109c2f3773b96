/**
 * Compiles the core with its translator (assembly/jit/index.ts) to build/core-jit-test.wasm, unless the one that lies
 * there was made from the same sources. The core that ships has no translator yet.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const ENTRIES = ['assembly/index.ts', 'assembly/jit/index.ts'];
const OUTPUT = resolve(root, 'build/core-jit-test.wasm');
const STAMP = `${OUTPUT}.stamp`;
// prettier-ignore
const OPTIONS = ['--runtime', 'stub', '-O1', '--noAssert', '--uncheckedBehavior', 'always', '--importMemory',
  '--zeroFilledMemory', '--initialMemory', '512', '--maximumMemory', '65536', '--exportTable', '--tableBase', '1',
  '--memoryBase', '1048576', '--use', 'VCPU_BASE=4096'];

function sourcesHash(): string {
  const hash = createHash('sha256').update(OPTIONS.join(' '));
  const names = readdirSync(join(root, 'assembly'), { recursive: true, encoding: 'utf8' }).filter((n) =>
    n.endsWith('.ts'),
  );
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(root, 'assembly', name)));
  return hash.digest('hex');
}
async function compile(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const messages = asc.createMemoryStream();
  const { error } = await asc.main([...ENTRIES, '--outFile', 'jit.wasm', ...OPTIONS], {
    readFile(name, baseDirectory) {
      // The core's configuration would add the core's entry.
      if (name.endsWith('asconfig.json')) return null;
      try {
        return readFileSync(resolve(root, baseDirectory, name), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile(_name, contents) {
      if (typeof contents !== 'string') binary = Uint8Array.from(contents);
    },
    listFiles: () => [],
    stderr: messages,
  });
  if (error || !binary) throw new Error(`the translator does not compile:\n${messages.toString()}`);
  return binary;
}

/** The core with its translator. */
export async function jitModule(): Promise<WebAssembly.Module> {
  const wanted = sourcesHash();
  if (!existsSync(OUTPUT) || !existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
    const binary = await compile();
    mkdirSync(dirname(OUTPUT), { recursive: true });
    writeFileSync(`${OUTPUT}.${process.pid}`, binary);
    renameSync(`${OUTPUT}.${process.pid}`, OUTPUT);
    writeFileSync(STAMP, wanted);
  }
  return new WebAssembly.Module(readFileSync(OUTPUT));
}
