/** The end of what a guest has printed. */
import type { ConsolePort } from '../types.ts';

const KEPT = 500;

export class ConsoleTail {
  private text = '';

  hear(bytes: Uint8Array, port: ConsolePort): void {
    if (port === 'com1') this.text = (this.text + new TextDecoder('latin1').decode(bytes)).slice(-KEPT);
  }
  /** With something in it. */
  lastLine(): string {
    return (
      this.text
        .trimEnd()
        .split(/[\r\n]+/)
        .at(-1) ?? ''
    );
  }
}
