/** Writes docs/performance.{md,svg,json}; rows that were not measured this time stay as the results file has them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ENGINES } from '../engines.ts';
import { mergeResults } from '../results.ts';
import type { Results } from '../results.ts';
import { BOOTS, PROGRAMS, ROWS } from '../rows.ts';
import { chart } from './chart.ts';
import { updateMarkdown } from './markdown.ts';

/** Formatted as the repository's other files are. */
export async function writeDoc(path: string, text: string, parser?: string): Promise<void> {
  const config = await resolveConfig(path);
  writeFileSync(path, parser ? await format(text, { ...config, parser }) : text);
}

export async function updateDocs(measured: Results, root: string): Promise<void> {
  const path = (kind: string) => join(root, `docs/performance.${kind}`);
  const rows = [...ROWS, ...BOOTS, ...PROGRAMS].map(({ name }) => name);
  const order = { engines: ENGINES.map(({ id }) => id), rows };
  const earlier = existsSync(path('json')) ? (JSON.parse(readFileSync(path('json'), 'utf8')) as Results) : measured;
  const results = mergeResults(earlier, measured, order);
  await writeDoc(path('md'), updateMarkdown(readFileSync(path('md'), 'utf8'), results), 'markdown');
  await writeDoc(path('svg'), chart(results));
  await writeDoc(path('json'), JSON.stringify(results), 'json');
}
