/** Engine 'lockstep' with two made-up processors, one of which can be told to go wrong. */
import { describe, expect, test } from 'vitest';
import { type Core, RunStatus } from '../web/machine/core.ts';
import { describeLockstep } from '../web/machine/lockstep/describe.ts';
import { Lockstep } from '../web/machine/lockstep/lockstep.ts';
import { Mismatch } from '../web/machine/lockstep/mismatch.ts';
import type { LockstepOptions, LockstepReport } from '../web/machine/types.ts';
import { type FakeCore, fakeCore, MORE } from './support/fake-core.ts';

const RAM = 0x10000;
/** Counts in RAX, and in RIP two bytes at a time. `mishap` happens after instruction `at`. */
class Processor {
  readonly core: FakeCore;
  readonly budgets: number[] = [];
  /** `run` comes back early, with this status, when the count is reached. */
  stops = new Map<number, number>();
  at = Infinity;
  mishap: (processor: Processor) => void = () => undefined;
  readonly view: DataView;

  constructor() {
    this.core = fakeCore(RAM, {
      run: (_now, budget) => this.run(budget),
      instructions: () => this.count,
      nextDeadline: () => 77,
      consoleInput: (port) => this.takeInput(port),
    });
    this.view = new DataView(this.core.memory.buffer);
    this.set32(this.core.at.S_RAM_SIZE, RAM);
    this.set32(this.core.at.S_RIP, 0x1000);
    this.set32(MORE.DEVICES + 0x10, 1);
    for (let i = 0; i < RAM; i++) this.core.ram.setU8(i, i & 0xff);
  }
  get count(): number {
    return Number(this.view.getBigUint64(this.core.at.S_INSTRUCTIONS, true));
  }
  set32(address: number, value: number): void {
    this.view.setUint32(address, value, true);
  }
  get32(address: number): number {
    return this.view.getUint32(address, true);
  }
  private run(budget: number): number {
    this.budgets.push(budget);
    for (let i = 0; i < budget; i++) {
      const stop = this.stops.get(this.count);
      if (stop !== undefined) {
        this.stops.delete(this.count);
        return stop;
      }
      this.step();
    }
    return RunStatus.Continue;
  }
  private step(): void {
    const { at } = this.core;
    this.view.setBigUint64(at.S_INSTRUCTIONS, BigInt(this.count + 1), true);
    this.set32(at.REGS, this.count);
    this.set32(at.S_RIP, this.get32(at.S_RIP) + 2);
    if (this.count === this.at) this.mishap(this);
  }
  /** The last byte in a receive ring becomes RBX. */
  private takeInput(port: number): void {
    const ring = this.core.at.RINGS + port * 0x4000;
    const head = this.get32(ring + 8);
    this.set32(ring + 12, head);
    this.set32(this.core.at.REGS + 24, this.view.getUint8(ring + 0x2000 + head - 1));
  }
}

function setUp(options: LockstepOptions = {}) {
  const [translator, interpreter] = [new Processor(), new Processor()];
  let links = 0;
  const cores = { translator: translator.core, interpreter: interpreter.core, link: () => void links++ };
  return { translator, interpreter, lockstep: new Lockstep(cores, RAM, options), links: () => links };
}
/** The report of the difference that a run of `budget` instructions must find. */
function reportOf(lockstep: Lockstep, budget = 100_000): LockstepReport {
  try {
    lockstep.run(0, budget);
  } catch (error) {
    if (error instanceof Mismatch) return error.report;
    throw error;
  }
  throw new Error('no difference was found');
}
const set =
  (address: (core: Core) => number, value = 5) =>
  (p: Processor): void =>
    p.set32(address(p.core), value);

