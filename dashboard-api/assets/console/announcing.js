// What is said to those who hear the page, and how often: one sentence in three seconds, the most urgent first, and how many more
// there were. Pure: it is given the time.

export const PAUSE_MS = 3_000;

export class Announcing {
  #queue = [];
  #saidAt = -Infinity;

  add(sentence, priority) {
    this.#queue.push({ sentence, priority });
  }

  // What is to be said now: {sentence, priority}, or null.
  next(nowMs) {
    if (this.#queue.length === 0 || nowMs - this.#saidAt < PAUSE_MS) return null;
    const first = this.#queue.reduce((best, one) => (one.priority < best.priority ? one : best));
    const more = this.#queue.length - 1;
    this.#queue = [];
    this.#saidAt = nowMs;
    return { sentence: more > 0 ? `${first.sentence}, and ${more} more` : first.sentence, priority: first.priority };
  }

  // How long until something may be said; null where there is nothing to say.
  waitMs(nowMs) {
    return this.#queue.length === 0 ? null : Math.max(0, this.#saidAt + PAUSE_MS - nowMs);
  }
}
