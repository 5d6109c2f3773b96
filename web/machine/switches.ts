/** The switches. Their names, bounds and descriptions stand in the core (SWITCHES) and nowhere else. */
import { type Core } from './core.ts';
import { readList } from './core-text.ts';
import type { Acceleration, AccelerationSettings } from './types.ts';

type Definition = Omit<Acceleration, 'value'>;

export class Switches {
  private readonly core: Core;
  private readonly definitions: readonly Definition[];

  constructor(core: Core) {
    this.core = core;
    this.definitions = readList(core, core.at.SWITCHES, 3).map(([name = '', value, max, description = '']) => {
      return { name, default: Number(value), max: Number(max), description };
    });
  }
  list(): Acceleration[] {
    return this.definitions.map(({ name, ...rest }, i) => {
      return { name, value: this.core.functions.getSwitch(i), ...rest };
    });
  }
  /** Throws an error of one line at the first name or value that is none, before anything has changed. */
  apply(settings: AccelerationSettings): void {
    const checked = Object.entries(settings).map(([name, value]) => ({ name, ...this.check(name, value) }));
    for (const { name, index, value } of checked) {
      if (this.core.functions.setSwitch(index, value) !== 1)
        throw new Error(`acceleration: the core does not take ${name}=${value}`);
    }
  }

  private check(name: string, value: boolean | number): { index: number; value: number } {
    const index = this.definitions.findIndex((d) => d.name === name);
    const found = this.definitions[index];
    if (!found) throw new Error(`acceleration: there is no '${name}'; choose from: ${this.names()}`);
    const number = typeof value === 'number' ? value : value ? onValue(found) : 0;
    if (!Number.isInteger(number) || number < 0 || number > found.max) throw new Error(outOfRange(found, value));
    return { index, value: number };
  }
  private names(): string {
    return this.definitions.map((d) => d.name).join(', ');
  }
}
function onValue({ max, default: value }: Definition): number {
  return max === 1 ? 1 : value;
}
function outOfRange({ name, max }: Definition, value: unknown): string {
  const range = max === 1 ? 'on or off' : `a whole number from 0 to ${max}`;
  return `acceleration: ${name} takes ${range}, not ${String(value)}`;
}