describe('two that agree', () => {
  test('run the whole budget, in chunks', () => {
    const { lockstep, translator, interpreter } = setUp({ chunk: 300 });
    expect(lockstep.run(0, 1000)).toBe(RunStatus.Continue);
    expect([translator.budgets, interpreter.budgets]).toEqual([
      [300, 300, 300, 100],
      [300, 300, 300, 100],
    ]);
    expect([lockstep.instructions(), lockstep.nextDeadline()]).toEqual([1000, 77]);
  });
  test('may differ in how they keep flags, in TLBs and in scratch memory', () => {
    const { lockstep, translator } = setUp();
    translator.at = 50;
    for (const offset of [8, 16]) translator.mishap = set(({ at }) => at.STATE + offset);
    lockstep.run(0, 2000);
    translator.set32(0x2000, 5);
    lockstep.run(0, 2000);
    lockstep.check();
  });
  test('code is linked in the middle of a chunk', () => {
    const { lockstep, translator, links } = setUp();
    translator.stops = new Map([500, 1000, 1200].map((at) => [at, RunStatus.Link]));
    lockstep.run(0, 2000);
    expect([links(), lockstep.instructions()]).toEqual([3, 2000]);
    expect(translator.budgets).toEqual([1000, 500, 1000, 1000, 800]);
  });
  test('end early together: a status, or a console that is full', () => {
    for (const status of [RunStatus.Continue, RunStatus.Idle, RunStatus.PoweredOff]) {
      const { lockstep, translator, interpreter } = setUp();
      for (const processor of [translator, interpreter]) processor.stops.set(1500, status);
      expect(lockstep.run(0, 10_000)).toBe(status);
      expect(lockstep.instructions()).toBe(1500);
    }
  });
  test('get the same input, and each the room that the host has made', () => {
    const { lockstep, translator, interpreter } = setUp();
    const { RINGS, REGS } = translator.core.at;
    lockstep.run(0, 1000);
    translator.set32(RINGS + 0x2000, 65);
    translator.set32(RINGS + 8, 1); // RX head
    translator.set32(RINGS + 4, 9); // TX tail: the host has read
    lockstep.consoleInput(0);
    expect([translator.get32(REGS + 24), interpreter.get32(REGS + 24)]).toEqual([65, 65]);
    expect([interpreter.get32(RINGS + 12), interpreter.get32(RINGS + 4)]).toEqual([1, 9]);
    translator.set32(RINGS + 4, 10);
    lockstep.check(); // between two slices the host's side may be ahead
    lockstep.run(0, 1000);
    expect(interpreter.get32(RINGS + 4)).toBe(10);
  });
});

