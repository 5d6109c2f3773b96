/** Snapshots of booted images, as `npm start` and the built site have them. */
import { makeBooted } from '../../web/cli/dev/booted/make.ts';
import { booted, type BootedRecipe, BootedStore } from '../../web/cli/dev/booted/store.ts';
import { root } from './browser.ts';

export const store = new BootedStore(root);

/** Makes one if need be, of an image that is built; its file. */
export async function bootedFile(recipe: BootedRecipe): Promise<string> {
  await makeBooted(store, root, recipe);
  const key = await store.find(recipe);
  if (key === undefined) throw new Error(`there is no snapshot of ${recipe.name}, though it has just been made`);
  return store.path(recipe.name, key);
}

export const bootedImage = (name: string): Promise<string> => bootedFile(booted(name));
