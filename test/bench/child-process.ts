/** One measurement in a child process of its own (child.ts). */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TIMEOUT_SECONDS } from './job.ts';
import type { Job, Outcome, Sample } from './job.ts';

/** Children that run: ended with the runner. */
const running = new Set<ReturnType<typeof spawn>>();
process.on('exit', () => running.forEach((child) => child.kill('SIGTERM')));

export function measure(job: Job): Promise<Sample> {
  const script = fileURLToPath(new URL('child.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    let complaint = '';
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
    const end = setTimeout(() => child.kill('SIGTERM'), TIMEOUT_SECONDS * 1000);
    const kill = setTimeout(() => child.kill('SIGKILL'), (TIMEOUT_SECONDS + 3) * 1000);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      running.delete(child);
      clearTimeout(end);
      clearTimeout(kill);
      const line = output.trim().split('\n').at(-1) ?? '';
      if (!line.startsWith('{')) {
        const why = signal ? `no result within ${TIMEOUT_SECONDS} s` : `ended with ${code}`;
        reject(new Error(`${job.engine} ${why} ${complaint.trim().split('\n').at(-1) ?? ''}`.trim()));
        return;
      }
      const outcome = JSON.parse(line) as Outcome;
      if ('error' in outcome) reject(new Error(`${job.engine}: ${outcome.error}`));
      else resolve(outcome.sample);
    });
  });
}
