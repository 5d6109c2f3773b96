/** The page's entry, small: what takes long to arrive is on its way before the page itself is here. */
import { preload } from '../client/preload.ts';
import { Library } from './session/library.ts';
import { isolate } from './session/isolation.ts';
import { missingFeature } from './session/support.ts';

if (!(await isolate())) {
  const missing = missingFeature();
  const library = new Library();
  if (!missing) {
    void preload();
    void library.fetchAhead();
  }
  const { Page } = await import('./page/page.ts');
  void new Page(library, missing).start();
}
