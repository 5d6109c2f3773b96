/** The keys of an interactive session: everything goes to the guest, but for Ctrl-A, which introduces a command. */

export interface KeyCommands {
  /** Bytes for the guest. */
  send(bytes: Uint8Array): void;
  quit(): void;
  help(): void;
  statistics(): void;
  reset(): void;
}
const CTRL_A = 1;
export const KEY_HELP = [
  'Ctrl-A X  leave (switches the machine off)',
  'Ctrl-A S  statistics',
  'Ctrl-A R  reset',
  'Ctrl-A Ctrl-A  send Ctrl-A to the machine',
  'Ctrl-A H  this help',
];

export class Keyboard {
  private readonly commands: KeyCommands;
  private escaped = false;

  constructor(commands: KeyCommands) {
    this.commands = commands;
  }
  type(bytes: Uint8Array): void {
    let plain: number[] = [];
    const flush = (): void => {
      if (plain.length) this.commands.send(new Uint8Array(plain));
      plain = [];
    };
    for (const byte of bytes) {
      if (this.escaped) {
        this.escaped = false;
        flush();
        this.command(byte);
      } else if (byte === CTRL_A) this.escaped = true;
      else plain.push(byte);
    }
    flush();
  }
  /** An unknown key is swallowed, as QEMU does. */
  private command(byte: number): void {
    if (byte === CTRL_A) return this.commands.send(new Uint8Array([CTRL_A]));
    switch (String.fromCharCode(byte).toLowerCase()) {
      case 'x':
        return this.commands.quit();
      case 'h':
      case '?':
        return this.commands.help();
      case 's':
        return this.commands.statistics();
      case 'r':
        return this.commands.reset();
    }
  }
}
