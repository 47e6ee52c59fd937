// Draws the swim lanes of one person or one rack: spans and marks over the range of the screen. Every mark can be reached by
// keys; the list below holds the same events for whoever would rather read. What lies on which lane is lanes.js.

import { bdi, h, replace, svg } from "../dom.js";
import { site } from "../site.js";
import { clockAt, dateTime } from "../time.js";
import { count, sentence } from "../words.js";
import { gathered, laidOut } from "./lanes.js";
import { SORT_WORDS } from "./looks.js";
import { markAt } from "./marks.js";
import { offsetIn, spanOf, ticks } from "./range.js";

const LANE_PX = 30;
const AXIS_PX = 20;
const MARK_PX = 16;
const TICK_PX = 92;
const TITLE_PX = 170;

const form = new Intl.DateTimeFormat("en-GB", { timeZone: site.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayForm = new Intl.DateTimeFormat("en-GB", { timeZone: site.zone, day: "numeric", month: "short" });
const offset = offsetIn(site.zone);

export class Timeline {
  #lanes = [];
  #drawn = []; // what can be chosen: {node, events, at}
  #range = null;
  #at = 0; // the mark that Tab reaches

  // `onOpen(event)`; `subject` is of lanes.js.
  constructor({ onOpen }) {
    this.onOpen = onOpen;
    this.grid = h("div", { class: "lanes", role: "group", "aria-label": "Timeline" });
    this.note = h("p", { class: "aside" });
    this.el = h("div", { class: "ev-timeline" }, this.grid, this.note);
    this.grid.addEventListener("keydown", (event) => this.#key(event));
    this.grid.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#draw()).observe(this.grid);
  }

  show(events, subject, range, { cut }) {
    this.#range = range;
    this.#lanes = laidOut(events, subject, range);
    this.#at = 0;
    this.note.textContent = cut ? `The newest ${count(events.length, "event")} of this range are drawn; narrow the range to see earlier ones.` : "";
    this.#draw();
  }

  #draw() {
    const width = this.grid.clientWidth;
    if (!this.#range || width === 0) return;
    const titles = width < 560 ? 0 : TITLE_PX;
    const wide = Math.max(120, width - titles - 2);
    this.#drawn = [];
    replace(
      this.grid,
      this.#lanes.map((lane) => h("div", { class: "lane" }, h("h3", { title: lane.title }, bdi(lane.title)), this.#lane(lane, wide))),
      h("div", { class: "lane axis" }, h("span"), this.#axis(wide)),
    );
    this.#rove();
  }

  #x(ms, wide) {
    return Math.min(wide, Math.max(0, ((ms - this.#range.fromMs) / spanOf(this.#range)) * wide));
  }

  #lane(lane, wide) {
    const middle = LANE_PX / 2;
    const spans = lane.spans.map((span) => this.#span(span, wide, middle));
    const per = (MARK_PX / wide) * spanOf(this.#range);
    const marks = gathered(lane.marks, per).map((group) => this.#group(group, wide, middle));
    const words = `${lane.title}: ${count(lane.spans.length, "stretch", "stretches")}, ${count(lane.marks.length, "event")}`;
    return svg(
      "svg",
      { viewBox: `0 0 ${wide} ${LANE_PX}`, width: wide, height: LANE_PX, role: "group", "aria-label": words },
      svg("line", { class: "base", x1: 0, x2: wide, y1: middle, y2: middle }),
      spans,
      marks,
    );
  }

  #span(span, wide, middle) {
    const x = this.#x(span.from, wide),
      end = this.#x(span.to, wide),
      broad = Math.max(3, end - x);
    const label = `${span.words}, ${dateTime(new Date(span.from).toISOString())} to ${clockAt(new Date(span.to))}`;
    const fits = broad > span.words.length * 6.5 + 8;
    return this.#target(
      [span.event],
      label,
      `span ${span.sort}`,
      svg("rect", { x, y: middle - 9, width: broad, height: 18, rx: 1 }),
      fits ? svg("text", { x: x + 5, y: middle + 4, "aria-hidden": "true" }, span.words) : null,
    );
  }

  #group(group, wide, middle) {
    const x = Math.min(wide - 8, Math.max(8, this.#x(group.at, wide)));
    const [first] = group.marks;
    const many = group.marks.length;
    const label =
      many === 1
        ? `${dateTime(first.event.time)} ${sentence(first.event)}`
        : `${dateTime(first.event.time)}: ${many} events, ${SORT_WORDS[group.sort]} among them`;
    return this.#target(
      group.marks.map((one) => one.event),
      label,
      `dot ${group.sort}`,
      svg("rect", { class: "hit", x: x - 12, y: middle - 12, width: 24, height: 24 }),
      markAt(group.sort, x, middle),
      many > 1 ? svg("text", { class: "many", x: x + 6, y: middle - 4, "aria-hidden": "true" }, many) : null,
    );
  }

  #target(events, label, kind, ...parts) {
    const index = this.#drawn.length;
    const node = svg(
      "g",
      { class: `target ${kind}`, role: "button", tabindex: "-1", "aria-label": label, dataset: { at: index } },
      svg("title", null, label),
      parts,
    );
    this.#drawn.push({ node, events, at: Date.parse(events[0].time) });
    return node;
  }

  #axis(wide) {
    const { marks, days } = ticks(this.#range, Math.max(2, Math.floor(wide / TICK_PX)), offset);
    return svg(
      "svg",
      { viewBox: `0 0 ${wide} ${AXIS_PX}`, width: wide, height: AXIS_PX, "aria-hidden": "true" },
      marks.map((ms) => {
        const x = this.#x(ms, wide),
          text = form.format(new Date(ms));
        const anchor = x < 24 ? "start" : x > wide - 30 ? "end" : "middle";
        return svg(
          "g",
          { class: "tick" },
          svg("line", { x1: x, x2: x, y1: 0, y2: 4 }),
          svg("text", { x, y: 15, "text-anchor": anchor }, days || text === "00:00" ? dayForm.format(new Date(ms)) : text),
        );
      }),
    );
  }

  #rove() {
    for (const [index, { node }] of this.#drawn.entries()) node.setAttribute("tabindex", index === this.#at ? "0" : "-1");
  }

  #click(event) {
    const node = event.target.closest?.("g.target");
    if (!node) return;
    this.#at = Number(node.dataset.at);
    this.#rove();
    this.#open();
  }

  #open() {
    const one = this.#drawn[this.#at];
    if (one) this.onOpen(one.events[0], one.events);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#drawn.length === 0) return;
    const lane = (node) => node.closest(".lane");
    const here = this.#drawn[this.#at];
    const beside = (step) => this.#at + step;
    const across = (way) => {
      const lanes = [...this.grid.querySelectorAll(".lane")];
      const target = lanes[lanes.indexOf(lane(here.node)) + way];
      const there = this.#drawn.map((one, index) => ({ ...one, index })).filter((one) => lane(one.node) === target);
      there.sort((one, other) => Math.abs(one.at - here.at) - Math.abs(other.at - here.at));
      return there[0]?.index ?? this.#at;
    };
    const moves = {
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
      ArrowUp: () => across(-1),
      ArrowDown: () => across(1),
      Home: () => 0,
      End: () => this.#drawn.length - 1,
    };
    if (event.key in moves) {
      this.#at = Math.min(this.#drawn.length - 1, Math.max(0, moves[event.key]()));
      this.#rove();
      this.#drawn[this.#at].node.focus();
    } else if (event.key === "Enter" || event.key === " ") this.#open();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

// A few events that lie on one another, to choose one of.
export function chooser(events, onOpen) {
  return h(
    "section",
    { class: "ev-chooser" },
    h("h2", null, `${events.length} events at about the same time`),
    h(
      "ol",
      null,
      events.map((event) =>
        h(
          "li",
          null,
          h(
            "button",
            { type: "button", class: "quiet", on: { click: () => onOpen(event) } },
            h("time", { datetime: event.time }, clockAt(new Date(event.time))),
            " ",
            bdi(sentence(event)),
          ),
        ),
      ),
    ),
  );
}