describe('the first difference', () => {
  test.each<[string, (core: Core) => number]>([
    ['rbx', ({ at }) => at.REGS + 24],
    ['cr2', ({ at }) => at.S_CR2],
    ['gdt.limit', ({ at }) => at.S_GDT_LIMIT],
    ['ss.selector', ({ at }) => at.SEGMENTS + 2 * 32 + 24],
    ['state+0xa0', ({ at }) => at.STATE + 0xa0],
    ['fpu+0x80', ({ at }) => at.FPU + 0x80],
    ['devices+0x10', () => MORE.DEVICES + 0x10],
  ])('of %s is found in its chunk', (what, address) => {
    const { lockstep, translator } = setUp();
    translator.at = 3456;
    translator.mishap = set(address);
    const report = reportOf(lockstep);
    expect(report).toMatchObject({ from: 3000, to: 4000, chunkFrom: 3000, rip: 0x1000n + 6000n, more: 0 });
    expect(report.differences.map((d) => [d.what, d.translator])).toEqual([[what, 5n]]);
  });
  test('may be in any word of the registers', () => {
    const { lockstep, translator, interpreter } = setUp();
    const { at } = translator.core;
    for (let word = at.REGS; word < at.FPU + 0x400; word += 4) {
      if (word > at.S_RIP + 4 && word < at.S_EFLAGS) continue; // the lazy flags
      // These the processors make themselves, or the report needs them
      if ([at.REGS, at.S_INSTRUCTIONS, at.S_INSTRUCTIONS + 4, at.S_RAM_SIZE].includes(word)) continue;
      interpreter.set32(word, ~interpreter.get32(word));
      expect(reportOf(lockstep, 1).differences.length, word.toString(16)).toBeGreaterThan(0);
      interpreter.set32(word, translator.get32(word));
    }
    lockstep.check();
  });
  test('of the flags', () => {
    const { lockstep, translator, interpreter } = setUp();
    translator.core.functions.eflags = () => 0x246;
    interpreter.core.functions.eflags = () => 0x202;
    const [first] = reportOf(lockstep).differences;
    expect(first).toEqual({ what: 'eflags', interpreter: 0x202n, translator: 0x246n });
  });
  test('of memory is found when memory is compared', () => {
    const { lockstep, translator } = setUp({ memory: 10_000 });
    translator.at = 25_000;
    translator.mishap = set(({ at }) => at.RAM + 0x123c);
    const report = reportOf(lockstep);
    expect(report).toMatchObject({ from: 20_000, to: 30_000 });
    expect(report.differences).toEqual([{ what: 'memory 0x123c', interpreter: 0x3f3e3d3cn, translator: 5n }]);
  });
  test('of memory comes with that of a register', () => {
    const { lockstep, translator } = setUp();
    translator.at = 10;
    translator.mishap = (p) => {
      set(({ at }) => at.RAM + 8)(p);
      set(({ at }) => at.REGS + 8)(p);
    };
    expect(reportOf(lockstep).differences.map((d) => d.what)).toEqual(['rcx', 'memory 0x8']);
  });
  test('of memory is found at the end, and when somebody asks', () => {
    for (const end of [true, false]) {
      const { lockstep, translator, interpreter } = setUp();
      translator.at = 10;
      translator.mishap = set(({ at }) => at.RAM);
      if (end) for (const processor of [translator, interpreter]) processor.stops.set(1500, RunStatus.Halted);
      expect(() => {
        lockstep.run(0, 2000);
        lockstep.check();
      }).toThrow(Mismatch);
    }
  });
  test('of a device that was unused so far is found with the memory, and quickly from then on', () => {
    const far = MORE.DEVICES + 0x1000;
    const { lockstep, translator, interpreter } = setUp({ memory: 5000 });
    translator.at = interpreter.at = 100;
    translator.mishap = interpreter.mishap = set(() => far, 1);
    lockstep.run(0, 10_000);
    translator.at = 12_345;
    translator.mishap = set(() => far, 2);
    expect(reportOf(lockstep)).toMatchObject({ from: 12_000, to: 13_000 });
  });
  test('of what they print', () => {
    const { lockstep, translator } = setUp();
    translator.at = 10;
    translator.mishap = set(({ at }) => at.RINGS + 0x1000);
    expect(reportOf(lockstep, 2000).differences.map((d) => d.what)).toEqual(['consoles+0x1000']);
  });
  test('of status and count', () => {
    const { lockstep, translator } = setUp();
    translator.stops.set(2500, RunStatus.Halted);
    const report = reportOf(lockstep);
    expect(report.differences.slice(0, 2)).toEqual([
      { what: 'status of run', interpreter: 0n, translator: 4n },
      { what: 'rax', interpreter: 3000n, translator: 2500n },
    ]);
  });
  test('is one of many: the report has a limit and says so', () => {
    const { lockstep, translator } = setUp();
    translator.at = 10;
    translator.mishap = (p) => {
      set(({ at }) => at.REGS + 8)(p);
      p.core.ram.zero(0x1000, 0x1000);
    };
    const report = reportOf(lockstep);
    expect(report.differences.length).toBe(40);
    expect(report.more).toBe(1 + 1024 - 40);
  });
});

