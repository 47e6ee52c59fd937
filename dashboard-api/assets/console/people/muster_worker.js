// The service worker of the muster board: keeps the page and its assets on a tablet, so that the board opens again while the link
// is away. It keeps no list and no names; those are kept by the page, under its operator (desk.js).

const STORE = "rackward-muster";
const PATIENCE_MS = 6_000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// The page says what it is made of, and when it is needed no more.
self.addEventListener("message", (event) => {
  const { keep, forget } = event.data ?? {};
  if (Array.isArray(keep)) event.waitUntil(keepAll(keep).then((kept) => event.ports[0]?.postMessage({ kept })));
  if (forget) event.waitUntil(caches.delete(STORE));
});

async function keepAll(addresses) {
  const mine = addresses.map((address) => new URL(address, self.location.href)).filter((url) => url.origin === self.location.origin);
  try {
    const store = await caches.open(STORE);
    await Promise.all(mine.map((url) => keepOne(store, url.pathname)));
    return true;
  } catch {
    return false;
  }
}

// The page for signing in is no board.
async function keepOne(store, path) {
  const answer = await fetch(path);
  if (!answer.ok || answer.redirected) throw new Error(path);
  await store.put(path, answer);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request, url));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(event.request, url));
});

// The daemon's page where it answers, the kept one where it does not. A daemon that answers anything is believed.
async function page(request, url) {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    const kept = await caches.match(url.pathname, { cacheName: STORE });
    if (kept) return kept;
    throw error;
  }
}

// The address of an asset holds the hash of what it is, so a kept one is never old.
async function asset(request, url) {
  return (await caches.match(url.pathname, { cacheName: STORE })) ?? fetch(request);
}
