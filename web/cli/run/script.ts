/** `--expect` and `--send`, carried out in the order given. */
import type { ConsoleText } from './console-text.ts';

export type Step =
  { readonly kind: 'expect'; readonly pattern: RegExp } | { readonly kind: 'send'; readonly text: string };

export class Script {
  private readonly steps: readonly Step[];
  private next = 0;

  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }
  get done(): boolean {
    return this.next >= this.steps.length;
  }
  /** What is being waited for, for messages. */
  get waitingFor(): string | undefined {
    const step = this.steps[this.next];
    return step?.kind === 'expect' ? `/${step.pattern.source}/` : undefined;
  }
  /** Goes as far as it can with the text there is. */
  advance(console: ConsoleText, matched: (pattern: RegExp) => void, send: (text: string) => void): void {
    for (let step = this.steps[this.next]; step; step = this.steps[this.next]) {
      if (step.kind === 'send') send(step.text);
      else if (console.match(step.pattern)) matched(step.pattern);
      else return;
      this.next++;
    }
  }
}
