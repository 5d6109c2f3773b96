/** How the core can virtualize a guest. Names and descriptions stand in the core (FLAVOURS) and nowhere else. */
import type { Core } from './core.ts';
import { readList } from './core-text.ts';
import type { Flavour } from './types.ts';

/** The first is what a machine has. */
export function readFlavours(core: Core): Flavour[] {
  return readList(core, core.at.FLAVOURS, 1).map(([name = '', rest = '']) => {
    const [title = '', description = ''] = rest.split(': ', 2);
    return { name, title, description };
  });
}
