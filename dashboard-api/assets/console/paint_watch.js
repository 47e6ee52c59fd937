// Runs beside the page, in a worker, whose clock goes on while the page stands still. It asks every second for a painted frame and
// tells how long there was none. What the page does about it is standing.js's.

const ASK_MS = 1_000;
const STILL_MS = 5_000;

let paintedMs = performance.now();
let isHidden = false;
let stillSince = null;

self.onmessage = ({ data }) => {
  isHidden = data.hidden;
  if (!data.painted) return;
  const now = performance.now();
  if (stillSince !== null) self.postMessage({ stoodStillMs: now - stillSince });
  stillSince = null;
  paintedMs = now;
};

setInterval(() => {
  const now = performance.now();
  if (isHidden) paintedMs = now;
  else if (now - paintedMs > STILL_MS && stillSince === null) stillSince = paintedMs;
  self.postMessage({ ask: true });
}, ASK_MS);
