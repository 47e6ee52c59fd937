// Waiting for a live list in the way of a pane: it can be cancelled, and trying again asks again.

/** Resolves once `collection` has been fetched; rejects with what kept it, or where `signal` gives up. */
export async function ready(collection, signal) {
  if (collection.loaded) return collection;
  if (collection.problem) {
    collection.problem = null;
    collection.refresh();
  }
  return orGivenUp(collection.ready(), signal);
}

function orGivenUp(promise, signal) {
  return new Promise((done, failed) => {
    const stop = () => failed(new DOMException("given up", "AbortError"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(done, failed);
  });
}
