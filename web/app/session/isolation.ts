/**
 * Cross-origin isolation where the host sends no headers for it: by a service worker (isolation-worker.js), which takes
 * effect when the page is loaded again. Without it all works, with coarser timers.
 */

/** In this tab, a second load has been tried. */
const TRIED = 'domzero.isolation';

/** Resolves to true when the page is about to load again: start nothing then. Never rejects. */
export async function isolate(): Promise<boolean> {
  const { serviceWorker } = navigator;
  // `npm start` sends the headers; a page in another's frame cannot be isolated by itself
  if (crossOriginIsolated || !serviceWorker || window.top !== window) return false;
  try {
    const script = new URL('isolation-worker.js', document.baseURI);
    await serviceWorker.register(script, { updateViaCache: 'none' });
    if (sessionStorage.getItem(TRIED) !== null) return false;
    sessionStorage.setItem(TRIED, 'yes');
    if (!(await active(serviceWorker))) return false;
    location.reload();
    return true;
  } catch {
    // Service workers or storage are denied, or the host has no such file
    return false;
  }
}

/** A worker that does not become active must not keep the page waiting. */
function active(container: ServiceWorkerContainer): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 3000));
  return Promise.race([container.ready.then(() => true), late]);
}
