// Loads again when the stream says that something may have changed: at most once in so many milliseconds, however many events
// come, and never while a load is under way. It judges no event.

import { stream } from "../stream.js";

/** Calls `load` after events whose name fits the pattern and that `fits` takes, and when some may have been missed; returns what ends it. */
export function follow(pattern, load, waitMs = 1000, fits = () => true) {
  let timer = 0;
  let running = false;
  let again = false;
  let begunMs = 0;
  let ended = false;

  async function run() {
    timer = 0;
    running = true;
    begunMs = Date.now();
    try {
      await load();
    } catch {
      // What is shown stays; its age is in the header, and the next event asks again.
    } finally {
      running = false;
    }
    if (again && !ended) {
      again = false;
      soon();
    }
  }

  function soon() {
    if (ended || timer) return;
    if (running) again = true;
    else timer = setTimeout(run, Math.max(0, begunMs + waitMs - Date.now()));
  }

  const off = stream.watch(pattern, (event) => (event === null || fits(event)) && soon());
  return () => {
    ended = true;
    clearTimeout(timer);
    off();
  };
}
