// Doors that were ordered to do something and have not said yet that they did: until the lock monitor reports, a door is shown as
// `commanded`, never as what was asked for. An order that nothing follows is forgotten after a while, and then the facts stand.

const FORGET_MS = 20_000;

const DONE = {
  open: (door) => door.lock === "unlocked" || door.contact === "open",
  unlock: (door) => door.lock === "unlocked",
  "lock-open": (door) => door.lock === "unlocked",
};
// Everything else keeps or brings the door locked.
const isLocked = (door) => door.lock === "locked";

/** Orders that are under way; `now` is a clock in milliseconds. */
export class Commanded {
  #orders = new Map();

  constructor(now = Date.now) {
    this.now = now;
  }

  /** An order was taken by the daemon. */
  add(path, order) {
    this.#orders.set(path, { order, sinceMs: this.now() });
  }

  /** Doors as they stand: whatever has happened is no longer awaited. Answers whether anything changed. */
  look(doors) {
    let changed = false;
    for (const [path, { order, sinceMs }] of this.#orders) {
      const door = doors(path);
      const isDone = door && (DONE[order] ?? isLocked)(door);
      if (isDone || this.now() - sinceMs > FORGET_MS) changed = this.#orders.delete(path);
    }
    return changed;
  }

  /** The order that a door has not followed yet; null where there is none. */
  of(path) {
    return this.#orders.get(path)?.order ?? null;
  }

  get size() {
    return this.#orders.size;
  }
}

/** The orders given from this tab, whichever screen shows them. */
export const commanded = new Commanded();
