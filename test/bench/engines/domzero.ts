/** DomZero in this process: the machine of web/machine without a Worker around it, its run loop and slices as they are. */
import { pathToFileURL } from 'node:url';
import { MachineHost } from '../../../web/machine/index.ts';
import type { Engine as Tier, MachineEvent } from '../../../web/machine/index.ts';
import { ownCpuSeconds } from './engine.ts';
import type { Engine, Guest } from './engine.ts';

export class DomZeroEngine implements Engine {
  private readonly machine = new MachineHost();
  private fail: (error: Error) => void = () => undefined;
  readonly failed = new Promise<never>((_resolve, reject) => (this.fail = reject));
  private onByte: (byte: number) => void = () => undefined;

  constructor(private readonly tier: Tier) {}

  async load(guest: Guest, onByte: (byte: number) => void): Promise<void> {
    this.onByte = onByte;
    await this.machine.load(
      {
        kernel: guest.kernel,
        initrd: guest.initrd,
        commandLine: guest.commandLine,
        memory: guest.memory,
        engine: this.tier,
        clock: 'host',
        epoch: undefined,
        noReboot: true,
        debugExit: false,
        debugConsole: false,
        traceUndefined: true,
        wasmUrl: pathToFileURL(guest.core).href,
      },
      (event) => this.event(event),
    );
  }

  private event(event: MachineEvent): void {
    if (event.type === 'console' && event.port === 'com1') event.bytes.forEach(this.onByte);
    if (event.type !== 'state' || !event.change.exit) return;
    const { reason, crash } = event.change.exit;
    this.fail(new Error(`the machine ended: ${reason}${crash ? `, ${crash.message}` : ''}`));
  }

  async start(): Promise<void> {
    await this.machine.start();
  }

  cpuSeconds = ownCpuSeconds;

  instructions(): number {
    return this.machine.statistics().instructions;
  }

  stop(): Promise<void> {
    this.machine.dispose();
    return Promise.resolve();
  }
}
