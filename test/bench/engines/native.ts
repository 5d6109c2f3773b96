/**
 * A program as a process of the host. programs/cputime.c starts it and says, in a last line of its own, what CPU time
 * it took with its children.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import type { NativeJob, Sample } from '../job.ts';
import { cleanOutput } from './engine.ts';

const CPU_TIME = /^cputime ([0-9a-f]{8})\s*$/m;

export function parseNative(printed: string): { cpuSeconds: number; output: string } {
  const [line, microseconds] = CPU_TIME.exec(printed) ?? [];
  if (line === undefined || microseconds === undefined) throw new Error(`printed no CPU time: ${printed}`);
  return { cpuSeconds: parseInt(microseconds, 16) / 1e6, output: cleanOutput(printed.replace(line, '')) };
}

export async function measureNative(job: NativeJob): Promise<Sample> {
  const [command = '', ...args] = job.command;
  mkdirSync(job.folder, { recursive: true });
  try {
    const begin = performance.now();
    // No path: what the guest's BusyBox does not have, the host's tools shall not do here
    const options = { cwd: job.folder, env: { PATH: '/nonexistent' } };
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString('latin1')));
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new Error(`ended with ${String(code)}: ${printed}`);
    const { cpuSeconds, output } = parseNative(printed);
    const wallSeconds = (performance.now() - begin) / 1000;
    return { wallSeconds, cpuSeconds, processSeconds: cpuSeconds, output };
  } finally {
    rmSync(job.folder, { recursive: true, force: true });
  }
}
