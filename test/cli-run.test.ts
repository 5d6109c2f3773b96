/** The parts of `domzero run` that need no machine. */
import fc from 'fast-check';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { ConsoleText } from '../web/cli/run/console-text.ts';
import { unescape } from '../web/cli/run/escapes.ts';
import { Keyboard } from '../web/cli/run/keyboard.ts';
import { addRunOptions, bootFiles, type RunOptions } from '../web/cli/run/options.ts';
import { Script, type Step } from '../web/cli/run/script.ts';
import { type RunStatistics, tierShares } from '../web/cli/run/statistics.ts';
import { table } from '../web/cli/run/table.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function parse(...argv: string[]): { image: string | undefined; options: RunOptions } {
  const steps: Step[] = [];
  const command = addRunOptions(new Command('run'), steps)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(argv, { from: 'user' });
  return { image: command.args[0], options: { ...command.opts<Omit<RunOptions, 'steps'>>(), steps } };
}

describe('command line', () => {
  test('steps keep their order', () => {
    const { options } = parse(
      'linux',
      '--expect',
      'a',
      '--send',
      'b\\r',
      '--send=c',
      '--timeout',
      '5',
      '--expect',
      'd$',
    );
    expect(options.steps.map((s) => (s.kind === 'send' ? s.text : s.pattern.source))).toEqual(['a', 'b\r', 'c', 'd$']);
    expect(options.timeout).toBe(5);
  });
  test('defaults', () => {
    const { image, options } = parse('linux');
    expect([image, options]).toEqual(['linux', { engine: 'auto', reboot: true, steps: [] }]);
  });
  test.each([
    [['--expect', '(']],
    [['--send', '\\q']],
    [['--memory', '1K']],
    [['--timeout', '0']],
    [['--timeout', 'soon']],
    [['--engine', 'warp']],
    [['--clock', 'sand']],
    [['--accel', 'linking']],
    [['--accel', 'linking=maybe']],
    [['--accel', 'linking=off,']],
    [['--accel', 'region=-1']],
    [['--lockstep-chunk', 'few']],
    [['--trace', 'warp']],
    [['--trace', 'jit=']],
    [['--lockstep-from', '1e9']],
    [['--frobnicate']],
    [['one', 'two']],
  ])('refuses %j', (argv) => {
    expect(() => parse(...argv)).toThrow();
  });
  test('accelerations add up; the last word counts', () => {
    const { options } = parse('linux', '--accel', 'linking=off,region=100', '--accel', 'linking=on,inline-tlb=off');
    expect(options.accel).toEqual({ linking: true, region: 100, 'inline-tlb': false });
  });
  test('regions are listed on standard error, or in a file', () => {
    expect(parse('linux').options.trace).toBeUndefined();
    expect(parse('linux', '--trace', 'jit').options.trace).toEqual({ file: undefined });
    expect(parse('linux', '--trace=jit=a=b.txt').options.trace).toEqual({ file: 'a=b.txt' });
  });
  test('lockstep takes counts', () => {
    const { options } = parse('linux', '--engine=lockstep', '--lockstep-chunk=1', '--lockstep-from', '5000');
    expect(options).toMatchObject({ engine: 'lockstep', lockstepChunk: 1, lockstepFrom: 5000 });
  });
  test('what to boot has to be clear', async () => {
    const files = (...argv: string[]) => {
      const { image, options } = parse(...argv);
      return bootFiles(image, options);
    };
    await expect(files()).rejects.toThrow(/nothing to boot: name an image/);
    await expect(files('linux', '--kernel', 'k')).rejects.toThrow(/not both/);
    await expect(files('./vmlinux')).rejects.toThrow(/boot a file with --kernel \.\/vmlinux/);
    const { kernel, initrd, commandLine } = await files('--kernel', '/a b/k#1', '--initrd', '/i', '--append', 'x=1');
    await expect(files('linux', '--parent', 'p')).rejects.toThrow('--parent belongs to --restore');
    await expect(files('--restore', 's', '--memory', '8M')).rejects.toThrow('has the memory that it was saved with');
    const saved = await files('--restore', '/s', '--parent', '/p', '--parent', '/q');
    expect(saved).toMatchObject({ kernel: undefined, memory: undefined, snapshot: new URL('file:///s') });
    expect(saved.parent?.map(({ href }) => href)).toEqual(['file:///p', 'file:///q']);
    expect([kernel?.href, initrd?.href, commandLine]).toEqual(['file:///a%20b/k%231', 'file:///i', 'x=1']);
  });
});

