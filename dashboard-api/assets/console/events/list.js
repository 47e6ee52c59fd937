// A list of events without an end, as a real table: pages are drawn as somebody comes near them and taken away again far from
// them, in both directions; rows keep their place while the list is in use, and what arrives meanwhile waits in a bar. What is
// held is pages.js; what a row opens is the screen's.

import { bdi, h, replace, unseen } from "../dom.js";
import { keys } from "../keys.js";
import { calendarDay } from "../moments.js";
import { problemView } from "../pane.js";
import { shape } from "../shapes.js";
import { site } from "../site.js";
import { clockAt, dateTime } from "../time.js";
import { sentence } from "../words.js";
import { mark } from "./marks.js";
import { SORT_WORDS, nameOf, nameWords, sortOf } from "./looks.js";
import { seqOf } from "./pages.js";

const NEAR_PX = 1200; // pages nearer than that are drawn
const MORE_PX = 600; // nearer than that to an end, the next page is fetched
const COLUMNS = 4;

const dayForm = new Intl.DateTimeFormat("en-GB", { timeZone: site.zone, weekday: "long", day: "numeric", month: "long", year: "numeric" });
const dayOf = (event) => calendarDay(new Date(event.time), site.zone);

export class EventList {
  #bodies = new Map(); // page key -> {body, page, above, height}
  #shownTop = 0; // the newest event that is drawn
  #focusSeq = null;
  #currentSeq = null;
  #busy = { up: false, down: false };
  #frame = 0;
  #off = [];

