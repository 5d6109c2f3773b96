/** What a machine has of an agent: exec() and files over its second serial port, or errors that say why not. */
import type { MachineState } from '../../machine/types.ts';
import type { Agent } from './child.ts';
import type { WallTime } from './clock.ts';
import { AgentError } from './errors.ts';
import { GuestCommand } from './exec.ts';
import { Files } from './files.ts';
import { AgentLink, type Line } from './link.ts';
import type { Exec, ExecOptions, ExecProcess, GuestFiles } from './types.ts';

export class Sandbox implements Agent {
  readonly files: GuestFiles;
  private readonly machine: { readonly state: MachineState };
  private readonly line: Line;
  private connected: AgentLink | undefined;

  constructor(
    present: boolean,
    machine: { readonly state: MachineState },
    send: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  ) {
    this.machine = machine;
    this.line = {
      send,
      get state() {
        return machine.state;
      },
    };
    if (present) this.connect();
    this.files = new Files(this);
  }

  /** There is an agent. */
  connect(): void {
    this.connected = new AgentLink(this.line);
  }
  get present(): boolean {
    return this.connected !== undefined;
  }
  get state(): MachineState {
    return this.machine.state;
  }
  get link(): AgentLink {
    if (this.connected) return this.connected;
    throw new AgentError("the machine was created without 'agent: true', for an image that has one (docs/sandbox.md)");
  }
  // Which of the two results it is, the options say.
  readonly exec = ((command: string | readonly string[], options?: ExecOptions): ExecProcess =>
    new GuestCommand(this, command, options)) as Exec;

  receive(bytes: Uint8Array): void {
    this.connected?.receive(bytes);
  }
  stateChanged(state: MachineState): void {
    this.connected?.stateChanged(state);
  }
  /** The machine has become one that was saved: what was asked of the old one gets no answer. */
  replaced(): void {
    this.connected?.lose(new AgentError('the machine was restored from a snapshot'));
  }
  /** Sets the guest's clock forward, if it has an agent. */
  async tellTime(time: WallTime): Promise<void> {
    await this.connected?.clock.tell(time);
  }
  resetsSeen(resets: number): void {
    this.connected?.resetsSeen(resets);
  }
}
