// Lists that several screens show, fetched once and kept in step with the stream: a snapshot first, then again after an event
// that may have changed it, at most twice a second. It sorts nothing and judges nothing.

import { get, listAll } from "./api.js";
import { stream } from "./stream.js";
import { setServerTime } from "./time.js";

const REFRESH_MS = 500;
const SLOW_REFRESH_MS = 5_000; // every device with all that is known of it is a long list
const SHORT_LIST = 200; // as many alarms or doors are fetched as a whole
const MAX_SINGLE_ALARMS = 10;
const MAX_SINGLE_DOORS = 5; // more doors than these at once are fetched as a list

class Collection {
  #listeners = new Set();
  #timer = 0;
  #fetchedAt = 0;
  #running = false;
  #again = false;
  #started = false;
  #tookMs = 0;

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
    stream.watch(this.pattern, (event) => (event ? this.touch(event) : this.cameBack()));
    this.refresh();
  }

  touch() {
    this.refresh();
  }

  // The line is back, the daemon said "start over", or the page stood still: anything may have changed.
  cameBack() {
    if (this.#started) this.refreshWhole();
  }

  refreshWhole() {
    this.refresh();
  }

  refresh() {
    if (this.#timer) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    // A list that takes long is asked for less often.
    const waitMs = Math.max(0, this.#fetchedAt + Math.max(this.waitMs, 3 * this.#tookMs) - Date.now());
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
      this.#tookMs = Date.now() - this.#fetchedAt;
    }
    this.changed();
    if (this.#again) {
      this.#again = false;
      this.refresh();
    }
  }
}

// Alarms that are open and not put aside; `.counts` of every view. Of a long list only those are fetched that events named.
class Alarms extends Collection {
  #named = new Set();
  #whole = true;

  constructor() {
    super(/^(alarm|journal)/, REFRESH_MS, (self) => self.fetchSome());
    this.counts = null;
  }

  byId(id) {
    return this.items.find((alarm) => alarm.id === id) ?? null;
  }

  refreshWhole() {
    this.#whole = true;
    this.refresh();
  }

  touch(event) {
    const id = event.data?.alarm_id;
    if (id) this.#named.add(id);
    else this.#whole = true;
    this.refresh();
  }

  async fetchSome() {
    const named = [...this.#named];
    const whole = this.#whole || named.length > MAX_SINGLE_ALARMS || this.items.length <= SHORT_LIST;
    this.#named.clear();
    this.#whole = false;
    try {
      const items = whole ? listAll("alarms?limit=1000", { most: 50_000 }) : this.fetchNamed(named);
      [this.items, this.counts] = await Promise.all([items, get("alarms/counts")]);
    } catch (problem) {
      this.#whole = true;
      throw problem;
    }
  }

  async fetchNamed(ids) {
    const found = await Promise.all(ids.map((id) => get(`alarms/${encodeURIComponent(id)}`).catch((problem) => {
      if (problem.status === 404) return null;
      throw problem;
    })));
    const named = new Set(ids);
    const open = found.filter((alarm) => alarm && !alarm.closed_at && !alarm.suppression);
    const fresh = new Map(open.map((alarm) => [alarm.id, alarm]));
    const kept = this.items.filter((alarm) => !named.has(alarm.id) || fresh.has(alarm.id)).map((alarm) => fresh.get(alarm.id) ?? alarm);
    const known = new Set(kept.map((alarm) => alarm.id));
    return [...open.filter((alarm) => !known.has(alarm.id)), ...kept];
  }
}

export const alarms = new Alarms();

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

  refreshWhole() {
    this.#whole = true;
    this.refresh();
  }

  async fetchSome() {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    const few = !this.#whole && dirty.length <= MAX_SINGLE_DOORS && this.items.length > SHORT_LIST;
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

// `fn` at once, and then not more often than every `waitMs`, however often it is asked for; nothing that was asked for is left out.
export function paced(fn, waitMs = REFRESH_MS) {
  let timer = 0;
  let ranAt = -Infinity;
  const run = () => {
    timer = 0;
    ranAt = performance.now();
    fn();
  };
  return () => {
    if (!timer) timer = setTimeout(run, Math.max(0, ranAt + waitMs - performance.now()));
  };
}
