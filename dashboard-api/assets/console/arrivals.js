// In which order a live list is shown while somebody uses it (console.md B.0: rows do not move under the pointer). Pure: it is
// given the new list and whether the old one is in use, and says what is shown, what waits and what changed.

export class Arrivals {
  #shown = []; // ids, in the order on the screen
  #items = new Map(); // what is shown of each, also of those that are gone
  #next = []; // the newest list, in its own order
  #gone = new Set();
  #changed = new Map(); // id -> the item as it was when the list came into use

  constructor(id) {
    this.id = id;
  }

  // Takes the newest list, sorted. Returns {items, gone, changed, waiting}.
  take(sorted, inUse) {
    this.#next = sorted;
    if (!inUse) return this.flush();
    const fresh = new Map(sorted.map((item) => [this.id(item), item]));
    this.#gone = new Set();
    for (const id of this.#shown) {
      const item = fresh.get(id);
      if (!item) {
        this.#gone.add(id);
        continue;
      }
      const before = this.#items.get(id);
      if (before !== undefined && !same(before, item) && !this.#changed.has(id)) this.#changed.set(id, before);
      this.#items.set(id, item);
    }
    return this.view();
  }

  // Shows the newest list as it is.
  flush() {
    this.#shown = this.#next.map(this.id);
    this.#items = new Map(this.#next.map((item) => [this.id(item), item]));
    this.#gone = new Set();
    this.#changed = new Map();
    return this.view();
  }

  view() {
    const shown = new Set(this.#shown);
    const waiting = this.#next.filter((item) => !shown.has(this.id(item)));
    return {
      items: this.#shown.map((id) => this.#items.get(id)),
      gone: this.#gone,
      changed: this.#changed,
      waiting,
      moved: waiting.length > 0 || this.#gone.size > 0 || !sameOrder(this.#shown, this.#next.map(this.id)),
    };
  }
}

export const same = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);

const sameOrder = (one, other) => one.length === other.length && one.every((id, index) => id === other[index]);

// "3 new (1 critical)"
export function waitingWords(count, critical) {
  return `${count} new${critical > 0 ? ` (${critical} critical)` : ""}`;
}

// Which rows of many are drawn: those in sight, with some more around them. `top` is where the first row begins, measured from
// the top of what is in sight.
export function inSight({ count, rowHeight, top, height, spare = 12 }) {
  const first = Math.max(0, Math.min(count, Math.floor(-top / rowHeight) - spare));
  const last = Math.max(first, Math.min(count, Math.ceil((height - top) / rowHeight) + spare));
  return { first, last };
}
