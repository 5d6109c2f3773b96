/** The table of snapshots: in the terminal, in docs/performance.md, and its samples in docs/performance-snapshots.json. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SNAPSHOT_IMAGES, SNAPSHOTS } from '../rows.ts';
import type { SnapshotResults } from '../snapshots.ts';
import { median } from '../statistics.ts';
import { number } from './format.ts';
import type { Table } from './format.ts';
import { replaceSection, table } from './markdown.ts';
import { writeDoc } from './update.ts';

export function snapshotTable({ samples }: SnapshotResults): Table {
  const known = SNAPSHOTS.filter(({ name }) => samples[name]);
  const lines = known.map(({ name, title, unit, wanted }) => {
    const values = SNAPSHOT_IMAGES.map((image) => samples[name]?.[image]).map((all) =>
      all?.length ? median(all) : undefined,
    );
    const limit = wanted === undefined ? '' : `≤ ${wanted}`;
    const missed = wanted !== undefined && values.some((value) => value !== undefined && value > wanted);
    return { cells: [`${title}, ${unit}`, ...values.map(number), limit], loses: missed };
  });
  return { first: 'A freshly booted machine', heads: [...SNAPSHOT_IMAGES, 'wanted'], lines };
}

/** Figures that were not measured stay. */
export async function updateSnapshots(measured: SnapshotResults, root: string): Promise<void> {
  const path = join(root, 'docs/performance-snapshots.json');
  const earlier = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as SnapshotResults) : undefined;
  const results = { ...measured, samples: { ...earlier?.samples, ...measured.samples } };
  const document = join(root, 'docs/performance.md');
  const { date, host, node, rounds } = results;
  const about = `Measured ${date.slice(0, 10)} on ${host}, Node ${node}; the median of ${rounds}.`;
  const section = `${about}\n\n${table(snapshotTable(results))}`;
  await writeDoc(document, replaceSection(readFileSync(document, 'utf8'), 'snapshots', section), 'markdown');
  await writeDoc(path, JSON.stringify(results), 'json');
}
