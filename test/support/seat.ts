/** A machine and what its console shows, for tests that type and read. */
import { createHash } from 'node:crypto';
import { ConsoleText } from '../../web/cli/run/console-text.ts';
import type { Machine, MachineExit } from '../../web/client/index.ts';

/** A machine with somebody in front of it. */
export class Seat {
  readonly machine: Machine;
  /** Everything the guest wrote. */
  readonly digest = createHash('sha256');
  private readonly text = new ConsoleText();
  private waiting: (() => void) | undefined;
  private exit: MachineExit | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
    machine.on('console', (bytes) => {
      this.digest.update(bytes);
      this.text.add(bytes);
      this.waiting?.();
    });
    machine.on('exit', (exit) => {
      this.exit = exit;
      this.waiting?.();
    });
  }
  /** Until the text appears; an end of the machine is an error. */
  async expect(pattern: RegExp): Promise<void> {
    while (!this.text.match(pattern)) {
      if (this.exit) throw new Error(`ended (${this.exit.reason}) before ${pattern.source}: ${this.lines()}`);
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
  }
  async ended(): Promise<MachineExit> {
    while (!this.exit) await new Promise<void>((resolve) => (this.waiting = resolve));
    return this.exit;
  }
  type(line: string): Promise<void> {
    return this.machine.send(`${line}\r`);
  }
  lines(): string {
    return this.text.lastLines(10).join('\n');
  }
}
