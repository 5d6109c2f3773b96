/** Linux for the engines: finds an image's files, unpacks them, and makes of them what each engine can load. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BootJob, EngineId } from './job.ts';
import { linuxAsMultiboot } from './linux.ts';
import type { Boot } from './rows.ts';

interface Manifest {
  readonly prompt: string;
  readonly memory: string;
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

export interface LinuxFiles extends Manifest {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array;
}

/** A built file by its name, unpacked when only NAME.gz is there; undefined when neither is. */
function built(folder: string, name: string): Buffer | undefined {
  if (existsSync(join(folder, name))) return readFileSync(join(folder, name));
  if (existsSync(join(folder, `${name}.gz`))) return gunzipSync(readFileSync(join(folder, `${name}.gz`)));
  return undefined;
}

/** `packed`: as others ship it; else kernel and archive as they are. Undefined when the image has not been built. */
export function readImage(image: string, packed: boolean, folders: BootFolders): LinuxFiles | undefined {
  const folder = join(folders.built, image);
  const kernel = built(folder, packed ? 'bzImage' : 'vmlinux');
  const cpio = built(folder, 'initramfs.cpio');
  if (!kernel || !cpio) return undefined;
  const manifest = JSON.parse(readFileSync(join(folders.recipes, image, 'manifest.json'), 'utf8')) as Manifest;
  return { ...manifest, kernel, initrd: packed ? gzipSync(cpio, { level: 9 }) : cpio };
}

/** Writes what `engine` is given and says where. */
export function linuxJob(files: LinuxFiles, name: string, engine: EngineId, folders: BootFolders) {
  const { kernel, initrd, commandLine } = files;
  mkdirSync(folders.scratch, { recursive: true });
  const path = (suffix: string) => join(folders.scratch, `${name}.${suffix}`);
  const common = { engine, core: folders.core, memory: MEMORY };
  if (engine.startsWith('v86')) {
    const parts = { kernel, initrd, commandLine, memory: MEMORY };
    writeFileSync(path('multiboot'), linuxAsMultiboot(parts, folders.source, join(folders.scratch, 'linux-loader')));
    return { ...common, kernel: path('multiboot'), commandLine: '' };
  }
  writeFileSync(path('kernel'), kernel);
  writeFileSync(path('initrd'), initrd);
  return { ...common, kernel: path('kernel'), initrd: path('initrd'), commandLine };
}

/** The jobs of one boot, one an engine; empty when the image has not been built. */
export function bootJobs(boot: Boot, engines: readonly EngineId[], folders: BootFolders): BootJob[] {
  const files = readImage(boot.image, boot.packed, folders);
  if (!files) return [];
  const { prompt } = files;
  return engines.map((engine) => ({ ...linuxJob(files, boot.name, engine, folders), kind: 'boot', prompt }));
}
