/** The Linux boots: finds an image's files, unpacks them, and makes of them what each engine can load. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BootJob, EngineId } from './job.ts';
import { linuxAsMultiboot } from './linux.ts';
import type { Boot } from './rows.ts';

interface Manifest {
  readonly prompt: string;
  readonly commandLine: string;
}

/** One size for all engines; v86 wants more than 64 MiB beside the initrd. */
const MEMORY = 128 * 1024 * 1024;

export interface BootFolders {
  /** DomZero's core.wasm. */
  readonly core: string;
  /** images/ of the repository: manifests. */
  readonly recipes: string;
  /** Where the built files are. */
  readonly built: string;
  /** This folder: linux-loader.S. */
  readonly source: string;
  readonly scratch: string;
}

/** A built file by its name, unpacked when only NAME.gz is there; undefined when neither is. */
function built(folder: string, name: string): Buffer | undefined {
  if (existsSync(join(folder, name))) return readFileSync(join(folder, name));
  if (existsSync(join(folder, `${name}.gz`))) return gunzipSync(readFileSync(join(folder, `${name}.gz`)));
  return undefined;
}

/** The jobs of one boot, one an engine; empty when the image has not been built. */
export function bootJobs(boot: Boot, engines: readonly EngineId[], folders: BootFolders): BootJob[] {
  const folder = join(folders.built, boot.image);
  const kernel = built(folder, boot.packed ? 'bzImage' : 'vmlinux');
  const cpio = built(folder, 'initramfs.cpio');
  if (!kernel || !cpio) return [];
  const initrd = boot.packed ? gzipSync(cpio, { level: 9 }) : cpio;
  const manifest = JSON.parse(readFileSync(join(folders.recipes, boot.image, 'manifest.json'), 'utf8')) as Manifest;
  const { commandLine, prompt } = manifest;
  mkdirSync(folders.scratch, { recursive: true });
  const path = (suffix: string) => join(folders.scratch, `${boot.name}.${suffix}`);
  writeFileSync(path('kernel'), kernel);
  writeFileSync(path('initrd'), initrd);
  const parts = { kernel, initrd, commandLine, memory: MEMORY };
  writeFileSync(path('multiboot'), linuxAsMultiboot(parts, folders.source, join(folders.scratch, 'linux-loader')));
  return engines.map((engine): BootJob => {
    const common = { kind: 'boot', engine, core: folders.core, memory: MEMORY, prompt } as const;
    return engine.startsWith('v86')
      ? { ...common, kernel: path('multiboot'), commandLine: '' }
      : { ...common, kernel: path('kernel'), initrd: path('initrd'), commandLine };
  });
}