describe('coming closer', () => {
  test('before `from` nothing is compared, and the chunks are those of the run before', () => {
    const { lockstep, translator } = setUp({ from: 5500, chunk: 100 });
    translator.at = 10;
    translator.mishap = set(({ at }) => at.FPU);
    expect(reportOf(lockstep)).toMatchObject({ from: 5500, to: 5500 });
    expect(translator.budgets).toEqual([1000, 1000, 1000, 1000, 1000, 500]);
  });
  test('from there on chunks are as long as asked for', () => {
    const { lockstep, translator } = setUp({ from: 5500, chunk: 100 });
    translator.at = 5620;
    translator.mishap = set(({ at }) => at.FPU);
    expect(reportOf(lockstep)).toMatchObject({ from: 5600, to: 5700 });
    expect(translator.budgets.slice(5)).toEqual([500, 100, 100]);
  });
  test('from there on the way is kept', () => {
    const { lockstep, translator, interpreter } = setUp({ from: 4000, chunk: 10 });
    translator.at = 4015;
    translator.mishap = set(({ at }) => at.REGS + 16);
    const { path, code, codeAt, linear } = reportOf(lockstep);
    expect(interpreter.budgets.slice(4)).toEqual(new Array(20).fill(1));
    expect(path.map((step) => step.rip)).toEqual(
      Array.from({ length: 20 }, (_, i) => 0x1000n + 8000n + 2n * BigInt(i)),
    );
    expect([...(path[0]?.bytes ?? [])]).toEqual([0x40, 0x41]); // the next one begins two bytes later
    expect([codeAt, linear, code[0], code.length]).toEqual([0x2f44n, 0x2f54n, 0x44, 64]);
  });
  test('what comes back without having done anything ends the way too', () => {
    const { lockstep, translator, interpreter } = setUp({ from: 1000, chunk: 10 });
    for (const processor of [translator, interpreter]) processor.stops.set(1005, RunStatus.Continue);
    expect(lockstep.run(0, 5000)).toBe(RunStatus.Continue);
    expect(lockstep.instructions()).toBe(1005);
  });
});

describe('the report as text', () => {
  test('has values, code, the console and the next step', () => {
    const { lockstep, translator } = setUp();
    const heard: number[] = [];
    const reader = lockstep.listenTo((bytes) => void heard.push(...bytes));
    void reader(new TextEncoder().encode('login: root\r\n# ls\r\n'), 'com1');
    void reader(new TextEncoder().encode('x'), 'debug');
    translator.at = 3456;
    translator.mishap = set(({ at }) => at.REGS + 24, 0xff);
    expect(describeLockstep(reportOf(lockstep))).toEqual([
      'interpreter and translator agreed at instruction 3000 and differ at 4000:',
      '  rbx interpreter 0x0 translator 0xff',
      'before the last chunk, at instruction 3000, RIP was 0x2770; the code around it:',
      expect.stringMatching(/^ {2}0x2760: 60 61 .* 6f \[0x2770\] 70 71 /),
      `the console's last line: "# ls"`,
      'run again with --lockstep-from 3000 --lockstep-chunk 500, and so on with half as many. When the',
      'difference is gone, the last chunk was the block: shorter ones are interpreted by both',
    ]);
    expect(heard.length).toBe(20);
  });
  test('for memory the next step is another', () => {
    const { lockstep, translator } = setUp({ memory: 50_000 });
    translator.at = 10;
    translator.mishap = set(({ at }) => at.RAM);
    const lines = describeLockstep(reportOf(lockstep));
    expect(lines.at(-1)).toBe(
      'memory is compared more rarely; run again with --lockstep-from 0 --lockstep-memory 1000',
    );
  });
  test('the message has the first differences', () => {
    const { lockstep, translator } = setUp();
    translator.at = 3456;
    translator.mishap = (p) => p.view.setBigUint64(p.core.at.REGS + 8, 2n ** 63n, true);
    expect(() => lockstep.run(0, 10_000)).toThrow(
      'interpreter and translator differ after instruction 4000: rcx interpreter 0x0 translator 0x8000000000000000',
    );
  });
});
