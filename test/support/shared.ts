/** Recorded test data that is not part of the repository: DOMZERO_SHARED names its directory. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shared = process.env['DOMZERO_SHARED'] ?? join(root, '../shared');

/** The directory `name` of the recorded data, or undefined when there is none on this machine. */
export function sharedData(name: string): string | undefined {
  const path = join(shared, name);
  return existsSync(path) ? path : undefined;
}
