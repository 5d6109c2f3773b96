/** What the compiled core may contain: the design's rules on imports, allocation and the map of memory. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CORE_URL } from '../web/cli/conformance/core.ts';
import { coreModule } from './support/core.ts';
import { dataSegments, functionNames } from './support/wasm-sections.ts';

const STATIC_BASE = 0x100000;
const EMIT = 0x200000;
const bytes = readFileSync(CORE_URL);

describe('build/core.wasm', () => {
  it('imports its memory and nothing else', () => {
    expect(WebAssembly.Module.imports(coreModule())).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('allocates nothing: no function of a runtime is linked', () => {
    const names = functionNames(bytes);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => /~lib\/rt\/|__alloc|__new|__collect/.test(name))).toEqual([]);
  });

  it('keeps static data between STATIC_BASE and EMIT', () => {
    for (const { start, end } of dataSegments(bytes)) {
      expect(start).toBeGreaterThanOrEqual(STATIC_BASE);
      expect(end).toBeLessThanOrEqual(EMIT);
    }
  });

  it('exports the addresses that the host needs as immutable globals', () => {
    const exports = new Map(WebAssembly.Module.exports(coreModule()).map(({ name, kind }) => [name, kind]));
    for (const name of ['REGS', 'STATE', 'SEGMENTS', 'FPU', 'RAM', 'RINGS', 'TRACE', 'S_RIP', 'S_CR0', 'S_CPL']) {
      expect(exports.get(name), name).toBe('global');
    }
  });
});
