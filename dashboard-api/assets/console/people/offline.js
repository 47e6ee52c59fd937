// Makes a tablet ready to open the muster board while the link is away. Where the browser or the daemon does not offer it, the
// board says so; it works on as long as it stays open in any case.

const SCRIPT = "/muster/sw.js";
const STORE = "rackward-muster"; // the same name as in muster_worker.js
const PATIENCE_MS = 8_000;

/** Keeps the page and its assets on this device; true where it can be opened again without the link. */
export async function keepPage() {
  if (!("serviceWorker" in navigator)) return false;
  return (await keep().catch(() => false)) || isKept().catch(() => false);
}

async function keep() {
  await navigator.serviceWorker.register(SCRIPT, { scope: "/muster/" });
  const { active } = await withinTime(navigator.serviceWorker.ready);
  // What could not be loaded now is not missed then.
  const loaded = performance.getEntriesByType("resource").filter((entry) => (entry.responseStatus ?? 200) < 400);
  const assets = loaded.map((entry) => new URL(entry.name).pathname).filter((path) => path.startsWith("/assets/"));
  return withinTime(told(active, { keep: [location.pathname, ...new Set(assets)] }));
}

// A page that was opened without the link came from what was kept before.
const isKept = async () => Boolean(await caches.match(location.pathname, { cacheName: STORE }));

/** Removes what was kept, once the muster is over. */
export async function forgetPage() {
  const registration = await navigator.serviceWorker?.getRegistration("/muster/").catch(() => null);
  registration?.active?.postMessage({ forget: true });
}

function told(worker, message) {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => done(event.data.kept === true);
    worker.postMessage(message, [port2]);
  });
}

function withinTime(promise) {
  return Promise.race([promise, new Promise((_, failed) => setTimeout(() => failed(new Error("no answer")), PATIENCE_MS))]);
}
