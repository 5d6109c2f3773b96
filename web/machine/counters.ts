/** What the core counts. Names and units stand in the core (COUNTERS); the values lie in its memory. */
import type { Core } from './core.ts';
import { readList } from './core-text.ts';
import type { Counter } from './types.ts';

export class Counters {
  private readonly view: DataView;
  private readonly at: number;
  private readonly definitions: readonly Omit<Counter, 'value'>[];

  constructor(core: Core) {
    this.view = new DataView(core.memory.buffer);
    this.at = core.at.COUNTER_VALUES;
    this.definitions = readList(core, core.at.COUNTERS, 2).map(([name = '', unit = '', description = '']) => {
      return { name, unit, description };
    });
  }
  list(): Counter[] {
    return this.definitions.map((definition, i) => ({ ...definition, value: this.value(i) }));
  }
  values(): Record<string, number> {
    return Object.fromEntries(this.definitions.map(({ name }, i) => [name, this.value(i)]));
  }
  private value(i: number): number {
    return Number(this.view.getBigUint64(this.at + 8 * i, true));
  }
}
