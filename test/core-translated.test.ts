/** The suites of the core once more, with everything translated at its first execution. */
import { expect, it } from 'vitest';
import { Core, cpu32, Status } from './support/core.ts';
import { CODE_AT, gate, ProtectedSystem, Sel } from './support/protected.ts';

Core.translates = true;
await Promise.all([
  import('./core-exceptions.test.ts'),
  import('./core-far-calls.test.ts'),
  import('./core-gates.test.ts'),
  import('./core-interrupts.test.ts'),
  import('./core-modes.test.ts'),
  import('./core-neighbours.test.ts'),
  import('./core-paging.test.ts'),
  import('./core-privilege.test.ts'),
  import('./core-shortcuts.test.ts'),
  import('./core-system.test.ts'),
  import('./core-tasks.test.ts'),
  import('./core-transfers.test.ts'),
  import('./core-v86.test.ts'),
]);

it('translates', () => {
  // mov ecx, 100; again: dec ecx; jnz again; hlt
  const core = cpu32([0xb9, 100, 0, 0, 0, 0x49, 0x75, 0xfd, 0xf4]);
  expect(core.exports.run(0, 1000)).toBe(Status.Halted);
  expect(core.translated).toBeGreaterThan(150);
});
it('goes on in the same region after an interrupt and after its return', () => {
  // again: int 40h; dec ebp; jnz again. The handler: inc eax; iretd
  const system = new ProtectedSystem([0xcd, 0x40, 0x4d, 0x75, 0xfb]);
  system.setGate(0x40, gate(Sel.CODE0, CODE_AT + 0x100, 0x8e));
  system.core.ram.set([0x40, 0xcf], CODE_AT + 0x100);
  system.core.setSwitch('first-region', 0);
  system.run(20_000);
  const entered = (): number => system.core.counter('entries') + system.core.counter('links');
  const before = entered();
  const translated = system.core.translated;
  system.run(5000);
  // A thousand interrupts; what ends a slice leaves the region too
  expect(entered() - before).toBeLessThan(200);
  expect(system.core.translated - translated).toBeGreaterThan(4500);
});

it('does not make a region anew because it has run for very long', () => {
  // again: inc eax, forty times; jmp again
  const core = cpu32([...Array.from({ length: 40 }, () => 0x40), 0xeb, -42 & 0xff]);
  core.setSwitch('first-region', 0);
  const run = (times: number): number => {
    for (let i = 0; i < times; i++) core.exports.run(0, 100_000_000);
    return core.counter('translated-regions');
  };
  const regions = run(1);
  // More than the credit of a region, 2^31 instructions
  expect(run(23)).toBe(regions);
  expect(core.translated).toBeGreaterThan(2 ** 31);
}, 60_000);

it('takes functions of a few instructions into the regions of all their callers', () => {
  // again: call own; add eax, ecx; dec ebp; jnz again; hlt. own: mov ecx, [esp]; ret
  const core = cpu32([0xe8, 6, 0, 0, 0, 0x01, 0xc8, 0x4d, 0x75, 0xf6, 0xf4, 0x8b, 0x0c, 0x24, 0xc3]);
  core.setSwitch('threshold', 1);
  core.setGpr(4, 0x8000n);
  core.setGpr(5, 2000n);
  expect(core.exports.run(0, 20_000)).toBe(Status.Halted);
  expect(core.gpr(0)).toBe((2000n * (core.rip - 6n)) & 0xffffffffn);
  expect(core.counter('entries') + core.counter('links')).toBeLessThan(100);
});

it('keeps a function that calls itself in its region', () => {
  // call f; hlt. f: inc eax; dec ecx; js out; push ecx; call f; mov ecx, [esp]; call f; pop ecx; out: ret
  const f = [
    0x40,
    0x49,
    0x78,
    15,
    0x51,
    0xe8,
    -10 & 0xff,
    255,
    255,
    255,
    0x8b,
    0x0c,
    0x24,
    0xe8,
    -18 & 0xff,
    255,
    255,
    255,
  ];
  const core = cpu32([0xe8, 1, 0, 0, 0, 0xf4, ...f, 0x59, 0xc3]);
  core.setSwitch('first-region', 0);
  core.setGpr(1, 18n);
  core.setGpr(4, 0x8000n);
  // In slices: modules are linked in between
  for (let slices = 0; core.exports.run(0, 20_000) !== Status.Halted; slices++) expect(slices).toBeLessThan(1000);
  const calls = 2 ** 19 - 1;
  expect(core.gpr(0)).toBe(BigInt(calls));
  expect(core.gpr(4)).toBe(0x8000n);
  expect(core.counter('entries') + core.counter('links')).toBeLessThan(calls / 8);
});

it('takes in a function that lies far away', () => {
  // again: call far; dec ebp; jnz again; hlt. far: four times inc eax; ret
  const far = 0x3ff000;
  const core = cpu32([0xe8, 0, 0, 0, 0, 0x4d, 0x75, -8 & 0xff, 0xf4]);
  const code = Number(core.rip);
  new DataView(core.ram.buffer, core.ram.byteOffset).setUint32(code + 1, far - code - 5, true);
  core.ram.set([0x40, 0x40, 0x40, 0x40, 0xc3], far);
  core.setSwitch('first-region', 0);
  core.setGpr(4, 0x8000n);
  core.setGpr(5, 2000n);
  core.exports.refresh();
  expect(core.exports.run(0, 20_000)).toBe(Status.Halted);
  expect(core.gpr(0)).toBe(8000n);
  expect(core.counter('entries') + core.counter('links')).toBeLessThan(100);
});

it('makes a short loop large in the end, though it returns', () => {
  // again: call [ecx * 4 + table]; xor ecx, 1; dec ebp; jnz again; ret
  const table = 0x3000;
  const core = cpu32([0xff, 0x14, 0x8d, table & 0xff, table >> 8, 0, 0, 0x83, 0xf1, 1, 0x4d, 0x75, -13 & 0xff, 0xc3]);
  const ram = new DataView(core.ram.buffer, core.ram.byteOffset);
  [0x4000, 0x5000].forEach((at, i) => {
    ram.setUint32(table + 4 * i, at, true);
    core.ram.set([0x40, 0xc3], at); // inc eax; ret
  });
  ram.setUint32(0x8000, 0x6000, true);
  core.ram[0x6000] = 0xf4;
  core.setGpr(4, 0x8000n);
  core.setGpr(5, 3_000_000n);
  core.exports.refresh();
  const run = (): number => core.exports.run(0, 1_000_000);
  const gone = (): number => core.counter('entries') + core.counter('links');
  for (let i = 0; i < 16; i++) run();
  const before = gone();
  run();
  // A hundred thousand calls and returns
  expect(gone() - before).toBeLessThan(1000);
  while (run() === Status.Continue);
  expect(core.gpr(0)).toBe(3_000_000n);
});
