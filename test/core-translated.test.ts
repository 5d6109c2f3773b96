/** The suites of the core once more, with everything translated at its first execution. */
import { expect, it } from 'vitest';
import { Core, cpu32, Status } from './support/core.ts';
import { CODE_AT, gate, ProtectedSystem, Sel } from './support/protected.ts';

Core.translates = true;
await Promise.all([
  import('./core-exceptions.test.ts'),
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
