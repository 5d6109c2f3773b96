/**
 * Looks where the guest is after each slice of its run loop; the time that a slice took counts for the place where it
 * ended. Slices are shorter than usual: with the instruction clock they have 100,000 instructions each; with the
 * host's, this host's clock runs fast. A loop whose length divides 100,000 needs the second way: else every slice ends
 * at the same instruction.
 */
import { platformHost } from '../../../web/machine/index.ts';
import type { Host, Registers } from '../../../web/machine/index.ts';

export interface Spot {
  /** Linear address of the next instruction. */
  readonly address: number;
  readonly user: boolean;
  readonly milliseconds: number;
}

export class SamplingHost implements Host {
  readonly spots: Spot[] = [];
  private readonly platform = platformHost();
  private reading: (() => Registers) | undefined;

  /** `haste`: how many of the machine's milliseconds pass in one. */
  constructor(private readonly haste = 1) {}

  now(): number {
    return this.platform.now() * this.haste;
  }

  after(ms: number, callback: () => void): () => void {
    return this.platform.after(ms / this.haste, callback);
  }

  soon(callback: () => void): void {
    this.platform.soon(() => {
      const begin = this.platform.now();
      callback();
      if (this.reading) this.take(this.reading(), this.platform.now() - begin);
    });
  }

  begin(registers: () => Registers): void {
    this.spots.length = 0;
    this.reading = registers;
  }

  end(): void {
    this.reading = undefined;
  }

  private take({ rip, segments, cpl }: Registers, milliseconds: number): void {
    const address = Number(BigInt.asUintN(32, rip + segments.cs.base));
    this.spots.push({ address, user: cpl === 3, milliseconds });
  }
}
