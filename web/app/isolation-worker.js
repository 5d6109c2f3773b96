/**
 * A service worker that adds what a plain host does not send: the headers that make pages cross-origin isolated.
 *
 * It keeps nothing: every page comes from the network as without it, so a new version of the site is there at once, and
 * all that is no page, frame or Worker does not pass through here at all. A host that sends the headers wins.
 */
const scope = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  // For a Worker's script that a page of another path loads
  'Cross-Origin-Resource-Policy': 'same-origin',
};
const isolated = ['document', 'iframe', 'frame', 'worker', 'sharedworker'];

// The newest version takes over at once: there is nothing that an old page could have relied on
scope.addEventListener('install', () => void scope.skipWaiting());
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener('fetch', (event) => {
  const { url, destination } = event.request;
  if (new URL(url).origin === scope.location.origin && isolated.includes(destination))
    event.respondWith(answer(event.request));
});

/** @param {Request} request */
async function answer(request) {
  const response = await fetch(request);
  // A redirect is followed by the browser, which asks again; an error has no headers to add to
  if (response.type !== 'basic') return response;
  const all = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) if (!all.has(name)) all.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers: all });
}
