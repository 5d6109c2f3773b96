/** Names for what lies at an address: for people who read a report. */
import { GENERAL, SEGMENT, SEGMENTS } from '../cpu-state.ts';
import type { AddressName, Core } from '../core.ts';
import type { Area } from './areas.ts';

export interface Field {
  readonly what: string;
  readonly at: number;
  readonly size: 4 | 8;
}
/** Fields of CpuState that have 4 bytes; the others that the core names have 8. */
const SHORT: ReadonlySet<AddressName> = new Set([
  'S_EFLAGS', 'S_CPL', 'S_GDT_LIMIT', 'S_IDT_LIMIT', 'S_HALTED', 'S_RAM_SIZE',
]); // prettier-ignore

/** All fields that have a name, by the addresses of their words. */
export function namedFields(core: Core): ReadonlyMap<number, Field> {
  const { at } = core;
  const fields: Field[] = GENERAL.map((what, i) => ({ what, at: at.REGS + 8 * i, size: 8 }));
  for (const name of Object.keys(at) as AddressName[]) {
    if (!name.startsWith('S_')) continue;
    const what = name === 'S_EFLAGS' ? 'eflags (control)' : name.slice(2).toLowerCase().replace('_', '.');
    fields.push({ what, at: at[name], size: SHORT.has(name) ? 4 : 8 });
  }
  SEGMENTS.forEach((name, i) => {
    const start = at.SEGMENTS + i * SEGMENT.size;
    fields.push({ what: `${name}.base`, at: start + SEGMENT.base, size: 8 });
    fields.push({ what: `${name}.safeEnd`, at: start + SEGMENT.safeEnd, size: 8 });
    for (const part of ['limit', 'access', 'selector'] as const)
      fields.push({ what: `${name}.${part}`, at: start + SEGMENT[part], size: 4 });
  });
  const byWord = new Map<number, Field>();
  for (const field of fields) {
    byWord.set(field.at, field);
    if (field.size === 8) byWord.set(field.at + 4, field);
  }
  return byWord;
}
/** Of a word without a name: 'fpu+0x80', 'memory 0x1000'. */
export function plainField({ name, start }: Area, at: number): Field {
  const offset = `0x${(at - start).toString(16)}`;
  return { what: name === 'memory' ? `memory ${offset}` : `${name}+${offset}`, at, size: 4 };
}
