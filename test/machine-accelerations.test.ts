/** The translator's switches and counters, as the core's texts name them. */
import { describe, expect, test } from 'vitest';
import { Counters } from '../web/machine/counters.ts';
import { Switches } from '../web/machine/switches.ts';
import { fakeCore } from './support/fake-core.ts';

describe('switches', () => {
  test('are those of the core, in its words', () => {
    const core = fakeCore(0);
    core.switches[1] = 64;
    expect(new Switches(core).list()).toEqual([
      {
        name: 'linking',
        value: 1,
        default: 1,
        max: 1,
        description: 'jump from region to region without the dispatcher',
      },
      { name: 'region', value: 64, default: 300, max: 1000, description: 'instructions in a region at most' },
      { name: 'threshold', value: 200, default: 200, max: 100000, description: expect.any(String) as string },
    ]);
  });
  test('take on, off and numbers', () => {
    const core = fakeCore(0);
    const switches = new Switches(core);
    switches.apply({ linking: false, region: 100, threshold: 0 });
    expect(core.switches).toEqual([0, 100, 0]);
    switches.apply({ linking: true, region: true });
    expect(core.switches).toEqual([1, 300, 0]);
  });
  test.each<[Record<string, boolean | number>, string]>([
    [{ speed: 9 }, "acceleration: there is no 'speed'; choose from: linking, region, threshold"],
    [{ linking: 2 }, 'acceleration: linking takes on or off, not 2'],
    [{ region: 1001 }, 'acceleration: region takes a whole number from 0 to 1000, not 1001'],
    [{ region: 1.5 }, 'acceleration: region takes a whole number from 0 to 1000, not 1.5'],
    [{ region: -1 }, 'acceleration: region takes a whole number from 0 to 1000, not -1'],
  ])('%j is refused in one line, and changes nothing', (settings, message) => {
    const core = fakeCore(0);
    expect(() => new Switches(core).apply({ threshold: 5, ...settings })).toThrow(new Error(message));
    expect(core.switches).toEqual([1, 300, 200]);
  });
  test('the core may have a mind of its own', () => {
    const core = fakeCore(0, { setSwitch: () => 0 });
    expect(() => new Switches(core).apply({ region: 0 })).toThrow(
      new Error('acceleration: the core does not take region=0'),
    );
  });
});

describe('counters', () => {
  test('have names, units, meanings and 64 bits', () => {
    const core = fakeCore(0);
    core.setCounter(0, 2n ** 40n);
    core.setCounter(2, 7n);
    const counters = new Counters(core);
    expect(counters.values()).toEqual({ translated: 2 ** 40, regions: 0, exits: 7 });
    expect(counters.list()[0]).toEqual({
      name: 'translated',
      unit: 'instructions',
      description: 'executed in translated code',
      value: 2 ** 40,
    });
  });
});