describe('statistics', () => {
  const statistics: RunStatistics = {
    instructions: 11_708_726,
    seconds: 3.8157,
    cpuSeconds: 0.54283,
    mips: 33.2,
    engine: 'jit',
    tiers: { jit: 0.9871, interpreter: 0.0129 },
    boot: 'PVH',
    memory: 2 ** 26,
    exit: 'script',
    exitCode: 0,
    marks: [{ name: '# $', instructions: 999, seconds: 3.7, cpuSeconds: 0.53 }],
    compileMs: 12.34,
    counters: { modules: 24, exits: 1234567 },
  };
  test('as a table for people', () => {
    const counters = [
      { name: 'modules', unit: 'modules', description: 'Wasm modules compiled', value: 24 },
      { name: 'exits', unit: 'times', description: '', value: 1234567 },
    ];
    expect(table(statistics, counters).split('\n')).toEqual([
      'engine               jit  PVH',
      'end               script  exit code 0',
      'instructions  11 708 726  33.2 MIPS',
      '  by tier                 jit 98.7 %, interpreter 1.3 %',
      'time              3.82 s  0.54 s of CPU',
      'compiling        12.3 ms  modules of translated code',
      'at /# $/             999  3.70 s',
      'modules               24  modules, Wasm modules compiled',
      'exits          1 234 567  times',
      '',
    ]);
  });
  test('the tiers share all instructions', () => {
    const counters = { 'translated-executed': 750, entries: 3 };
    expect(tierShares({ instructions: 1000, counters })).toEqual({ jit: 0.75, interpreter: 0.25 });
    expect(tierShares({ instructions: 0, counters: {} })).toEqual({ jit: 0, interpreter: 1 });
  });
});

describe('escapes in --send', () => {
  test.each([
    ['ls\\r', 'ls\r'],
    ['a\\\\b', 'a\\b'],
    ['\\x03\\t\\e[A\\0', '\x03\t\x1b[A\0'],
    ['plain', 'plain'],
    ['real\nnewline', 'real\nnewline'],
  ])('%s', (text, wanted) => expect(unescape(text)).toBe(wanted));
  test.each(['\\q', '\\x1', 'end\\'])('%s is an error', (text) => expect(() => unescape(text)).toThrow(/is no escape/));
});

describe('console text', () => {
  test('is what people see', () => {
    const text = new ConsoleText();
    text.add(bytes('\x1b[1;32mnano\x1b[0m:~# \x1b[6n\x1b]0;title\x07ok\r\n'));
    expect(text.match(/^nano:~# ok$/m)).toBe(true);
  });
  test('does not depend on how the bytes arrive', () => {
    const whole = '\x1b[31mrød\x1b[0m\r\n\x1b]2;x\x07αβ\x1b(B end\r\n$ ';
    fc.assert(
      fc.property(fc.array(fc.nat(bytes(whole).length)), (cuts) => {
        const text = new ConsoleText();
        let from = 0;
        for (const at of [...cuts.sort((a, b) => a - b), Infinity]) {
          text.add(bytes(whole).subarray(from, at));
          from = at;
        }
        return text.lastLines(9).join('|') === 'rød|αβ end|$';
      }),
    );
  });
  test('a match is used up', () => {
    const text = new ConsoleText();
    text.add(bytes('one # two # '));
    expect([text.match(/# /), text.match(/# /), text.match(/# /)]).toEqual([true, true, false]);
    text.add(bytes('three # '));
    expect(text.match(/# /)).toBe(true);
  });
  test('the last lines come without trailing emptiness', () => {
    const text = new ConsoleText();
    text.add(bytes('a\r\nb\r\nc\r\n\r\n'));
    expect(text.lastLines(2)).toEqual(['b', 'c']);
  });
});

describe('script', () => {
  test('runs as far as the text goes', () => {
    const text = new ConsoleText();
    const log: string[] = [];
    const script = new Script([
      { kind: 'expect', pattern: /login:/ },
      { kind: 'send', text: 'root\r' },
      { kind: 'expect', pattern: /# / },
      { kind: 'send', text: 'id\r' },
    ]);
    const advance = (): void =>
      script.advance(
        text,
        (p) => log.push(p.source),
        (t) => log.push(t),
      );
    advance();
    expect([log, script.waitingFor]).toEqual([[], '/login:/']);
    text.add(bytes('login: '));
    advance();
    expect([log, script.waitingFor, script.done]).toEqual([['login:', 'root\r'], '/# /', false]);
    text.add(bytes('~ # '));
    advance();
    expect([log.slice(2), script.done]).toEqual([['# ', 'id\r'], true]);
  });
});

describe('keyboard', () => {
  function type(...chunks: string[]): string[] {
    const log: string[] = [];
    const keyboard = new Keyboard({
      send: (b) => log.push(new TextDecoder().decode(b)),
      quit: () => log.push('<quit>'),
      help: () => log.push('<help>'),
      statistics: () => log.push('<statistics>'),
      reset: () => log.push('<reset>'),
    });
    for (const chunk of chunks) keyboard.type(bytes(chunk));
    return log;
  }
  test.each([
    [['ls\r'], ['ls\r']],
    [['\x03'], ['\x03']], // Ctrl-C is the guest's
    [['a\x01xb'], ['a', '<quit>', 'b']],
    [['\x01', 'X'], ['<quit>']],
    [['\x01\x01'], ['\x01']],
    [['\x01h\x01s\x01r'], ['<help>', '<statistics>', '<reset>']],
    [['\x01qz'], ['z']],
    [['é'], ['é']],
  ])('%j', (typed, wanted) => expect(type(...typed)).toEqual(wanted));
});
