/**
 * The guest programs: compiles programs/, packs them behind the initial RAM disk of image `linux`, and makes the jobs
 * that run one of them in each engine, or as a process of the host.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER, REGULAR, readCpio, writeCpio } from './cpio.ts';
import type { CpioEntry } from './cpio.ts';
import { linuxJob, readImage } from './boots.ts';
import type { BootFolders, LinuxFiles } from './boots.ts';
import { tool } from './image.ts';
import type { EngineId, Job } from './job.ts';
import type { Program } from './rows.ts';

export const PROGRAM_IMAGE = 'linux';
/** Where the guest finds them. */
const GUEST_FOLDER = 'bench';
const INIT = 'init';

/** No C library and no SSE: the same instructions whatever CPUID says, on a 386-class CPU with an x87 as well. */
const COMPILER = 'gcc';
const FLAGS = [
  '-m32 -O2 -march=i686 -mfpmath=387 -mno-sse -mno-mmx -ffreestanding -fno-pic -fno-stack-protector',
  '-fcf-protection=none -fno-asynchronous-unwind-tables -Wall -Wno-unused-function',
  '-static -nostdlib -no-pie -Wl,--build-id=none',
].flatMap((line) => line.split(' '));

/** Compiles every program of `source` into `folder`; scripts are copied. */
export function compilePrograms(source: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(source)) {
    const [name = '', kind] = file.split('.');
    if (kind === 'c') tool(COMPILER, [...FLAGS, '-o', join(folder, name), join(source, file)]);
    else if (kind !== 'h') writeFileSync(join(folder, file), readFileSync(join(source, file)), { mode: 0o755 });
  }
}

/** The folder of programs as an archive to follow another. */
function archive(folder: string): Uint8Array {
  const files = readdirSync(folder).map((name): CpioEntry => {
    const data = readFileSync(join(folder, name));
    return { name: `${GUEST_FOLDER}/${name}`, mode: REGULAR | 0o755, data };
  });
  return writeCpio([{ name: GUEST_FOLDER, mode: FOLDER | 0o755, data: new Uint8Array() }, ...files]);
}

export class ProgramSet {
  private readonly files: LinuxFiles;
  private readonly folder: string;
  private readonly nativeFolder: string;
  private readonly busybox: string;

  /** Undefined when image `linux` has not been built. */
  static create(folders: BootFolders): ProgramSet | undefined {
    const files = readImage(PROGRAM_IMAGE, false, folders);
    return files && new ProgramSet(files, folders);
  }

  private constructor(
    files: LinuxFiles,
    private readonly folders: BootFolders,
  ) {
    this.folder = join(folders.scratch, 'programs');
    compilePrograms(join(folders.source, 'programs'), this.folder);
    const busybox = readCpio(files.initrd).find(({ name }) => name === 'bin/busybox');
    if (!busybox) throw new Error(`image ${PROGRAM_IMAGE} has no bin/busybox`);
    this.busybox = join(folders.scratch, 'busybox');
    writeFileSync(this.busybox, busybox.data, { mode: 0o755 });
    this.files = { ...files, initrd: Buffer.concat([files.initrd, archive(this.folder)]) };
    // In memory, as the guest's /tmp
    const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    this.nativeFolder = join(memory, `domzero-bench-${process.pid}`);
  }

  job(program: Program, size: number, engine: EngineId): Job {
    if (engine === 'native') return this.nativeJob(program, size);
    const words = `${program.name} ${size} ${program.quick}`;
    const commandLine = `${this.files.commandLine} rdinit=/${GUEST_FOLDER}/${INIT} -- ${words}`;
    const job = linuxJob({ ...this.files, commandLine }, `program-${program.name}`, engine, this.folders);
    return { ...job, kind: 'program' };
  }

  /** The file that the guest runs: with symbols, unless it is BusyBox. */
  binary(program: Program): Uint8Array {
    const path = join(this.folder, program.name);
    return readFileSync(existsSync(path) ? path : this.busybox);
  }

  private nativeJob(program: Program, size: number): Job {
    const script = join(this.folder, `${program.name}.sh`);
    const command = existsSync(script) ? [this.busybox, 'sh', script] : [join(this.folder, program.name)];
    const full = [join(this.folder, 'cputime'), ...command, String(size)];
    return { kind: 'native', engine: 'native', command: full, folder: this.nativeFolder };
  }
}
