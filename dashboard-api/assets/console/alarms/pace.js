// Keeps what is fetched again in bounds: many calls become one, and never more than one in so many milliseconds. What is
// fetched is its caller's.

// `run` at once, then at most once in `everyMs`, and once more after the last call. A run that is under way is never doubled.
export function paced(run, everyMs, signal) {
  let timer = 0;
  let begunAt = -Infinity;
  let running = false;
  let again = false;
  signal?.addEventListener("abort", () => clearTimeout(timer));
  async function begin() {
    timer = 0;
    running = true;
    begunAt = Date.now();
    try {
      await run();
    } finally {
      running = false;
      if (again) {
        again = false;
        call();
      }
    }
  }
  function call() {
    if (signal?.aborted || timer) return;
    if (running) {
      again = true;
      return;
    }
    timer = setTimeout(begin, Math.max(0, begunAt + everyMs - Date.now()));
  }
  return call;
}

// Whether an error is only the end of what was asked for.
export const isAborted = (error) => error?.name === "AbortError";
