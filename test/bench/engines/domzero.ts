/** DomZero in this thread: the machine of web/machine without a Worker around it, its run loop and slices as they are. */
import { MachineHost } from '../../../web/machine/index.ts';
import type { Host, MachineConfig, MachineEvent } from '../../../web/machine/index.ts';
import type { Clock, Engine, Guest } from './engine.ts';

/** The engines of the machine's configuration that are measured. */
export type Tier = 'interpreter' | 'jit';

export class DomZeroEngine implements Engine {
  readonly machine: MachineHost;
  private fail: (error: Error) => void = () => undefined;
  readonly failed = new Promise<never>((_resolve, reject) => (this.fail = reject));
  private onByte: (byte: number) => void = () => undefined;

  constructor(
    private readonly tier: Tier,
    readonly cpuSeconds: Clock,
    private readonly special: { host?: Host; clock?: MachineConfig['clock'] } = {},
  ) {
    this.machine = new MachineHost(special);
  }

  async load(guest: Guest, onByte: (byte: number) => void): Promise<void> {
    this.onByte = onByte;
    await this.machine.load(
      {
        kernel: guest.kernel,
        initrd: guest.initrd,
        commandLine: guest.commandLine,
        memory: guest.memory,
        engine: this.tier,
        clock: this.special.clock ?? 'host',
        epoch: undefined,
        noReboot: true,
        debugExit: false,
        debugConsole: false,
        traceUndefined: true,
        wasmUrl: guest.core,
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

  instructions(): number {
    return this.machine.statistics().instructions;
  }

  stop(): Promise<void> {
    this.machine.dispose();
    return Promise.resolve();
  }
}
