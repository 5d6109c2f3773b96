/** A program as text, for reports: what it is, and its items with their bytes where they lie. */
import { assemble } from './assemble.ts';
import type { Program } from './program.ts';

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex');

export function disassembly(program: Program): string[] {
  const { labels } = assemble(program);
  const { mode, cpl, paging, segmented, threshold, eflags, timer, chunks } = program;
  const lines = [JSON.stringify({ mode, cpl, paging, segmented, threshold, eflags, timer, chunks })];
  for (const { label, items } of program.blocks) {
    lines.push(`${label}: ${(labels.get(label) ?? 0).toString(16)}`);
    for (const { name, bytes, label: own, fix } of items)
      lines.push(`    ${hex(bytes)} ${name}${own ? ` (${own})` : ''}${fix ? ` -> ${fix.to} + ${fix.plus ?? 0}` : ''}`);
  }
  return lines;
}
