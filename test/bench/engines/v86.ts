/**
 * npm v86 in this thread, with its translator or without. No BIOS: every guest is a multiboot image, which v86 loads
 * by itself (Linux kernels are wrapped by linux.ts).
 */
import { V86 } from 'v86';
import type { Clock, Engine, Guest } from './engine.ts';

export class V86Engine implements Engine {
  private machine: V86 | undefined;
  readonly failed = new Promise<never>(() => undefined);

  constructor(
    private readonly jit: boolean,
    /** Path or URL of its v86.wasm. */
    private readonly wasm: string,
    readonly cpuSeconds: Clock,
  ) {}

  async load(guest: Guest, onByte: (byte: number) => void): Promise<void> {
    const machine = new V86({
      wasm_path: this.wasm,
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

  instructions(): number {
    return this.machine?.get_instruction_counter() ?? 0;
  }

  async stop(): Promise<void> {
    await this.machine?.destroy();
  }
}