  // `onOpen(event)`, `onPin(event)`, `onWindow(fromMs, toMs)`, `pinOf(seq)` is a letter or null.
  constructor({ pages, onOpen, onPin, onPreview = onOpen, onWindow = () => {}, pinOf = () => null, caption = "Events, newest first", signal }) {
    Object.assign(this, { pages, onOpen, onPin, onPreview, onWindow, pinOf, signal });
    this.bar = h("button", { type: "button", class: "new", hidden: true, on: { click: () => this.flush() } });
    this.head = h("tbody", { class: "ev-end" });
    this.foot = h("tbody", { class: "ev-end" });
    this.table = h(
      "table",
      { class: "events", "aria-label": caption, "aria-rowcount": "-1" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          h("th", { scope: "col" }, "Time"),
          h("th", { scope: "col" }, unseen("Sort")),
          h("th", { scope: "col" }, "What happened"),
          h("th", { scope: "col", class: "kind" }, "Event"),
        ),
      ),
      this.head,
      this.foot,
    );
    this.scroller = h("div", { class: "ev-scroll" }, this.table);
    this.el = h("div", { class: "ev-list" }, h("div", { class: "arrivals", "aria-live": "off" }, this.bar), this.scroller);
    this.#listen();
    this.sync();
  }

  #listen() {
    this.table.addEventListener("click", (event) => this.#click(event));
    this.table.addEventListener("focusin", (event) => this.#focusin(event));
    this.table.addEventListener("keydown", (event) => this.#key(event));
    const look = () => {
      this.#frame ||= requestAnimationFrame(() => {
        this.#frame = 0;
        this.look();
      });
    };
    document.addEventListener("scroll", look, { capture: true, passive: true, signal: this.signal });
    window.addEventListener("resize", look, { signal: this.signal });
    // Paper has no place to scroll to: everything that is held is drawn for it.
    window.addEventListener(
      "beforeprint",
      () => {
        for (const entry of this.#bodies.values()) if (!entry.drawn) this.#draw(entry);
      },
      { signal: this.signal },
    );
    window.addEventListener("afterprint", look, { signal: this.signal });
    this.table.addEventListener(
      "pointerleave",
      () =>
        setTimeout(() => {
          if (!this.#holds() && this.#hasWaiting()) this.arrived();
        }, 300),
      { signal: this.signal },
    );
    this.#off.push(
      keys.bind(
        {
          j: [() => this.move(1), "next event"],
          k: [() => this.move(-1), "event before"],
          Enter: [() => this.#act(this.onOpen), "open"],
          Space: [() => this.#act(this.onPreview), "preview, and away again"],
          x: [() => this.#act(this.onPin), "pin this moment to compare it with another"],
          N: [() => (this.#hasWaiting() ? (this.flush(), true) : false), "show what is new"],
        },
        { scope: this.el, title: "List" },
      ),
    );
  }

  close() {
    this.#off.forEach((off) => off());
    cancelAnimationFrame(this.#frame);
  }

  isInUse() {
    return this.table.matches(":hover") || this.table.contains(document.activeElement);
  }

  // Whether what is new waits: while somebody uses the list, or looks at what is further down.
  #holds() {
    return this.isInUse() || this.#currentSeq !== null || this.head.getBoundingClientRect().bottom < this.#view().top - 40;
  }

  // Draws what the pages hold now. Pages above what is drawn wait while the list is in use.
  sync({ hold = false } = {}) {
    const keep = this.#anchor();
    const shown = hold ? this.pages.pages.filter((page) => page.top <= this.#shownTop) : this.pages.pages;
    const wanted = new Set(shown.map((page) => page.key));
    for (const [key, { body }] of this.#bodies)
      if (!wanted.has(key)) {
        body.remove();
        this.#bodies.delete(key);
      }
    let before = null;
    for (const page of shown) {
      this.#place(page, before);
      before = page;
    }
    this.#shownTop = Math.max(hold ? this.#shownTop : 0, shown[0]?.top ?? 0);
    this.#ends();
    this.#restore(keep);
    this.#tellWaiting();
    this.#rove();
    this.look();
  }

  #place(page, before) {
    const above = before ? before.bottomDay : null;
    let entry = this.#bodies.get(page.key);
    if (!entry) {
      entry = { body: h("tbody", { dataset: { page: page.key } }), page, above: undefined, height: 0, drawn: false };
      this.#bodies.set(page.key, entry);
    }
    if (page.items) {
      page.topDay = dayOf(page.items[0]);
      page.bottomDay = dayOf(page.items.at(-1));
    }
    const previous = before ? this.#bodies.get(before.key).body : this.head;
    if (previous.nextElementSibling !== entry.body) previous.after(entry.body);
    const isNew = !entry.drawn && entry.height === 0;
    const isMoved = entry.above !== above;
    entry.above = above;
    if (isNew) this.#draw(entry);
    else if (entry.drawn && isMoved) this.#retitle(entry);
  }

  // The heading of a page's first day stands only where the page above ends on another; rows stay, and with them the focus.
  #retitle({ page, body, above }) {
    const heading = body.querySelector(":scope > tr.day:first-child");
    if (heading && page.topDay === above) heading.remove();
    else if (!heading && page.topDay !== above) body.prepend(this.#heading(page.items[0]));
  }

  #heading(event) {
    return h("tr", { class: "day" }, h("th", { colspan: COLUMNS, scope: "rowgroup" }, dayForm.format(new Date(event.time))));
  }

  #draw(entry) {
    const { page, body } = entry;
    if (!page.items) return;
    let day = entry.above;
    const rows = [];
    for (const event of page.items) {
      if (dayOf(event) !== day) {
        day = dayOf(event);
        rows.push(this.#heading(event));
      }
      rows.push(this.#row(event));
    }
    replace(body, rows);
    entry.drawn = true;
  }

  #row(event) {
    const seq = seqOf(event),
      sort = sortOf(event),
      name = nameOf(event),
      pin = this.pinOf(seq);
    const priority = event.data?.priority;
    const sign =
      name === "alarm.raised" && priority ? shape(priority, "acked", { title: `priority ${priority} alarm` }) : [mark(sort), unseen(SORT_WORDS[sort])];
    return h(
      "tr",
      {
        class: `ev-row ${sort}${pin ? " pinned" : ""}`,
        tabindex: seq === this.#focusSeq ? "0" : "-1",
        dataset: { seq, id: `ev-${seq}` },
        "aria-current": seq === this.#currentSeq ? "true" : null,
      },
      h(
        "td",
        { class: "time" },
        h("time", { datetime: event.time, title: `${dateTime(event.time)} ${site.zone}` }, clockAt(new Date(event.time))),
        pin && h("b", { class: "pin" }, pin),
      ),
      h("td", { class: "sign" }, sign),
      h("td", { class: "words" }, bdi(sentence(event))),
      h("td", { class: "kind" }, nameWords(name)),
    );
  }

  // What stands at the two ends: that there is more, or that there is none.
  #ends() {
    const end = (words, load) =>
      h(
        "tr",
        null,
        h(
          "td",
          { colspan: COLUMNS },
          load ? h("button", { type: "button", class: "quiet", on: { click: load } }, words) : h("span", { class: "aside" }, words),
        ),
      );
    replace(this.head, this.pages.topDone ? null : end("Load newer events", () => this.up()));
    const last = this.pages.bottomDone ? "No earlier event in this range" : null;
    replace(this.foot, this.pages.count === 0 ? null : last ? end(last) : end("Load earlier events", () => this.down()));
  }

  // Draws what has come near, takes away what is far, and fetches on where an end is near.
  look() {
    if (!this.el.isConnected) return;
    const view = this.#view();
    for (const entry of this.#bodies.values()) {
      const { top, bottom } = entry.body.getBoundingClientRect();
      const isNear = bottom > view.top - NEAR_PX && top < view.bottom + NEAR_PX;
      if (isNear && !entry.drawn) this.#bring(entry);
      else if (!isNear && entry.drawn && !entry.body.contains(document.activeElement)) this.#drop(entry, bottom - top);
    }
    this.#tellWindow(view);
    if (view.bottom <= view.top) return;
    if (!this.pages.bottomDone && this.foot.getBoundingClientRect().top < view.bottom + MORE_PX) this.down();
    if (!this.pages.topDone && this.head.getBoundingClientRect().bottom > view.top - MORE_PX) this.up();
  }

  #view() {
    const { top, bottom } = this.scroller.getBoundingClientRect();
    return { top: Math.max(0, top), bottom: Math.min(innerHeight, bottom) };
  }

  async #bring(entry) {
    if (entry.page.items) {
      this.#draw(entry);
      return;
    }
    if (entry.asking) return;
    entry.asking = true;
    try {
      await this.pages.refill(entry.page);
      if (this.#bodies.has(entry.page.key)) this.#draw(entry);
    } catch {
      // It is asked for again when somebody comes near again.
    } finally {
      entry.asking = false;
    }
  }

  #drop(entry, height) {
    entry.height = height;
    entry.drawn = false;
    const cell = h("td", { colspan: COLUMNS });
    cell.style.height = `${height}px`;
    replace(entry.body, h("tr", { class: "spacer", "aria-hidden": "true" }, cell));
  }

  #tellWindow(view) {
    const rows = [...this.table.querySelectorAll("tr.ev-row")].filter((row) => {
      const box = row.getBoundingClientRect();
      return box.bottom > view.top && box.top < view.bottom;
    });
    const at = (row) => Date.parse(row.querySelector("time").dateTime);
    if (rows.length) this.onWindow(at(rows.at(-1)), at(rows[0]));
  }

  // The row by which the list is held in place while rows are added above it.
  #anchor() {
    const view = this.#view();
    for (const row of this.table.querySelectorAll("tr.ev-row")) {
      const { bottom, top } = row.getBoundingClientRect();
      if (bottom > view.top) return this.#isAtTop() ? null : { seq: row.dataset.seq, top };
    }
    return null;
  }

  #isAtTop() {
    return (
      this.scroller.scrollTop <= 2 &&
      this.scroller.scrollHeight > this.scroller.clientHeight &&
      !this.table.contains(document.activeElement) &&
      this.pages.topDone
    );
  }

  #restore(keep) {
    const row = keep && this.rowOf(keep.seq);
    if (!row) return;
    const by = row.getBoundingClientRect().top - keep.top;
    if (Math.abs(by) < 1) return;
    const box = this.scroller.scrollHeight > this.scroller.clientHeight + 1 ? this.scroller : scrollerOf(this.el);
    box.scrollTop += by;
  }

  async down() {
    await this.#fetch("down", this.foot, () => this.pages.down());
  }

  async up() {
    await this.#fetch("up", this.head, () => this.pages.up());
  }

  async #fetch(way, end, load) {
    if (this.#busy[way]) return;
    this.#busy[way] = true;
    try {
      await load();
      if (!this.signal?.aborted) this.sync({ hold: way === "down" && this.#holds() });
    } catch (error) {
      if (this.signal?.aborted) return;
      const again = () => {
        this.#busy[way] = false;
        this.#fetch(way, end, load);
      };
      replace(end, h("tr", null, h("td", { colspan: COLUMNS }, problemView(error, { what: "events", retry: again }))));
      return; // Until somebody tries again, nearness fetches nothing.
    }
    this.#busy[way] = false;
  }

  // New events are in the pages: they are shown, or wait while somebody uses the list.
  arrived() {
    const hold = this.#holds();
    this.pages.compact(hold ? this.#shownTop : 0);
    if (!hold) this.pages.forget();
    this.sync({ hold });
  }

  #hasWaiting() {
    return this.pages.pages.some((page) => page.top > this.#shownTop);
  }

  #tellWaiting() {
    const waiting = this.pages.pages.filter((page) => page.top > this.#shownTop);
    // Counted once: what waits for long is given up, and must not be left out of the number.
    for (const page of waiting) page.critical ??= page.items?.filter((event) => nameOf(event) === "alarm.raised" && event.data?.priority === 1).length;
    const sum = (member) => waiting.reduce((all, page) => all + (page[member] ?? 0), 0);
    const [count, critical] = [sum("count"), sum("critical")];
    this.bar.hidden = count === 0;
    this.bar.classList.toggle("critical", critical > 0);
    replace(this.bar, `${count} new${critical ? ` (${critical} critical)` : ""} - press N`);
  }

  flush() {
    const hadFocus = this.table.contains(document.activeElement);
    this.pages.compact();
    this.pages.forget();
    this.sync();
    const first = this.#rows()[0];
    if (hadFocus) this.#focus(first);
    this.scroller.scrollTop = 0;
    first?.scrollIntoView({ block: "nearest" });
  }

  #rows() {
    return [...this.table.querySelectorAll("tr.ev-row")];
  }

  rowOf(seq) {
    return this.table.querySelector(`tr.ev-row[data-seq="${seq}"]`);
  }

  focused() {
    const row = document.activeElement?.closest?.("tr.ev-row");
    const seq = row && this.table.contains(row) ? Number(row.dataset.seq) : this.#currentSeq;
    return seq === null ? null : (this.pages.find(seq)?.event ?? null);
  }

  #act(fn) {
    const event = this.focused();
    if (!event) return false;
    fn(event);
    return true;
  }

  #click(event) {
    const row = event.target.closest("tr.ev-row");
    if (!row || event.target.closest("a, button") || String(getSelection()).length > 0) return;
    this.#focus(row);
    this.#act(this.onOpen);
  }

  #focusin(event) {
    const row = event.target.closest("tr.ev-row");
    if (!row) return;
    this.#focusSeq = Number(row.dataset.seq);
    this.#rove();
  }

  // Exactly one row can be reached by Tab.
  #rove() {
    const rows = this.#rows();
    const focus = rows.find((row) => Number(row.dataset.seq) === this.#focusSeq) ?? rows.find((row) => Number(row.dataset.seq) === this.#currentSeq) ?? rows[0];
    for (const row of rows) row.tabIndex = row === focus ? 0 : -1;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.matches("tr.ev-row")) return;
    const page = Math.max(1, Math.floor((this.#view().bottom - this.#view().top) / Math.max(1, event.target.offsetHeight)) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (event.key in steps) this.move(steps[event.key]);
    else if (event.key === "Home") this.#focus(this.#rows()[0]);
    else if (event.key === "End") this.#focus(this.#rows().at(-1));
    else return;
    event.preventDefault();
  }

  move(step) {
    const rows = this.#rows();
    if (rows.length === 0) return false;
    const here = rows.indexOf(document.activeElement);
    const at =
      here < 0
        ? Math.max(
            0,
            rows.findIndex((row) => row.tabIndex === 0),
          )
        : Math.max(0, Math.min(rows.length - 1, here + step));
    this.#focus(rows[at]);
    return true;
  }

  #focus(row) {
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // The event that the detail shows.
  setCurrent(seq) {
    const before = this.#currentSeq;
    this.#currentSeq = seq;
    if (before !== null) this.rowOf(before)?.removeAttribute("aria-current");
    if (seq !== null) this.rowOf(seq)?.setAttribute("aria-current", "true");
  }

  reveal(seq) {
    const entry = [...this.#bodies.values()].find(({ page }) => page.bottom <= seq && seq <= page.top);
    if (entry && !entry.drawn) this.#draw(entry);
    this.rowOf(seq)?.scrollIntoView({ block: "center" });
  }

  // Draws rows again whose pins changed.
  repin(seqs) {
    for (const seq of seqs) {
      const row = this.rowOf(seq),
        found = this.pages.find(seq);
      if (!row || !found) continue;
      const hadFocus = row === document.activeElement;
      const fresh = this.#row(found.event);
      row.replaceWith(fresh);
      if (hadFocus) fresh.focus({ preventScroll: true });
    }
    this.#rove();
  }
}

function scrollerOf(node) {
  for (let one = node.parentElement; one && one !== document.body; one = one.parentElement) {
    if (one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)) return one;
  }
  return document.scrollingElement;
}
