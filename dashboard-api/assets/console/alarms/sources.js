// Where the rows of a tab come from: the open alarms are the shell's, shared with the header; the other views are fetched here
// while their tab is looked at, and again after an event about an alarm. It sorts nothing.

import { listAll } from "../api.js";
import { alarms } from "../live.js";
import { stream } from "../stream.js";
import { onOutcome } from "./actions.js";
import { keptSame } from "./order.js";
import { isAborted, paced } from "./pace.js";

const AGAIN_MS = 500;
const MOST = 20_000;

// The source of a view of the API: {items, loaded, problem, on(fn), refresh()}; `on` returns what ends it.
export const sourceOf = (list) => (list === "open" ? openSource : new View(list));

let keptItems = [];
const openSource = {
  get items() {
    keptItems = keptSame(keptItems, alarms.items);
    return keptItems;
  },
  get loaded() {
    return alarms.loaded;
  },
  get problem() {
    return alarms.problem;
  },
  on: (fn) => alarms.on(fn),
  refresh: () => alarms.refresh(),
};

class View {
  constructor(list) {
    this.list = list;
    this.items = [];
    this.loaded = false;
    this.problem = null;
    this.listeners = new Set();
  }

  on(fn) {
    this.listeners.add(fn);
    if (this.listeners.size === 1) this.begin();
    return () => {
      this.listeners.delete(fn);
      if (this.listeners.size === 0) this.stop();
    };
  }

  begin() {
    this.gone = new AbortController();
    this.refresh = paced(() => this.fetch(), AGAIN_MS, this.gone.signal);
    const ends = [stream.watch(/^alarm\./, this.refresh), onOutcome(this.refresh)];
    this.gone.signal.addEventListener("abort", () => ends.forEach((end) => end()));
    this.refresh();
  }

  stop() {
    this.gone.abort();
  }

  async fetch() {
    const { signal } = this.gone;
    try {
      this.items = keptSame(this.items, await listAll(`alarms?view=${this.list}&limit=1000`, { signal, most: MOST }));
      this.loaded = true;
      this.problem = null;
    } catch (problem) {
      if (isAborted(problem) || signal.aborted) return;
      this.problem = problem;
    }
    for (const fn of [...this.listeners]) fn(this);
  }
}

// Resolves as soon as a source has something to show, or throws what keeps it.
export function ready(source, signal) {
  if (source.loaded) return Promise.resolve();
  return new Promise((done, failed) => {
    const end = source.on(() => {
      if (!source.loaded && !source.problem) return;
      queueMicrotask(() => end());
      if (source.loaded) done();
      else failed(source.problem);
    });
    signal?.addEventListener("abort", () => {
      end();
      failed(new DOMException("left", "AbortError"));
    });
  });
}
