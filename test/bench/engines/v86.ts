/**
 * npm v86 in this process, with its translator or without. No BIOS: every guest is a multiboot image, which v86 loads
 * by itself (Linux kernels are wrapped by linux.ts).
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { V86 } from 'v86';
import { ownCpuSeconds } from './engine.ts';
import type { Engine, Guest } from './engine.ts';

export class V86Engine implements Engine {
  private machine: V86 | undefined;
  readonly failed = new Promise<never>(() => undefined);

  constructor(private readonly jit: boolean) {}

  async load(guest: Guest, onByte: (byte: number) => void): Promise<void> {
    const build = dirname(createRequire(import.meta.url).resolve('v86'));
    const machine = new V86({
      wasm_path: join(build, 'v86.wasm'),
      memory_size: guest.memory,
      vga_memory_size: 1024 * 1024,
      multiboot: { buffer: guest.kernel.buffer },
      disable_jit: !this.jit,
      autostart: false,
    });
    this.machine = machine;
    machine.add_listener('serial0-output-byte', onByte);
    await new Promise<void>((resolve) => machine.add_listener('emulator-loaded', () => resolve()));
  }

  async start(): Promise<void> {
    await this.machine?.run();
  }

  cpuSeconds = ownCpuSeconds;

  instructions(): number {
    return this.machine?.get_instruction_counter() ?? 0;
  }

  async stop(): Promise<void> {
    await this.machine?.destroy();
  }
}
