/**
 * qemu-system-i386 with its own translator (TCG), a process of its own. Its CPU time comes from the scheduler's
 * statistics of its threads; it counts no instructions.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import type { Engine, Guest } from './engine.ts';

export const QEMU = 'qemu-system-i386';

export class QemuEngine implements Engine {
  private child: ChildProcess | undefined;
  private fail: (error: Error) => void = () => undefined;
  readonly failed = new Promise<never>((_resolve, reject) => (this.fail = reject));
  private guest: Guest | undefined;
  private onByte: (byte: number) => void = () => undefined;

  load(guest: Guest, onByte: (byte: number) => void): Promise<void> {
    this.guest = guest;
    this.onByte = onByte;
    return Promise.resolve();
  }

  start(): Promise<void> {
    const guest = this.guest;
    if (!guest) throw new Error('start() before load()');
    const megabytes = String(guest.memory / 1024 / 1024);
    const args = ['-accel', 'tcg', '-m', megabytes, '-nodefaults', '-display', 'none', '-no-reboot'];
    args.push('-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console', '-kernel', guest.kernelPath);
    if (guest.initrdPath) args.push('-initrd', guest.initrdPath);
    if (guest.commandLine) args.push('-append', guest.commandLine);
    const child = spawn(QEMU, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    let complaint = '';
    child.stdout.on('data', (bytes: Buffer) => bytes.forEach(this.onByte));
    child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
    child.on('error', (error) => this.fail(error));
    child.on('exit', (code) => this.fail(new Error(`${QEMU} ended with ${code}: ${complaint.trim()}`)));
    return Promise.resolve();
  }

  cpuSeconds(): number {
    const tasks = `/proc/${this.child?.pid}/task`;
    if (!this.child) return 0;
    let nanoseconds = 0;
    for (const task of readdirSync(tasks)) {
      nanoseconds += Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]);
    }
    return nanoseconds / 1e9;
  }

  stop(): Promise<void> {
    this.child?.removeAllListeners('exit');
    this.child?.kill('SIGKILL');
    return Promise.resolve();
  }
}
