/** The suites of the core once more, with everything translated at its first execution. */
import { expect, it } from 'vitest';
import { Core, cpu32, Status } from './support/core.ts';

Core.translates = true;
await Promise.all([
  import('./core-exceptions.test.ts'),
  import('./core-gates.test.ts'),
  import('./core-interrupts.test.ts'),
  import('./core-modes.test.ts'),
  import('./core-paging.test.ts'),
  import('./core-privilege.test.ts'),
  import('./core-shortcuts.test.ts'),
  import('./core-system.test.ts'),
  import('./core-tasks.test.ts'),
  import('./core-v86.test.ts'),
]);

it('translates', () => {
  // mov ecx, 100; again: dec ecx; jnz again; hlt
  const core = cpu32([0xb9, 100, 0, 0, 0, 0x49, 0x75, 0xfd, 0xf4]);
  expect(core.exports.run(0, 1000)).toBe(Status.Halted);
  expect(core.translated).toBeGreaterThan(150);
});
