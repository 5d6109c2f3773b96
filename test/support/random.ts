/** A small seeded generator (xorshift32), so that a failing fuzz run can be repeated from the seed in its message. */
export class Random {
  constructor(private state: number) {
    // Zero is the one state that xorshift never leaves
    if (this.state === 0) this.state = 0x9e3779b9;
  }
  u32(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (this.state = x) >>> 0;
  }
  below(n: number): number {
    return this.u32() % n;
  }
  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }
  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }
  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.u32() >>> 11;
  }
}
