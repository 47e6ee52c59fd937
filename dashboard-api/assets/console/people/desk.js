// What a device keeps of one running muster: the board as last told and the marks that wait for the link, so that it works on
// while the link is away and after a reload. It keeps names, and therefore nothing beyond the muster's end or two days.

import { withMark, withoutSent } from "./marks.js";

const PREFIX = "rackward.muster.";
const KEPT_MS = 48 * 3_600_000;

export class Desk {
  #drawer;
  #key;
  #row = null;

  /** `drawer` is a Storage; each operator has a desk of their own in it, so that nobody's marks are sent by another. */
  constructor(drawer, muster, operator) {
    this.#drawer = drawer;
    this.#key = `${PREFIX}${muster}.${operator}`;
    this.#row = read(drawer, this.#key) ?? { muster: null, waiting: [], keptMs: 0, aheadMs: 0 };
  }

  get waiting() {
    return this.#row.waiting;
  }

  /** The board as last told, with when and how far the server's clock was ahead; null where none is kept. */
  kept() {
    const { muster, keptMs, aheadMs } = this.#row;
    return muster ? { muster, keptMs, aheadMs } : null;
  }

  /** Keeps a board; false where the device has no room for it. */
  keep(muster, nowMs, aheadMs) {
    this.#row = { ...this.#row, muster, keptMs: nowMs, aheadMs };
    if (muster.state !== "running" && this.waiting.length === 0) {
      this.#drawer.removeItem(this.#key);
      return true;
    }
    return this.#write();
  }

  /** Keeps a mark until it was sent; false where it would not outlive the page. */
  mark(mark) {
    this.#row = { ...this.#row, waiting: withMark(this.waiting, mark) };
    return this.#write();
  }

  /** The daemon has taken these. */
  sent(marks) {
    this.#row = { ...this.#row, waiting: withoutSent(this.waiting, marks) };
    return this.#write();
  }

  #write() {
    try {
      this.#drawer.setItem(this.#key, JSON.stringify(this.#row));
      return true;
    } catch {
      return false;
    }
  }

  /** Removes boards that are too old; marks that were never sent stay, they are somebody's word. */
  static clearAway(drawer, nowMs) {
    const keys = Array.from({ length: drawer.length }, (_, index) => drawer.key(index));
    for (const key of keys.filter((one) => one?.startsWith(PREFIX))) {
      const row = read(drawer, key);
      const isNeeded = row && (row.waiting.length > 0 || nowMs - row.keptMs < KEPT_MS);
      if (!isNeeded) drawer.removeItem(key);
    }
  }
}

function read(drawer, key) {
  try {
    const row = JSON.parse(drawer.getItem(key));
    return row && Array.isArray(row.waiting) ? row : null;
  } catch {
    return null;
  }
}
