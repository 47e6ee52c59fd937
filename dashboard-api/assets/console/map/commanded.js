// Doors that were ordered to do something and have not said yet that they did: until the lock monitor reports, a door is shown as
// `commanded`, never as what was asked for. An order that nothing follows is forgotten after a while, and then the facts stand.

const FORGET_MS = 20_000;

/** Events by which the journal tells of orders, whoever gave them. */
export const ORDERS = /^(door\.(operator-released|mode-changed)|area\.locked-down)$/;

const ORDER_OF = { locked: "lock", unlocked: "unlock", blocked: "block", double_locked: "double-lock", locked_down: "lockdown", locked_open: "lock-open" };

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

  /** An order that an operator gave at any desk, as the journal told it `ageMs` ago; `doorsIn(area)` are the paths of doors there. */
  hear(event, ageMs, doorsIn) {
    const { by, door = event.subject, mode, area = event.subject } = event.data ?? {};
    if (!by || by === "system" || ageMs > FORGET_MS) return;
    const order = event.name === "door.operator-released" ? "open" : event.name === "area.locked-down" ? "lockdown" : ORDER_OF[mode];
    const paths = event.name === "area.locked-down" ? doorsIn(area) : [door];
    if (order) for (const path of paths) this.#orders.set(path, { order, sinceMs: this.now() - Math.max(0, ageMs) });
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

/** The orders that are under way, from whichever desk, whichever screen shows them. */
export const commanded = new Commanded();
