// Everything that stands around one query of the journal, for /events and /audit: bars, facets, lanes, the list, pinned moments,
// the chosen event, and following the journal. What is asked stands in the address alone; here it is read, asked and shown.

import { tellStatus } from "../announce.js";
import { get, list, queryOf } from "../api.js";
import { h, replace } from "../dom.js";
import { empty } from "../list_view.js";
import { doors } from "../live.js";
import { pane, problemView } from "../pane.js";
import { Problem } from "../problem.js";
import { setFilterWords } from "../print.js";
import { setQuery } from "../router.js";
import { may } from "../site.js";
import { stream } from "../stream.js";
import { dateTime, parseWhen, serverNow } from "../time.js";
import { sentence } from "../words.js";
import { AlertsMenu } from "./alerts.js";
import { compareView } from "./compare.js";
import { eventDetail } from "./detail.js";
import { exportDialog } from "./export.js";
import { facetView } from "./facets.js";
import { Histogram } from "./histogram.js";
import { EventList } from "./list.js";
import { filterOf, subjectOf } from "./lanes.js";
import { Pages, seqOf, totalWords } from "./pages.js";
import { LETTERS, toggled } from "./pins.js";
import { isUnbuilt, mistakes, withValue, withoutTimes } from "./query.js";
import { QueryBox } from "./query_box.js";
import { around, filled, moved, narrowed, resolved, widened } from "./range.js";
import { askedOf, membersOf, stateOf, timesOf } from "./state.js";
import { previewStills } from "./stills.js";
import { suggester } from "./suggest.js";
import { Timeline, chooser } from "./timeline.js";
import { RangeBar, SavedMenu } from "./toolbar.js";

const BUCKETS = 120;
const TAIL_MS = 500; // the journal is asked for news at most so often, however many events come
const NEWS_EVENTS = 500; // fetched at once
const BARS_MS = 10_000;
const LANE_EVENTS = 1000;
const AROUND_MS = 20 * 60_000;

// What the shell words as "this version of the daemon does not tell this".
const untold = () => new Problem({ type: "/no-route", detail: "no route has this path" }, 404);

const iso = (ms) => new Date(ms).toISOString();

// `extra(q)` is the query that is asked for what somebody wrote, where a screen asks more than that.
export class Board {
  #range = null;
  #pages = null;
  #list = null;
  #event = null;
  #pinned = new Map();
  #tailTimer = 0;
  #tailing = false;
  #missed = false; // an event came while the journal was being asked, and may not be in its answer
  #newsAt = -Infinity;
  #barsAt = 0;
  #turn = 0;
  #stop = new AbortController();

