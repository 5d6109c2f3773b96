/** Reads what a job names. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Guest } from './engines/engine.ts';
import { LOOP_MEMORY } from './job.ts';
import type { GuestJob } from './job.ts';

/** In a buffer of its own, which readFileSync does not promise. */
function read(path: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(path));
}

export function guestOf(job: GuestJob): Guest {
  const core = pathToFileURL(job.core).href;
  if (job.kind === 'loop') {
    return { core, kernel: read(job.image), kernelPath: job.image, commandLine: '', memory: LOOP_MEMORY };
  }
  return {
    core,
    kernel: read(job.kernel),
    kernelPath: job.kernel,
    initrd: job.initrd ? read(job.initrd) : undefined,
    initrdPath: job.initrd,
    commandLine: job.commandLine,
    memory: job.memory,
  };
}
