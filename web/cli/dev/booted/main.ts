/**
 * `npm run build:booted [-- NAME...]`: makes snapshots of the images that are built, in build/booted/; without names all
 * of them, and those of the gallery. `npm start` runs it too, as a process of its own, so that its page stays quick.
 * A program: to import it is to run it (boot.js).
 */
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { formatSize } from '../../../client/index.ts';
import { builtImages } from '../serve/image-files.ts';
import { makeBooted } from './make.ts';
import { booted, type BootedRecipe, BootedStore, UNFINISHED } from './store.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

// Whoever waits for the page goes first
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const store = new BootedStore(root);
for (const recipe of await recipesOf(process.argv.slice(2))) {
  try {
    const bytes = await makeBooted(store, root, recipe);
    if (bytes !== undefined) console.error(`${recipe.name}: snapshot of the booted machine, ${formatSize(bytes)}`);
  } catch (error) {
    console.error(`${recipe.name}: no snapshot: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

async function recipesOf(names: readonly string[]): Promise<BootedRecipe[]> {
  if (names.length > 0) return names.map((name) => (name === UNFINISHED.name ? UNFINISHED : booted(name)));
  // 64-bit kernels are not booted yet
  const images = (await builtImages(`${root}images/dist`)).filter(({ architecture }) => architecture === 'i386');
  const all = [...images.map(({ name }) => booted(name)), UNFINISHED];
  return all.filter(({ image }) => images.some(({ name }) => name === image));
}