  constructor(ctx, { extra = (q) => q, caption, placeholder = null, emptyTodo = "Widen the range, or take a term out of the query." } = {}) {
    Object.assign(this, { ctx, extra, caption, emptyTodo });
    this.state = stateOf(location.search);
    this.total = h("span", { class: "ev-total", role: "status" });
    this.box = new QueryBox({ label: "Query", suggest: suggester(() => this.#pages?.events ?? []), onSubmit: (q) => this.change({ q, sel: null }) });
    if (placeholder) this.box.input.placeholder = placeholder;
    this.bar = new RangeBar({
      onRange: (times) => this.change({ ...times, sel: null }),
      onMove: (part) => this.move(part),
      onOut: () => this.zoomOut(),
      onTail: (on) => this.setTail(on),
    });
    this.saved = new SavedMenu({ asked: () => askedOf(this.state) });
    this.alerts = may("view_alarms") ? new AlertsMenu({ asked: () => extra(this.state.q) }).el : null;
    this.bars = new Histogram({ onZoom: (from, to) => this.#go(narrowed(this.#range, from, to)), onOut: () => this.zoomOut() });
    this.timeline = new Timeline({ onOpen: (event, events) => this.open(event, events) });
    this.barsBox = h("div", { class: "ev-bars-box" });
    this.barsPanel = h("section", { class: "panel ev-over-time", "aria-label": "Over time" }, this.barsBox);
    this.facetBox = h("div", { class: "ev-facet-box" });
    this.laneBox = h("section", { class: "panel ev-lanes", "aria-label": "Timeline", hidden: true });
    this.pinBox = h("div", { class: "ev-pin-box", hidden: true });
    this.listBox = h("div", { class: "ev-list-box" });
    // Whether a path is a rack's door is known by the list of doors.
    if (may("view_site")) doors.start();
    const off = [stream.on("*", (event) => event.seq && this.#news()), stream.onReset(() => this.load())];
    ctx.signal.addEventListener("abort", () => {
      off.forEach((one) => one());
      this.close();
    });
    setFilterWords(() => this.words());
  }

  close() {
    this.#stop.abort();
    clearTimeout(this.#tailTimer);
    this.#list?.close();
    setFilterWords(null);
  }

  // The parts in the order of the page: the screen may put its own between.
  get parts() {
    const search = h(
      "form",
      {
        class: "ev-query",
        role: "search",
        "aria-label": "Events",
        on: {
          submit: (event) => {
            event.preventDefault();
            this.change({ q: this.box.text, sel: null });
          },
        },
      },
      this.box.el,
      h("button", { type: "submit", class: "strong" }, "Search"),
    );
    return [
      search,
      this.box.wrong,
      this.bar.el,
      this.barsPanel,
      this.pinBox,
      this.laneBox,
      h("div", { class: "ev-body" }, h("aside", { class: "ev-side", "aria-label": "Narrow by" }, this.facetBox), this.listBox),
    ];
  }

  get tools() {
    return [this.saved.el, this.alerts, h("button", { type: "button", on: { click: () => this.export() } }, "Export")];
  }

  keys() {
    return {
      "/": [() => this.box.focus(), "write a query"],
      h: [() => this.move(-0.5), "earlier by half the range"],
      l: [() => this.move(0.5), "later by half the range"],
      "-": [() => this.zoomOut(), "three times as long a range"],
      T: [() => this.setTail(!this.state.tail), "follow new events, or stop"],
      y: [() => this.copy(), "copy the link (l moves in time here)"],
      " ": [() => this.preview(), "preview the still"],
      Escape: () => (this.#event ? this.closeDetail() : false),
    };
  }

  // The stills of the event that is meant: the row in focus, else the one beside the list.
  preview(event = this.list.focused?.() ?? this.#event) {
    if (event) previewStills(event);
    return Boolean(event);
  }

  // ---- The address ----

  // Another state: a new place in the history, as it can be come back to.
  change(changes) {
    this.state = { ...this.state, ...changes };
    setQuery(membersOf(this.state), { replace: false });
    this.load();
  }

  // The same place, told more exactly.
  #note(changes) {
    this.state = { ...this.state, ...changes };
    setQuery(membersOf(this.state));
  }

  onQuery() {
    this.state = stateOf(location.search);
    this.load();
  }

  #go(range) {
    this.change({ ...timesOf(range), sel: null });
  }

  move(part) {
    if (this.#range) this.#go(moved(this.#range, part, serverNow().getTime()));
  }

  zoomOut() {
    if (this.#range) this.#go(widened(this.#range, serverNow().getTime()));
  }

  setTail(on) {
    if (!this.#range?.open) {
      tellStatus("Only a range that ends now can be followed.");
      return;
    }
    this.#note({ tail: on });
    this.bar.show(this.state, this.#range);
    tellStatus(on ? "Following new events." : "Not following new events.");
    if (on) this.#news();
  }

  // What is asked, in words.
  askedWords() {
    const q = this.state.q ? `query ${this.state.q}` : "every event";
    const range = this.#range ? `${dateTime(iso(this.#range.fromMs))} to ${this.#range.open ? "now" : dateTime(iso(this.#range.toMs))}` : "";
    return [q, range, this.total.textContent].filter(Boolean).join("; ");
  }

  // The same for paper, which holds what was loaded.
  words() {
    const held = this.#pages?.events.length ?? 0,
      all = this.#pages?.total?.estimate ?? held;
    return [this.askedWords(), held < all ? `the ${held.toLocaleString("en-GB")} that were loaded are printed` : ""].filter(Boolean).join("; ");
  }

  // ---- Loading ----

  get filter() {
    return this.extra(this.state.q);
  }

  load() {
    this.#turn += 1;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.signal = AbortSignal.any([this.#stop.signal, this.ctx.signal]);
    this.box.text = this.state.q;
    this.box.complain([]);
    this.total.textContent = "";
    try {
      this.#range = resolved(this.state.from, this.state.to, serverNow().getTime(), parseWhen);
    } catch (error) {
      this.#range = null;
      this.bar.show(this.state, null);
      this.bar.complain(error.message);
      return;
    }
    this.bar.show(this.state, this.#range);
    if (!may("view_journal")) {
      // One refusal says it all.
      this.barsPanel.hidden = true;
      this.#loadList();
      return;
    }
    this.#loadBars();
    this.#loadFacets();
    this.#loadLanes();
    this.#loadList();
    this.#loadPins();
  }

  asked({ open = this.#range.open } = {}) {
    return { from: iso(this.#range.fromMs), to: open ? "" : iso(this.#range.toMs) };
  }

  // A daemon that does not have a route of the journal takes its name for an entry's number.
  async #optional(path, params, signal) {
    try {
      return await get(path + queryOf(params), { signal });
    } catch (problem) {
      if (problem.status === 404 || isUnbuilt(problem)) throw untold();
      // What is wrong with the query is said at the box, once.
      if (problem.status === 400 && mistakes(problem).length) return null;
      throw problem;
    }
  }

  #loadBars() {
    this.#barsAt = Date.now();
    const load = (signal) => this.#optional("events/histogram", { q: this.filter, ...this.asked({ open: false }), buckets: BUCKETS }, signal);
    const draw = (answer) => {
      this.barsPanel.hidden = !answer;
      if (!answer) return h("p");
      this.bars.show(this.#range, filled(answer));
      return h("div", null, this.bars.el, answer.complete ? null : h("p", { class: "aside" }, "Not every event of this range is in the bars."));
    };
    pane(this.barsBox, load, draw, { what: "the bars", signal: this.signal });
  }

  #loadFacets() {
    const load = (signal) => this.#optional("events/facets", { q: this.filter, ...this.asked() }, signal);
    pane(this.facetBox, load, (answer) => (answer ? facetView(answer, this.state.q, (q) => this.change({ q, sel: null })) : h("p", null)), {
      what: "what to narrow by",
      signal: this.signal,
    });
  }

  async #fetchPage({ sort, to = null, before = null, after = null, limit }) {
    const asked = this.asked();
    return list(`events${queryOf({ filter: this.filter, ...asked, to: to ?? asked.to, sort, before, after, limit })}`, { signal: this.signal });
  }

  #loadList() {
    const turn = this.#turn;
    this.#list?.close();
    this.#list = null;
    this.#pages = new Pages((page) => this.#fetchPage(page));
    const load = async () => {
      const chosen = this.state.sel === null ? null : await get(`events/${this.state.sel}`, { signal: this.signal }).catch(() => null);
      const at = chosen ? Date.parse(chosen.time) : null;
      const isWithin = at !== null && at >= this.#range.fromMs && (this.#range.open || at < this.#range.toMs);
      await this.#pages.begin(isWithin ? iso(Math.min(at + 1000, this.#range.open ? Infinity : this.#range.toMs)) : null);
      if (turn === this.#turn) {
        if (chosen) this.#show(chosen, null, false);
        if (this.#missed) this.#news();
      }
      return this.#pages;
    };
    pane(
      this.listBox,
      async () => {
        try {
          return await load();
        } catch (problem) {
          const found = mistakes(problem);
          if (found.length === 0) throw problem;
          this.box.complain(found);
          return null;
        }
      },
      (pages) => this.#drawList(pages),
      { what: "events", signal: this.signal },
    );
  }

  #drawList(pages) {
    if (!pages) return empty("The query cannot be read.", "What is wrong with it stands below the box.");
    if (pages.count === 0 && pages.topDone) return this.#nothing();
    this.#list = new EventList({
      pages,
      caption: this.caption,
      signal: this.signal,
      onOpen: (event) => this.open(event),
      onPin: (event) => this.pin(event),
      onPreview: (event) => (this.state.sel === seqOf(event) ? this.closeDetail() : this.open(event)),
      pinOf: (seq) => this.#letter(seq),
      onWindow: (from, to) => this.bars.setWindow(from, to),
    });
    this.#list.setCurrent(this.state.sel);
    this.#tellTotal();
    // The list is measured once it stands in the page.
    queueMicrotask(() => {
      this.#list?.look();
      if (this.state.sel !== null) this.#list?.reveal(this.state.sel);
    });
    return this.#list.el;
  }

  async #tellTotal() {
    const { signal } = this;
    try {
      const total =
        this.#pages.total ??
        (await list(`events${queryOf({ filter: this.filter, ...this.asked(), limit: 1, sort: "-at" })}`, { signal }).then((page) => ({
          estimate: page.total_estimate,
          counted: page.total_counted,
        })));
      if (signal.aborted) return;
      this.#pages.total = total;
      this.total.textContent = totalWords(total);
    } catch {
      // The list stands all the same; only its length is not known.
    }
  }

  // Nothing was found: why, and the nearest hit on either side of the range.
  #nothing() {
    this.total.textContent = "0 events";
    const near = h("div", { class: "ev-near" }, h("p", { class: "aside" }, "Looking for the nearest event outside ..."));
    const q = this.extra(withoutTimes(this.state.q));
    const one = (params) => list(`events${queryOf({ filter: q, limit: 1, ...params })}`, { signal: this.signal }).then((page) => page.items[0] ?? null);
    const after = this.#range.open ? Promise.resolve(null) : one({ from: iso(this.#range.toMs), sort: "at" });
    Promise.all([one({ to: iso(this.#range.fromMs), sort: "-at" }), after]).then(
      ([before, behind]) => {
        const found = [
          ["Nearest before", before],
          ["Nearest after", behind],
        ].filter(([, event]) => event);
        replace(
          near,
          found.length === 0
            ? h("p", { class: "aside" }, "No event matches at any other time either.")
            : h(
                "ul",
                null,
                found.map(([words, event]) =>
                  h(
                    "li",
                    null,
                    h("span", { class: "aside" }, words),
                    h("time", { datetime: event.time }, dateTime(event.time)),
                    h("span", null, sentence(event)),
                    h("button", { type: "button", class: "small", on: { click: () => this.#goAround(event) } }, "Go there"),
                  ),
                ),
              ),
        );
      },
      (problem) => {
        if (!this.signal.aborted) replace(near, problemView(problem, { what: "the nearest event" }));
      },
    );
    return h(
      "div",
      { class: "panel" },
      empty(`No event between ${dateTime(iso(this.#range.fromMs))} and ${this.#range.open ? "now" : dateTime(iso(this.#range.toMs))} matches.`, this.emptyTodo),
      near,
    );
  }

  #goAround(event) {
    this.change({ ...timesOf(around(Date.parse(event.time), AROUND_MS)), sel: seqOf(event), q: withoutTimes(this.state.q) });
  }

  // ---- Following ----

  #news() {
    if (this.#tailing) this.#missed = true;
    if (this.#tailTimer || this.#tailing || !this.state.tail || !this.#range?.open || !this.#pages) return;
    this.#tailTimer = setTimeout(() => this.#fetchNews(), Math.max(0, this.#newsAt + TAIL_MS - performance.now()));
  }

  async #fetchNews() {
    const { signal } = this;
    this.#tailTimer = 0;
    this.#newsAt = performance.now();
    if (!this.#pages.begun) {
      this.#missed = true; // and looked for once the list has begun
      return;
    }
    if (!this.#pages.follows) return;
    this.#tailing = true;
    this.#missed = false;
    try {
      let more = false;
      // A burst may be longer than a page.
      while (await this.#pages.up(NEWS_EVENTS)) {
        more = true;
        if (signal.aborted || this.#pages.topDone) break;
      }
      if (signal.aborted) return;
      if (more && !this.#list) this.#loadList();
      if (more) this.#list?.arrived();
      this.total.textContent = totalWords(this.#pages.total);
      if (more && Date.now() - this.#barsAt > BARS_MS) this.#refreshBars();
    } catch {
      // The next event asks again; what the link is like stands in the header.
    } finally {
      this.#tailing = false;
      if (this.#missed) this.#news();
    }
  }

  #refreshBars() {
    const range = resolved(this.state.from, this.state.to, serverNow().getTime(), parseWhen);
    this.#barsAt = Date.now();
    this.#optional("events/histogram", { q: this.filter, from: iso(range.fromMs), to: iso(range.toMs), buckets: BUCKETS }, this.signal).then(
      (answer) => {
        if (answer) {
          this.#range = range;
          this.bars.show(range, filled(answer));
        }
      },
      () => {},
    );
    if (!this.laneBox.hidden && !this.laneBox.contains(document.activeElement)) this.lanes?.reload();
  }

  // ---- Lanes ----

  #loadLanes() {
    const subject = subjectOf(this.state.lane);
    this.laneBox.hidden = !subject;
    if (!subject) return;
    const inside = h("div", { class: "inside" });
    replace(
      this.laneBox,
      h(
        "div",
        { class: "title" },
        h("h2", null, subject.kind === "person" ? `Timeline of ${subject.id}` : `Timeline of rack ${subject.id}`),
        h("span", { class: "aside" }, "whatever the query asks"),
        h("div", { class: "tools" }, h("button", { type: "button", class: "small", on: { click: () => this.change({ lane: "" }) } }, "Close timeline")),
      ),
      inside,
    );
    const load = (signal) => get(`events${queryOf({ filter: filterOf(subject), ...this.asked(), sort: "-at", limit: LANE_EVENTS })}`, { signal });
    this.lanes = pane(
      inside,
      load,
      (page) => {
        if (page.items.length === 0) return empty("Nothing of this is in the journal in this range.", "Widen the range.");
        this.timeline.show(page.items, subject, this.#range, { cut: page.next_cursor !== null });
        return this.timeline.el;
      },
      { what: "the timeline", signal: this.signal },
    );
  }

  // ---- One event ----

  open(event, events = [event]) {
    if (events.length > 1) {
      this.ctx.detail(chooser(events, (one) => this.open(one)));
      return;
    }
    this.#show(event, document.activeElement, true);
  }

  #show(event, from, isNew) {
    this.#event = event;
    this.from = from;
    if (isNew) this.#note({ sel: seqOf(event) });
    this.#list?.setCurrent(seqOf(event));
    this.#drawDetail();
  }

  #drawDetail() {
    this.ctx.detail(
      eventDetail(this.#event, {
        onQuery: (field, value) => this.change({ q: withValue(this.state.q, field, value) }),
        onAround: (ms) => this.change({ ...timesOf(around(ms, AROUND_MS)), q: "", sel: seqOf(this.#event) }),
        onPin: (event) => this.pin(event),
        pinOf: (seq) => this.#letter(seq),
        onLanes: (lane) => this.change({ lane }),
        onCopy: () => this.copy(),
        onClose: () => this.closeDetail(),
      }),
    );
  }

  closeDetail() {
    this.#event = null;
    this.ctx.detail(null);
    this.#list?.setCurrent(null);
    this.#note({ sel: null });
    if (this.from?.isConnected) this.from.focus({ preventScroll: true });
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      tellStatus("The link was copied.");
    } catch {
      tellStatus("This browser does not let the page copy: take the address from its bar.");
    }
  }

  export() {
    if (!this.#range) return;
    exportDialog({ q: this.filter, ...this.asked() }, this.askedWords());
  }

  // ---- Pins ----

  #letter(seq) {
    const at = this.state.pins.indexOf(seq);
    return at < 0 ? null : LETTERS[at];
  }

  pin(event) {
    const before = this.state.pins;
    this.#pinned.set(seqOf(event), event);
    this.#note({ pins: toggled(before, seqOf(event)) });
    this.#list?.repin([...before, ...this.state.pins]);
    if (this.#event) this.#drawDetail();
    this.#drawPins();
  }

  async #loadPins() {
    const { signal } = this;
    const missing = this.state.pins.filter((seq) => !this.#pinned.has(seq));
    const found = await Promise.all(missing.map((seq) => get(`events/${seq}`, { signal }).catch(() => null)));
    if (signal.aborted) return;
    for (const event of found) if (event) this.#pinned.set(seqOf(event), event);
    this.#drawPins();
  }

  #drawPins() {
    const events = this.state.pins.map((seq) => this.#pinned.get(seq)).filter(Boolean);
    this.bars.setPins(events.map((event, index) => ({ ms: Date.parse(event.time), letter: LETTERS[index] })));
    this.pinBox.hidden = events.length === 0;
    replace(
      this.pinBox,
      events.length === 0
        ? null
        : compareView(events, {
            between: (first, second) => this.#between(first, second),
            onOnly: (first, second) => this.#go({ fromMs: Date.parse(first.time), toMs: Date.parse(second.time) + 1, open: false }),
            onClear: () => {
              const before = this.state.pins;
              this.#note({ pins: [] });
              this.#list?.repin(before);
              this.#drawPins();
            },
            onShow: (event) => this.open(event),
          }),
    );
  }

  async #between(first, second) {
    const page = await list(`events${queryOf({ filter: this.filter, from: first.time, to: second.time, limit: 1 })}`, { signal: this.signal });
    return totalWords({ estimate: page.total_estimate, counted: page.total_counted }) || "no event";
  }
}
