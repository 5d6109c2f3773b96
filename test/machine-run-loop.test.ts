/** The run loop against a scripted core and a host whose time stands still unless told. */
import { describe, expect, test } from 'vitest';
import { RunStatus } from '../web/machine/core.ts';
import type { Host } from '../web/machine/host.ts';
import { Meter } from '../web/machine/meter.ts';
import { RunLoop, type RunLoopListener } from '../web/machine/run-loop.ts';
import { fakeCore } from './support/fake-core.ts';

/** Time passes only in `advance`, and when the core spends it. */
class FakeHost implements Host {
  time = 0;
  private ready: (() => void)[] = [];
  private timers: { at: number; callback: () => void }[] = [];
  now = (): number => this.time;
  soon = (callback: () => void): void => void this.ready.push(callback);
  after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.time + ms, callback };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((t) => t !== timer));
  };
  get sleeping(): number[] {
    return this.timers.map((t) => t.at);
  }
  /** Runs what is ready, once. */
  turn(): boolean {
    const callback = this.ready.shift();
    callback?.();
    return callback !== undefined;
  }
  advance(ms: number): void {
    this.time += ms;
    for (const timer of this.timers.filter((t) => t.at <= this.time)) {
      this.timers = this.timers.filter((t) => t !== timer);
      timer.callback();
    }
  }
}

/** A core that retires `perMs` instructions a millisecond and reports the given statuses in turn. */
function setUp(statuses: number[], options: { perMs?: number; deadline?: number; virtual?: boolean } = {}) {
  const host = new FakeHost();
  const runs: { now: number; budget: number }[] = [];
  const log: string[] = [];
  let retired = 0;
  const core = fakeCore(0, {
    instructions: () => retired,
    nextDeadline: () => options.deadline ?? Infinity,
    run: (now, budget) => {
      runs.push({ now, budget });
      const status = statuses.shift() ?? RunStatus.Continue;
      const executed = status === RunStatus.Continue ? budget : 0;
      retired += executed;
      host.time += executed / (options.perMs ?? 100_000);
      return status;
    },
  });
  const listener: RunLoopListener = {
    link: () => undefined,
    afterSlice: () => undefined,
    reset: () => log.push('reset') > 0,
    ended: (status) => void log.push(`ended ${status}`),
    crashed: (error) => void log.push(`crashed ${(error as Error).message}`),
  };
  const loop = new RunLoop(core.functions, host, options.virtual ?? false, listener);
  return { host, core, loop, runs, log, listener };
}

