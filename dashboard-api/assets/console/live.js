// Lists that several screens show, fetched once and kept in step with the stream: a snapshot first, then again after an event
// that may have changed it, at most twice a second. It sorts nothing and judges nothing.

import { get, listAll } from "./api.js";
import { stream } from "./stream.js";
import { setServerTime } from "./time.js";

const REFRESH_MS = 500;
const SLOW_REFRESH_MS = 5_000; // every device with all that is known of it is a long list
const MAX_SINGLE_DOORS = 5; // more doors than these at once are fetched as a list

class Collection {
  #listeners = new Set();
  #timer = 0;
  #fetchedAt = 0;
  #running = false;
  #again = false;
  #started = false;

  constructor(pattern, waitMs, load) {
    this.items = [];
    this.loaded = false;
    this.problem = null;
    this.load = load;
    this.waitMs = waitMs;
    this.pattern = pattern;
  }

  // `fn(this)` after each change; the first time as soon as there is something. Returns what ends it.
  on(fn) {
    this.#listeners.add(fn);
    if (this.loaded || this.problem) queueMicrotask(() => this.#listeners.has(fn) && fn(this));
    this.start();
    return () => this.#listeners.delete(fn);
  }

  start() {
    if (this.#started) return;
    this.#started = true;
    stream.on(this.pattern, (event) => this.touch(event));
    stream.onReset(() => this.refresh());
    stream.onState((state) => state === "live" && this.refresh());
    this.refresh();
  }

  touch() {
    this.refresh();
  }

  refresh() {
    if (this.#timer) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    const waitMs = Math.max(0, this.#fetchedAt + this.waitMs - Date.now());
    this.#timer = setTimeout(() => this.#fetch(), waitMs);
  }

  // Resolves when the list was fetched at least once, or throws what kept it.
  ready() {
    return new Promise((done, failed) => {
      const off = this.on(() => {
        queueMicrotask(off);
        if (this.problem && !this.loaded) failed(this.problem);
        else done(this);
      });
    });
  }

  changed() {
    for (const fn of [...this.#listeners]) {
      try {
        fn(this);
      } catch (error) {
        reportError(error);
      }
    }
  }

  async #fetch() {
    this.#timer = 0;
    this.#running = true;
    this.#fetchedAt = Date.now();
    try {
      await this.load(this);
      this.loaded = true;
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    } finally {
      this.#running = false;
    }
    this.changed();
    if (this.#again) {
      this.#again = false;
      this.refresh();
    }
  }
}

// Alarms that are open and not put aside; `.counts` of every view.
export const alarms = new Collection(/^(alarm|journal|ticket|device|reset)/, REFRESH_MS, async (self) => {
  const [items, counts] = await Promise.all([listAll("alarms?limit=1000", { most: 20_000 }), get("alarms/counts")]);
  self.items = items;
  self.counts = counts;
});
alarms.counts = null;
alarms.byId = (id) => alarms.items.find((alarm) => alarm.id === id) ?? null;

class Doors extends Collection {
  #byPath = new Map();
  #dirty = new Set();
  #whole = true;

  constructor() {
    super(/^(door|area|access|device|zone|journal|site|alarm)[.]?/, REFRESH_MS, (self) => self.fetchSome());
  }

  byPath(path) {
    return this.#byPath.get(path) ?? null;
  }

  touch(event) {
    const door = this.#byPath.get(event.subject) ?? this.#byPath.get(event.data?.door);
    if (door && /^(door|access)\./.test(event.name)) this.#dirty.add(door.path);
    else if (/^alarm\./.test(event.name)) return;
    else this.#whole = true;
    super.touch(event);
  }

  async fetchSome() {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    const few = !this.#whole && dirty.length <= MAX_SINGLE_DOORS && this.items.length > 200;
    this.#whole = false;
    try {
      if (few) await Promise.all(dirty.map((path) => this.fetchOne(path)));
      else this.takeAll(await listAll("doors?limit=1000", { most: 50_000 }));
    } catch (problem) {
      this.#whole = true;
      throw problem;
    }
  }

  async fetchOne(path) {
    const fresh = await get(`doors/${encodeURIComponent(this.#byPath.get(path).id)}`);
    this.#byPath.set(path, fresh);
    this.items = this.items.map((door) => (door.path === path ? fresh : door));
  }

  takeAll(items) {
    this.items = items;
    this.#byPath = new Map(items.map((door) => [door.path, door]));
  }
}

export const doors = new Doors();
// A reset, or a line that comes back, may have changed any of them.
stream.onReset(() => doors.touch({ name: "reset", subject: "", data: {} }));

export const devices = new Collection(/^(device|journal)/, SLOW_REFRESH_MS, async (self) => {
  self.items = await listAll("devices?limit=1000", { most: 50_000 });
});

// `.now` is the answer of /api/v1/status; receipts and the journal's health follow the stream between two fetches.
export const status = new Collection(/^(alarm|area|door|device|grant|journal|site|person|ticket|zone|threat|muster|receipts)/, REFRESH_MS, async (self) => {
  self.now = await get("status");
  setServerTime(self.now.at);
});
status.now = null;
status.touch = (event) => {
  if (event.name === "receipts" && status.now) {
    status.now = { ...status.now, receipts: event.data };
    status.changed();
  } else if (event.name === "journal" && status.now) {
    status.now = { ...status.now, journal: event.data.journal };
    status.changed();
    status.refresh();
  } else {
    status.refresh();
  }
};
