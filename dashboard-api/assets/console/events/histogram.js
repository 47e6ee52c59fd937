// The bars above a list of events: how many there were when, with alarms and refusals told apart by tone and not by colour. A
// stretch is chosen by clicking, dragging or by keys; what is then shown is the screen's to say.

import { h, replace, setText, svg } from "../dom.js";
import { site } from "../site.js";
import { dateTime } from "../time.js";
import { offsetIn, spanOf, ticks } from "./range.js";

const HEIGHT = 64;
const AXIS = 18;
const DRAG_PX = 4; // less than that is a click whose hand shook
const TICK_PX = 92;

const clockForm = new Intl.DateTimeFormat("en-GB", { timeZone: site.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const secondForm = new Intl.DateTimeFormat("en-GB", { timeZone: site.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayForm = new Intl.DateTimeFormat("en-GB", { timeZone: site.zone, weekday: "short", day: "numeric", month: "short" });
const offset = offsetIn(site.zone);

const noun = (count, one, many) => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

function bucketWords(bucket) {
  const end = bucket.toMs - bucket.fromMs < 60_000 ? secondForm : clockForm;
  const said = [noun(bucket.count, "event", "events")];
  if (bucket.alarms) said.push(noun(bucket.alarms, "alarm", "alarms"));
  if (bucket.denied) said.push(`${bucket.denied.toLocaleString("en-GB")} denied`);
  return `${dateTime(new Date(bucket.fromMs).toISOString())} to ${end.format(new Date(bucket.toMs))}: ${said.join(", ")}`;
}

export class Histogram {
  #buckets = [];
  #range = null;
  #at = -1; // the bucket that the keys are on
  #from = -1; // where a chosen stretch begins
  #pins = [];
  #window = null;
  #dragX = null;

  // `onZoom(fromMs, toMs)` and `onOut()`.
  constructor({ onZoom, onOut }) {
    this.onZoom = onZoom;
    this.onOut = onOut;
    this.readout = h("span");
    this.canvas = svg("svg", { class: "ev-bars", "aria-hidden": "true", focusable: "false" });
    this.box = h(
      "div",
      {
        class: "ev-histogram",
        role: "slider",
        tabindex: "0",
        "aria-label": "Events over time",
        "aria-valuemin": "0",
        "aria-valuemax": "0",
        "aria-valuenow": "0",
        "aria-description": "Left and right choose a bar, Shift with them a stretch, Enter zooms in, Backspace zooms out",
      },
      this.canvas,
    );
    this.el = h(
      "div",
      { class: "ev-histogram-frame" },
      h(
        "p",
        { class: "ev-readout" },
        this.readout,
        h(
          "span",
          { class: "ev-key", "aria-hidden": "true" },
          [
            ["all", "events"],
            ["denied", "denied"],
            ["alarms", "alarms"],
          ].map(([kind, words]) => h("span", null, h("i", { class: kind }), words)),
        ),
      ),
      this.box,
    );
    this.#listen();
    new ResizeObserver(() => this.#draw()).observe(this.box);
  }

  show(range, buckets) {
    this.#range = range;
    this.#buckets = buckets;
    this.#at = -1;
    this.#from = -1;
    this.box.setAttribute("aria-valuemax", String(Math.max(0, buckets.length - 1)));
    this.#tell();
    this.#draw();
  }

  // Two moments that are compared, and which stretch the list below shows.
  setPins(pins) {
    this.#pins = pins;
    this.#draw();
  }

  setWindow(fromMs, toMs) {
    this.#window = { fromMs, toMs };
    this.#drawWindow();
  }

  #listen() {
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("blur", () => this.#choose(-1, -1));
    this.box.addEventListener("pointerdown", (event) => this.#press(event));
    this.box.addEventListener("pointermove", (event) => this.#drag(event));
    this.box.addEventListener("pointerup", (event) => this.#release(event));
    this.box.addEventListener("pointercancel", () => {
      this.#dragX = null;
      this.#choose(-1, -1);
    });
    this.box.addEventListener("pointerleave", () => this.#dragX === null && this.#choose(-1, -1));
  }

  #bucketAt(event) {
    const { left, width } = this.box.getBoundingClientRect();
    const part = (event.clientX - left) / Math.max(1, width);
    const ms = this.#range.fromMs + part * spanOf(this.#range);
    const index = this.#buckets.findIndex((bucket) => ms < bucket.toMs);
    return index < 0 ? this.#buckets.length - 1 : index;
  }

  #press(event) {
    if (event.button !== 0 || this.#buckets.length === 0) return;
    this.box.setPointerCapture(event.pointerId);
    this.#dragX = event.clientX;
    this.#choose(this.#bucketAt(event), this.#bucketAt(event));
  }

  #drag(event) {
    if (this.#buckets.length === 0) return;
    this.#choose(this.#bucketAt(event), this.#dragX === null ? -1 : this.#from);
  }

  #release(event) {
    if (this.#dragX === null) return;
    const isClick = Math.abs(event.clientX - this.#dragX) < DRAG_PX;
    this.#dragX = null;
    if (isClick) this.#from = this.#at;
    this.#zoom();
  }

  #zoom() {
    const [one, other] = [this.#buckets[this.#at], this.#buckets[this.#from < 0 ? this.#at : this.#from]];
    if (!one || !other) return;
    this.onZoom(Math.min(one.fromMs, other.fromMs), Math.max(one.toMs, other.toMs));
  }

  #key(event) {
    const most = this.#buckets.length - 1;
    if (most < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const start = this.#at < 0 ? most : this.#at;
    const moves = { ArrowLeft: start - 1, ArrowRight: start + 1, Home: 0, End: most, PageUp: start - 10, PageDown: start + 10 };
    if (event.key in moves) {
      const at = Math.min(most, Math.max(0, this.#at < 0 ? most : moves[event.key]));
      this.#choose(at, event.shiftKey ? (this.#from < 0 ? start : this.#from) : -1);
    } else if (event.key === "Enter" && this.#at >= 0) this.#zoom();
    else if (event.key === "Backspace" || event.key === "-") this.onOut();
    else if (event.key === "Escape" && this.#at >= 0) this.#choose(-1, -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #choose(at, from) {
    if (at === this.#at && from === this.#from) return;
    this.#at = at;
    this.#from = from;
    this.#tell();
    this.#drawChoice();
  }

  #tell() {
    const words = this.#words();
    setText(this.readout, words);
    this.box.setAttribute("aria-valuenow", String(Math.max(0, this.#at)));
    this.box.setAttribute("aria-valuetext", words);
  }

  #words() {
    const one = this.#buckets[this.#at];
    if (!one) {
      const most = this.#buckets.reduce((top, bucket) => Math.max(top, bucket.count), 0);
      const wide = this.#buckets[0] ? this.#buckets[0].toMs - this.#buckets[0].fromMs : 0;
      return most ? `Highest bar: ${noun(most, "event", "events")} in ${spanWords(wide)}` : "No events in this range";
    }
    if (this.#from < 0 || this.#from === this.#at) return bucketWords(one);
    const [first, last] = [Math.min(this.#at, this.#from), Math.max(this.#at, this.#from)];
    const chosen = this.#buckets.slice(first, last + 1);
    const sum = (name) => chosen.reduce((all, bucket) => all + bucket[name], 0);
    return bucketWords({ fromMs: chosen[0].fromMs, toMs: chosen.at(-1).toMs, count: sum("count"), alarms: sum("alarms"), denied: sum("denied") });
  }

  #x(ms, width) {
    return ((ms - this.#range.fromMs) / spanOf(this.#range)) * width;
  }

  #draw() {
    const width = this.box.clientWidth;
    if (!this.#range || width === 0) return;
    this.canvas.setAttribute("viewBox", `0 0 ${width} ${HEIGHT + AXIS}`);
    this.canvas.setAttribute("height", String(HEIGHT + AXIS));
    this.choice = svg("rect", { class: "choice", y: 0, height: HEIGHT, width: 0 });
    this.frame = svg("rect", { class: "shown", y: HEIGHT, height: 3, width: 0 });
    replace(
      this.canvas,
      this.choice,
      this.#bars(width),
      svg("line", { class: "base", x1: 0, x2: width, y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 }),
      this.frame,
      this.#axis(width),
      this.#drawPins(width),
    );
    this.#drawChoice();
    this.#drawWindow();
  }

  #bars(width) {
    const most = Math.max(1, ...this.#buckets.map((bucket) => bucket.count));
    const high = (count) => (count === 0 ? 0 : Math.max(2, (count / most) * (HEIGHT - 4)));
    return this.#buckets.flatMap((bucket) => {
      if (bucket.count === 0) return [];
      const x = Math.max(0, this.#x(bucket.fromMs, width));
      const wide = Math.max(1, Math.min(width, this.#x(bucket.toMs, width)) - x - (width / this.#buckets.length > 4 ? 1 : 0));
      const bar = (kind, tall, up) => (tall > 0 ? svg("rect", { class: kind, x, width: wide, y: HEIGHT - up - tall, height: tall }) : null);
      const alarms = high(bucket.alarms),
        denied = bucket.denied ? Math.max(2, high(bucket.alarms + bucket.denied) - alarms) : 0;
      return [bar("all", high(bucket.count), 0), bar("denied", denied, alarms), bar("alarms", alarms, 0)].filter(Boolean);
    });
  }

  #axis(width) {
    const { marks, stepMs, days } = ticks(this.#range, Math.max(2, Math.floor(width / TICK_PX)), offset);
    const form = days ? dayForm : stepMs < 60_000 ? secondForm : clockForm;
    return marks.map((ms) => {
      const x = this.#x(ms, width),
        isMidnight = !days && clockForm.format(new Date(ms)) === "00:00";
      const anchor = x < 24 ? "start" : x > width - 30 ? "end" : "middle";
      return svg(
        "g",
        { class: isMidnight ? "tick day" : "tick" },
        svg("line", { x1: x, x2: x, y1: HEIGHT, y2: HEIGHT + 4 }),
        svg("text", { x: Math.min(width, Math.max(0, x)), y: HEIGHT + 15, "text-anchor": anchor }, (isMidnight ? dayForm : form).format(new Date(ms))),
      );
    });
  }

  #drawPins(width) {
    return this.#pins
      .filter((pin) => pin.ms >= this.#range.fromMs && pin.ms <= this.#range.toMs)
      .map((pin) => {
        const x = Math.min(width - 7, Math.max(7, this.#x(pin.ms, width)));
        return svg(
          "g",
          { class: "pin" },
          svg("line", { x1: x, x2: x, y1: 0, y2: HEIGHT }),
          svg("rect", { x: x - 7, y: 0, width: 14, height: 14 }),
          svg("text", { x, y: 11, "text-anchor": "middle" }, pin.letter),
        );
      });
  }

  #drawChoice() {
    if (!this.choice) return;
    const width = this.box.clientWidth;
    const [one, other] = [this.#buckets[this.#at], this.#buckets[this.#from < 0 ? this.#at : this.#from]];
    const from = one && other ? this.#x(Math.min(one.fromMs, other.fromMs), width) : 0;
    const to = one && other ? this.#x(Math.max(one.toMs, other.toMs), width) : 0;
    this.choice.setAttribute("x", String(from));
    this.choice.setAttribute("width", String(Math.max(0, to - from)));
  }

  #drawWindow() {
    if (!this.frame || !this.#window) return;
    const width = this.box.clientWidth;
    const from = Math.max(0, this.#x(this.#window.fromMs, width)),
      to = Math.min(width, this.#x(this.#window.toMs, width));
    this.frame.setAttribute("x", String(Math.min(from, width - 4)));
    this.frame.setAttribute("width", String(Math.max(4, to - from)));
  }
}

export function spanWords(ms) {
  const s = Math.round(ms / 1000);
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${Math.round(s / 360) / 10} h` : `${Math.round(s / 8640) / 10} days`;
}