describe('run loop', () => {
  test.each([1000, 10_000, 150_000, 2_000_000])('fills slices of 2 to 4 ms at %i instructions a ms', (perMs) => {
    const { host, loop } = setUp([], { perMs });
    loop.start();
    for (let i = 0; i < 40; i++) host.turn();
    const before = host.time;
    host.turn();
    expect(host.time - before).toBeGreaterThanOrEqual(2);
    expect(host.time - before).toBeLessThanOrEqual(4);
  });
  test('when the guest becomes slow, one slice suffices to adapt', () => {
    const options = { perMs: 1_000_000 };
    const { host, loop } = setUp([], options);
    loop.start();
    for (let i = 0; i < 40; i++) host.turn();
    options.perMs = 50_000;
    host.turn();
    const before = host.time;
    host.turn();
    expect(host.time - before).toBeLessThanOrEqual(4);
  });
  test('tells the core the time that it has been running, pauses left out', () => {
    const { host, loop, runs } = setUp([RunStatus.Idle, RunStatus.Idle]);
    host.time = 500;
    loop.start();
    host.time = 507;
    host.turn();
    loop.stop();
    host.time = 9000;
    loop.start();
    host.time = 9001;
    host.turn();
    expect(runs.map((r) => r.now)).toEqual([7e6, 8e6]);
    expect(loop.elapsed()).toBe(8);
  });
  test('an idle guest sleeps until its deadline', () => {
    const { host, loop, runs } = setUp([RunStatus.Idle, RunStatus.Idle], { deadline: 40e6 });
    loop.start();
    host.turn();
    expect(host.turn()).toBe(false); // nothing to do
    expect(host.sleeping).toEqual([40]);
    host.advance(40);
    expect(host.turn()).toBe(true);
    expect(runs.at(-1)?.now).toBe(40e6);
  });
  test('an idle guest without deadline sleeps until it is woken', () => {
    const { host, loop, runs } = setUp([RunStatus.Idle, RunStatus.Idle]);
    loop.start();
    host.turn();
    expect([host.turn(), host.sleeping]).toEqual([false, []]);
    loop.wake();
    loop.wake();
    expect([host.turn(), host.turn()]).toEqual([true, false]); // once
    expect(runs.length).toBe(2);
  });
  test('waking cancels the timer', () => {
    const { host, loop } = setUp([RunStatus.Idle], { deadline: 40e6 });
    loop.start();
    host.turn();
    loop.wake();
    expect(host.sleeping).toEqual([]);
  });
  test('a deadline in the past is no sleep', () => {
    const { host, loop } = setUp([RunStatus.Idle, RunStatus.Idle], { deadline: 1 });
    host.time = 10;
    loop.start();
    host.time = 20;
    host.turn();
    expect([host.sleeping, host.turn()]).toEqual([[], true]);
  });
  test('a stopped loop does nothing, even with a slice on its way', () => {
    const { host, loop, runs } = setUp([]);
    loop.start();
    loop.stop();
    loop.wake();
    while (host.turn());
    expect(runs).toEqual([]);
  });
  test('stop and start do not make two loops', () => {
    const { host, loop, runs } = setUp([RunStatus.Idle, RunStatus.Idle]);
    loop.start();
    loop.stop();
    loop.start();
    while (host.turn());
    expect(runs.length).toBe(1);
  });
  test.each([RunStatus.PoweredOff, RunStatus.DebugExit, RunStatus.Halted])('status %i ends it', (status) => {
    const { host, loop, log, runs } = setUp([status]);
    loop.start();
    while (host.turn());
    expect(log).toEqual([`ended ${status}`]);
    expect(runs.length).toBe(1);
  });
  test('a reset goes on, or ends when the listener says so', () => {
    const first = setUp([RunStatus.Reset, RunStatus.Halted]);
    first.loop.start();
    while (first.host.turn());
    expect(first.log).toEqual(['reset', 'ended 4']);
    const second = setUp([RunStatus.Reset]);
    second.listener.reset = () => false;
    second.loop.start();
    while (second.host.turn());
    expect(second.log).toEqual(['ended 5']);
  });
  test('a trap of the core is reported and ends it', () => {
    const { host, loop, core, log } = setUp([]);
    core.functions.run = () => {
      throw new WebAssembly.RuntimeError('unreachable');
    };
    loop.start();
    while (host.turn());
    expect(log).toEqual(['crashed unreachable']);
  });
  describe('a guest that waits with idle skipping off', () => {
    /** Each wait takes the host `ms`. */
    function waiting(ms: number, virtual = false) {
      const made = setUp([], { virtual });
      let afterSlices = 0;
      made.listener.afterSlice = () => void afterSlices++;
      made.core.functions.run = (now, budget) => {
        made.runs.push({ now, budget });
        made.host.time += ms;
        return RunStatus.Waiting;
      };
      return { ...made, afterSlices: () => afterSlices };
    }
    test('is asked again, at the time that it is, until the slice is over; then others have their turn', () => {
      const { host, loop, runs, afterSlices } = waiting(0.5);
      loop.start();
      host.turn();
      expect(host.time).toBe(3);
      expect(runs.map(({ now }) => now / 1e6)).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
      expect([loop.busyMs(), afterSlices(), host.sleeping]).toEqual([3, 1, []]);
      expect(host.turn()).toBe(true);
      loop.stop();
      expect(host.turn()).toBe(true);
      expect(host.turn()).toBe(false);
    });
    test('does not make slices of work shorter', () => {
      const { host, loop, core } = setUp([]);
      const { run } = core.functions;
      loop.start();
      for (let i = 0; i < 40; i++) host.turn();
      core.functions.run = () => ((host.time += 1), RunStatus.Waiting);
      for (let i = 0; i < 10; i++) host.turn();
      core.functions.run = run;
      const before = host.time;
      host.turn();
      expect(host.time - before).toBeGreaterThanOrEqual(2);
    });
    test('with the instruction clock the slice is only interrupted', () => {
      const { host, loop, afterSlices } = waiting(1, true);
      loop.start();
      host.turn();
      expect([host.time, loop.unfinished(), afterSlices()]).toEqual([3, 100_000, 0]);
    });
  });
  test('a listener that stops the loop in a slice is obeyed', () => {
    const { host, loop, listener, runs } = setUp([]);
    listener.afterSlice = () => loop.stop();
    loop.start();
    while (host.turn());
    expect(runs.length).toBe(1);
  });

  describe('limited to a share of the host', () => {
    /** Runs for `ms`; timers come `late`, as those of a host do. Answers with the share of that time that was busy. */
    function busyShare({ host, loop }: ReturnType<typeof setUp>, ms: number, late = 0): number {
      const [from, busy] = [host.time, loop.busyMs()];
      while (host.time < from + ms) {
        if (host.turn()) continue;
        const next = Math.min(...host.sleeping);
        host.advance(Math.max(next - host.time, 0) + late);
      }
      return (loop.busyMs() - busy) / (host.time - from);
    }
    test.each([1, 0.75, 0.5, 0.1, 0.01])('of %d', (share) => {
      const made = setUp([]);
      made.loop.limit(share);
      made.loop.start();
      expect(busyShare(made, 10_000)).toBeCloseTo(share, 2);
    });
    test('late timers cost it nothing, as long as they are not later than it may catch up', () => {
      const made = setUp([]);
      made.loop.limit(0.4);
      made.loop.start();
      expect(busyShare(made, 10_000, 2)).toBeCloseTo(0.4, 2);
    });
    test('can be changed while it runs, and lifted', () => {
      const made = setUp([]);
      made.loop.start();
      expect(busyShare(made, 1000)).toBeCloseTo(1, 2);
      made.loop.limit(0.2);
      expect(busyShare(made, 5000)).toBeCloseTo(0.2, 1);
      made.loop.limit(1);
      expect(made.host.turn()).toBe(true);
      expect(busyShare(made, 1000)).toBeCloseTo(1, 2);
    });
    test('input that wakes it does not make it run before its time', () => {
      const made = setUp([]);
      const { host, loop, runs } = made;
      loop.limit(0.1);
      loop.start();
      busyShare(made, 1000);
      while (host.turn());
      const before = runs.length;
      for (let i = 0; i < 10; i++) {
        loop.wake();
        while (host.turn());
      }
      expect(runs.length).toBe(before);
      expect(host.sleeping).toHaveLength(1);
    });
    test('an idle guest within its share is not held back', () => {
      const { host, loop, runs } = setUp([RunStatus.Idle, RunStatus.Idle], { deadline: 40e6 });
      loop.limit(0.1);
      loop.start();
      host.turn();
      host.advance(40);
      host.turn();
      expect(runs.at(-1)?.now).toBe(40e6);
    });
    test('stops at once while it rests', () => {
      const made = setUp([]);
      made.loop.limit(0.01);
      made.loop.start();
      busyShare(made, 1000);
      while (made.host.turn());
      const before = made.runs.length;
      made.loop.stop();
      made.host.advance(10_000);
      while (made.host.turn());
      expect([made.runs.length, made.host.sleeping]).toEqual([before, []]);
    });
  });

  describe('when translated code waits to be linked', () => {
    /** `run` stops for it after each `every` instructions; linking takes `ms`. */
    function linking(every: number, ms: number, options: { virtual?: boolean } = {}) {
      const made = setUp([], options);
      const { core, host, listener, runs } = made;
      let links = 0;
      let slices = 0;
      const { run, instructions } = core.functions;
      core.functions.run = (now, budget) => {
        if (budget <= every) return run(now, budget);
        run(now, every);
        (runs.at(-1) as { budget: number }).budget = budget;
        return RunStatus.Link;
      };
      listener.link = () => void (links++, (host.time += ms));
      listener.afterSlice = () => void slices++;
      return { ...made, instructions, links: () => links, slices: () => slices };
    }
    test('the slice goes on with the rest of its budget', () => {
      const { loop, host, runs, instructions, links, slices } = linking(30_000, 0.1);
      loop.start();
      host.turn();
      expect(runs.map((r) => r.budget)).toEqual([100_000, 70_000, 40_000, 10_000]);
      expect([instructions(), links(), slices()]).toEqual([100_000, 3, 1]);
      expect(runs.map((r) => r.now)).toEqual([0, 0.4e6, 0.8e6, 1.2e6].map((ns) => expect.closeTo(ns) as number));
    });
    test('no slice lasts long, however much there is to link', () => {
      const { loop, host } = linking(1000, 0.5);
      loop.start();
      for (let i = 0; i < 50; i++) {
        const before = host.time;
        host.turn();
        expect(host.time - before).toBeLessThanOrEqual(4);
      }
    });
    test('what linking takes does not count as slowness of the guest', () => {
      const { loop, host, runs, listener } = linking(20_000, 2);
      loop.start();
      for (let i = 0; i < 20; i++) host.turn();
      listener.link = () => undefined;
      const before = runs.length;
      host.turn();
      expect(runs[before]?.budget).toBeGreaterThanOrEqual(100_000);
    });
    test('a core that wants nothing but linking does not keep messages waiting', () => {
      const { loop, host, core } = linking(0, 0.5);
      core.functions.run = () => RunStatus.Link;
      loop.start();
      for (let i = 0; i < 10; i++) {
        const before = host.time;
        expect(host.turn()).toBe(true);
        expect(host.time - before).toBeLessThanOrEqual(4);
      }
    });
    test('with the instruction clock a slice ends where it would have without', () => {
      const { loop, host, instructions, slices, listener } = linking(1000, 1, { virtual: true });
      const ends: number[] = [];
      let turns = 0;
      listener.afterSlice = () => void ends.push(instructions());
      loop.start();
      while (ends.length < 3) {
        const before = host.time;
        host.turn();
        turns++;
        expect(host.time - before).toBeLessThanOrEqual(4);
      }
      expect(ends).toEqual([100_000, 200_000, 300_000]);
      expect(turns).toBeGreaterThan(30);
      expect(slices()).toBe(0);
    });
  });

  describe('with the instruction clock', () => {
    test('slices have a fixed length', () => {
      const { host, loop, runs } = setUp([], { virtual: true, perMs: 10 });
      loop.start();
      for (let i = 0; i < 20; i++) host.turn();
      expect(new Set(runs.map((r) => r.budget)).size).toBe(1);
    });
  });
});

describe('meter', () => {
  test('speed and load over the last second', () => {
    const meter = new Meter();
    meter.restart(0, 0, 0);
    for (let ms = 100; ms <= 3000; ms += 100) meter.rates(ms, ms * 1000, ms / 2); // 1 MIPS, half busy
    expect(meter.rates(3000, 3_000_000, 1500)).toEqual({ mips: 1, share: 0.5 });
    // 100 million in the next second, all busy
    expect(meter.rates(4000, 103_000_000, 2500)).toEqual({ mips: 100, share: 1 });
  });
  test('is 0 before any time has passed', () => {
    const meter = new Meter();
    meter.restart(5, 7, 1);
    expect(meter.rates(5, 7, 1)).toEqual({ mips: 0, share: 0 });
  });
});
