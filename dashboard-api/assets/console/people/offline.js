// Makes a tablet ready to open the muster board while the link is away. Where the browser or the daemon does not offer it, the
// board says so; it works on as long as it stays open in any case.

const SCRIPT = "/muster/sw.js";
const PATIENCE_MS = 8_000;

/** Keeps the page and its assets on this device; true where it could. */
export async function keepPage() {
  if (!("serviceWorker" in navigator)) return false;
  try {
    await navigator.serviceWorker.register(SCRIPT, { scope: "/muster/" });
    const { active } = await withinTime(navigator.serviceWorker.ready);
    const assets = performance.getEntriesByType("resource").map((entry) => new URL(entry.name).pathname).filter((path) => path.startsWith("/assets/"));
    return await withinTime(told(active, { keep: [location.pathname, ...new Set(assets)] }));
  } catch {
    return false;
  }
}

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
